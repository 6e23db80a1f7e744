//! The rows of the table of cases, one by one, with Modbus.

use crate::case::Gateway;
use crate::hand::{ACK, FIN, Hand, RST};
use crate::modbus::{answer, read, refusal, replacement, write};
use crate::sites::Rules;
use sluice_engine::bridge::{Options, Seq};
use sluice_model::Direction::{ToClient, ToServer};

pub fn gateway() -> Gateway {
    Gateway::modbus(Rules::new(200, 8))
}

pub fn open() -> Hand {
    segments(1460)
}

fn segments(bytes: u16) -> Hand {
    let options = Options { maximum_segment: Some(bytes), sack_permitted: true, ..Options::default() };
    Hand::across(gateway(), 8000, options)
}

const fn stamp(value: u32, echo: u32) -> Options {
    Options {
        timestamps: Some((value, echo)),
        maximum_segment: None,
        window_scale: None,
        sack_permitted: false,
        sack: [None; 4],
        stripped: false,
        sealed: false,
    }
}

fn sack(from: u32, to: u32) -> Options {
    Options { sack: [Some((Seq(from), Seq(to))), None, None, None], ..Options::default() }
}

#[test]
fn denied_bytes_sent_again_cut_in_any_way_are_answered_from_the_ring() {
    let all = [read(1), write(2), read(3)].concat();
    for first in 1..36 {
        let mut hand = open();
        hand.client(1001, 5001, &all[..first]);
        hand.client(1001 + first as u32, 5001, &all[first..]);
        // Everything behind the gateway is lost; the client sends all of it as one segment.
        let out = hand.client(1001, 5001, &all);
        let requests: Vec<_> = out.iter().filter(|o| o.0 == ToServer).flat_map(|o| o.4.clone()).collect();
        assert_eq!(requests, [read(1), read(3)].concat(), "cut at {first}");
        assert_eq!(hand.wait(200).iter().filter(|o| o.4 == refusal(2)).count(), 1);
        assert_eq!(hand.gateway.out.verdicts().len(), 3);
    }
}

#[test]
fn the_first_of_three_is_lost_behind_the_gateway_and_the_denied_one_acknowledged_with_it() {
    let mut hand = open();
    hand.client(1001, 5001, &[read(1), write(2), read(3)].concat());
    assert_eq!(hand.client(1001, 5010, &read(1)), [(ToServer, 1001, 5001, ACK, read(1))]);
    assert_eq!(hand.server(5001, 1013, &[]), [(ToClient, 5010, 1025, ACK, vec![])]);
    assert_eq!(hand.server(5001, 1025, &answer(1)), [(ToClient, 5010, 1037, ACK, answer(1))]);
}

#[test]
fn the_first_request_of_a_connection_denied_is_acknowledged_at_once() {
    let mut hand = open();
    assert_eq!(hand.client(1001, 5001, &write(1)), [(ToClient, 5001, 1013, ACK, refusal(1))]);
    assert_eq!(hand.client(1013, 5010, &read(2)), [(ToServer, 1001, 5001, ACK, read(2))]);
}

#[test]
fn a_refusal_does_not_wait_for_a_slow_read_before_it() {
    let mut hand = open();
    hand.client(1001, 5001, &read(1));
    assert_eq!(hand.client(1013, 5001, &write(2)), [(ToClient, 5001, 1001, ACK, refusal(2))]);
    assert_eq!(hand.server(5001, 1013, &answer(1)), [(ToClient, 5010, 1025, ACK, answer(1))]);
}

#[test]
fn a_refusal_waits_for_the_boundary_of_a_split_response() {
    let mut hand = open();
    hand.client(1001, 5001, &read(1));
    // Held and acknowledged by the bridge; nothing of it leaves, so that the refusal does not fall into it.
    assert_eq!(hand.server(5001, 1013, &answer(1)[..5])[0], (ToServer, 1013, 5006, ACK, vec![]));
    assert_eq!(hand.client(1013, 5001, &write(2)), [(ToClient, 5001, 1025, ACK, refusal(2))]);
    assert_eq!(hand.server(5006, 1013, &answer(1)[5..]), [(ToClient, 5010, 1025, ACK, answer(1))]);
}

#[test]
fn selective_acknowledgements_of_data_behind_a_lost_refusal_are_translated() {
    let mut hand = open();
    hand.client(1001, 5001, &[write(1), read(2)].concat());
    hand.server(5001, 1013, &answer(2));
    // The refusal is lost: the client has 5010..5021 alone. With so little under way, it is sent again at once.
    let out = hand.pass(ToServer, 1025, 5001, ACK, &[], sack(5010, 5021));
    assert!(out.contains(&(ToClient, 5001, 1025, ACK, [refusal(1), answer(2)].concat())));
    assert!(hand.packets.iter().all(|p| p.options.sack[0].is_none()), "nothing is missing of what the server sent");
    hand.server(5012, 1013, &[]);
    // With content, in a segment that is built anew, what the client has is said all the same.
    hand.client(1025, 5001, &[read(3), read(4)].concat());
    hand.server(5012, 1037, &answer(3));
    let out = hand.pass(ToServer, 1049, 5021, ACK, &[write(5), read(6)].concat(), sack(5025, 5032));
    let data = out.iter().position(|o| o.0 == ToServer && !o.4.is_empty()).unwrap();
    assert_eq!(hand.packets[data].options.sack[0], Some((Seq(5016), Seq(5023))));
}

#[test]
fn a_segment_with_blocks_carries_less() {
    let mut hand = segments(64);
    hand.client(1001, 5001, &read(1)[..8]);
    hand.pass(ToClient, 5030, 1001, ACK, &answer(9), Options::default());
    let rest = [&read(1)[8..], &read(2), &read(3), &read(4), &read(5)].concat();
    let out = hand.pass(ToServer, 1009, 5001, ACK, &rest, sack(5030, 5041));
    let sizes: Vec<_> = out.iter().filter(|o| o.0 == ToServer).map(|o| o.4.len()).collect();
    // Nothing of the server left yet, so that there is nothing to say of it.
    assert_eq!(sizes, [60]);
    hand.server(5001, 1061, &[answer(1), answer(2)].concat());
    hand.client(1061, 5001, &read(6)[..8]);
    let rest = [&read(6)[8..], &read(7), &read(8), &read(9), &read(10)].concat();
    let out = hand.pass(ToServer, 1069, 5001, ACK, &rest, sack(5012, 5023));
    let sizes: Vec<_> = out.iter().filter(|o| o.0 == ToServer).map(|o| o.4.len()).collect();
    assert_eq!(sizes, [52, 8]);
}

#[test]
fn a_refusal_sent_again_has_the_newest_timestamp() {
    let mut hand = Hand::across(gateway(), 8000, stamp(100, 0));
    hand.pass(ToServer, 1001, 5001, ACK, &[write(1), read(2)].concat(), stamp(101, 100));
    assert_eq!(hand.packets[0].options.timestamps, Some((100, 101)));
    hand.pass(ToClient, 5001, 1013, ACK, &answer(2), stamp(250, 101));
    hand.wait(200);
    let again = hand.packets.iter().find(|p| p.payload.starts_with(&refusal(1))).unwrap();
    assert_eq!(again.options.timestamps, Some((250, 101)), "an old one would be dropped by the client");
}

#[test]
fn a_window_of_four_bytes_takes_a_refusal_in_pieces() {
    let mut hand = Hand::across(gateway(), 4, Options::default());
    // The server's window is as small: the client is allowed to complete what is held.
    let mut at = 0;
    let asked = write(1);
    while at < asked.len() {
        let granted = hand.packets.last().map_or(4, |p| usize::from(p.window)).max(4);
        let piece = &asked[at..asked.len().min(at + granted)];
        let out = hand.client(1001 + at as u32, 5001, piece);
        at += piece.len();
        assert_eq!(out[0].2, 1001 + at as u32);
    }
    assert_eq!(hand.packets[0].payload, refusal(1)[..4]);
    assert_eq!(hand.client(1013, 5005, &[]), [(ToClient, 5005, 1013, ACK, refusal(1)[4..8].to_vec())]);
    assert_eq!(hand.client(1013, 5009, &[]), [(ToClient, 5009, 1013, ACK, refusal(1)[8..].to_vec())]);
    assert_eq!(hand.client(1013, 5010, &[]), []);
}

#[test]
fn a_one_byte_probe_of_a_closed_window_completes_a_denied_request() {
    let mut hand = open();
    hand.client(1001, 5001, &write(1)[..11]);
    hand.window = 0;
    // The server closes its window; the client probes it with the last byte, and its own is closed as well.
    hand.server(5001, 1001, &[]);
    let out = hand.client(1012, 5001, &write(1)[11..]);
    // What was granted is never taken back: the first byte of the window that the client opened once is still there.
    assert_eq!(out, [(ToClient, 5001, 1013, ACK, refusal(1))]);
    assert_eq!(hand.gateway.out.verdicts().len(), 1);
}

#[test]
fn a_refusal_waits_while_the_client_takes_nothing_and_the_bridge_probes() {
    let mut hand = Hand::across(gateway(), 0, Options::default());
    hand.window = 0;
    for (at, byte) in (0..11).zip(write(1)) {
        hand.client(1001 + at, 5001, &[byte]);
    }
    // The last byte is past every window: a probe.
    assert_eq!(hand.client(1012, 5001, &write(1)[11..]), [(ToClient, 5001, 1013, ACK, vec![])]);
    let probe = (ToClient, 5001, 1013, ACK, refusal(1)[..1].to_vec());
    assert_eq!(hand.wait(200), core::slice::from_ref(&probe));
    // It is not taken, and asked again later and later.
    assert!(hand.client(1013, 5001, &[]).iter().all(|o| o.0 == ToServer && o.4.is_empty()));
    assert_eq!(hand.wait(200), []);
    assert_eq!(hand.wait(200), [probe]);
    hand.window = 100;
    assert_eq!(hand.client(1013, 5001, &[])[0], (ToClient, 5002, 1013, ACK, refusal(1)[1..].to_vec()));
}

#[test]
fn a_keep_alive_after_a_denial_is_one_before_what_the_server_waits_for() {
    let mut hand = open();
    hand.client(1001, 5001, &[read(1), write(2)].concat());
    hand.server(5001, 1013, &answer(1));
    hand.client(1025, 5021, &[]);
    for _ in 0..3 {
        assert_eq!(hand.client(1024, 5021, &[]), [(ToServer, 1012, 5012, ACK, vec![])]);
        assert_eq!(hand.server(5012, 1013, &[]), [(ToClient, 5021, 1025, ACK, vec![])]);
        hand.wait(1000);
    }
    // The server's own.
    assert_eq!(hand.server(5011, 1013, &[]), [(ToClient, 5020, 1025, ACK, vec![])]);
    assert_eq!(hand.client(1025, 5021, &[]), [(ToServer, 1013, 5012, ACK, vec![])]);
}

#[test]
fn a_denied_message_with_a_fin_is_left_out_and_refused_before_the_servers_fin() {
    let mut hand = open();
    let out = hand.pass(ToServer, 1001, 5001, ACK | FIN, &write(1), Options::default());
    assert_eq!(out, [(ToClient, 5001, 1013, ACK, refusal(1)), (ToServer, 1001, 5001, ACK | FIN, vec![])]);
    // The client closed its half alone, and reads on.
    let out = hand.pass(ToClient, 5001, 1002, ACK | FIN, &[], Options::default());
    assert_eq!(out, [(ToClient, 5010, 1014, ACK | FIN, vec![])]);
    assert_eq!(hand.client(1014, 5011, &[]), [(ToServer, 1002, 5002, ACK, vec![])]);
    assert!(hand.gateway.flow.as_ref().unwrap().is_over());
}

#[test]
fn a_reset_while_a_refusal_is_unacknowledged_counts_at_its_exact_place_alone() {
    for off in [1u32.wrapping_neg(), 1, 12, 1000] {
        let mut hand = open();
        hand.client(1001, 5001, &write(1));
        assert_eq!(hand.pass(ToServer, 1013u32.wrapping_add(off), 0, RST, &[], Options::default()), []);
        assert_eq!(hand.pass(ToServer, 1013, 0, RST, &[], Options::default()), [(ToServer, 1001, 0, RST, vec![])]);
    }
    // The server's, behind a refusal that the client does not have yet: at the client's place.
    let mut hand = open();
    hand.client(1001, 5001, &write(1));
    assert_eq!(hand.pass(ToClient, 5002, 0, RST, &[], Options::default()), []);
    assert_eq!(hand.pass(ToClient, 5001, 0, RST, &[], Options::default()), [(ToClient, 5010, 0, RST, vec![])]);
    assert_eq!(hand.client(1013, 5001, &[]), [(ToClient, 5001, 1013, RST, vec![])], "a straggler hears of it");
}

#[test]
fn both_ends_close_at_once_and_their_fins_are_translated_until_they_are_acknowledged() {
    let mut hand = open();
    hand.client(1001, 5001, &write(1));
    let none = Options::default();
    assert_eq!(hand.pass(ToServer, 1013, 5001, ACK | FIN, &[], none), [(ToServer, 1001, 5001, ACK | FIN, vec![])]);
    assert_eq!(hand.pass(ToClient, 5001, 1001, ACK | FIN, &[], none), [(ToClient, 5010, 1013, ACK | FIN, vec![])]);
    // Both are lost and come again.
    assert_eq!(hand.pass(ToServer, 1013, 5010, ACK | FIN, &[], none)[0], (ToServer, 1001, 5001, ACK | FIN, vec![]));
    assert!(hand.pass(ToClient, 5001, 1001, ACK | FIN, &[], none).contains(&(ToClient, 5010, 1013, ACK | FIN, vec![])));
    assert!(!hand.gateway.flow.as_ref().unwrap().is_over());
    assert_eq!(hand.client(1014, 5011, &[]), [(ToServer, 1002, 5002, ACK, vec![])]);
    assert_eq!(hand.server(5002, 1002, &[]), [(ToClient, 5011, 1014, ACK, vec![])]);
    assert!(hand.gateway.flow.as_ref().unwrap().is_over());
    // One that comes once more is translated as before.
    let out = hand.pass(ToServer, 1013, 5011, ACK | FIN, &[], none);
    assert!(out.iter().all(|o| o.0 == ToClient && o.2 == 1014 || o.1 == 1001 && o.2 == 5002), "{out:?}");
}

#[test]
fn what_is_built_is_cut_to_segments_of_64_bytes() {
    let mut hand = segments(64);
    hand.client(1001, 5001, &[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 100]);
    let mut long = vec![0, 1, 0, 0, 0, 203, 1, 3, 200];
    long.resize(209, 7);
    // Behind a refusal, so that nothing leaves as it came.
    hand.client(1013, 5001, &write(2));
    let out = hand.server(5001, 1013, &long);
    let sizes: Vec<_> = out.iter().map(|o| o.4.len()).collect();
    assert_eq!(sizes, [64, 64, 64, 17]);
    assert_eq!(out.iter().flat_map(|o| o.4.clone()).collect::<Vec<_>>(), long);
    // An allowed message that is larger than that leaves in segments as well, though nothing is edited.
    let mut plain = segments(64);
    plain.client(1001, 5001, &[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 100]);
    assert_eq!(plain.server(5001, 1013, &long).len(), 4);
}

#[test]
fn a_denied_response_is_replaced() {
    let mut hand = open();
    hand.client(1001, 5001, &read(1));
    // Two registers where one was asked for.
    let wrong = [0, 1, 0, 0, 0, 7, 1, 3, 4, 0, 7, 0, 8];
    assert_eq!(hand.server(5001, 1013, &wrong), [(ToClient, 5001, 1013, ACK, replacement(1))]);
    // Thirteen bytes came, nine left: acknowledged to the server when the client has them.
    assert_eq!(hand.client(1013, 5010, &[]), [(ToServer, 1013, 5014, ACK, vec![])]);
    assert_eq!(hand.client(1013, 5010, &read(2)), [(ToServer, 1013, 5014, ACK, read(2))]);
    assert_eq!(hand.server(5014, 1025, &answer(2)), [(ToClient, 5010, 1025, ACK, answer(2))]);
    // One that answers nothing is left out.
    assert_eq!(hand.server(5025, 1025, &answer(9)), []);
    assert_eq!(hand.gateway.out.incidents(), ["size-mismatch", "unsolicited-response"]);
}

#[test]
fn a_thousand_denials_across_the_wrap_of_sequence_numbers() {
    let first = u32::MAX - 3000;
    let mut hand = Hand::before(gateway(), 8000);
    hand.pass(ToServer, first, 0, 2, &[], Options::default());
    hand.pass(ToClient, first, first.wrapping_add(1), 18, &[], Options::default());
    let (mut client, mut server) = (first.wrapping_add(1), first.wrapping_add(1));
    let (mut to_server, mut to_client) = (client, server);
    hand.client(client, to_client, &[]);
    for i in 0..1000u32 {
        let tid = i as u8;
        let out = hand.client(client, to_client, &[write(tid), read(tid)].concat());
        client = client.wrapping_add(24);
        assert_eq!(out[0], (ToClient, to_client, client.wrapping_sub(12), ACK, refusal(tid)));
        assert_eq!(out[1], (ToServer, to_server, server, ACK, read(tid)));
        to_client = to_client.wrapping_add(9);
        to_server = to_server.wrapping_add(12);
        let out = hand.server(server, to_server, &answer(tid));
        assert_eq!(out, [(ToClient, to_client, client, ACK, answer(tid))]);
        server = server.wrapping_add(11);
        to_client = to_client.wrapping_add(11);
    }
    assert_eq!(hand.gateway.out.verdicts().len(), 2000);
}

#[test]
fn what_icmp_quotes_is_translated_both_ways() {
    let mut hand = open();
    hand.client(1001, 5001, &[write(1), read(2)].concat());
    hand.server(5001, 1001, &[]);
    let flow = hand.gateway.flow.as_mut().unwrap();
    // The server's side saw the read at 1001, acknowledging 5001; the client sent it at 1013, and acknowledges what it
    // will have.
    assert_eq!(flow.quoted(ToServer, Seq(1001), Some(Seq(5001))), Some((Seq(1013), Some(Seq(5010)))));
    // The client's side saw the refusal, at the place where the server is.
    assert_eq!(flow.quoted(ToClient, Seq(5001), None), Some((Seq(5001), None)));
    assert_eq!(flow.quoted(ToServer, Seq(1014), None), None, "past everything that was sent");
    assert_eq!(flow.quoted(ToServer, Seq(900), None), None, "before everything that is under way");
    flow.narrow(ToServer, 30);
    let out = hand.client(1025, 5010, &[write(3), read(4), read(5), read(6)].concat());
    let sizes: Vec<_> = out.iter().filter(|o| o.0 == ToServer).map(|o| o.4.len()).collect();
    assert_eq!(sizes, [30, 6]);
}
