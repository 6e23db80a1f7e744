//! What the properties need of a protocol's two ends, written without the parser that is under test.

use crate::sites::Rules;
use sluice_model::SpaceId;
use sluice_protocols::Protocol;

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Read,
    Write,
    /// Reads and writes in one message.
    Both,
    /// A write that nobody answers, where the protocol has such; else a write.
    Notify,
    /// Lengths that disagree inside of a message whose frame is right.
    Malformed,
    /// A code that no statement names.
    Unknown,
}

/// One message of a client.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    pub kind: Kind,
    pub address: u8,
    /// At least one.
    pub items: u8,
}

impl Ask {
    /// The obviously correct judge.
    pub fn allowed(self, rules: Rules) -> bool {
        let end = u64::from(self.address) + u64::from(self.items);
        match self.kind {
            Kind::Read => end <= rules.reads,
            Kind::Write | Kind::Notify => end <= rules.writes,
            Kind::Both => end <= rules.reads && end <= rules.writes,
            Kind::Malformed | Kind::Unknown => false,
        }
    }
}

/// Both ends of a protocol.
pub trait Dialect {
    fn protocol(&self) -> &'static dyn Protocol;
    fn space(&self) -> SpaceId;
    /// A client's message number `tid`.
    fn ask(&self, tid: u8, ask: Ask) -> Vec<u8>;
    fn expects_answer(&self, ask: Ask) -> bool;
    /// The right answer of a device.
    fn answer(&self, tid: u8, ask: Ask) -> Vec<u8>;
    /// An answer that does not fit the request.
    fn wrong_answer(&self, tid: u8, ask: Ask) -> Vec<u8>;
    /// A device's own refusal.
    fn refusal(&self, tid: u8, ask: Ask) -> Vec<u8>;
    fn is_refusal(&self, message: &[u8]) -> bool;
    /// Bytes of the message at the start of `stream`, by its header alone.
    fn length(&self, stream: &[u8]) -> usize;
    fn tid(&self, message: &[u8]) -> u8;
}

/// Cuts a stream into messages; panics if it does not end at a message's end.
pub fn split(dialect: &dyn Dialect, mut stream: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while !stream.is_empty() {
        let (message, rest) = stream.split_at(dialect.length(stream));
        messages.push(message.to_vec());
        stream = rest;
    }
    messages
}
