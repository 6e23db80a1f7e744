//! What every protocol keeps, checked for each registry entry with the messages of its golden file.

#![allow(clippy::unwrap_used)]

mod descriptors;
mod drive;
mod golden;
mod handover;

use golden::{ANSWER, ASK, Exchange, Scribe, asked, exchanges, open};
use proptest::prelude::*;
use sluice_model::{Direction, Fault};
use sluice_protocols::{Cx, Frame, Outcome, Probe, Protocol, Refusal, Session, Ticket, registry};
use std::path::Path;

const FAULTS: [Fault; 5] = [Fault::Function, Fault::Address, Fault::Value, Fault::Busy, Fault::Target];

/// Runs `check` with every protocol and all its exchanges.
fn each(check: impl Fn(&'static dyn Protocol, &[Exchange])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for protocol in registry::parsers() {
        check(protocol, &exchanges(&golden::text(&folder, protocol.descriptor())));
    }
}

/// Runs `check` with every message, the direction it goes, and a session in the state in which it comes.
fn each_message(check: impl Fn(&'static dyn Protocol, &mut dyn Session, &Cx, &golden::Message)) {
    each(|protocol, exchanges| {
        for Exchange { request, responses } in exchanges {
            check(protocol, &mut *open(protocol), &ASK, request);
            for response in responses {
                check(protocol, &mut *asked(protocol, &request.bytes, 7), &ANSWER, response);
            }
        }
    });
}

#[test]
fn golden_messages_mean_what_their_file_says() {
    each_message(|protocol, session, cx, message| {
        let said = Scribe::of(protocol, session, cx, &message.bytes).says;
        assert_eq!(said, message.says, "{} line {}", protocol.descriptor().name, message.line);
    });
}

#[test]
fn every_message_counts_and_every_facet_is_counted() {
    let mut counted = std::collections::BTreeSet::new();
    let seen = std::cell::RefCell::new(&mut counted);
    each_message(|protocol, _, cx, message| {
        let mut any = false;
        protocol.facets(cx.direction, &message.bytes, &mut |name, _, _| {
            assert!(protocol.descriptor().facets.contains(&name), "{name} is not declared");
            seen.borrow_mut().insert((protocol.descriptor().name, name));
            any = true;
        });
        let framed =
            matches!(open(protocol).frame(cx.direction, &message.bytes), Frame::Unit(n) if n == message.bytes.len());
        assert!(any || !framed, "{} line {}", protocol.descriptor().name, message.line);
    });
    for descriptor in registry::parsers().map(Protocol::descriptor) {
        for facet in descriptor.facets {
            assert!(counted.contains(&(descriptor.name, *facet)), "nothing counts {facet}");
        }
    }
}

#[test]
fn every_function_has_a_golden_message() {
    each(|protocol, exchanges| {
        let messages = exchanges.iter().flat_map(|e| std::iter::once(&e.request).chain(&e.responses));
        let said: Vec<&str> = messages.flat_map(|m| &m.says).map(String::as_str).collect();
        for function in protocol.descriptor().functions {
            // A general entry is for policies alone when each of its codes has an entry of its own.
            let general = function.sub.is_none()
                && protocol.descriptor().functions.iter().any(|f| f.sub.is_some() && f.codes == function.codes);
            let name = format!(" {} (", function.name);
            assert!(general || said.iter().any(|s| s.contains(&name)), "{name}");
        }
    });
}

#[test]
fn a_truncated_message_is_waited_for_and_never_decoded() {
    each_message(|protocol, session, cx, message| {
        let whole = message.bytes.len();
        for cut in 0..whole {
            match session.frame(cx.direction, &message.bytes[..cut]) {
                Frame::Need(n) => assert!(cut < n && n <= whole, "line {}: {n} of {whole} at {cut}", message.line),
                other => panic!("line {} at {cut}: {other:?}", message.line),
            }
            let scribe = Scribe::of(protocol, session, cx, &message.bytes[..cut]);
            assert!(!scribe.anomalies.is_empty(), "line {} at {cut}", message.line);
        }
        assert_eq!(session.frame(cx.direction, &message.bytes), Frame::Unit(whole));
    });
}

#[test]
fn a_stream_is_cut_into_the_same_messages_however_it_arrives() {
    each(|protocol, exchanges| {
        let messages: Vec<&[u8]> = exchanges.iter().map(|e| &*e.request.bytes).collect();
        let stream = messages.concat();
        for size in [1, 2, 3, 7, 64, stream.len()] {
            let (session, mut held, mut found) = (open(protocol), Vec::new(), Vec::new());
            for segment in stream.chunks(size) {
                held.extend_from_slice(segment);
                while let Frame::Unit(n) = session.frame(Direction::ToServer, &held) {
                    found.push(held.drain(..n).collect::<Vec<u8>>());
                }
            }
            assert_eq!(found, messages, "{size}");
        }
    });
}

#[test]
fn pipelined_requests_get_their_own_answers() {
    each(|protocol, exchanges| {
        let sound = |e: &&Exchange| e.request.sound() && e.responses.first().is_some_and(golden::Message::sound);
        for window in exchanges.iter().filter(sound).collect::<Vec<_>>().chunks(16) {
            let mut session = open(protocol);
            for (note, exchange) in (0..).zip(window) {
                session.settle(&ASK, &exchange.request.bytes, Ticket { at: ASK.now, note }, Outcome::Delivered);
            }
            assert_eq!(session.outstanding(), window.len());
            for (note, exchange) in (0..).zip(window) {
                let response = &exchange.responses[0];
                let scribe = Scribe::of(protocol, &*session, &ANSWER, &response.bytes);
                assert_eq!(scribe.says, response.says);
                assert_eq!(scribe.tickets, [Ticket { at: ASK.now, note }]);
                session.settle(&ANSWER, &response.bytes, Ticket::default(), Outcome::Delivered);
            }
            assert_eq!(session.outstanding(), 0);
        }
    });
}

#[test]
fn an_answer_in_one_step_is_what_two_steps_make_of_it() {
    each(|protocol, exchanges| {
        for Exchange { request, responses } in exchanges {
            for response in responses {
                let mut session = asked(protocol, &request.bytes, 7);
                let scribe = Scribe::of(protocol, &*session, &ANSWER, &response.bytes);
                assert_eq!(session.answer(&response.bytes, &|_| false), None);
                assert_eq!(session.answer(&request.bytes[..request.bytes.len() - 1], &|_| true), None);
                let Some(ticket) = session.answer(&response.bytes, &|t| t.note == 7) else { continue };
                assert_eq!((scribe.tickets, scribe.anomalies.len()), (vec![ticket], 0), "line {}", response.line);
                assert!(!scribe.says[0].starts_with("refused"), "line {}", response.line);
                assert_eq!(session.outstanding(), 0);
                let again = Scribe::of(protocol, &*session, &ANSWER, &response.bytes);
                assert_eq!(again.anomalies.len(), 1, "line {}", response.line);
            }
        }
    });
}

#[test]
fn requests_that_differ_in_their_pairing_ask_for_the_same() {
    each(|protocol, exchanges| {
        for exchange in exchanges.iter().filter(|e| e.request.sound()) {
            let mut other = exchange.request.bytes.clone();
            let session = open(protocol);
            other[session.pairing()].iter_mut().for_each(|byte| *byte = !*byte);
            assert_eq!(Scribe::of(protocol, &*session, &ASK, &other).says, exchange.request.says);
        }
    });
}

#[test]
fn any_byte_may_be_any_other() {
    each_message(|protocol, session, cx, message| {
        let mut bytes = message.bytes.clone();
        for place in 0..bytes.len() {
            let right = bytes[place];
            for wrong in (0..=255).filter(|b| *b != right) {
                bytes[place] = wrong;
                drive::unit(protocol, session, cx, &bytes);
            }
            bytes[place] = right;
        }
    });
}

#[test]
fn a_refusal_answers_its_request() {
    each(|protocol, exchanges| {
        for exchange in exchanges.iter().filter(|e| e.request.sound()) {
            let waiting = asked(protocol, &exchange.request.bytes, 7);
            for fault in FAULTS {
                let mut refusal = Vec::new();
                if open(protocol).refuse(&ASK, &exchange.request.bytes, fault, &mut refusal) == Refusal::Silent {
                    assert!(refusal.is_empty());
                    continue;
                }
                assert_eq!(waiting.frame(Direction::ToClient, &refusal), Frame::Unit(refusal.len()));
                let scribe = Scribe::of(protocol, &*waiting, &ANSWER, &refusal);
                assert_eq!((scribe.tickets.len(), scribe.anomalies.len()), (1, 0), "line {}", exchange.request.line);
                assert!(scribe.says[0].starts_with("refused"), "line {}", exchange.request.line);
            }
        }
    });
}

#[test]
fn a_withheld_response_is_replaced_and_its_request_is_done() {
    each(|protocol, exchanges| {
        for exchange in exchanges {
            for response in &exchange.responses {
                let mut session = asked(protocol, &exchange.request.bytes, 7);
                let mut refusal = Vec::new();
                if session.refuse(&ANSWER, &response.bytes, Fault::Target, &mut refusal) == Refusal::Silent {
                    continue;
                }
                let scribe = Scribe::of(protocol, &*session, &ANSWER, &refusal);
                assert!(scribe.anomalies.is_empty() && scribe.says[0].starts_with("refused"), "line {}", response.line);
                session.settle(&ANSWER, &response.bytes, Ticket::default(), Outcome::Withheld);
                assert_eq!(session.outstanding(), 0, "line {}", response.line);
            }
        }
    });
}

#[test]
fn a_withheld_request_leaves_no_trace() {
    each_message(|protocol, _, _, message| {
        let mut session = open(protocol);
        session.settle(&ASK, &message.bytes, Ticket::default(), Outcome::Withheld);
        assert_eq!(session.outstanding(), 0);
    });
}

#[test]
fn the_first_message_of_a_flow_looks_like_its_protocol() {
    each(|protocol, exchanges| {
        // What is found by its looks alone must not be found in everything.
        let shy = protocol.descriptor().ports.is_empty();
        let opaque: Vec<&str> =
            protocol.descriptor().functions.iter().filter(|f| f.opaque && shy).map(|f| f.name).collect();
        let plain = |e: &&Exchange| !e.request.says.iter().any(|s| opaque.iter().any(|name| s.contains(name)));
        for exchange in exchanges.iter().filter(|e| e.request.sound()).filter(plain) {
            let bytes = &exchange.request.bytes;
            assert_eq!(protocol.probe(Direction::ToServer, bytes), Probe::Yes, "line {}", exchange.request.line);
            for cut in 0..bytes.len() {
                assert_ne!(protocol.probe(Direction::ToServer, &bytes[..cut]), Probe::No);
            }
        }
        assert_eq!(protocol.probe(Direction::ToServer, b"GET / HTTP/1.1\r\n\r\n"), Probe::No);
        assert_eq!(protocol.probe(Direction::ToServer, b"SSH-2.0-OpenSSH_9.2\r\n"), Probe::No);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn nothing_panics_whatever_arrives(program in proptest::collection::vec(any::<u8>(), 0..600)) {
        each(|protocol, exchanges| {
            let messages: Vec<(Direction, Vec<u8>)> = exchanges.iter().flat_map(drive::messages).collect();
            drive::program(protocol, &messages, &program);
        });
    }
}
