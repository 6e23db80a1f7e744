//! What the bridge sends again, when, and when it gives up.

use crate::hand::{ACK, Hand, Out, RST};
use crate::modbus::{answer, read, refusal, write};
use crate::rows::{gateway, open};
use sluice_engine::bridge::Options;
use sluice_model::Direction::{ToClient, ToServer};

#[test]
fn three_acknowledgements_without_news_have_what_the_bridge_owns_sent_again() {
    let mut hand = open();
    hand.client(1001, 5001, &[write(1), read(2)].concat());
    hand.server(5001, 1013, &answer(2));
    let lost = [refusal(1), answer(2)].concat();
    let again = |out: &[Out]| out.iter().filter(|o| o.4 == lost).count();
    assert_eq!(again(&hand.client(1025, 5001, &[])), 0);
    assert_eq!(again(&hand.client(1025, 5001, &[])), 0);
    assert_eq!(again(&hand.client(1025, 5001, &[])), 1);
    assert_eq!(again(&hand.client(1025, 5001, &[])), 0, "once");
    // What the server said itself, it sends again itself.
    let mut plain = open();
    plain.client(1001, 5001, &read(1));
    plain.server(5001, 1013, &answer(1));
    for _ in 0..5 {
        let out = plain.client(1013, 5001, &[]);
        assert!(out.iter().all(|o| o.4.is_empty()));
    }
    assert_eq!(plain.wait(5000), []);
}

#[test]
fn a_window_that_stays_closed_ends_the_flow_by_name() {
    let mut hand = Hand::across(gateway(), 0, Options::default());
    for (at, byte) in (0..12).zip(write(1)) {
        hand.client(1001 + at, 5001, &[byte]);
    }
    let mut probes = 0;
    loop {
        let out = hand.wait(100);
        if out.iter().any(|o| o.3 & RST != 0) {
            break;
        }
        probes += out.len();
        assert!(probes < 20 && hand.now < 300_000);
        hand.client(1013, 5001, &[]);
    }
    assert_eq!((probes, hand.gateway.out.incidents()), (15, vec!["window-closed"]));
}

#[test]
fn a_client_that_never_acknowledges_ends_the_flow_by_name() {
    let mut hand = open();
    hand.client(1001, 5001, &write(1));
    let (mut sent, mut gaps, mut last) = (0, vec![], 0);
    loop {
        let out = hand.wait(100);
        if out.iter().any(|o| o.3 & RST != 0) {
            // Each side is reset where it is.
            assert_eq!(out, [(ToServer, 1001, 5001, ACK | RST, vec![]), (ToClient, 5010, 1013, ACK | RST, vec![])]);
            break;
        }
        if !out.is_empty() {
            gaps.push(hand.now - last);
            (sent, last) = (sent + 1, hand.now);
        }
        assert!(hand.now < 200_000);
    }
    assert_eq!((sent, hand.gateway.out.incidents()), (15, vec!["unacknowledged"]));
    assert_eq!(gaps[..8], [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    assert!(hand.gateway.flow.as_ref().unwrap().is_over());
}

#[test]
fn the_round_trip_of_the_handshake_sets_the_patience() {
    let options = Options { maximum_segment: Some(1460), ..Options::default() };
    let mut hand = Hand::before(gateway(), 8000);
    hand.pass(ToServer, 1000, 0, 2, &[], options);
    hand.pass(ToClient, 5000, 1001, 18, &[], options);
    hand.now = 500;
    hand.client(1001, 5001, &[]);
    hand.client(1001, 5001, &write(1));
    // 500 ms, and four times its half.
    assert_eq!(hand.wait(1499), []);
    assert_eq!(hand.wait(1).len(), 1);
}
