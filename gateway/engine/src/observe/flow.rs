//! One flow: both directions of a TCP connection, or of an exchange of UDP datagrams.

use super::identify::{self, Found};
use super::ledger::Ledger;
use super::speech::Speech;
use super::summary::Class;
use super::tcp::{Half, Piece};
use super::{Limits, anomalies, flows::Key};
use crate::frames::{Checksum, Tcp, TcpFlags};
use sluice_model::Instant;

/// How many segments with content are looked at to tell what a connection speaks.
const LOOKS: u8 = 8;

/// One flow. Ends are counted as in [`Key::ends`].
pub(super) struct Flow {
    halves: [Half; 2],
    /// Sequence numbers of SYNs, to tell a repeated one from a new connection.
    opened: [Option<u32>; 2],
    /// Where the ends said that they end.
    ends: [Option<u32>; 2],
    /// The end that asked for the connection.
    client: Option<usize>,
    /// Whose address is listed, with the hardware address that it came with.
    noted: [bool; 2],
    /// Whose packets carried right checksums: theirs alone are refused for a wrong one.
    verified: [bool; 2],
    /// What it was last said to cost.
    charged: usize,
    /// Whether it was heard from its first byte on.
    whole: bool,
    content: Content,
}

/// What a flow speaks.
enum Content {
    /// Not known after so many looks.
    Unknown(u8),
    /// A protocol that is read here; the conversation begins with the first byte.
    Known(Found, Option<Box<Speech>>),
    /// It ended.
    Over(Option<Found>),
}

impl Flow {
    /// A flow whose first packet came now; `found` if its ports say what it speaks.
    pub(super) fn new(found: Option<Found>) -> Self {
        Self {
            halves: Default::default(),
            opened: [None; 2],
            ends: [None; 2],
            client: None,
            noted: [false; 2],
            verified: [false; 2],
            charged: 0,
            whole: true,
            content: found.map_or(Content::Unknown(0), |found| Content::Known(found, None)),
        }
    }

    /// Whether `sender` is to be listed; true once.
    pub(super) fn is_news(&mut self, sender: usize) -> bool {
        !core::mem::replace(&mut self.noted[sender], true)
    }

    /// Bytes that it keeps beside itself.
    pub(super) fn cost(&self) -> usize {
        let speech = if let Content::Known(_, Some(speech)) = &self.content { speech.cost() } else { 0 };
        speech + self.halves.iter().map(Half::cost).sum::<usize>()
    }

    /// Brings a sum of costs up to date.
    pub(super) fn charge(&mut self, kept: &mut usize) {
        let cost = self.cost();
        *kept = *kept + cost - core::mem::replace(&mut self.charged, cost);
    }

    /// What it was last said to cost.
    pub(super) const fn charged(&self) -> usize {
        self.charged
    }

    /// A segment with right checksums, without flags that open or end, if it is what a poll repeats: in order, a message
    /// alone that was judged before. `None` if it is not, and nothing is changed; else whether its cost changed.
    pub(super) fn again(&mut self, sender: usize, tcp: &Tcp<'_>, at: Instant) -> Option<bool> {
        let Content::Known(_, Some(speech)) = &mut self.content else { return None };
        let in_order = self.halves.iter().all(Half::is_in_order) && self.halves[sender].expects(tcp.sequence);
        if !in_order || !self.noted[sender] {
            return None;
        }
        let grown = speech.again(sender, tcp.payload, at)?;
        self.verified[sender] = true;
        self.halves[1 - sender].acknowledged(tcp.acknowledgement);
        Some(self.halves[sender].read(tcp.payload) || grown)
    }

    /// The end that serves, as far as is known.
    pub(super) fn server(&self, key: &Key) -> usize {
        identify::server(key, self.client)
    }

    /// Whether a packet of `sender` is to be refused for a wrong checksum: of its IP header (not `sound`) or its content.
    /// Hosts that leave checksums to their network card, and tools that edit captures, get none of them right.
    pub(super) fn refuses(&mut self, sender: usize, sound: bool, checksum: Checksum) -> bool {
        self.verified[sender] |= sound && checksum == Checksum::Right;
        self.verified[sender] && (!sound || checksum == Checksum::Wrong)
    }

    /// Whether a SYN with this sequence number opens another connection than this one.
    pub(super) fn is_reused(&self, sender: usize, sequence: u32) -> bool {
        // A device may begin every connection with the same number.
        let over = matches!(self.content, Content::Over(_));
        over || (self.halves[sender].is_known() && self.opened[sender] != Some(sequence))
    }

    /// A segment of a TCP connection, from the end `sender`.
    pub(super) fn segment(&mut self, key: &Key, sender: usize, tcp: &Tcp<'_>, ledger: &mut Ledger<'_>) -> Class {
        if tcp.flags.has(TcpFlags::SYN) {
            self.open(key, sender, tcp);
            return Class::Control;
        }
        let class = self.content(key, sender, tcp, ledger);
        if !matches!(self.content, Content::Known(..)) {
            return class;
        }
        if tcp.flags.has(TcpFlags::ACK) {
            self.follow(key, 1 - sender, ledger, |half, _, out| half.acknowledge(tcp.acknowledgement, out));
        }
        let end = tcp.sequence.wrapping_add(tcp.payload.len() as u32);
        if tcp.flags.has(TcpFlags::FIN) {
            self.ends[sender] = Some(end);
        }
        let read = |end: usize| self.ends[end].is_some_and(|e| self.halves[end].has_read(e));
        if read(0) && read(1) {
            if let Content::Known(_, Some(speech)) = &mut self.content {
                speech.finished(ledger);
            }
            self.end(key, ledger);
        } else if tcp.flags.has(TcpFlags::RST) && self.halves[sender].expects(end) {
            self.end(key, ledger);
        }
        class
    }

    fn open(&mut self, key: &Key, sender: usize, tcp: &Tcp<'_>) {
        if self.opened[sender] == Some(tcp.sequence) {
            return;
        }
        self.opened[sender] = Some(tcp.sequence);
        self.halves[sender].open(tcp.sequence.wrapping_add(1));
        let client = if tcp.flags.has(TcpFlags::ACK) { 1 - sender } else { sender };
        let client = *self.client.get_or_insert(client);
        // Both ends may use a port that the protocol owns: who opened the connection knows better.
        if let Content::Known(found, None) = &mut self.content
            && identify::owns(found.protocol, key, 0)
            && identify::owns(found.protocol, key, 1)
        {
            found.server = 1 - client;
        }
    }

    /// The bytes of a segment.
    fn content(&mut self, key: &Key, sender: usize, tcp: &Tcp<'_>, ledger: &mut Ledger<'_>) -> Class {
        if tcp.payload.is_empty() {
            return Class::Control;
        }
        if let Some(class) = self.settle(key, sender, tcp) {
            return class;
        }
        if self.halves[sender].is_probe(tcp.sequence, tcp.payload) {
            return Class::Control;
        }
        let new =
            self.follow(key, sender, ledger, |half, limits, out| half.segment(tcp.sequence, tcp.payload, limits, out));
        if new { Class::Protocol } else { Class::Repeated }
    }

    /// Finds out what a segment belongs to; says its class unless it is to be followed.
    fn settle(&mut self, key: &Key, sender: usize, tcp: &Tcp<'_>) -> Option<Class> {
        let found = match &mut self.content {
            Content::Known(found, None) => {
                *found = identify::form(*found, key, sender, tcp.payload);
                return None;
            }
            Content::Known(..) => return None,
            Content::Unknown(looks) => {
                if *looks >= LOOKS {
                    return Some(Class::Unidentified);
                }
                *looks += 1;
                identify::probe(key, sender, self.client, tcp.payload)
            }
            Content::Over(found) => {
                let end = tcp.sequence.wrapping_add(tcp.payload.len() as u32);
                if found.is_some() && self.halves[sender].has_read(end) {
                    return Some(Class::Repeated);
                }
                *found
            }
        };
        let Some(found) = found else { return Some(Class::Unidentified) };
        // Nobody followed it until now: unless this is its first byte, it is picked up where it is.
        let [mine, theirs] = [&self.halves[sender], &self.halves[1 - sender]];
        if !mine.expects(tcp.sequence) || !theirs.expects(tcp.acknowledgement) {
            self.halves = Default::default();
            self.whole = false;
        }
        self.ends = [None; 2];
        self.content = Content::Known(found, None);
        None
    }

    /// Lets one direction advance and reads what comes of it.
    fn follow<T>(
        &mut self,
        key: &Key,
        sender: usize,
        ledger: &mut Ledger<'_>,
        advance: impl FnOnce(&mut Half, &Limits, &mut dyn FnMut(Piece<'_>)) -> T,
    ) -> T {
        let whole = self.whole && self.opened.iter().all(Option::is_some);
        let limits = ledger.limits;
        let Self { halves, content, .. } = self;
        advance(&mut halves[sender], limits, &mut |piece| {
            let Content::Known(found, speech) = &mut *content else { return };
            let speech = speech.get_or_insert_with(|| {
                let speech = Speech::new(*found, key, ledger);
                Box::new(if whole { speech } else { speech.under_way(ledger.at) })
            });
            ledger.between(key, sender);
            match piece {
                Piece::Bytes { bytes, starts } => speech.bytes(sender, bytes, starts, ledger),
                Piece::Gap => {
                    ledger.odd(&anomalies::GAP, &[]);
                    speech.gap(sender, ledger.at);
                }
                Piece::Conflict => ledger.odd(&anomalies::OVERLAP_CONFLICT, &[]),
            }
        })
    }

    /// A UDP datagram, from the end `sender`, of a flow whose protocol is known.
    pub(super) fn datagram(&mut self, key: &Key, sender: usize, bytes: &[u8], ledger: &mut Ledger<'_>) -> Class {
        let Content::Known(found, speech) = &mut self.content else { return Class::Unidentified };
        let speech = speech.get_or_insert_with(|| Box::new(Speech::new(*found, key, ledger).under_way(ledger.at)));
        speech.datagram(sender, bytes, ledger);
        Class::Protocol
    }

    /// Tells what came again since it was last told.
    pub(super) fn tell(&mut self, ledger: &mut Ledger<'_>) {
        if let Content::Known(_, Some(speech)) = &mut self.content {
            speech.tell(ledger);
        }
    }

    /// Nothing more will come, or nothing more is to be kept: reads what waits behind gaps and gives the memory back.
    pub(super) fn end(&mut self, key: &Key, ledger: &mut Ledger<'_>) {
        for sender in 0..2 {
            self.follow(key, sender, ledger, |half, _, out| half.flush(out));
            self.halves[sender].rest();
        }
        self.tell(ledger);
        self.content = Content::Over(match self.content {
            Content::Known(found, _) => Some(found),
            Content::Over(found) => found,
            Content::Unknown(_) => None,
        });
    }
}
