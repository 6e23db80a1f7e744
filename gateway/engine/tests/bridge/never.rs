//! What never passes, case by case, with Modbus.

use crate::case::Gateway;
use crate::hand::{ACK, Hand, RST, SYN};
use crate::modbus::{answer, read, refusal, write};
use crate::sites::{self, Rules};
use sluice_engine::bridge::{Options, Seq};
use sluice_engine::frames::TcpFlags;
use sluice_model::Direction::{ToClient, ToServer};
use sluice_policies::decision::OnDeny;
use sluice_protocols::registry;

fn open() -> Hand {
    Hand::across(Gateway::modbus(Rules::new(200, 8)), 8000, Options::default())
}

fn stamped(value: u32) -> Options {
    Options { timestamps: Some((value, 1)), ..Options::default() }
}

#[test]
fn nothing_of_a_message_before_its_verdict_however_it_is_cut() {
    for size in 1..12 {
        let mut hand = open();
        let (mut at, mut out) = (1001, vec![]);
        for piece in write(1).chunks(size) {
            assert!(out.is_empty());
            out = hand.client(at, 5001, piece);
            at += piece.len() as u32;
            assert!(out.iter().all(|o| o.0 == ToClient), "in pieces of {size}");
            out.retain(|o| !o.4.is_empty());
        }
        assert_eq!(out, [(ToClient, 5001, 1013, ACK, refusal(1))]);
    }
}

#[test]
fn bytes_that_cannot_be_framed_end_the_flow() {
    let mut hand = open();
    let out = hand.client(1001, 5001, &[0, 1, 0, 0, 1, 0, 1, 3]);
    assert_eq!(out, [(ToServer, 1001, 5001, ACK | RST, vec![]), (ToClient, 5001, 1001, ACK | RST, vec![])]);
}

#[test]
fn of_two_copies_in_the_ring_the_first_counts_and_the_other_is_reported() {
    let mut hand = open();
    hand.client(1001, 5001, &read(1));
    let mut other = read(1);
    other[9] = 4;
    assert_eq!(hand.client(1001, 5001, &other), [(ToServer, 1001, 5001, ACK, read(1))]);
    assert_eq!(hand.gateway.out.incidents(), ["tcp-overlap-conflict"]);
    // Once it is acknowledged, nothing of it is kept, and nothing of any copy passes.
    hand.server(5001, 1013, &answer(1));
    let out = hand.client(1001, 5012, &other);
    assert!(out[0] == (ToClient, 5012, 1013, ACK, vec![]) && out.iter().all(|o| o.4.is_empty()));
}

#[test]
fn of_two_copies_in_custody_the_first_counts_and_the_other_is_reported() {
    let mut hand = open();
    hand.client(1001, 5001, &read(1)[..10]);
    // What lies behind the copy is new: the last two bytes.
    let out = hand.client(1005, 5001, &[&[9; 6], &read(1)[10..]].concat());
    assert_eq!(hand.gateway.out.incidents(), ["tcp-overlap-conflict"]);
    assert!(out.contains(&(ToServer, 1001, 5001, ACK, read(1))), "{out:?}");
}

#[test]
fn of_two_copies_around_a_denied_message_each_kept_byte_is_compared() {
    let all = [read(1), write(2), read(3)].concat();
    for place in 0..36 {
        let mut hand = open();
        hand.client(1001, 5001, &all);
        let mut other = all.clone();
        other[place] ^= 1;
        let out = hand.client(1001, 5001, &other);
        let sent: Vec<_> = out.iter().filter(|o| o.0 == ToServer).flat_map(|o| o.4.clone()).collect();
        assert_eq!(sent, [read(1), read(3)].concat());
        // Of what was left out, nothing is kept to compare with.
        let kept = !(12..24).contains(&place);
        assert_eq!(hand.gateway.out.incidents().len(), usize::from(kept), "byte {place}");
    }
}

#[test]
fn of_two_copies_behind_a_gap_the_first_counts_and_the_other_is_reported() {
    let mut hand = open();
    hand.client(1013, 5001, &read(2));
    let mut other = read(2);
    other[11] = 2;
    hand.client(1013, 5001, &other);
    assert_eq!(hand.gateway.out.incidents(), ["tcp-overlap-conflict"]);
    let out = hand.client(1001, 5001, &read(1));
    assert_eq!(out, [(ToServer, 1001, 5001, ACK, [read(1), read(2)].concat())]);
}

#[test]
fn nothing_passes_ahead_of_a_gap() {
    let mut hand = open();
    assert_eq!(hand.client(1013, 5001, &read(2)), []);
    assert_eq!(hand.client(1025, 5001, &write(3)), []);
    let out = hand.client(1001, 5001, &read(1));
    assert_eq!(out[0], (ToClient, 5001, 1001, ACK, refusal(3)));
    assert_eq!(out[1], (ToServer, 1001, 5001, ACK, [read(1), read(2)].concat()));
}

#[test]
fn urgent_data_is_dropped() {
    let mut hand = open();
    let urgent = ACK | TcpFlags::URG.0;
    assert_eq!(hand.pass(ToServer, 1001, 5001, urgent, &read(1), Options::default()), []);
    assert_eq!(hand.pass(ToClient, 5001, 1001, urgent, &answer(1), Options::default()), []);
    assert_eq!(hand.client(1001, 5001, &read(1)).len(), 1);
}

#[test]
fn data_and_unknown_options_in_a_syn_are_stripped() {
    let mut hand = Hand::before(Gateway::modbus(Rules::new(200, 8)), 8000);
    // A cookie of fast open and a denied request; the marks that ask for congestion marks stay.
    let marks = TcpFlags::MARKS.0;
    let options = Options { stripped: true, maximum_segment: Some(1460), window_scale: Some(7), ..Options::default() };
    assert_eq!(
        hand.pass(ToServer, 1000, 0, SYN | marks, &write(1), options),
        [(ToServer, 1000, 0, SYN | marks, vec![])]
    );
    assert_eq!(hand.packets[0].options, Options { stripped: false, ..options });
    // Two paths of one connection: the second would pass the gateway by.
    let out = hand.pass(ToClient, 5000, 1001, SYN | ACK, &[], options);
    assert_eq!((out[0].3, hand.packets[0].options.stripped), (SYN | ACK, false));
    // Data with the options of a second path leaves without them.
    let out = hand.pass(ToServer, 1001, 5001, ACK, &read(1), Options { stripped: true, ..Options::default() });
    assert_eq!(out, [(ToServer, 1001, 5001, ACK, read(1))]);
    assert!(!hand.packets[0].options.stripped && !hand.unchanged);
    assert_eq!(hand.gateway.out.verdicts().len(), 1, "what the SYN brought was never judged");
}

#[test]
fn signed_segments_are_dropped() {
    let mut hand = open();
    let sealed = Options { sealed: true, ..Options::default() };
    assert_eq!(hand.pass(ToServer, 1001, 5001, ACK, &read(1), sealed), []);
    assert_eq!(hand.pass(ToServer, 1001, 5001, ACK | RST, &[], sealed), []);
    let mut hand = Hand::before(Gateway::modbus(Rules::new(200, 8)), 8000);
    assert_eq!(hand.pass(ToServer, 1000, 0, SYN, &[], sealed), []);
}

#[test]
fn old_timestamps_and_missing_ones_are_dropped_before_reassembly() {
    let mut hand = Hand::across(Gateway::modbus(Rules::new(200, 8)), 8000, stamped(100));
    hand.pass(ToServer, 1001, 5001, ACK, &read(1), stamped(101));
    assert!(hand.unchanged);
    assert_eq!(hand.pass(ToServer, 1013, 5001, ACK, &write(2), stamped(99)), []);
    assert_eq!(hand.pass(ToServer, 1013, 5001, ACK, &write(2), Options::default()), []);
    assert_eq!(hand.gateway.out.verdicts().len(), 1);
    // Neither waits behind a gap.
    hand.pass(ToServer, 1025, 5001, ACK, &read(3), stamped(98));
    let out = hand.pass(ToServer, 1013, 5001, ACK, &read(2), stamped(102));
    assert_eq!(out, [(ToServer, 1013, 5001, ACK, read(2))]);
}

#[test]
fn congestion_marks_stay_on_segments_that_are_built() {
    let mut hand = open();
    let out = hand.pass(ToServer, 1001, 5001, ACK | TcpFlags::CWR.0, &[write(1), read(2)].concat(), Options::default());
    assert_eq!(out[1], (ToServer, 1001, 5001, ACK | TcpFlags::CWR.0, read(2)));
    assert_eq!(out[0].3, ACK, "the client's mark is not said back to it");
    let out = hand.pass(ToClient, 5001, 1013, ACK | TcpFlags::ECE.0, &[], Options::default());
    assert_eq!(out, [(ToClient, 5010, 1025, ACK | TcpFlags::ECE.0, vec![])]);
}

#[test]
fn a_policy_that_changes_in_the_middle_of_a_message_judges_it() {
    let modbus = registry::ALL[0];
    let holding = modbus.descriptor().spaces.iter().find(|s| s.name == "holding").unwrap().id;
    let mut hand = open();
    hand.client(1001, 5001, &read(1)[..8]);
    hand.gateway.policy = sites::policy(modbus.descriptor(), holding, Rules::new(2, 1));
    let out = hand.client(1009, 5001, &read(1)[8..]);
    assert_eq!(out[0].4, [0, 1, 0, 0, 0, 3, 1, 0x83, 2]);
    // And the other way round: what was let through before is answered after.
    let mut hand = open();
    hand.client(1001, 5001, &read(1));
    hand.gateway.policy = sites::policy(modbus.descriptor(), holding, Rules::new(2, 1));
    hand.server(5001, 1013, &answer(1));
    assert!(hand.unchanged);
}

#[test]
fn a_conduit_that_drops_leaves_the_client_without_an_answer_and_the_flow_alive() {
    let rules = Rules { on_deny: OnDeny::Drop, ..Rules::new(200, 8) };
    let mut hand = Hand::across(Gateway::modbus(rules), 8000, Options::default());
    assert_eq!(hand.client(1001, 5001, &write(1)), [(ToClient, 5001, 1013, ACK, vec![])]);
    assert_eq!(hand.client(1013, 5001, &read(2)), [(ToServer, 1001, 5001, ACK, read(2))]);
    assert_eq!(hand.server(5001, 1013, &answer(2)), [(ToClient, 5001, 1025, ACK, answer(2))]);
}

#[test]
fn a_conduit_that_resets_ends_the_flow_on_both_sides() {
    let rules = Rules { on_deny: OnDeny::Reset, ..Rules::new(200, 8) };
    let mut hand = Hand::across(Gateway::modbus(rules), 8000, Options::default());
    let out = hand.client(1001, 5001, &[read(1), write(2)].concat());
    assert_eq!(out.iter().map(|o| (o.0, o.3 & RST)).collect::<Vec<_>>(), [(ToServer, RST), (ToClient, RST)]);
    assert!(hand.gateway.flow.as_ref().unwrap().is_over());
}

#[test]
fn a_client_that_starts_anew_resets_what_it_forgot() {
    let mut hand = open();
    hand.client(1001, 5001, &write(1));
    // Its SYN is answered with where the connection is, which it resets.
    let out = hand.pass(ToServer, 90_000, 0, SYN, &[], Options::default());
    assert_eq!(out, [(ToClient, 5010, 1013, ACK, vec![])]);
    assert_eq!(hand.pass(ToServer, 1013, 0, RST, &[], Options::default()), [(ToServer, 1001, 0, RST, vec![])]);
    assert!(hand.gateway.flow.as_ref().unwrap().is_over());
    // A flow that the gateway does not know, and the server does: the server answers the SYN.
    let mut hand = Hand::before(Gateway::modbus(Rules::new(200, 8)), 8000);
    hand.pass(ToServer, 90_000, 0, SYN, &[], Options::default());
    hand.server(5001, 1001, &[]);
    assert!(hand.unchanged);
    hand.pass(ToServer, 1001, 0, RST, &[], Options::default());
    assert!(hand.unchanged);
    hand.pass(ToServer, 90_000, 0, SYN, &[], Options::default());
    hand.pass(ToClient, 7000, 90_001, SYN | ACK, &[], Options::default());
    hand.client(90_001, 7001, &read(1));
    assert!(hand.unchanged);
    assert!(hand.gateway.flow.as_ref().unwrap().quoted(ToServer, Seq(90_001), None).is_some());
}
