//! What an idle flow of a bridge takes, with everything that the bridge keeps to find it.
#![allow(clippy::unwrap_used)]

#[path = "observe/build.rs"]
#[allow(dead_code, reason = "the tests of observers use the rest of it")]
mod build;
#[path = "crossing/plant.rs"]
#[allow(dead_code, missing_docs, unreachable_pub, reason = "the tests of the bridge use the rest of it")]
mod plant;
#[path = "crossing/wire.rs"]
#[allow(dead_code, missing_docs, unreachable_pub, reason = "the tests of the bridge use the rest of it")]
mod wire;

use plant::{GATEWAY, HMI, PLC, USUAL};
use sluice_engine::bridge::{Bounds, Bridge, BridgeOptions, Leaving, Notice, Offload, Outcome, Side};
use sluice_engine::{Answer, Forgotten, Incident, Judged, Limits, Output};
use sluice_model::{Direction, Instant};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use wire::{ACK, Talk};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

struct Nowhere;

impl Output for Nowhere {
    fn send(&mut self, _: Direction, _: &[u8]) {}
    fn finish(&mut self, _: Direction) {}
    fn reset(&mut self, _: &'static str) {}
    fn judged(&mut self, _: &Judged<'_>) {}
    fn incident(&mut self, _: &Incident<'_>) {}
    fn answered(&mut self, _: &Answer) {}
    fn forgotten(&mut self, _: &Forgotten) {}
}

impl Leaving for Nowhere {
    fn forward(&mut self, _: Side, _: usize) {}
    fn emit(&mut self, _: Side, _: &[u8]) {}
    fn notice(&mut self, _: &Notice<'_>) {}
}

const READ: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 3, 0, 1];
const ANSWER: [u8; 11] = [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];
const FLOWS: u16 = 50_000;

#[test]
fn an_idle_flow_of_a_bridge_takes_little() {
    let policy = plant::policy(USUAL);
    let bounds = Bounds { flows_of_source: usize::MAX, half_open_of_source: usize::MAX, ..Bounds::default() };
    let options = BridgeOptions { gateway: GATEWAY.to_owned(), mtu: [1500, 1500], limits: Limits::default(), bounds };
    let mut bridge = Bridge::new(&options);
    let region = Region::new(ALLOCATOR);
    let mut warm = 0;
    for port in 0..FLOWS {
        let mut talk = Talk::new((&HMI, 1024 + port), (&PLC, 502));
        for (side, segment) in [
            (Side::A, talk.syn()),
            (Side::B, talk.syn_ack()),
            (Side::A, talk.client(ACK, &READ)),
            (Side::B, talk.server(ACK, &ANSWER)),
            (Side::A, talk.client(ACK, &[])),
        ] {
            let frame = segment.frame();
            let outcome = bridge.frame(Instant(1), &policy, side, &frame, Offload::default(), &mut Nowhere);
            assert_eq!(outcome, Outcome::Forwarded);
        }
        if port == 0 {
            let change = region.change();
            warm = change.bytes_allocated - change.bytes_deallocated;
        }
    }
    // What nobody speaks on for a second is idle.
    let soon = Instant(1_100_000_000);
    while bridge.deadline().is_some_and(|due| due <= soon) {
        bridge.tick(soon, &policy, &mut Nowhere);
    }
    let change = region.change();
    let each = (change.bytes_allocated - change.bytes_deallocated - warm) / usize::from(FLOWS);
    assert_eq!(bridge.census().inspected, usize::from(FLOWS));
    assert!(each <= 512, "an idle flow takes {each} bytes");
}
