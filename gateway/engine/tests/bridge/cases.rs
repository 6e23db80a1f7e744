//! The rows of the table of cases, one by one.

use crate::hand::{ACK, FIN, Hand, RST};
use crate::toy::{READ, REFUSAL, WRITE, message, request, response};
use sluice_engine::bridge::{Options, Seq};
use sluice_model::Direction::{ToClient, ToServer};
use sluice_model::Fault;

/// Eight bytes each.
fn allowed(tid: u8) -> Vec<u8> {
    request(tid, &[(READ, 3)])
}

fn denied(tid: u8) -> Vec<u8> {
    request(tid, &[(WRITE, 99)])
}

/// Five bytes.
fn refusal(tid: u8) -> Vec<u8> {
    message(REFUSAL, tid, &[Fault::Address as u8])
}

#[test]
fn whole_allowed_messages_leave_as_they_came() {
    let mut hand = Hand::open(1460);
    hand.client(1001, 5001, &allowed(1));
    assert!(hand.unchanged);
    hand.server(5001, 1009, &response(1, 1));
    assert!(hand.unchanged);
    hand.client(1009, 5007, &[]);
    assert!(hand.unchanged);
}

#[test]
fn the_first_request_denied_is_acknowledged_at_once() {
    let mut hand = Hand::open(1460);
    assert_eq!(hand.client(1001, 5001, &denied(1)), [(ToClient, 5001, 1009, ACK, refusal(1))]);
    // The acknowledgement of the refusal says nothing to the server.
    assert_eq!(hand.client(1009, 5006, &[]), []);
    // What follows leaves in the server's numbers.
    assert_eq!(hand.client(1009, 5006, &allowed(2)), [(ToServer, 1001, 5001, ACK, allowed(2))]);
    assert_eq!(hand.server(5001, 1009, &response(2, 1)), [(ToClient, 5006, 1017, ACK, response(2, 1))]);
}

#[test]
fn denied_bytes_sent_again_are_answered_again_and_judged_once() {
    let mut hand = Hand::open(1460);
    let all = [allowed(1), denied(2), allowed(3)].concat();
    let both = [allowed(1), allowed(3)].concat();
    let out = hand.client(1001, 5001, &all);
    assert_eq!(out, [(ToClient, 5001, 1001, ACK, refusal(2)), (ToServer, 1001, 5001, ACK, both.clone())]);
    // The refusal and the requests are lost; the client sends everything again, cut anew.
    let first = hand.client(1001, 5001, &all[..13]);
    assert_eq!(first, [(ToServer, 1001, 5001, ACK, allowed(1))]);
    assert_eq!(hand.wait(250), [(ToClient, 5001, 1001, ACK, refusal(2))]);
    // When the server has the first, the client hears of the denied one as well.
    assert_eq!(hand.server(5001, 1009, &[]), [(ToClient, 5006, 1017, ACK, vec![])]);
    assert_eq!(hand.gateway.out.verdicts().len(), 3);
}

#[test]
fn another_copy_of_bytes_that_were_judged_never_leaves() {
    let mut hand = Hand::open(1460);
    hand.client(1001, 5001, &allowed(1));
    assert_eq!(hand.client(1001, 5001, &denied(1)), [(ToServer, 1001, 5001, ACK, allowed(1))]);
}

#[test]
fn nothing_of_a_message_leaves_before_its_last_byte() {
    let mut hand = Hand::open(1460);
    let asked = allowed(1);
    for (at, byte) in (0..7).zip(&asked) {
        assert_eq!(hand.client(1001 + at, 5001, &[*byte]), [(ToClient, 5001, 1002 + at, ACK, vec![])]);
    }
    assert_eq!(hand.client(1008, 5001, &asked[7..]), [(ToServer, 1001, 5001, ACK, asked.clone())]);
    // The client was told that all but the last byte arrived: the bridge sends them again, not the client.
    assert_eq!(hand.wait(250), [(ToServer, 1001, 5001, ACK, asked)]);
}

#[test]
fn a_denied_message_leaves_no_trace_behind_a_fin() {
    let mut hand = Hand::open(1460);
    let out = hand.pass(ToServer, 1001, 5001, ACK | FIN, &denied(1), Options::default());
    assert_eq!(out, [(ToClient, 5001, 1009, ACK, refusal(1)), (ToServer, 1001, 5001, ACK | FIN, vec![])]);
    // The server's FIN comes behind the refusal.
    let out = hand.pass(ToClient, 5001, 1002, ACK | FIN, &[], Options::default());
    assert_eq!(out, [(ToClient, 5006, 1010, ACK | FIN, vec![])]);
}

#[test]
fn a_keep_alive_after_a_denial_asks_for_the_byte_before() {
    let mut hand = Hand::open(1460);
    hand.client(1001, 5001, &denied(1));
    hand.client(1009, 5006, &[]);
    assert_eq!(hand.client(1008, 5006, &[]), [(ToServer, 1000, 5001, ACK, vec![])]);
    assert_eq!(hand.server(5001, 1001, &[]), [(ToClient, 5006, 1009, ACK, vec![])]);
}

#[test]
fn a_reset_counts_at_its_exact_place_and_leaves_translated() {
    let mut hand = Hand::open(1460);
    hand.client(1001, 5001, &denied(1));
    assert_eq!(hand.pass(ToServer, 1008, 0, RST, &[], Options::default()), []);
    assert_eq!(hand.pass(ToServer, 1009, 0, RST, &[], Options::default()), [(ToServer, 1001, 0, RST, vec![])]);
    // A straggler of the server is told.
    assert_eq!(hand.server(5001, 1001, &[]), [(ToServer, 1001, 5001, RST, vec![])]);
}

#[test]
fn a_refusal_is_cut_to_the_clients_segments() {
    let mut hand = Hand::open(2);
    let out = hand.client(1001, 5001, &denied(1));
    let pieces: Vec<_> = out.iter().map(|o| (o.0, o.1, o.4.len())).collect();
    assert_eq!(pieces, [(ToClient, 5001, 2), (ToClient, 5003, 2), (ToClient, 5005, 1)]);
}

#[test]
fn a_refusal_never_leaves_past_the_clients_window() {
    let mut closed = Hand::across(crate::case::Gateway::new(), 3, Options::default());
    // A request through a window of three bytes at the server is taken; the refusal waits at the client's.
    assert_eq!(closed.client(1001, 5001, &denied(1)[..3]), [(ToClient, 5001, 1004, ACK, vec![])]);
    let out = closed.client(1004, 5001, &denied(1)[3..]);
    assert_eq!(out, [(ToClient, 5001, 1009, ACK, refusal(1)[..3].to_vec())]);
    // As if that was lost: the bridge sends it again.
    assert_eq!(closed.wait(250), [(ToClient, 5001, 1009, ACK, refusal(1)[..3].to_vec())]);
    assert_eq!(closed.client(1009, 5004, &[]), [(ToClient, 5004, 1009, ACK, refusal(1)[3..].to_vec())]);
}

#[test]
fn selective_acknowledgements_are_translated_and_those_of_a_refusal_dropped() {
    let mut hand = Hand::open(1460);
    hand.client(1001, 5001, &[denied(1), allowed(2), allowed(3)].concat());
    hand.server(5001, 1017, &[response(2, 1), response(3, 1)].concat());
    // The refusal was lost; the client has what the server sent behind it.
    let block = |from, to| Options { sack: [Some((Seq(from), Seq(to))), None, None, None], ..Options::default() };
    hand.pass(ToServer, 1025, 5001, ACK, &[], block(5006, 5012));
    assert_eq!(hand.packets[0].options.sack[0], None, "what the server sent is acknowledged from its first byte on");
    hand.pass(ToServer, 1025, 5001, ACK, &[], block(5009, 5018));
    assert_eq!(hand.packets[0].options.sack[0], Some((Seq(5004), Seq(5013))));
    hand.pass(ToServer, 1025, 5001, ACK, &[], block(5002, 5004));
    assert_eq!(hand.packets[0].options.sack[0], None);
}

#[test]
fn a_thousand_denials_in_a_row_are_each_refused() {
    let mut hand = Hand::open(1460);
    let (mut client, mut server) = (1001, 1001);
    let mut heard = 5001;
    for _ in 0..1000 {
        let out = hand.client(client, heard, &[denied(1), allowed(2)].concat());
        client += 16;
        assert_eq!(out[0], (ToClient, heard, client - 16 + 8, ACK, refusal(1)));
        assert_eq!(out[1].1, server);
        server += 8;
        heard += 5;
        let spoken = hand.gateway.flow.as_ref().unwrap().outstanding();
        assert_eq!(spoken, 1);
        let answered = 5001 + (heard - 5001) / 11 * 6;
        let out = hand.server(answered, server, &response(2, 1));
        assert_eq!(out[0].1, heard);
        heard += 6;
    }
}

#[test]
fn what_the_bridge_does_not_know_is_stripped_from_a_syn_and_urgent_data_dropped() {
    let mut hand = Hand::open(1460);
    hand.gateway = crate::case::Gateway::new();
    let options = Options { stripped: true, maximum_segment: Some(1460), ..Options::default() };
    let out = hand.pass(ToServer, 1000, 0, 2, &allowed(1), options);
    assert_eq!(out, [(ToServer, 1000, 0, 2, vec![])]);
    assert!(!hand.packets[0].options.stripped);
    let mut hand = Hand::open(1460);
    assert_eq!(hand.pass(ToServer, 1001, 5001, ACK | 32, &allowed(1), Options::default()), []);
    let sealed = Options { sealed: true, ..Options::default() };
    assert_eq!(hand.pass(ToServer, 1001, 5001, ACK, &allowed(1), sealed), []);
}

#[test]
fn with_sixteen_edits_open_the_rest_waits_until_they_are_acknowledged() {
    let mut hand = Hand::open(1460);
    let all: Vec<u8> = (0..40).flat_map(|i| [allowed(2 * i), denied(2 * i + 1)].concat()).collect();
    let judged = |hand: &Hand| hand.gateway.out.verdicts().len();
    hand.client(1001, 5001, &all);
    assert_eq!(judged(&hand), 32);
    // The client has the refusals, the server its requests: both sides acknowledge, and the rest is judged.
    hand.client(1641, 5081, &[]);
    hand.server(5001, 1129, &[]);
    assert_eq!(judged(&hand), 64);
    hand.client(1641, 5161, &[]);
    hand.server(5001, 1257, &[]);
    assert_eq!(judged(&hand), 80);
    assert_eq!(hand.client(1641, 5201, &[]).len(), 0);
}
