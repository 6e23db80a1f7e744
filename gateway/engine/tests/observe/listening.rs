//! What an observer hears of whole conversations.

use crate::build::{self, ACK, FIN, RST, SYN, Segment};
use crate::sites::{self, Rules};
use crate::wire::{Link, Wire};
use sluice_engine::observe::{Class, Content, Key, Limits, Verdicts};
use sluice_model::Direction::{ToClient, ToServer};
use sluice_protocols::registry;
use std::net::{Ipv4Addr, SocketAddr};

const READ: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
const ANSWER: [u8; 11] = [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];
const WRITE: [u8; 12] = [0, 2, 0, 0, 0, 6, 1, 6, 0, 90, 0, 1];
const BROKEN: [u8; 11] = [0, 3, 0, 0, 0, 5, 1, 3, 0, 0, 0];

fn wire() -> Wire {
    Wire::new(None, Limits::default())
}

fn link(port: u16) -> Link {
    Link::new(sites::client(), SocketAddr::new(sites::CONTROLLER, port))
}

/// How often a function was counted.
fn count(wire: &mut Wire, facet: &str, function: u32) -> u64 {
    let summary = wire.finish();
    let counts = summary.protocols.get("modbus").and_then(|s| s.counts.get(facet));
    counts.and_then(|c| c.get(&Key(function, None))).copied().unwrap_or(0)
}

#[test]
fn a_conversation_is_counted_and_its_ends_are_listed() {
    let (mut wire, mut link) = (wire(), link(502));
    link.open(&mut wire);
    assert_eq!(link.say(&mut wire, 0, &READ), Class::Protocol);
    assert_eq!(link.say(&mut wire, 1, &ANSWER), Class::Protocol);
    assert_eq!(link.say(&mut wire, 0, &BROKEN), Class::Protocol);
    assert_eq!(link.say(&mut wire, 1, &[0, 3, 0, 0, 0, 3, 1, 0x83, 3]), Class::Protocol);
    let summary = wire.finish();
    let spoken = &summary.protocols["modbus"];
    assert_eq!((spoken.messages, spoken.unpaired), (4, 1));
    assert_eq!(spoken.counts["request"][&Key(3, None)], 2);
    assert_eq!(spoken.counts["response"][&Key(3, None)], 2);
    assert_eq!(spoken.counts["exception"][&Key(3, Some(3))], 1);
    assert_eq!(spoken.counts["unit"][&Key(1, None)], 4);
    assert_eq!(spoken.anomalies.iter().collect::<Vec<_>>(), [(&"too-short", &1)]);
    assert_eq!(wire.notes.operations, [(ToServer, 3, None), (ToClient, 3, None)]);
    let device = &summary.devices[&sites::CONTROLLER];
    assert!(device.server && !device.client && device.protocols.contains("modbus"));
    assert!(summary.devices[&sites::CLIENT].client);
    assert_eq!(summary.verdicts, None);
}

#[test]
fn a_request_is_heard_however_it_is_cut_and_once_only() {
    let (mut wire, mut link) = (wire(), link(502));
    link.open(&mut wire);
    let start = link;
    for cut in [&READ[..5], &READ[5..6], &READ[6..]] {
        link.say(&mut wire, 0, cut);
    }
    // All of it again, and a keep-alive.
    assert_eq!(wire.frame(&build::frame(&start.segment(0, ACK, &READ))), Class::Repeated);
    let probe = Segment { sequence: link.next[0].wrapping_sub(1), ..link.segment(0, ACK, &[0]) };
    assert_eq!(wire.frame(&build::frame(&probe)), Class::Control);
    assert_eq!(count(&mut wire, "request", 3), 1);
    assert!(wire.notes.odd.is_empty());
}

#[test]
fn bytes_that_come_again_with_other_values_are_reported() {
    let (mut wire, mut link) = (wire(), link(502));
    link.open(&mut wire);
    let start = link;
    link.say(&mut wire, 0, &READ);
    wire.frame(&build::frame(&start.segment(0, ACK, &WRITE)));
    assert_eq!((count(&mut wire, "request", 3), count(&mut wire, "request", 6)), (1, 0));
    assert_eq!(wire.notes.odd, ["tcp-overlap-conflict"]);
}

#[test]
fn a_conversation_under_way_is_picked_up() {
    let (mut wire, mut link) = (wire(), link(502));
    link.say(&mut wire, 1, &ANSWER);
    link.say(&mut wire, 0, &READ);
    link.say(&mut wire, 1, &ANSWER);
    let spoken = &wire.finish().protocols["modbus"];
    assert_eq!((spoken.messages, spoken.unpaired), (3, 1));
    assert!(wire.notes.odd.is_empty());
}

#[test]
fn a_response_that_nobody_asked_for_is_odd_when_everything_was_heard() {
    let (mut wire, mut link) = (wire(), link(502));
    link.open(&mut wire);
    link.say(&mut wire, 1, &ANSWER);
    assert_eq!(wire.finish().protocols["modbus"].anomalies["unsolicited-response"], 1);
}

#[test]
fn a_mirror_of_one_direction_is_read_and_what_waits_is_bounded() {
    let (mut wire, mut link) = (wire(), link(502));
    link.open(&mut wire);
    for _ in 0..300 {
        link.say(&mut wire, 0, &READ);
    }
    assert!((128 * 128..300 * 128).contains(&wire.observer.kept()), "{}", wire.observer.kept());
    assert_eq!(count(&mut wire, "request", 3), 300);
    assert_eq!(wire.notes.odd, ["outstanding-full"]);
}

#[test]
fn what_the_capture_lost_is_skipped_and_reading_goes_on() {
    let (mut wire, mut link) = (wire(), link(502));
    link.open(&mut wire);
    link.say(&mut wire, 0, &READ[..4]);
    link.skip(0, 8);
    // The server answers: it has what the capture has not.
    link.say(&mut wire, 1, &ANSWER);
    link.say(&mut wire, 0, &READ);
    link.say(&mut wire, 1, &ANSWER);
    assert_eq!((count(&mut wire, "request", 3), count(&mut wire, "response", 3)), (1, 2));
    assert_eq!(wire.notes.odd, ["unsolicited-response", "tcp-gap"]);
}

#[test]
fn nonsense_ends_at_the_next_segment() {
    let (mut wire, mut link) = (wire(), link(502));
    link.open(&mut wire);
    link.say(&mut wire, 0, b"GET / HTTP/1.1\r\n");
    link.say(&mut wire, 0, &READ);
    assert_eq!(count(&mut wire, "request", 3), 1);
    assert_eq!(wire.notes.odd, ["protocol-id"]);
}

#[test]
fn an_ended_connection_makes_room_for_the_next_one() {
    let (mut wire, mut link) = (wire(), link(502));
    for flags in [FIN, RST] {
        link.open(&mut wire);
        link.say(&mut wire, 0, &READ);
        link.say(&mut wire, 1, &ANSWER);
        wire.frame(&build::frame(&link.segment(1, ACK | flags, b"")));
        wire.frame(&build::frame(&link.segment(0, ACK | flags, b"")));
        assert_eq!(wire.observer.kept(), 0);
        let late = Segment { sequence: link.next[0].wrapping_sub(12), ..link.segment(0, ACK, &READ) };
        assert_eq!(wire.frame(&build::frame(&late)), Class::Repeated);
        link.next = [5, 7];
    }
    link.open(&mut wire);
    link.say(&mut wire, 0, &READ);
    assert_eq!(count(&mut wire, "request", 3), 3);
    assert!(wire.notes.odd.is_empty());
}

#[test]
fn a_connection_goes_on_after_a_reset_that_nobody_heeded() {
    let (mut wire, mut link) = (wire(), link(502));
    link.open(&mut wire);
    let astray = Segment { sequence: link.next[0].wrapping_add(500), ..link.segment(0, RST, b"") };
    wire.frame(&build::frame(&astray));
    link.say(&mut wire, 0, &READ);
    wire.frame(&build::frame(&link.segment(0, RST, b"")));
    assert_eq!(link.say(&mut wire, 0, &READ), Class::Protocol);
    assert_eq!(count(&mut wire, "request", 3), 2);
}

#[test]
fn a_new_connection_between_the_same_ports_is_another() {
    let (mut wire, mut link) = (wire(), link(502));
    link.open(&mut wire);
    link.say(&mut wire, 0, &READ[..7]);
    link.next = [70_000, 80_000];
    link.open(&mut wire);
    link.say(&mut wire, 0, &READ);
    link.say(&mut wire, 1, &ANSWER);
    let spoken = &wire.finish().protocols["modbus"];
    assert_eq!((spoken.messages, spoken.unpaired), (2, 0));
    assert!(wire.notes.odd.is_empty());
}

#[test]
fn modbus_is_recognised_on_any_port_with_and_without_a_handshake() {
    for open in [true, false] {
        let (mut wire, mut link) = (wire(), link(15_020));
        if open {
            link.open(&mut wire);
        }
        link.say(&mut wire, 0, &READ);
        link.say(&mut wire, 1, &ANSWER);
        let spoken = &wire.finish().protocols["modbus"];
        assert_eq!((spoken.counts["request"].len(), spoken.counts["response"].len()), (1, 1));
        assert_eq!(spoken.unpaired, 0);
    }
}

#[test]
fn a_message_among_other_bytes_does_not_make_a_flow_modbus() {
    for bytes in [[&READ[..], &[7]].concat(), READ[..11].to_vec(), BROKEN.to_vec(), ANSWER.to_vec()] {
        let (mut wire, mut link) = (wire(), link(15_020));
        assert_eq!(link.say(&mut wire, 0, &bytes), Class::Unidentified, "{bytes:?}");
    }
}

#[test]
fn other_protocols_stay_unidentified_by_the_servers_port() {
    let (mut wire, mut link) = (wire(), link(80));
    link.open(&mut wire);
    assert_eq!(link.say(&mut wire, 0, b"GET / HTTP/1.1\r\n\r\n"), Class::Unidentified);
    assert_eq!(link.say(&mut wire, 1, &ANSWER), Class::Unidentified);
    let goose = [&[2; 12][..], &[0x88, 0xB8, 1, 2]].concat();
    wire.frame(&goose);
    let summary = wire.finish();
    assert_eq!(
        summary.unidentified.into_iter().collect::<Vec<_>>(),
        [(Content::Ether(0x88B8), 1), (Content::Tcp(80), 2)]
    );
    assert!(summary.protocols.is_empty());
}

#[test]
fn datagrams_are_read_whole_and_in_fragments() {
    let (client, server) = (sites::client(), SocketAddr::new(sites::CONTROLLER, 502));
    let (Some(from), Some(to)) = (v4(client), v4(server)) else { panic!() };
    let mut wire = wire();
    let whole = build::udp(client, server, &READ);
    assert_eq!(wire.frame(&build::ethernet(&[], &build::ip(17, client.ip(), server.ip(), &whole))), Class::Protocol);
    let parts =
        [build::ipv4(17, from, to, [0x20, 0], &[], &whole[..16]), build::ipv4(17, from, to, [0, 2], &[], &whole[16..])];
    assert_eq!(wire.frame(&build::ethernet(&[], &parts[1])), Class::Fragment);
    assert_eq!(wire.frame(&build::ethernet(&[], &parts[0])), Class::Protocol);
    let short = build::udp(client, server, &READ[..9]);
    wire.frame(&build::ethernet(&[], &build::ip(17, client.ip(), server.ip(), &short)));
    assert_eq!(count(&mut wire, "request", 3), 2);
    assert_eq!(wire.notes.odd, ["truncated"]);
}

fn v4(end: SocketAddr) -> Option<Ipv4Addr> {
    if let SocketAddr::V4(end) = end { Some(*end.ip()) } else { None }
}

#[test]
fn a_wrong_checksum_counts_against_those_who_had_right_ones() {
    let (mut wire, mut link) = (wire(), link(502));
    let broken = |link: &Link, side| {
        let mut frame = build::frame(&link.segment(side, ACK, if side == 0 { &READ } else { &ANSWER }));
        frame[14 + 20 + 16] ^= 0x55;
        frame
    };
    // Nobody here ever had a right one: their cards make them, or a tool changed the addresses.
    assert_eq!(wire.frame(&broken(&link, 0)), Class::Protocol);
    link.skip(0, READ.len());
    link.say(&mut wire, 0, &READ);
    assert_eq!(wire.frame(&broken(&link, 0)), Class::Rejected);
    assert_eq!(wire.frame(&broken(&link, 1)), Class::Protocol);
    assert_eq!(count(&mut wire, "request", 3), 2);
    assert_eq!(wire.notes.odd, ["bad-checksum"; 3]);
}

#[test]
fn a_policy_judges_what_is_heard() {
    let modbus = registry::ALL[0].descriptor();
    let holding = modbus.spaces.iter().find(|s| s.name == "holding").unwrap().id;
    let policy = sites::policy(modbus, holding, Rules::new(16, 8));
    let mut wire = Wire::new(Some(policy), Limits::default());
    let mut known = link(502);
    known.open(&mut wire);
    known.say(&mut wire, 0, &READ);
    known.say(&mut wire, 1, &ANSWER);
    known.say(&mut wire, 0, &WRITE);
    known.say(&mut wire, 1, &WRITE);
    // To an address that no asset owns; then a conversation under way.
    let mut nobody = Link::new(sites::client(), SocketAddr::new(Ipv4Addr::new(192, 0, 2, 99).into(), 502));
    nobody.open(&mut wire);
    nobody.say(&mut wire, 0, &READ);
    let mut midway = Link::new(SocketAddr::new(sites::CLIENT, 40_001), SocketAddr::new(sites::CONTROLLER, 502));
    midway.say(&mut wire, 1, &ANSWER);
    let verdicts = wire.finish().verdicts;
    assert_eq!(verdicts, Some(Verdicts { allow: 2, alert: 0, deny: 2, moot: 1 }));
    let said: Vec<_> = wire.notes.operations.iter().map(|(d, f, v)| (*d, *f, v.as_deref())).collect();
    assert_eq!(
        said,
        [
            (ToServer, 3, Some("allow")),
            (ToClient, 3, None),
            (ToServer, 6, Some("deny")),
            (ToClient, 6, None),
            (ToServer, 3, Some("deny")),
        ]
    );
}

#[test]
fn a_scan_is_no_conversation_and_takes_little() {
    let mut wire = wire();
    for port in 0..2000 {
        let link = Link::new(SocketAddr::new(sites::STRANGER, 50_000), SocketAddr::new(sites::CONTROLLER, port));
        assert_eq!(wire.frame(&build::frame(&link.segment(0, SYN, b""))), Class::Control);
    }
    assert_eq!((wire.observer.flows(), wire.observer.kept()), (2000, 0));
}
