//! What a change of policy does to flows, what modes and answers to denials do, what time does.

use crate::build;
use crate::passes::{ANSWER, READ, open};
use crate::plant::{HMI, PLC, Rules, STRANGER, Strangers, USUAL};
use crate::rig::Rig;
use crate::wire::{ACK, RST, Talk, Tcp, udp};
use sluice_engine::bridge::Side;
use sluice_policies::decision::Verdict;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// The flags of a TCP frame without VLAN tags.
fn flags(frame: &[u8]) -> u8 {
    frame[14 + 20 + 13]
}

#[test]
fn a_swap_ends_what_is_not_allowed_any_more_and_nothing_else() {
    let mut rig = Rig::new(USUAL);
    let mut modbus = Talk::new((&HMI, 40_000), (&PLC, 502));
    let mut ssh = Talk::new((&HMI, 50_000), (&PLC, 22));
    open(&mut rig, &mut modbus);
    open(&mut rig, &mut ssh);
    rig.sent();
    rig.out.notices.clear();
    rig.swap(Rules { services: false, ..USUAL });
    rig.wait(Duration::from_millis(1));
    assert_eq!(rig.out.notices, [("no-statement", 1, Verdict::Deny)], "it is told once");
    let ends = rig.sent();
    assert_eq!(
        ends.iter().map(|(side, frame)| (*side, flags(frame))).collect::<Vec<_>>(),
        [(Side::B, RST | ACK), (Side::A, RST | ACK)]
    );
    assert_eq!(rig.bridge.census().followed, 0);
    assert_eq!(rig.word(Side::A, &ssh.client(ACK, b"x").frame()), "tcp-mid-stream");
    assert_eq!(rig.word(Side::A, &modbus.client(ACK, &READ).frame()), "forwarded");
    assert_eq!(rig.word(Side::B, &modbus.server(ACK, &ANSWER).frame()), "forwarded");
    rig.swap(Rules { modbus: false, services: false, ..USUAL });
    // Its conduit still joins the two: the request is refused and the connection lives on.
    assert_eq!(rig.word(Side::A, &modbus.client(ACK, &READ).frame()), "consumed");
    assert_eq!(rig.out.verdicts, [Verdict::Allow, Verdict::Deny]);
}

#[test]
fn what_hosts_say_of_groups_that_they_listen_to_is_dropped_without_a_word() {
    let mut rig = Rig::new(USUAL);
    let report = |kind: u8, scope: u16| {
        let from = IpAddr::V6(Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 1));
        let to = IpAddr::V6(Ipv6Addr::new(0xFF00 | scope, 0, 0, 0, 0, 0, 0, 0x16));
        let message = build::sealed(58, from, to, [&[kind, 0, 0, 0][..], &[0; 24]].concat(), 2);
        let options = [58, 0, 5, 2, 0, 0, 1, 0];
        let packet = build::ip(0, from, to, &[&options[..], &message].concat());
        [&[0x33, 0x33, 0, 0, 0, 0x16], &HMI.mac[..], &[0x86, 0xDD], &packet].concat()
    };
    for _ in 0..50 {
        assert_eq!(rig.word(Side::A, &report(143, 2)), "ipv6-extension-headers");
    }
    assert!(rig.out.notices.is_empty() && rig.sent().is_empty());
    // Anything else behind such options is told.
    assert_eq!(rig.word(Side::A, &report(128, 2)), "ipv6-extension-headers");
    assert_eq!(rig.word(Side::A, &report(143, 0x0E)), "ipv6-extension-headers");
    assert_eq!(rig.out.notices.len(), 1);
}

#[test]
fn many_flows_are_judged_anew_in_slices() {
    let mut rig = Rig::new(USUAL);
    for port in 0..2000 {
        assert_eq!(rig.word(Side::A, &udp((&HMI, 10_000 + port), (&PLC, 5000), b"")), "forwarded");
    }
    rig.swap(Rules { services: false, ..USUAL });
    assert!(rig.bridge.census().replies > 1000, "no call judges them all");
    rig.wait(Duration::from_millis(1));
    assert_eq!(rig.bridge.census().replies, 0);
}

#[test]
fn a_denied_opening_is_reset_where_the_conduit_says_so() {
    let mut rig = Rig::new(Rules { reset: true, ..USUAL });
    let denied = Tcp { to: (&PLC, 23), ..Talk::new((&HMI, 40_000), (&PLC, 23)).syn() };
    assert_eq!(rig.word(Side::A, &denied.frame()), "no-statement");
    let sent = rig.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].0, flags(&sent[0].1)), (Side::A, RST | ACK));
    // A stranger learns nothing.
    assert_eq!(rig.word(Side::A, &Tcp { from: (&STRANGER, 1), ..denied }.frame()), "no-conduit");
    assert!(rig.sent().is_empty());
}

#[test]
fn in_alert_mode_strangers_pass_and_are_reported() {
    let mut rig = Rig::new(Rules { strangers: Strangers::Alert, ..USUAL });
    let mut talk = Talk::new((&STRANGER, 40_000), (&PLC, 8080));
    open(&mut rig, &mut talk);
    assert_eq!(rig.word(Side::A, &udp((&STRANGER, 1), (&PLC, 9), b"")), "forwarded");
    assert_eq!(rig.out.notices, [("no-conduit", 1, Verdict::Alert), ("no-conduit", 1, Verdict::Alert)]);
    // A forged sender does not pass in any mode.
    assert_eq!(rig.word(Side::B, &udp((&HMI, 1), (&PLC, 9), b"")), "spoof-port");
}

#[test]
fn a_flood_of_denied_frames_is_reported_once_and_then_counted() {
    let mut rig = Rig::new(USUAL);
    for port in 1..=5000 {
        let from = udp((&STRANGER, port), (&PLC, 9), b"");
        assert_eq!(rig.word(Side::A, &from), "no-conduit");
    }
    rig.wait(Duration::from_secs(11));
    assert_eq!(rig.out.notices, [("no-conduit", 1, Verdict::Deny), ("no-conduit", 4999, Verdict::Deny)]);
    rig.wait(Duration::from_mins(1));
    assert_eq!(rig.bridge.deadline(), None);
}

#[test]
fn a_closed_connection_makes_way_for_the_next_on_the_same_ports() {
    let mut rig = Rig::new(USUAL);
    for port in [502, 22] {
        let mut talk = Talk::new((&HMI, 40_000), (&PLC, port));
        open(&mut rig, &mut talk);
        assert_eq!(rig.word(Side::A, &talk.client(RST | ACK, &[]).frame()), "forwarded");
        let mut again = Talk { next: [9_000, 77], ..Talk::new((&HMI, 40_000), (&PLC, port)) };
        open(&mut rig, &mut again);
    }
    rig.wait(Duration::from_hours(25));
    let census = rig.bridge.census();
    assert_eq!((census.inspected, census.followed, census.half_open), (0, 0, 0));
}
