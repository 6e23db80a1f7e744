//! A TCP end made by hand, a client or a server: no stack behind it, every segment crafted. It keeps the numbers of its
//! connection, puts the other end's bytes in order and acknowledges them, and sends whatever a test wants besides.

pub(crate) mod packet;
pub(crate) mod responder;
pub(crate) mod seen;
pub(crate) mod wire;

use crate::lab::addresses::{CRAFTED, Place, SERVER};
use crate::lab::tap::Frame;
use crate::rig::frames;
use packet::{ACK, FIN, Ip, Link, PSH, Packet, RST, SYN, Tcp};
use seen::Seen;
use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use wire::Wire;

/// The port of Modbus/TCP.
pub(crate) const MODBUS: u16 = 502;

/// How a connection begins.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// Whose end it is, and who is at the other.
    pub(crate) place: Place,
    pub(crate) peer: Place,
    /// IP version 6.
    pub(crate) six: bool,
    /// Whether timestamps are offered.
    pub(crate) stamps: bool,
    /// The first sequence number.
    pub(crate) first: u32,
    pub(crate) segment: u16,
    pub(crate) window: u16,
    /// Tags on all of its frames.
    pub(crate) tags: Vec<u8>,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            place: CRAFTED,
            peer: SERVER,
            six: false,
            stamps: false,
            first: 0x1000_0000,
            segment: 1400,
            window: 0x4000,
            tags: Vec::new(),
        }
    }
}

impl Opening {
    /// The same connection as its server has it.
    pub(crate) fn turned(self) -> Self {
        Self { place: self.peer, peer: self.place, first: 0x2000_0000, ..self }
    }
}

/// One end of a connection.
pub(crate) struct Raw<'w> {
    wire: &'w Wire,
    incoming: Receiver<Seen>,
    opening: Opening,
    /// Its own port and the other end's.
    ports: (u16, u16),
    /// The next sequence number to send.
    pub(crate) next: u32,
    /// The next one that is expected.
    pub(crate) expected: u32,
    pub(crate) window: u16,
    /// Our clock of timestamps, and the newest of the server's.
    pub(crate) clock: u32,
    heard_clock: u32,
    /// Whether what comes is acknowledged.
    pub(crate) acknowledges: bool,
    ahead: BTreeMap<u32, Vec<u8>>,
    stream: Vec<u8>,
    /// What came, in words.
    pub(crate) saw: Vec<String>,
    /// The messages that came.
    pub(crate) messages: Vec<Vec<u8>>,
    /// Strings of bytes that must never come out behind the box.
    pub(crate) needles: Vec<Vec<u8>>,
    /// A value that no other connection of this run writes.
    pub(crate) marker: u16,
}

impl<'w> Raw<'w> {
    /// A connection to be opened from `port`.
    pub(crate) fn new(wire: &'w Wire, port: u16, opening: Opening) -> Self {
        Self::between(wire, port, (port, MODBUS), opening)
    }

    /// The server's end of the connection that comes from a client's `port`.
    pub(crate) fn serving(wire: &'w Wire, port: u16, opening: Opening) -> Self {
        Self::between(wire, port, (MODBUS, port), opening)
    }

    fn between(wire: &'w Wire, port: u16, ports: (u16, u16), opening: Opening) -> Self {
        let incoming = wire.listen(port);
        Self {
            wire,
            incoming,
            ports,
            next: opening.first,
            expected: 0,
            window: opening.window,
            clock: 1_000_000,
            heard_clock: 0,
            acknowledges: true,
            ahead: BTreeMap::new(),
            stream: Vec::new(),
            saw: Vec::new(),
            messages: Vec::new(),
            needles: Vec::new(),
            marker: port,
            opening,
        }
    }

    /// A plain acknowledgement of this connection, to be changed at will.
    pub(crate) fn segment(&mut self) -> Packet {
        self.clock += 1;
        let mut options = Vec::new();
        if self.opening.stamps {
            options.extend([1, 1, 8, 10]);
            options.extend(self.clock.to_be_bytes());
            options.extend(self.heard_clock.to_be_bytes());
        }
        Packet {
            link: Link {
                to: self.opening.peer.mac,
                from: self.opening.place.mac,
                tags: self.opening.tags.clone(),
                ..Link::default()
            },
            ip: Ip::new(self.opening.place.ip(self.opening.six), self.opening.peer.ip(self.opening.six), 6),
            tcp: Tcp {
                from: self.ports.0,
                to: self.ports.1,
                sequence: self.next,
                acknowledgement: self.expected,
                flags: ACK,
                window: self.window,
                options,
                ..Tcp::default()
            },
        }
    }

    /// A segment of `bytes` that begins `offset` bytes past the next number.
    pub(crate) fn data(&mut self, offset: isize, bytes: &[u8]) -> Packet {
        let mut packet = self.segment();
        packet.tcp.sequence = self.next.wrapping_add_signed(offset as i32);
        packet.tcp.flags |= PSH;
        packet.tcp.payload = bytes.to_vec();
        packet
    }

    /// The opening SYN.
    pub(crate) fn syn(&mut self) -> Packet {
        let mut packet = self.segment();
        packet.tcp.flags = SYN;
        packet.tcp.acknowledgement = 0;
        let [a, b] = self.opening.segment.to_be_bytes();
        packet.tcp.options.splice(0..0, [2, 4, a, b, 4, 2]);
        packet
    }

    /// Puts a packet on the wire.
    pub(crate) fn put(&self, packet: &Packet) {
        self.wire.send(packet.frame());
    }

    /// Puts a segment of these flags and without content on the wire.
    pub(crate) fn put_as(&mut self, flags: u8) {
        let mut packet = self.segment();
        packet.tcp.flags = flags;
        self.put(&packet);
    }

    /// Puts a frame on the wire of which something is left to the link.
    pub(crate) fn put_offloaded(&self, frame: &Frame) {
        self.wire.send_offloaded(frame);
    }

    /// Puts a frame on the wire.
    pub(crate) fn put_frame(&self, frame: Vec<u8>) {
        self.wire.send(frame);
    }

    /// Opens the connection; whether it came to be.
    pub(crate) fn open(&mut self) -> bool {
        let syn = self.syn();
        self.open_with(&syn)
    }

    /// The same with a SYN of the test's own, sent again when nothing answers.
    pub(crate) fn open_with(&mut self, syn: &Packet) -> bool {
        for _ in 0..3 {
            self.put(syn);
            if let Some(opened) = self.opened(syn, Duration::from_millis(400)) {
                return opened;
            }
        }
        self.saw.push("no connection".to_owned());
        false
    }

    /// Takes the answer to a SYN within `time`; whether the connection came to be, if there is one.
    pub(crate) fn opened(&mut self, syn: &Packet, time: Duration) -> Option<bool> {
        let deadline = Instant::now() + time;
        while let Some(seen) = self.next_segment(deadline) {
            if seen.flags & (SYN | ACK | RST) == SYN | ACK {
                self.next = syn.tcp.sequence.wrapping_add(1);
                self.expected = seen.sequence.wrapping_add(1);
                self.heard_clock = seen.stamp().unwrap_or(0);
                let ack = self.segment();
                self.put(&ack);
                return Some(true);
            }
            if seen.flags & RST != 0 {
                self.saw.push("reset".to_owned());
                return Some(false);
            }
        }
        None
    }

    /// Takes a SYN and has the answer to it ready, which is still to be put: as [`Raw::syn`], with an acknowledgement.
    pub(crate) fn accept(&mut self) -> Option<Packet> {
        let deadline = Instant::now() + Duration::from_millis(400);
        let syn = std::iter::from_fn(|| self.next_segment(deadline)).find(|seen| seen.flags & (SYN | ACK) == SYN)?;
        self.expected = syn.sequence.wrapping_add(1);
        self.heard_clock = syn.stamp().unwrap_or(0);
        let mut answer = self.syn();
        (answer.tcp.flags, answer.tcp.acknowledgement) = (SYN | ACK, self.expected);
        self.skip(1);
        Some(answer)
    }

    /// Sends bytes in order.
    pub(crate) fn say(&mut self, bytes: &[u8]) {
        let packet = self.data(0, bytes);
        self.put(&packet);
        self.skip(bytes.len());
    }

    /// Counts bytes as sent.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.next = self.next.wrapping_add(bytes as u32);
    }

    /// Sends the FIN.
    pub(crate) fn finish(&mut self) {
        let mut packet = self.segment();
        packet.tcp.flags |= FIN;
        self.put(&packet);
        self.skip(1);
    }

    /// An exact reset, so that nothing lingers at the server.
    pub(crate) fn goodbye(&mut self) -> Packet {
        let mut packet = self.segment();
        packet.tcp.flags = RST | ACK;
        packet
    }

    fn next_segment(&self, deadline: Instant) -> Option<Seen> {
        self.incoming.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
    }

    /// Takes what comes for `time`.
    pub(crate) fn hear(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        while let Some(seen) = self.next_segment(deadline) {
            self.take(&seen);
        }
    }

    /// The next message of the server within `time`.
    pub(crate) fn message(&mut self, time: Duration) -> Option<Vec<u8>> {
        let deadline = Instant::now() + time;
        loop {
            if let Some(whole) = frames::first(&self.stream) {
                let message: Vec<u8> = self.stream.drain(..whole).collect();
                self.saw.push(in_words(&message));
                self.messages.push(message.clone());
                return Some(message);
            }
            let seen = self.next_segment(deadline)?;
            self.take(&seen);
        }
    }

    /// Sends a request and takes the next message. A request that goes unanswered is sent once more, as any stack would.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Option<Vec<u8>> {
        self.say(request);
        if let Some(answer) = self.message(Duration::from_millis(400)) {
            return Some(answer);
        }
        let again = self.data(-request.len().cast_signed(), request);
        self.put(&again);
        self.message(Duration::from_millis(400))
    }

    /// Whether a request is answered, whatever else is still to come before its answer.
    pub(crate) fn is_answered(&mut self, request: &[u8]) -> bool {
        let mut answer = self.ask(request);
        while answer.as_ref().is_some_and(|a| a[..2] != request[..2]) {
            answer = self.message(Duration::from_millis(400));
        }
        answer.is_some()
    }

    /// The same over a wire that loses much: sent again for as long as any stack would.
    pub(crate) fn is_answered_for_long(&mut self, request: &[u8]) -> bool {
        self.say(request);
        (0..20).any(|_| {
            let answer = self.message(Duration::from_millis(300));
            if answer.is_none() {
                let again = self.data(-request.len().cast_signed(), request);
                self.put(&again);
            }
            answer.is_some_and(|a| a[..2] == request[..2])
        })
    }

    fn take(&mut self, seen: &Seen) {
        if seen.flags & RST != 0 {
            self.saw.push("reset".to_owned());
            return;
        }
        let behind = self.expected.wrapping_sub(seen.sequence);
        if let Some(stamp) = seen.stamp()
            && behind.cast_signed() >= 0
        {
            self.heard_clock = stamp;
        }
        let fin = seen.flags & FIN != 0;
        if seen.payload.is_empty() && !fin {
            return;
        }
        if !seen.payload.is_empty() {
            self.ahead.insert(seen.sequence, seen.payload.clone());
            self.assemble();
        }
        if fin && seen.sequence.wrapping_add(seen.payload.len() as u32) == self.expected {
            self.expected = self.expected.wrapping_add(1);
            self.saw.push("end".to_owned());
        }
        if self.acknowledges {
            let ack = self.segment();
            self.put(&ack);
        }
    }

    fn assemble(&mut self) {
        while let Some((at, bytes)) = self.ahead.iter().find(|(at, bytes)| {
            let skip = self.expected.wrapping_sub(**at);
            skip.cast_signed() >= 0 && (skip as usize) < bytes.len()
        }) {
            let skip = self.expected.wrapping_sub(*at) as usize;
            let (at, fresh) = (*at, bytes[skip..].to_vec());
            self.ahead.remove(&at);
            self.expected = self.expected.wrapping_add(fresh.len() as u32);
            self.stream.extend(fresh);
        }
    }
}

/// A message of the server in a word.
fn in_words(message: &[u8]) -> String {
    match message.get(7..9) {
        Some([function, code]) if function & 0x80 != 0 => format!("exception {code}"),
        Some(_) => "answer".to_owned(),
        None => "a stump".to_owned(),
    }
}
