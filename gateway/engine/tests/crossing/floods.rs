//! More than a plant ever sends: what is established goes on, and memory stays where it is.

use crate::passes::{ANSWER, READ, open};
use crate::plant::{HMI, PLC, Rules, STRANGER, Strangers, USUAL};
use crate::rig::Rig;
use crate::wire::{ACK, SYN, Talk, Tcp, udp};
use sluice_engine::bridge::{Bounds, Side};
use std::time::Duration;

/// One request and its answer.
fn exchange(rig: &mut Rig, talk: &mut Talk<'_>) {
    assert_eq!(rig.word(Side::A, &talk.client(ACK, &READ).frame()), "forwarded");
    assert_eq!(rig.word(Side::B, &talk.server(ACK, &ANSWER).frame()), "forwarded");
}

/// A SYN from one of a million ports and numbers.
fn syn(number: u32) -> Vec<u8> {
    let port = 1024 + (number % 60_000) as u16;
    Tcp {
        from: (&HMI, port),
        to: (&PLC, 502),
        sequence: number,
        acknowledgement: 0,
        flags: SYN,
        options: &[],
        bytes: &[],
    }
    .frame()
}

#[test]
fn a_million_syns_of_one_source_leave_established_connections_alone() {
    let mut rig = Rig::new(USUAL);
    let mut talk = Talk::new((&HMI, 999), (&PLC, 502));
    open(&mut rig, &mut talk);
    let mut frame = syn(0);
    for number in 0..1_000_000_u32 {
        // Built once and patched: the test is about the bridge.
        if number % 4096 == 0 {
            frame = syn(number);
            exchange(&mut rig, &mut talk);
            rig.out.sent.clear();
            rig.wait(Duration::from_millis(20));
        }
        frame = if number % 16 == 0 { syn(number) } else { frame };
        rig.word(Side::A, &frame);
        rig.out.sent.clear();
    }
    exchange(&mut rig, &mut talk);
    let bounds = Bounds::default();
    let census = rig.bridge.census();
    assert!(census.half_open <= bounds.half_open_of_source, "{census:?}");
    assert!(rig.out.notices.iter().any(|(why, ..)| *why == "half-open-of-source-full"));
    // The source is as it was when the flood is over.
    rig.wait(bounds.opening + Duration::from_secs(1));
    assert_eq!(rig.bridge.census().half_open, 0);
    let mut again = Talk::new((&HMI, 1000), (&PLC, 502));
    open(&mut rig, &mut again);
    exchange(&mut rig, &mut again);
}

#[test]
fn half_open_connections_make_room_for_each_other_and_never_displace_an_established_one() {
    let bounds = Bounds { flows: 64, half_open: 16, half_open_of_source: 100, ..Bounds::default() };
    let mut rig = Rig::bounded(USUAL, bounds);
    let mut talk = Talk::new((&HMI, 999), (&PLC, 502));
    open(&mut rig, &mut talk);
    for number in 0..1000 {
        assert_eq!(rig.word(Side::A, &syn(number)), "forwarded");
        assert!(rig.bridge.census().half_open <= 16);
    }
    exchange(&mut rig, &mut talk);
    // The newest of them can still be completed.
    let mut last = Talk { next: [1000, 5000], ..Talk::new((&HMI, 1024 + 999), (&PLC, 502)) };
    assert_eq!(rig.word(Side::B, &last.syn_ack().frame()), "forwarded");
}

#[test]
fn a_full_table_of_established_connections_takes_no_other() {
    let bounds = Bounds { flows: 32, ..Bounds::default() };
    let mut rig = Rig::bounded(USUAL, bounds);
    for port in 0..32 {
        open(&mut rig, &mut Talk::new((&HMI, 2000 + port), (&PLC, 502)));
    }
    assert_eq!(rig.word(Side::A, &syn(0)), "flows-full");
    assert_eq!(rig.word(Side::A, &udp((&HMI, 1), (&PLC, 5000), b"")), "flows-full");
    assert_eq!(rig.bridge.census().inspected, 32);
    // One that is over makes room.
    let mut first = Talk { next: [1001, 5001], ..Talk::new((&HMI, 2000), (&PLC, 502)) };
    assert_eq!(rig.word(Side::A, &first.client(crate::wire::RST | ACK, &[]).frame()), "forwarded");
    assert_eq!(rig.word(Side::A, &syn(0)), "forwarded");
}

#[test]
fn one_source_cannot_take_the_table_from_others() {
    let bounds = Bounds { flows_of_source: 50, ..Bounds::default() };
    let mut rig = Rig::bounded(Rules { strangers: Strangers::Alert, ..USUAL }, bounds);
    for port in 1..=50 {
        assert_eq!(rig.word(Side::A, &udp((&STRANGER, port), (&PLC, 9), b"")), "forwarded");
    }
    assert_eq!(rig.word(Side::A, &udp((&STRANGER, 51), (&PLC, 9), b"")), "flows-of-source-full");
    assert_eq!(rig.word(Side::A, &udp((&HMI, 51), (&PLC, 5000), b"")), "forwarded");
}

#[test]
fn ten_thousand_halves_of_requests_are_held_and_come_to_nothing() {
    let mut rig = Rig::new(USUAL);
    let (half, rest) = READ.split_at(7);
    for port in 0..10_000 {
        let mut talk = Talk::new((&HMI, 2000 + port), (&PLC, 502));
        open(&mut rig, &mut talk);
        assert_eq!(rig.word(Side::A, &talk.client(ACK, half).frame()), "consumed");
        rig.out.sent.clear();
    }
    // One of them goes on.
    let mut talk = Talk { next: [1001 + 7, 5001], ..Talk::new((&HMI, 2077), (&PLC, 502)) };
    assert_eq!(rig.word(Side::A, &talk.client(ACK, rest).frame()), "consumed");
    assert!(rig.sent().iter().any(|(side, frame)| *side == Side::B && frame.ends_with(&READ)));
    // The others were begun and not completed in time.
    rig.wait(Duration::from_secs(40));
    assert_eq!(rig.out.incidents.iter().filter(|name| **name == "stalled").count(), 9_999);
}

#[test]
fn what_connections_keep_waiting_is_bounded_for_each_source_and_for_all() {
    for (bounds, name) in [
        (Bounds { kept_of_source: 500, ..Bounds::default() }, "kept-of-source-full"),
        (Bounds { kept: 500, ..Bounds::default() }, "kept-full"),
    ] {
        let mut rig = Rig::bounded(USUAL, bounds);
        let mut first = Talk::new((&HMI, 999), (&PLC, 502));
        open(&mut rig, &mut first);
        let half = [&READ[..4], &[0, 250, 1, 16], &[0; 200]].concat();
        let words = |rig: &mut Rig, port| {
            let mut talk = Talk::new((&HMI, port), (&PLC, 502));
            open(rig, &mut talk);
            rig.word(Side::A, &talk.client(ACK, &half).frame())
        };
        assert_eq!([2000, 2001, 2002].map(|port| words(&mut rig, port)), ["consumed", "consumed", name]);
        assert_eq!(rig.sent().iter().filter(|(_, frame)| frame[47] & crate::wire::RST != 0).count(), 2);
        exchange(&mut rig, &mut first);
        // It is all given back.
        rig.wait(Duration::from_secs(40));
        assert_eq!([2003, 2004, 2005].map(|port| words(&mut rig, port)), ["consumed", "consumed", name]);
    }
}
