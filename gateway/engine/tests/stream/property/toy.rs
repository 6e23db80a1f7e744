//! The toy protocol's two ends.

use super::dialect::{Ask, Dialect, Kind};
use crate::toy::{EVENT, ITEM, NOTIFY, READ, REFUSAL, REQUEST, Toy, WRITE, body, message, response};
use sluice_model::SpaceId;
use sluice_protocols::Protocol;

pub struct ToyDialect;

/// One operation an item, so that messages hold more operations than the engine keeps.
fn operations(ask: Ask) -> Vec<(u8, u8)> {
    let codes: &[u8] = match ask.kind {
        Kind::Read | Kind::Malformed => &[READ],
        Kind::Write | Kind::Notify => &[WRITE],
        Kind::Both => &[READ, WRITE],
        Kind::Unknown => &[EVENT],
    };
    let items = |code| (ask.address..ask.address + ask.items).map(move |address| (code, address));
    codes.iter().flat_map(|code| items(*code)).collect()
}

impl Dialect for ToyDialect {
    fn protocol(&self) -> &'static dyn Protocol {
        &Toy
    }

    fn space(&self) -> SpaceId {
        ITEM
    }

    fn ask(&self, tid: u8, ask: Ask) -> Vec<u8> {
        let mut body = body(&operations(ask));
        if ask.kind == Kind::Malformed {
            body.pop();
        }
        message(if ask.kind == Kind::Notify { NOTIFY } else { REQUEST }, tid, &body)
    }

    fn expects_answer(&self, ask: Ask) -> bool {
        ask.kind != Kind::Notify
    }

    fn answer(&self, tid: u8, ask: Ask) -> Vec<u8> {
        response(tid, operations(ask).len())
    }

    fn wrong_answer(&self, tid: u8, ask: Ask) -> Vec<u8> {
        response(tid, operations(ask).len() + 1)
    }

    fn refusal(&self, tid: u8, _: Ask) -> Vec<u8> {
        message(REFUSAL, tid, &[99])
    }

    fn is_refusal(&self, message: &[u8]) -> bool {
        message[2] == REFUSAL
    }

    fn length(&self, stream: &[u8]) -> usize {
        usize::from(stream[1]) + 2
    }

    fn tid(&self, message: &[u8]) -> u8 {
        message[3]
    }
}
