//! A decision touches no heap, allowed or denied; and what a large policy weighs. One test, for the counter is the
//! process's.

#![allow(clippy::unwrap_used, missing_docs)]

mod crowd;
mod large;

use large::Request;
use sluice_policies::decision::Reason;
use sluice_policies::site::GatewayId;
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
