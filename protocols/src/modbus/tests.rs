//! Correlation: which request a response answers, and what becomes of the others.

#![allow(clippy::unwrap_used)]

use super::ID;
use super::session::Session;
use crate::{Cx, Form, Frame, Opened, Outcome, Refusal, Room, Session as _, Sink, Ticket};
use sluice_model::{Anomaly, Direction, Fault, Instant, Operation};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(1);

fn open(outstanding: usize) -> Session {
    Session::new(super::framing::Framing::Mbap, Opened { outstanding, patience: PATIENCE })
}

const fn cx(direction: Direction, now: u64) -> Cx {
    Cx { direction, now: Instant(now) }
}

fn message(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut message = transaction.to_be_bytes().to_vec();
    message.extend([0, 0, 0, u8::try_from(pdu.len() + 1).unwrap(), unit]);
    message.extend(pdu);
    message
}

/// A request for `quantity` holding registers, and its response.
fn read(transaction: u16, unit: u8, quantity: u8) -> (Vec<u8>, Vec<u8>) {
    let mut answer = vec![3, quantity * 2];
    answer.resize(2 + usize::from(quantity) * 2, 0xAB);
    (message(transaction, unit, &[3, 0, 0, 0, quantity]), message(transaction, unit, &answer))
}

impl Session {
    fn ask(&mut self, note: u64, request: &[u8]) {
        self.settle(&cx(Direction::ToServer, note), request, Ticket { at: Instant(note), note }, Outcome::Delivered);
    }

    /// The note of the request that `response` answers, or the name of what is wrong; then settles it.
    fn answer(&mut self, response: &[u8]) -> Result<u64, &'static str> {
        let mut heard = Heard(None, None);
        self.decode(&cx(Direction::ToClient, 0), response, &mut heard);
        self.settle(&cx(Direction::ToClient, 0), response, Ticket::default(), Outcome::Delivered);
        match heard {
            Heard(_, Some(name)) => Err(name),
            Heard(note, None) => Ok(note.unwrap()),
        }
    }
}

struct Heard(Option<u64>, Option<&'static str>);

impl<'m> Sink<'m> for Heard {
    fn operation(&mut self, operation: &Operation<'m>) {
        assert_eq!(operation.protocol, ID);
    }
    fn answers(&mut self, ticket: Ticket) {
        self.0 = Some(ticket.note);
    }
    fn refused(&mut self, _: u16) {}
    fn anomaly(&mut self, anomaly: Anomaly) {
        self.1 = Some(anomaly.kind.name);
    }
}

#[test]
fn responses_may_come_in_any_order() {
    let mut session = open(8);
    for n in 0..4 {
        session.ask(n, &read(n as u16, 1, 1).0);
    }
    for n in [2, 0, 3, 1] {
        assert_eq!(session.answer(&read(n as u16, 1, 1).1), Ok(n));
    }
    assert_eq!(session.outstanding(), 0);
}

#[test]
fn of_requests_with_one_transaction_the_oldest_that_fits_is_answered() {
    let mut session = open(8);
    for (note, unit, quantity) in [(0, 1, 1), (1, 1, 2), (2, 2, 1), (3, 1, 1)] {
        session.ask(note, &read(7, unit, quantity).0);
    }
    for (unit, quantity, note) in [(1, 2, 1), (2, 1, 2), (1, 1, 0), (1, 1, 3)] {
        assert_eq!(session.answer(&read(7, unit, quantity).1), Ok(note));
    }
}

#[test]
fn a_second_response_is_a_duplicate() {
    let mut session = open(8);
    session.ask(0, &read(7, 1, 1).0);
    assert_eq!(session.answer(&read(7, 1, 1).1), Ok(0));
    assert_eq!(session.answer(&read(7, 1, 1).1), Err("duplicate-response"));
}

#[test]
fn a_response_to_nothing_is_unsolicited_and_ends_nothing() {
    let mut session = open(8);
    session.ask(0, &read(7, 1, 1).0);
    assert_eq!(session.answer(&read(8, 1, 1).1), Err("unsolicited-response"));
    assert_eq!(session.outstanding(), 1);
    // A fresh session's memory is empty, for transaction 0 too.
    assert_eq!(open(8).answer(&read(0, 1, 1).1), Err("unsolicited-response"));
}

#[test]
fn a_response_after_its_request_was_forgotten_is_late() {
    let mut session = open(8);
    session.ask(5, &read(7, 1, 1).0);
    session.ask(9, &read(8, 1, 1).0);
    let (mut forgotten, second) = (Vec::new(), Instant(0) + PATIENCE);
    assert_eq!(session.expire(second, &mut |t| forgotten.push(t.note)), Some(Instant(5) + PATIENCE));
    assert_eq!(session.expire(Instant(5) + PATIENCE, &mut |t| forgotten.push(t.note)), Some(Instant(9) + PATIENCE));
    assert_eq!(forgotten, [5]);
    assert_eq!(session.answer(&read(7, 1, 1).1), Err("late-response"));
    assert_eq!(session.answer(&read(8, 1, 1).1), Ok(9));
    assert_eq!(session.expire(Instant(u64::MAX), &mut |_| ()), None);
}

#[test]
fn a_response_that_does_not_fit_ends_the_request_it_was_meant_for() {
    let mismatched: [(&str, Vec<u8>); 4] = [
        ("unit-mismatch", message(7, 2, &[3, 2, 0, 0])),
        ("function-mismatch", message(7, 1, &[4, 2, 0, 0])),
        ("size-mismatch", message(7, 1, &[3, 4, 0, 0, 0, 0])),
        ("exception-code", message(7, 1, &[0x83, 0x7F])),
    ];
    for (name, response) in mismatched {
        let mut session = open(8);
        session.ask(0, &read(7, 1, 1).0);
        let mut refusal = Vec::new();
        let written = session.refuse(&cx(Direction::ToClient, 0), &response, Fault::Target, &mut refusal);
        assert_eq!((written, refusal), (Refusal::Written, message(7, 1, &[0x83, 11])), "{name}");
        assert_eq!(session.answer(&response), Err(name));
        assert_eq!(session.outstanding(), 0, "{name}");
        assert_eq!(session.answer(&read(7, 1, 1).1), Err("duplicate-response"), "{name}");
    }
}

#[test]
fn an_unsolicited_response_is_withheld_in_silence() {
    let mut refusal = Vec::new();
    let response = read(7, 1, 1).1;
    assert_eq!(open(8).refuse(&cx(Direction::ToClient, 0), &response, Fault::Target, &mut refusal), Refusal::Silent);
    assert!(refusal.is_empty());
}

#[test]
fn a_refusal_carries_the_exception_of_its_fault() {
    let request = message(0x1234, 9, &[6, 0, 1, 0, 3]);
    for (fault, code) in
        [(Fault::Function, 1), (Fault::Address, 2), (Fault::Value, 3), (Fault::Busy, 6), (Fault::Target, 11)]
    {
        let mut refusal = Vec::new();
        assert_eq!(open(8).refuse(&cx(Direction::ToServer, 0), &request, fault, &mut refusal), Refusal::Written);
        assert_eq!(refusal, message(0x1234, 9, &[0x86, code]));
    }
    // What already looks like an exception is refused under its own code.
    let mut refusal = Vec::new();
    open(8).refuse(&cx(Direction::ToServer, 0), &message(1, 9, &[0x83, 2]), Fault::Function, &mut refusal);
    assert_eq!(refusal, message(1, 9, &[0x83, 1]));
}

#[test]
fn what_waits_is_bounded() {
    let mut session = open(3);
    for n in 0..100_000 {
        assert_eq!(session.room() == Room::Free, n < 3);
        session.ask(n, &read(n as u16, 1, 1).0);
    }
    assert_eq!(session.outstanding(), 3);
    assert_eq!(open(0).room(), Room::Full);
}

#[test]
fn an_idle_session_is_small() {
    let mut session = open(64);
    assert!(session.memory() <= 80, "{} bytes before the first request", session.memory());
    for n in 0..64_u16 {
        session.ask(n.into(), &read(n, 1, 1).0);
    }
    for n in 0..64_u16 {
        session.answer(&read(n, 1, 1).1).unwrap();
    }
    assert!(session.memory() <= 144, "{} bytes with nothing outstanding", session.memory());
}

#[test]
fn one_request_at_a_time_takes_memory_once() {
    let mut session = open(64);
    session.ask(0, &read(0, 1, 1).0);
    let busy = session.memory();
    session.answer(&read(0, 1, 1).1).unwrap();
    assert_eq!(session.memory(), busy);
}

/// Each quantity at its limit, one past it, and the byte counts that go with them.
#[test]
fn quantities_end_where_the_specification_says() {
    let reads = [(1, 2000), (2, 2000), (3, 125), (4, 125)];
    for (function, most) in reads {
        for (quantity, good) in [(0, false), (1, true), (most, true), (most + 1, false), (0xFFFF, false)] {
            let [high, low] = u16::to_be_bytes(quantity);
            assert_eq!(sound(&[function, 0, 0, high, low]), good, "{function} x {quantity}");
        }
    }
    for (function, most, bits) in [(15, 1968, 1), (16, 123, 16)] {
        for (quantity, good) in [(0, false), (1, true), (most, true), (most + 1, false)] {
            let [high, low] = u16::to_be_bytes(quantity);
            let bytes = (usize::from(quantity) * bits).div_ceil(8);
            let mut pdu = vec![function, 0, 0, high, low, bytes as u8];
            pdu.resize(6 + bytes.min(247), 0);
            assert_eq!(sound(&pdu), good, "{function} x {quantity}");
        }
    }
    for (reads, writes, good) in [(125, 121, true), (126, 121, false), (125, 122, false), (0, 1, false), (1, 0, false)]
    {
        let mut pdu = vec![23, 0, 0, 0, reads, 0, 0, 0, writes, writes * 2];
        pdu.resize(10 + usize::from(writes) * 2, 0);
        assert_eq!(sound(&pdu), good, "23 x {reads}, {writes}");
    }
}

#[test]
fn address_and_quantity_end_at_65536() {
    for (address, quantity, good) in [(0xFFFF, 1, true), (0xFFFF, 2, false), (0xFF83, 125, true), (0xFF84, 125, false)]
    {
        let [high, low] = u16::to_be_bytes(address);
        assert_eq!(sound(&[3, high, low, 0, quantity]), good, "{address} + {quantity}");
    }
}

/// Whether a request is free of anomalies.
fn sound(pdu: &[u8]) -> bool {
    let mut heard = Heard(None, None);
    open(1).decode(&cx(Direction::ToServer, 0), &message(1, 1, pdu), &mut heard);
    heard.1.is_none()
}

/// What begins as the form of the answers to `request` and has its length, and other values.
fn in_form(session: &Session, request: &[u8]) -> Option<Vec<u8>> {
    let Form { head, known, length } = session.form(request)?;
    let mut answer: Vec<u8> = (0..length).map(|n| n as u8 ^ 0x5A).collect();
    answer[..usize::from(known)].copy_from_slice(&head[..usize::from(known)]);
    answer[session.pairing()].copy_from_slice(&request[session.pairing()]);
    Some(answer)
}

#[test]
fn what_has_the_form_of_an_answer_is_one_and_nothing_else_of_its_kind() {
    for (function, most) in [(1, 2000), (2, 2000), (3, 125), (4, 125)] {
        for quantity in [1, 2, 7, 8, 9, 100, most] {
            let [high, low] = u16::to_be_bytes(quantity);
            let request = message(0x1234, 9, &[function, 0, 5, high, low]);
            let answer = in_form(&open(1), &request).unwrap();
            for place in 0..answer.len() {
                let mut session = open(1);
                session.ask(1, &request);
                let mut other = answer.clone();
                other[place] ^= 1;
                let answers = crate::Session::answer(&mut session, &other, &|_| true).is_some();
                assert_eq!(answers, place >= 9, "function {function}, {quantity} items, byte {place}");
            }
            let mut session = open(1);
            session.ask(1, &request);
            assert_eq!(session.frame(Direction::ToClient, &answer), Frame::Unit(answer.len()));
            assert!(crate::Session::answer(&mut session, &answer, &|_| true).is_some());
        }
    }
    for pdu in [&[6, 0, 1, 0, 2][..], &[3, 0, 0, 0, 0], &[3, 0, 0, 0, 126], &[3, 0, 0, 0], &[0x83, 2]] {
        assert_eq!(open(1).form(&message(1, 1, pdu)), None, "{pdu:?}");
    }
}

#[test]
fn an_exchange_that_is_told_in_one_is_remembered_as_one_that_was_settled_in_two() {
    let (mut told, mut settled) = (open(1), open(1));
    for transaction in [1, 2, 3, 2, 4, 5, 1] {
        let (request, response) = read(transaction, 1, 2);
        told.exchanged(&request);
        settled.ask(1, &request);
        settled.settle(&cx(Direction::ToClient, 1), &response, Ticket::default(), Outcome::Delivered);
        let written = |session: &Session| {
            let mut bytes = Vec::new();
            session.export(&mut bytes);
            bytes
        };
        assert_eq!(written(&told), written(&settled));
    }
}
