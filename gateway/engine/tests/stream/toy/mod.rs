//! A protocol made for testing the engine: length-prefixed, many operations a message, with and without answers.
//!
//! `5A n kind tid body`, where `n` counts the bytes after itself. Bodies of requests, notifications and reports are
//! operations of four bytes: code, address, value (two bytes). Bodies of responses are two bytes for each operation,
//! of refusals one byte.

mod session;

use sluice_model::{
    Action, AddressError, AnomalyKind, Blame, Descriptor, Device, Direction, Fault, Function, Notation, ProtocolId,
    Space, SpaceId,
};
use sluice_protocols::handover::Unreadable;
use sluice_protocols::{Carrier, Opened, Probe, Protocol, Session};

pub const MAGIC: u8 = 0x5A;
pub const REQUEST: u8 = 0x01;
/// A request that nobody answers, not even with a refusal.
pub const NOTIFY: u8 = 0x02;
pub const RESPONSE: u8 = 0x81;
pub const REPORT: u8 = 0x83;
pub const REFUSAL: u8 = 0xC1;

pub const READ: u8 = 1;
pub const WRITE: u8 = 2;
pub const EVENT: u8 = 4;

pub const ITEM: SpaceId = SpaceId(0);

const fn kind(name: &'static str, blame: Blame, fault: Fault) -> AnomalyKind {
    AnomalyKind { name, blame, clause: "toy", meaning: "a rule of the toy protocol is broken", fault }
}

pub static BAD_MAGIC: AnomalyKind = kind("magic", Blame::Malformed, Fault::Value);
pub static BAD_SHAPE: AnomalyKind = kind("shape", Blame::Malformed, Fault::Value);
pub static BAD_KIND: AnomalyKind = kind("kind", Blame::Misbehaving, Fault::Function);
pub static BAD_CODE: AnomalyKind = kind("code", Blame::Unsupported, Fault::Function);
pub static UNASKED: AnomalyKind = kind("unasked", Blame::Misbehaving, Fault::Target);
pub static SIZE: AnomalyKind = kind("size", Blame::Misbehaving, Fault::Target);

const fn function(name: &'static str, code: u8, actions: &'static [Action]) -> Function {
    Function {
        name,
        codes: code as u16..=code as u16,
        sub: None,
        actions,
        by_verb: true,
        spaces: &[ITEM],
        single: false,
        opaque: false,
        clause: "toy",
    }
}

pub static FUNCTIONS: [Function; 3] = [
    function("read-item", READ, &[Action::Read]),
    function("write-item", WRITE, &[Action::Write]),
    function("report-item", EVENT, &[Action::Event]),
];

pub static DESCRIPTOR: Descriptor = Descriptor {
    id: ProtocolId(7),
    name: "toy",
    title: "Toy",
    ports: &[7],
    device: Device { key: "station", range: 0..=255, default: 1, broadcast: None },
    functions: &FUNCTIONS,
    spaces: &[Space { id: ITEM, name: "item", key: "items", bits: 16, writable: true, last: 255 }],
    notations: &[Notation { name: "wire", example: "item 1" }],
    anomalies: &[&BAD_MAGIC, &BAD_SHAPE, &BAD_KIND, &BAD_CODE, &UNASKED, &SIZE],
    facets: &[],
    parse_address: |_, _| Err(AddressError { message: String::new(), suggestion: None }),
    parse_span: |_, _| Err(AddressError { message: String::new(), suggestion: None }),
    show_span: |span| format!("item {} .. {}", span.first, span.last),
    show_other: |_| None,
    usual_function: |action, _| FUNCTIONS.iter().find(|f| f.actions.contains(&action)),
    ask: |_| None,
};

pub struct Toy;

impl Protocol for Toy {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Stream]
    }

    fn probe(&self, _: Direction, head: &[u8]) -> Probe {
        match head.first() {
            None => Probe::More,
            Some(&MAGIC) => Probe::Yes,
            Some(_) => Probe::No,
        }
    }

    fn open(&self, opened: Opened) -> Box<dyn Session> {
        Box::new(session::State::new(opened))
    }

    fn restore(&self, opened: Opened, state: &[u8]) -> Result<Box<dyn Session>, Unreadable> {
        Ok(Box::new(session::State::restore(opened, state)?))
    }

    fn facets(&self, _: Direction, _: &[u8], _: &mut dyn FnMut(&'static str, u32, Option<u32>)) {}

    fn wrap(&self, _: u32, body: &[u8]) -> Vec<u8> {
        message(REQUEST, 0, body)
    }
}

/// One message.
pub fn message(kind: u8, tid: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len() + 2).unwrap();
    [&[MAGIC, length, kind, tid], body].concat()
}

/// A request of these `(code, address)` pairs.
pub fn request(tid: u8, operations: &[(u8, u8)]) -> Vec<u8> {
    message(REQUEST, tid, &body(operations))
}

/// The body of a request.
pub fn body(operations: &[(u8, u8)]) -> Vec<u8> {
    operations.iter().flat_map(|(code, address)| [*code, *address, 0x12, 0x34]).collect()
}

/// The right response to a request of `operations` operations.
pub fn response(tid: u8, operations: usize) -> Vec<u8> {
    message(RESPONSE, tid, &vec![0x56; operations * 2])
}
