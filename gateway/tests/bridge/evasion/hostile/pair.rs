//! Both ends of one connection across the bridge, each in the hand of the test.

use crate::evasion::row::SOON;
use crate::raw::packet::{PSH, Packet};
use crate::raw::wire::Wire;
use crate::raw::{Opening, Raw};
use crate::rig::frames;
use crate::site::FORBIDDEN;
use std::time::Duration;

/// Long enough for what a gate passes on.
const PATIENT: Duration = Duration::from_millis(400);

/// A client and its hostile server.
pub(crate) struct Pair<'w> {
    pub(crate) client: Raw<'w>,
    pub(crate) server: Raw<'w>,
    /// Requests of the client, each of which has to be answered once.
    pub(crate) asked: usize,
    /// Strings of bytes that must never come out towards the client.
    pub(crate) needles: Vec<Vec<u8>>,
}

impl<'w> Pair<'w> {
    pub(crate) fn new((client, server): (&'w Wire, &'w Wire), port: u16, opening: Opening) -> Self {
        Self {
            client: Raw::new(client, port, opening.clone()),
            server: Raw::serving(server, port, opening.turned()),
            asked: 0,
            needles: vec![[FORBIDDEN.to_be_bytes(), port.to_be_bytes()].concat()],
        }
    }

    /// Opens the connection; whether it came to be.
    pub(crate) fn open(&mut self) -> bool {
        self.open_with(|_| ())
    }

    /// The same with an answer to the SYN that `dress` has changed.
    pub(crate) fn open_with(&mut self, dress: impl FnOnce(&mut Packet)) -> bool {
        let syn = self.client.syn();
        let mut dress = Some(dress);
        for _ in 0..3 {
            self.client.put(&syn);
            let Some(mut answer) = self.server.accept() else { continue };
            if let Some(dress) = dress.take() {
                dress(&mut answer);
            }
            self.server.put(&answer);
            return self.client.opened(&syn, PATIENT) == Some(true);
        }
        false
    }

    /// The client asks; the server has the request.
    pub(crate) fn ask(&mut self) -> Vec<u8> {
        self.asked += 1;
        let request = frames::read(0x0300 + self.asked as u16, 3, 2);
        self.client.say(&request);
        if self.server.message(PATIENT).is_none() {
            // As any stack would.
            self.client.slip(-request.len().cast_signed(), &request);
            self.server.message(PATIENT);
        }
        request
    }

    /// The client asks for what it may not have; the bridge answers.
    pub(crate) fn ask_in_vain(&mut self) -> Vec<u8> {
        self.asked += 1;
        let request = frames::write(0x0300 + self.asked as u16, FORBIDDEN, 1);
        self.client.say(&request);
        request
    }

    /// The server answers as it should, and the client hears it.
    pub(crate) fn answer(&mut self, request: &[u8]) {
        self.server.say(&frames::honest(request));
        self.client.message(SOON);
    }

    /// A request with its answer.
    pub(crate) fn poll(&mut self) {
        let request = self.ask();
        self.answer(&request);
    }

    /// What `request` must not be answered with: as long as the answer of an honest device, and with values of its own.
    pub(crate) fn forged(&self, request: &[u8]) -> Vec<u8> {
        frames::adu(u16::from_be_bytes([request[0], request[1]]), 1, &self.values(3))
    }

    /// An answer to a read of two registers, of another function perhaps.
    pub(crate) fn values(&self, function: u8) -> Vec<u8> {
        [&[function, 4], self.needles[0].as_slice()].concat()
    }

    /// The server says what the client must not hear, and counts it as said.
    pub(crate) fn lie(&mut self, bytes: &[u8]) {
        self.server.say(bytes);
        self.client.message(SOON);
    }

    /// The server's next segment with `bytes`, `spoilt` so that no client takes it; the number of the next one is as if it
    /// had never been.
    pub(crate) fn decoy(&mut self, bytes: &[u8], spoil: impl FnOnce(&mut Packet)) {
        let mut packet = self.server.data(0, bytes);
        spoil(&mut packet);
        self.server.put(&packet);
        self.client.hear(Duration::from_millis(20));
    }

    /// A segment of the server without content that must not reach the client as it is: its numbers are the needle.
    pub(crate) fn inject(&mut self, forge: impl FnOnce(&mut Packet)) {
        let mut packet = self.server.segment();
        forge(&mut packet);
        let (sequence, acknowledgement) = (packet.tcp.sequence.to_be_bytes(), packet.tcp.acknowledgement.to_be_bytes());
        let behind = [(packet.tcp.options.len().next_multiple_of(4) as u8 / 4 + 5) << 4, packet.tcp.flags & !PSH];
        self.needles.push([&sequence[..], &acknowledgement, &behind].concat());
        self.server.put(&packet);
        self.client.hear(Duration::from_millis(20));
    }

    /// Whether the connection still carries a request and its answer.
    pub(crate) fn is_alive(&mut self) -> bool {
        let before = self.client.messages.len();
        let request = self.ask();
        let honest = frames::honest(&request);
        self.server.say(&honest);
        if self.client.message(PATIENT).is_none() {
            self.server.slip(-honest.len().cast_signed(), &honest);
            self.client.message(PATIENT);
        }
        self.client.messages[before..].last() == Some(&honest)
    }
}
