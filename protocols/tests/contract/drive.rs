//! Drives a session with whatever bytes come, and holds every invariant of the contract on the way. The fuzz target
//! runs this very file.

use super::golden::{Exchange, Scribe};
use sluice_model::{Direction, Fault, Instant};
use sluice_protocols::{Cx, Frame, Opened, Outcome, Protocol, Refusal, Room, Session, Ticket};
use std::time::Duration;

const OUTSTANDING: usize = 4;
const OPENED: Opened = Opened { outstanding: OUTSTANDING, patience: Duration::from_secs(1) };

/// The messages of an exchange, as a program picks them.
pub(crate) fn messages(exchange: &Exchange) -> Vec<(Direction, Vec<u8>)> {
    let responses = exchange.responses.iter().map(|r| (Direction::ToClient, r.bytes.clone()));
    std::iter::once((Direction::ToServer, exchange.request.bytes.clone())).chain(responses).collect()
}

/// Decodes and refuses one message; nothing is remembered.
pub(crate) fn unit(protocol: &dyn Protocol, session: &dyn Session, cx: &Cx, unit: &[u8]) {
    let (outstanding, room) = (session.outstanding(), session.room());
    match session.frame(cx.direction, unit) {
        Frame::Unit(n) => assert!(0 < n && n <= unit.len()),
        Frame::Need(n) => assert!(n > unit.len()),
        Frame::Bad(anomaly) => assert!(anomaly.offset <= unit.len()),
    }
    let first = Scribe::of(protocol, session, cx, unit);
    assert!(first.operations + first.anomalies.len() > 0, "neither an operation nor an anomaly");
    assert!(first.anomalies.iter().all(|a| a.offset <= unit.len()));
    assert!(first.tickets.len() <= 1);
    for fault in [Fault::Function, Fault::Address, Fault::Value, Fault::Busy, Fault::Target] {
        let mut refusal = vec![0xEE];
        match session.refuse(cx, unit, fault, &mut refusal) {
            Refusal::Silent => assert_eq!(refusal, [0xEE]),
            Refusal::Written => {
                let n = refusal.len() - 1;
                assert_eq!(session.frame(Direction::ToClient, &refusal[1..]), Frame::Unit(n));
            }
        }
    }
    let again = Scribe::of(protocol, session, cx, unit);
    assert_eq!((first.says, first.tickets), (again.says, again.tickets), "decode is not pure");
    assert_eq!((session.outstanding(), session.room()), (outstanding, room), "decode or refuse remembered something");
}

/// The two directions of one connection.
struct Flow<'p> {
    protocol: &'p dyn Protocol,
    session: Box<dyn Session>,
    held: [Vec<u8>; 2],
    now: Instant,
    note: u64,
}

impl Flow<'_> {
    /// Takes whole messages off what is held in one direction.
    fn advance(&mut self, direction: Direction, outcome: Outcome) {
        let cx = Cx { direction, now: self.now };
        let side = usize::from(direction == Direction::ToClient);
        loop {
            match self.session.frame(direction, &self.held[side]) {
                Frame::Need(n) => return assert!(n > self.held[side].len()),
                Frame::Bad(_) => return self.held[side].clear(),
                Frame::Unit(n) => {
                    let message: Vec<u8> = self.held[side].drain(..n).collect();
                    unit(self.protocol, &*self.session, &cx, &message);
                    self.settle(&cx, &message, outcome);
                }
            }
        }
    }

    fn settle(&mut self, cx: &Cx, message: &[u8], outcome: Outcome) {
        let scribe = Scribe::of(self.protocol, &*self.session, cx, message);
        let (before, room) = (self.session.outstanding(), self.session.room());
        self.note += 1;
        self.session.settle(cx, message, Ticket { at: self.now, note: self.note }, outcome);
        let sound = scribe.anomalies.is_empty();
        let after = match (cx.direction, outcome) {
            (Direction::ToServer, Outcome::Delivered) => before + usize::from(sound && room == Room::Free),
            (Direction::ToServer, Outcome::Withheld) => before,
            (Direction::ToClient, _) => before - scribe.tickets.len(),
        };
        assert_eq!(self.session.outstanding(), after);
        assert!(after <= OUTSTANDING);
    }

    /// Another process takes over.
    fn hand_over(&mut self) {
        let (mut state, mut again) = (Vec::new(), Vec::new());
        self.session.export(&mut state);
        self.session = self.protocol.restore(OPENED, &state).expect("a state that was exported");
        self.session.export(&mut again);
        assert_eq!(state, again, "the state changed on its way");
    }

    fn expire(&mut self) {
        let (before, mut forgotten) = (self.session.outstanding(), 0);
        let due = self.session.expire(self.now, &mut |_| forgotten += 1);
        assert_eq!(self.session.outstanding(), before - forgotten);
        assert_eq!(due.is_some(), self.session.outstanding() > 0);
        assert!(due.is_none_or(|due| due > self.now));
    }
}

/// Runs a program of bytes: each step brings a golden message with some bytes changed, or bytes as they are, or time.
pub(crate) fn program(protocol: &dyn Protocol, messages: &[(Direction, Vec<u8>)], program: &[u8]) {
    let session = protocol.open(OPENED);
    let mut flow = Flow { protocol, session, held: [Vec::new(), Vec::new()], now: Instant(0), note: 0 };
    let mut program = program.iter().copied();
    while let Some(step) = program.next() {
        let outcome = if step & 0x10 == 0 { Outcome::Delivered } else { Outcome::Withheld };
        let mut byte = || program.next().unwrap_or(0);
        let (direction, bytes) = match step & 3 {
            0 if step & 0x20 != 0 => {
                flow.hand_over();
                continue;
            }
            0 => {
                flow.now = flow.now + Duration::from_millis(u64::from(byte()) * 10);
                flow.expire();
                continue;
            }
            1 => {
                let direction = if step & 4 == 0 { Direction::ToServer } else { Direction::ToClient };
                let length = byte() & 0x3F;
                (direction, (0..length).map(|_| byte()).collect())
            }
            // A golden message, untouched or with up to three bytes changed.
            _ => {
                let (direction, mut bytes) = messages[usize::from(byte()) % messages.len()].clone();
                let changes = if step & 3 == 2 { 0 } else { step >> 5 & 3 };
                for _ in 0..changes {
                    let place = usize::from(byte()) % bytes.len();
                    bytes[place] = byte();
                }
                // Few different beginnings, so that messages meet under one transaction.
                if step & 8 != 0 {
                    bytes[..2].copy_from_slice(&[0, byte() & 3]);
                }
                (direction, bytes)
            }
        };
        flow.held[usize::from(direction == Direction::ToClient)].extend_from_slice(&bytes);
        flow.advance(direction, outcome);
    }
}
