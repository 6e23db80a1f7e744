//! Connections that were under way when the gateway found them.

use crate::case::Gateway;
use crate::hand::{ACK, FIN, Hand, Out, RST, SYN};
use crate::modbus::{answer, read, refusal, write};
use crate::sites::Rules;
use sluice_engine::bridge::Options;
use sluice_model::Direction::{ToClient, ToServer};

fn found() -> Hand {
    Hand::before(Gateway::modbus(Rules::new(200, 8)), 8000)
}

/// A flow of which both ends agree, with the client's [`read`] let through.
fn joined() -> Hand {
    let mut hand = asked(&read(1));
    assert_eq!(hand.wait(QUIET), [(ToServer, 1001, 5001, ACK, read(1))]);
    hand
}

/// Milliseconds in which the server would have answered what it has.
const QUIET: u64 = 750;

/// Ends that answered, the client with a request under way.
fn asked(request: &[u8]) -> Hand {
    let mut hand = found();
    hand.client(1001, 5001, request);
    assert_eq!(hand.server(5001, 1001, &[]), []);
    assert_eq!(hand.client(1001 + request.len() as u32, 5001, &[]), []);
    hand
}

fn resets(out: &[Out]) -> Vec<(u32, u32)> {
    out.iter().filter(|o| o.3 & RST != 0).map(|o| (o.1, o.2)).collect()
}

#[test]
fn a_request_waits_until_both_ends_agree_and_is_judged_as_the_first() {
    let mut hand = found();
    // Both ends are asked, without content, by numbers that any TCP answers.
    let asked = hand.client(1001, 5001, &read(1));
    assert_eq!(asked, [(ToServer, 1000, 5001, ACK, vec![]), (ToClient, 5000, 1001, ACK, vec![])]);
    assert!(hand.gateway.out.verdicts().is_empty());
    assert_eq!(hand.server(5001, 1001, &[]), []);
    assert_eq!(hand.client(1001, 5001, &read(1)), [], "sent again");
    assert_eq!(hand.wait(250).len(), 2, "asked again");
    assert_eq!(hand.wait(QUIET - 250), [(ToServer, 1001, 5001, ACK, read(1))]);
    hand.server(5001, 1013, &answer(1));
    assert!(hand.unchanged);
    // From here on it is a flow as any other: several requests at once, and refusals.
    hand.client(1013, 5012, &[read(2), read(3)].concat());
    assert!(hand.unchanged);
    assert_eq!(hand.client(1037, 5012, &write(4)), [(ToClient, 5012, 1013, ACK, refusal(4))]);
}

#[test]
fn a_denied_request_is_refused_and_proves_nothing() {
    let mut denied = read(1);
    denied[8..10].copy_from_slice(&999_u16.to_be_bytes());
    let mut hand = asked(&denied);
    let refusal = vec![0, 1, 0, 0, 0, 3, 1, 0x83, 2];
    assert_eq!(hand.wait(QUIET), [(ToClient, 5001, 1013, ACK, refusal)]);
    assert_eq!(hand.client(1013, 5010, &read(2)), [(ToServer, 1001, 5001, ACK, read(2))]);
    assert_eq!(hand.server(5001, 1013, &answer(2)), [(ToClient, 5010, 1025, ACK, answer(2))]);
}

#[test]
fn a_write_that_was_under_way_may_have_arrived_and_is_not_delivered() {
    let allowed = |tid| [&write(tid)[..8], &[0, 1, 0, 7]].concat();
    let mut hand = asked(&allowed(1));
    assert_eq!(resets(&hand.wait(QUIET)), [(1001, 5001), (5001, 1001)]);
    assert_eq!(hand.gateway.out.incidents(), ["unproven"]);
    assert!(hand.gateway.out.verdicts().is_empty());
    // Behind a read that was under way too, and answered since; also in another process.
    for handed_over in [false, true] {
        let mut hand = found();
        hand.client(1001, 5001, &[read(1), allowed(2)].concat());
        hand.server(5001, 1001, &[]);
        hand.client(1025, 5001, &[]);
        // The second is held and acknowledged.
        assert_eq!(hand.wait(QUIET), [(ToServer, 1001, 5001, ACK, read(1)), (ToClient, 5001, 1025, ACK, vec![])]);
        if handed_over {
            hand.gateway.hand_over();
        }
        assert_eq!(resets(&hand.server(5001, 1013, &answer(1))).len(), 2);
    }
    // What the client says afterwards is new.
    let mut hand = joined();
    hand.server(5001, 1013, &answer(1));
    hand.client(1013, 5012, &allowed(2));
    assert!(hand.unchanged);
}

#[test]
fn until_a_response_proves_the_boundary_one_request_at_a_time_passes() {
    let mut hand = joined();
    assert_eq!(hand.client(1013, 5001, &read(2)), [(ToClient, 5001, 1025, ACK, vec![])]);
    let out = hand.server(5001, 1013, &answer(1));
    assert!(out.contains(&(ToServer, 1013, 5001, ACK, read(2))), "{out:?}");
    assert!(out.contains(&(ToClient, 5001, 1025, ACK, answer(1))), "{out:?}");
}

#[test]
fn a_response_that_matches_nothing_disproves_it() {
    let mut hand = joined();
    let out = hand.server(5001, 1013, &answer(7));
    assert_eq!(resets(&out), [(1013, 5001), (5001, 1001)]);
    assert_eq!(hand.gateway.out.incidents(), ["unsolicited-response", "unproven"]);
}

#[test]
fn a_response_to_a_request_that_nobody_remembers_disproves_it() {
    let mut hand = found();
    // The server sends its response again, which the client never got.
    hand.server(5001, 1013, &answer(1));
    hand.client(1013, 5001, &[]);
    hand.server(5001, 1013, &answer(1));
    let out = hand.wait(QUIET);
    assert_eq!(resets(&out), [(1013, 5001), (5001, 1013)]);
    assert!(out.iter().all(|o| o.4.is_empty()));
}

#[test]
fn a_request_that_is_never_answered_disproves_it() {
    let mut hand = found();
    hand.gateway.limits.patience = core::time::Duration::from_secs(30);
    hand.client(1001, 5001, &read(1));
    hand.server(5001, 1001, &[]);
    hand.wait(QUIET);
    hand.server(5001, 1013, &[]);
    assert_eq!(hand.wait(29_999), []);
    assert_eq!(resets(&hand.wait(1)), [(1013, 5001), (5001, 1013)]);
}

#[test]
fn ends_that_disagree_are_reset_each_where_it_says_that_it_is() {
    let mut hand = found();
    // A gateway that is gone took 24 bytes of the client out and put 18 in.
    let (mut asked, mut answered) = (0, 0);
    let mut reset = vec![];
    for _ in 0..200 {
        let mut out = hand.client(1001, 5001, &read(1));
        out.extend(hand.server(4983, 977, &[]));
        out.extend(hand.wait(100));
        asked += out.iter().filter(|o| o.3 == ACK).count();
        answered += out.iter().filter(|o| !o.4.is_empty()).count();
        reset.extend(out.into_iter().filter(|o| o.3 & RST != 0));
        if !reset.is_empty() {
            break;
        }
    }
    assert_eq!((asked, answered), (10, 0), "no storm of acknowledgements, and nothing passes");
    assert_eq!(reset, [(ToServer, 977, 5001, ACK | RST, vec![]), (ToClient, 5001, 977, ACK | RST, vec![])]);
    assert_eq!(hand.gateway.out.incidents(), ["unproven"]);
    // A straggler hears of it where it is.
    assert_eq!(hand.client(1013, 5001, &[]), [(ToClient, 5001, 1013, RST, vec![])]);
}

#[test]
fn an_end_that_does_not_answer_is_given_up() {
    let mut hand = found();
    hand.client(1001, 5001, &read(1));
    let mut reset = vec![];
    while reset.is_empty() {
        assert!(hand.now < 20_000);
        reset = resets(&hand.wait(100));
    }
    assert_eq!(reset, [(1001, 5001), (5001, 1001)]);
}

#[test]
fn a_keep_alive_alone_does_not_tell_where_an_end_is() {
    let mut hand = found();
    // One before where the client is. Both answer.
    hand.client(1000, 5001, &[]);
    assert_eq!(hand.server(5001, 1001, &[]), []);
    assert_eq!(hand.client(1001, 5001, &[]), []);
    let out = hand.client(1001, 5001, &read(1));
    assert!(hand.unchanged, "{out:?}");
}

#[test]
fn a_request_that_the_server_has_already_is_not_sent_to_it_twice() {
    // Its acknowledgement was lost with the gateway.
    let mut hand = found();
    hand.client(1001, 5001, &read(1));
    hand.server(5001, 1013, &[]);
    hand.client(1013, 5001, &[]);
    assert_eq!(resets(&hand.server(5001, 1013, &answer(1))).len(), 2, "the answer to what nobody remembers");
    // Or the gateway took a denied request of the same length out before it: by its numbers, the server does not have it.
    let mut hand = found();
    hand.client(1013, 5001, &read(2));
    hand.server(5001, 1013, &[]);
    hand.client(1025, 5001, &[]);
    assert_eq!(hand.wait(QUIET - 1).len(), 2);
    assert_eq!(hand.server(5001, 1013, &answer(2)), []);
    assert_eq!(hand.server(5012, 1013, &[]), []);
    assert_eq!(resets(&hand.wait(1000)).len(), 2);
    assert!(hand.gateway.out.verdicts().is_empty());
}

#[test]
fn a_reset_counts_where_the_other_end_waits() {
    let mut hand = found();
    hand.client(1001, 5001, &[]);
    assert_eq!(hand.pass(ToClient, 5003, 0, RST, &[], Options::default()), []);
    hand.pass(ToClient, 5001, 0, RST, &[], Options::default());
    assert!(hand.unchanged && hand.gateway.flow.as_ref().unwrap().is_over());
}

#[test]
fn a_syn_begins_anew() {
    let mut hand = found();
    hand.client(1001, 5001, &read(1));
    hand.pass(ToServer, 2000, 0, SYN, &[], Options::default());
    assert!(hand.unchanged);
    hand.pass(ToClient, 7000, 2001, SYN | ACK, &[], Options::default());
    hand.client(2001, 7001, &read(1));
    assert!(hand.unchanged);
}

#[test]
fn a_fin_is_held_as_a_request_is() {
    let mut hand = found();
    let out = hand.pass(ToServer, 1001, 5001, ACK | FIN, &[], Options::default());
    assert!(out.iter().all(|o| o.3 & FIN == 0));
    hand.server(5001, 1001, &[]);
    hand.client(1002, 5001, &[]);
    hand.wait(QUIET);
    // Sent again, it passes.
    hand.pass(ToServer, 1001, 5001, ACK | FIN, &[], Options::default());
    assert!(hand.unchanged);
}

#[test]
fn a_hand_over_while_it_is_picked_up_begins_that_again() {
    let mut hand = found();
    hand.client(1001, 5001, &read(1));
    hand.gateway.hand_over();
    assert_eq!(hand.client(1001, 5001, &read(1)).len(), 2, "asked again");
    hand.server(5001, 1001, &[]);
    hand.wait(QUIET);
    // Once both agree, what is known is handed over.
    hand.gateway.hand_over();
    assert_eq!(hand.client(1013, 5001, &read(2)), [(ToClient, 5001, 1025, ACK, vec![])]);
    assert!(hand.server(5001, 1013, &answer(1)).contains(&(ToServer, 1013, 5001, ACK, read(2))));
}
