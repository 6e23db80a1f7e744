//! Modbus/TCP's two ends, in plain bytes.

use super::dialect::{Ask, Dialect, Kind};
use sluice_model::SpaceId;
use sluice_protocols::{Protocol, registry};

pub struct ModbusDialect;

/// Wraps a body for unit 1.
fn frame(tid: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len() + 1).unwrap();
    [&[0, tid, 0, 0, 0, length, 1], body].concat()
}

fn words(count: u8) -> Vec<u8> {
    (0..count).flat_map(|word| [0x0A, word]).collect()
}

fn function(ask: Ask) -> u8 {
    match ask.kind {
        Kind::Read => 3,
        Kind::Write | Kind::Notify | Kind::Malformed => 16,
        Kind::Both => 23,
        Kind::Unknown => 100,
    }
}

impl Dialect for ModbusDialect {
    fn protocol(&self) -> &'static dyn Protocol {
        *registry::ALL.iter().find(|p| p.descriptor().name == "modbus").unwrap()
    }

    fn space(&self) -> SpaceId {
        self.protocol().descriptor().spaces.iter().find(|s| s.name == "holding").unwrap().id
    }

    fn ask(&self, tid: u8, ask: Ask) -> Vec<u8> {
        let Ask { kind, address, items } = ask;
        let body = match kind {
            Kind::Read => vec![3, 0, address, 0, items],
            Kind::Write | Kind::Notify => [&[16, 0, address, 0, items, items * 2], &*words(items)].concat(),
            Kind::Both => [&[23, 0, address, 0, items, 0, address, 0, items, items * 2], &*words(items)].concat(),
            Kind::Malformed => [&[16, 0, address, 0, items, items * 2 + 1], &*words(items)].concat(),
            Kind::Unknown => vec![100, 0, address],
        };
        frame(tid, &body)
    }

    fn expects_answer(&self, _: Ask) -> bool {
        true
    }

    fn answer(&self, tid: u8, ask: Ask) -> Vec<u8> {
        let Ask { kind, address, items } = ask;
        match kind {
            Kind::Write | Kind::Notify => frame(tid, &[16, 0, address, 0, items]),
            _ => frame(tid, &[&[function(ask), items * 2], &*words(items)].concat()),
        }
    }

    fn wrong_answer(&self, tid: u8, ask: Ask) -> Vec<u8> {
        self.answer(tid, Ask { items: ask.items + 1, ..ask })
    }

    fn refusal(&self, tid: u8, ask: Ask) -> Vec<u8> {
        frame(tid, &[function(ask) | 0x80, 4])
    }

    fn is_refusal(&self, message: &[u8]) -> bool {
        message[7] & 0x80 != 0
    }

    fn length(&self, stream: &[u8]) -> usize {
        usize::from(stream[5]) + 6
    }

    fn tid(&self, message: &[u8]) -> u8 {
        message[1]
    }
}
