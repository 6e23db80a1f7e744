//! A decision touches no heap, allowed or denied; and what a large policy weighs. One test, for the counter is the
//! process's.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "conditions/site.rs"]
mod conditional;
mod crowd;
mod large;

use large::Request;
use sluice_model::{Direction, Instant, Operation, Values};
use sluice_policies::decision::Reason;
use sluice_policies::site::GatewayId;
use sluice_policies::state::Ending;
use sluice_policies::{End, Misplaced, Packet, Policy, Seat, Seen};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ITEMS: u64 = 100_000;

#[test]
fn decisions_touch_no_heap_and_a_large_policy_is_small() {
    let mut region = Region::new(ALLOCATOR);
    let policy = Policy::compile(large::site(ITEMS));
    let change = region.change();
    // What is left of the site is in it.
    let compiled = change.bytes_allocated - change.bytes_deallocated;
    // Tables, names and wordings, in the worst case: no two items are alike, none are neighbours, each is in two tables.
    assert!(compiled < 15_000_000, "{ITEMS} items with limits of their own take {compiled} bytes");

    let route = large::route(&policy);
    let mut state = 1;
    region.reset();
    for _ in 0..2_000 {
        let random = large::random(&mut state);
        for (request, expected) in [
            (Request::tag(ITEMS, random, false, 0), None),
            (Request::tag(ITEMS, random, true, 0), None),
            (Request::tag(ITEMS, random, true, 1), Some(Reason::Value)),
            (Request::tag(ITEMS, random, true, 0).hole(), Some(Reason::Item)),
            (Request::tag(ITEMS, random, false, 0).hole(), Some(Reason::Item)),
        ] {
            assert_eq!(policy.judge(route, &request.operation()).reason, expected);
        }
    }
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations), (0, 0));
    packets(&mut region);
    conditions(&mut region);
}

/// Seats and services of many hosts; a conduit from everyone to everyone takes no room for each pair.
fn packets(region: &mut Region<'_, System>) {
    region.reset();
    let policy = Policy::compile(crowd::site());
    let change = region.change();
    let compiled = change.bytes_allocated - change.bytes_deallocated;
    assert!(compiled < 8_000_000, "{} hosts take {compiled} bytes", crowd::HOSTS);

    let seen = |host| Seen { ip: Some(crowd::ip(host)), mac: crowd::mac(host), vlan: 0, side: 0 };
    region.reset();
    for host in 1..crowd::HOSTS {
        let Seat::Known(asset) = policy.seat(GatewayId(0), &seen(host)) else { unreachable!() };
        let forged = Seen { mac: crowd::mac(host - 1), ..seen(host) };
        assert_eq!(policy.seat(GatewayId(0), &forged), Seat::Misplaced { asset, what: Misplaced::Mac });
        let sent = |to, packet| policy.service(End::Asset(asset), to, packet).reason;
        let to = |ip| policy.end(Some(ip), crowd::mac(0));
        assert_eq!(sent(to(crowd::ip(host / 2)), Packet::Icmp { kind: 8 }), None);
        assert_eq!(sent(to(crowd::ip(0)), Packet::Tcp { port: 22 }), None);
        assert_eq!(sent(to(crowd::ip(0)), Packet::Tcp { port: 23 }), Some(Reason::NoStatement));
        assert_eq!(sent(to([239, 0, 0, 1].into()), Packet::Udp { source: 1, port: 2 }), Some(Reason::NoConduit));
    }
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations), (0, 0));
}

/// A write under a step, facts of two controllers and a limit, from its turn to its answer.
fn conditions(region: &mut Region<'_, System>) {
    let policy = conditional::policy();
    let (plc, other) = (policy.site().asset_named("plc-2").unwrap(), policy.site().asset_named("plc-1").unwrap());
    let modbus = sluice_protocols::registry::ALL[0].descriptor();
    let route = |to| policy.route([192, 0, 2, 11].into(), to, modbus.id);
    let words = |to, text: &str| policy.words(to, modbus, text).unwrap();
    let seen = |to, text: &str, value: &[u8], bits: bool, now| {
        let asked = words(to, text);
        let values = if bits { Values::Bits(value) } else { Values::Words(value) };
        for read in asked.operations() {
            let read = Operation { direction: Direction::ToClient, values, ..read };
            policy.observed(route(to), &read, now, now);
        }
    };
    let (write, now) = (words(plc, "write pump_speed = 40 Hz"), Instant(1_000_000_000));
    seen(other, "read tank_level", &400u16.to_be_bytes(), false, now);
    seen(plc, "read pump_speed", &4200u16.to_be_bytes(), false, now);
    let cold =
        |policy: &Policy| write.operations().map(|o| policy.turn(now).judge(route(plc), &o).reason).next().unwrap();
    assert_eq!(cold(&policy), Some(Reason::Stale), "the pump's fault was not seen");
    seen(plc, "read pump_fault", &[0], true, now);
    // The first round makes the room that reservations keep.
    for round in 0..200u64 {
        if round == 1 {
            region.reset();
        }
        let now = Instant(now.0 + round * 10_000_000);
        let mut turn = policy.turn(now);
        for operation in write.operations() {
            assert_eq!(turn.judge(route(plc), &operation).reason, None);
        }
        let reservation = turn.commit(round);
        policy.ended(reservation, Ending::Acknowledged, now);
    }
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations), (0, 0));
}
