//! The contract between a protocol and the engine: everything that a protocol is, in two small traits.
//!
//! Adding a protocol is a folder beside `modbus/`, a line in [`crate::registry`] and a file of golden messages in
//! `tests/golden/`. Rules that every implementation keeps, and that `tests/contract/` and the fuzz target check for
//! every registry entry:
//!
//! * [`Session::frame`] alone may ask for more bytes; a body that is too short for its own counts is an anomaly.
//! * [`Session::decode`] proposes and changes nothing; [`Session::settle`] alone remembers. So a denied request never
//!   enters the correlation table.
//! * A message that yields no operation, or leaves a byte undecoded, reports an anomaly and is denied.
//! * Nothing panics, whatever the bytes.

use crate::handover::Unreadable;
use core::ops::Range;
use core::time::Duration;
use sluice_model::{Anomaly, Descriptor, Direction, Fault, Instant, Operation};

/// What carries a protocol's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A byte stream: TCP, TLS.
    Stream,
    /// Datagrams, each with whole messages: UDP.
    Datagram,
}

/// Whether bytes look like a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// They do.
    Yes,
    /// They cannot be it.
    No,
    /// More bytes are needed to tell.
    More,
}

/// What a new session is told.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// How many requests may wait for their responses; one more is [`Room::Full`].
    pub outstanding: usize,
    /// How long a request waits for its response before it is forgotten.
    pub patience: Duration,
}

/// What the engine found at the start of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// No verdict before at least this many bytes are there (counted from the start of the buffer).
    Need(usize),
    /// The first `n` bytes are one message.
    Unit(usize),
    /// The stream cannot be framed from here on.
    Bad(Anomaly),
}

/// When and which way a message goes.
#[derive(Clone, Copy, Debug)]
pub struct Cx {
    /// The way it goes.
    pub direction: Direction,
    /// When it arrived.
    pub now: Instant,
}

/// What the engine wants back when a request's response comes: opaque to the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticket {
    /// When the request was let through.
    pub at: Instant,
    /// The engine's own note.
    pub note: u64,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was delivered.
    Delivered,
    /// It was withheld.
    Withheld,
}

/// Whether a session could remember a delivered request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It can take one more request.
    Free,
    /// As many requests wait for responses as [`Opened::outstanding`] allows; the request must be withheld.
    Full,
}

/// Whether a refusal was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The protocol's own refusal is in the buffer.
    Written,
    /// The protocol has no refusal for this message.
    Silent,
}

/// How many exchanges that are over a session may keep in mind, the newest ones.
pub const RECENT: usize = 4;

/// The form of the answers to a request that does not depend on what is asked before or after it: every message of
/// `length` bytes that begins with the first `known` bytes of `head`, but has the request's bytes at
/// [`Session::pairing`], is one message for [`Session::frame`] and answers the request as [`Session::answer`] has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// How it begins.
    pub head: [u8; 16],
    /// How many bytes of `head` count, at most `length`.
    pub known: u8,
    /// How long it is, at least 8.
    pub length: u16,
}

/// Receives what a message holds.
pub trait Sink<'m> {
    /// One operation.
    fn operation(&mut self, operation: &Operation<'m>);
    /// The message answers the request that was settled with this ticket; with an anomaly, it answers it wrongly. Comes
    /// before everything else about the message.
    fn answers(&mut self, ticket: Ticket);
    /// The message is a refusal by the device itself: the protocol's own code (Modbus exception code).
    fn refused(&mut self, code: u16);
    /// The message is not acceptable.
    fn anomaly(&mut self, anomaly: Anomaly);
}

/// A protocol: stateless and static.
pub trait Protocol: Sync {
    /// Its static names.
    fn descriptor(&self) -> &'static Descriptor;
    /// What can carry it.
    fn carriers(&self) -> &'static [Carrier];
    /// Whether the first bytes of a flow look like it, whatever the port.
    fn probe(&self, direction: Direction, head: &[u8]) -> Probe;
    /// State for a new flow; called once a flow, never once a message.
    fn open(&self, opened: Opened) -> Box<dyn Session>;
    /// The state of a flow that goes on, from what [`Session::export`] wrote, whatever process it did that in. `opened`
    /// may differ from then: more requests than may wait now are kept until they are answered.
    fn restore(&self, opened: Opened, state: &[u8]) -> Result<Box<dyn Session>, Unreadable>;
    /// What statistics count of one framed message, decodable or not: the name of a facet (one of
    /// [`Descriptor::facets`]) and its key, one code or a pair.
    fn facets(&self, direction: Direction, unit: &[u8], count: &mut dyn FnMut(&'static str, u32, Option<u32>));
    /// Puts the transport's header before the body of a request for `device`. What does not fit into the header becomes
    /// a message that [`Session::frame`] or [`Session::decode`] rejects.
    fn wrap(&self, device: u32, body: &[u8]) -> Vec<u8>;
}

/// The state of one flow.
pub trait Session: Send {
    /// Finds the first message in `buffer`, which may be empty.
    fn frame(&self, direction: Direction, buffer: &[u8]) -> Frame;

    /// Decodes one whole message; pure. Ends having called [`Sink::operation`] at least once, or [`Sink::anomaly`].
    /// A response is decoded against the request that it answers, so its operation names the addresses asked for.
    fn decode<'m>(&self, cx: &Cx, unit: &'m [u8], out: &mut dyn Sink<'m>);

    /// Whether one more request can be remembered.
    fn room(&self) -> Room;

    /// Remembers what became of a message; the only mutation besides [`Session::expire`]. A delivered request is
    /// remembered with its ticket until its response, delivered or withheld, settles it.
    fn settle(&mut self, cx: &Cx, unit: &[u8], ticket: Ticket, outcome: Outcome);

    /// Where in a request stand the bytes that only pair it with its response: requests that agree in all others ask for
    /// the same.
    fn pairing(&self) -> Range<usize> {
        0..0
    }

    /// Settles the response `unit` as delivered, if it answers the oldest request as it should, without a refusal, and
    /// that request's ticket is `wanted`; returns the ticket. Does nothing else: [`Session::decode`] and
    /// [`Session::settle`] do the same in two steps and for every message.
    fn answer(&mut self, _unit: &[u8], _wanted: &dyn Fn(Ticket) -> bool) -> Option<Ticket> {
        None
    }

    /// The form of what answers the request `unit`; `None` if it has none, or is no request.
    fn form(&self, _unit: &[u8]) -> Option<Form> {
        None
    }

    /// The request `unit`, which has a form, was delivered and answered in it while nothing waited: what settling both
    /// comes to. Of more than [`RECENT`] such exchanges in a row, only the last need be told.
    fn exchanged(&mut self, _unit: &[u8]) {}

    /// Appends the protocol's own refusal of `unit` to `out`. A request is refused to its client; for a withheld
    /// response (`cx.direction` is [`Direction::ToClient`]) it stands in that response's place, so it is asked for before
    /// the response is settled.
    fn refuse(&self, cx: &Cx, unit: &[u8], fault: Fault, out: &mut Vec<u8>) -> Refusal;

    /// How many requests wait for their responses.
    fn outstanding(&self) -> usize;

    /// Forgets requests that waited too long, tells `forgotten` the ticket of each, and returns when to call again.
    fn expire(&mut self, now: Instant, forgotten: &mut dyn FnMut(Ticket)) -> Option<Instant>;

    /// Appends everything that it remembers to `out`, in a form that begins with its version, for [`Protocol::restore`].
    /// Times in it are of the clock that the engine hands in, which must go on when another process takes over.
    fn export(&self, out: &mut Vec<u8>);
}
