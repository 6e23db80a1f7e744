//! A session that another process takes over goes on as if nothing had happened.

use super::drive;
use super::golden::{ANSWER, ASK, Scribe, asked, open};
use super::{each, each_message};
use sluice_model::Instant;
use sluice_protocols::{Opened, Outcome, Session, Ticket};
use std::time::Duration;

const OPENED: Opened = Opened { outstanding: 64, patience: Duration::from_secs(5) };

fn state(session: &dyn Session) -> Vec<u8> {
    let mut state = Vec::new();
    session.export(&mut state);
    state
}

#[test]
fn a_response_means_the_same_after_a_hand_over() {
    each(|protocol, exchanges| {
        for exchange in exchanges {
            let before = asked(protocol, &exchange.request.bytes, 7);
            let mut after = protocol.restore(OPENED, &state(&*before)).unwrap();
            assert_eq!(after.outstanding(), before.outstanding(), "line {}", exchange.request.line);
            for response in &exchange.responses {
                let says = [&before, &after].map(|s| Scribe::of(protocol, &**s, &ANSWER, &response.bytes).says);
                assert_eq!(says[0], says[1], "line {}", response.line);
            }
            // It is as late after as it would have been before.
            let mut forgotten = Vec::new();
            let due = ASK.now + OPENED.patience;
            after.expire(Instant(due.0 - 1), &mut |t| forgotten.push(t));
            assert!(forgotten.is_empty());
            after.expire(due, &mut |t| forgotten.push(t));
            assert_eq!(forgotten.len(), before.outstanding());
            assert!(forgotten.iter().all(|t| *t == Ticket { at: ASK.now, note: 7 }));
        }
    });
}

#[test]
fn a_response_that_came_before_a_hand_over_is_a_duplicate_after_it() {
    each(|protocol, exchanges| {
        for exchange in exchanges.iter().filter(|e| e.request.sound()) {
            let Some(response) = exchange.responses.first().filter(|r| r.sound()) else { continue };
            let mut before = asked(protocol, &exchange.request.bytes, 7);
            before.settle(&ANSWER, &response.bytes, Ticket::default(), Outcome::Delivered);
            let after = protocol.restore(OPENED, &state(&*before)).unwrap();
            let says = [&before, &after].map(|s| Scribe::of(protocol, &**s, &ANSWER, &response.bytes).says);
            assert_eq!(says[0], says[1], "line {}", response.line);
        }
    });
}

#[test]
fn a_state_that_was_cut_or_goes_on_is_none() {
    each(|protocol, exchanges| {
        for exchange in exchanges {
            let mut whole = state(&*asked(protocol, &exchange.request.bytes, 7));
            for cut in 0..whole.len() {
                assert!(protocol.restore(OPENED, &whole[..cut]).is_err(), "line {} at {cut}", exchange.request.line);
            }
            whole.push(0);
            assert!(protocol.restore(OPENED, &whole).is_err());
        }
    });
}

#[test]
fn a_state_of_another_version_is_refused() {
    each(|protocol, _| {
        let mut other = state(&*open(protocol));
        other[0] = other[0].wrapping_add(1);
        assert!(protocol.restore(OPENED, &other).is_err());
    });
}

/// Whoever keeps the state seals it; a session that reads what was changed all the same is one that can be.
#[test]
fn whatever_a_changed_state_becomes_is_survived() {
    each_message(|protocol, session, cx, message| {
        let mut bytes = state(session);
        for place in 0..bytes.len() {
            let right = bytes[place];
            for wrong in [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF, right.wrapping_add(1)] {
                bytes[place] = wrong;
                if let Ok(changed) = protocol.restore(OPENED, &bytes) {
                    drive::unit(protocol, &*changed, cx, &message.bytes);
                }
            }
            bytes[place] = right;
        }
    });
}
