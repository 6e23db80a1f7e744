//! A hundred thousand flows take no more memory than the limits say.
#![allow(clippy::unwrap_used)]

#[path = "observe/build.rs"]
#[allow(dead_code, reason = "the tests of observers use the rest of it")]
mod build;
#[path = "observe/deaf.rs"]
mod deaf;

use build::{ACK, Segment};
use sluice_engine::frames::LinkType;
use sluice_engine::observe::{Limits, Observer};
use sluice_model::Instant;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::net::{Ipv4Addr, SocketAddr};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The table of flows itself, beside what they keep.
const A_FLOW: usize = 1024;

// One test: the allocator counts for the whole process.
#[test]
fn a_hundred_thousand_flows_stay_within_the_limits() {
    let limits = Limits { flows: 20_000, flow_bytes: 8 << 20, devices: 1000, ..Limits::default() };
    let server = SocketAddr::new(Ipv4Addr::new(192, 0, 2, 31).into(), 502);
    let request = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
    let before = Region::new(ALLOCATOR);
    let mut observer = Observer::new(None, limits);
    for n in 0..100_000u32 {
        let from = SocketAddr::new(Ipv4Addr::from(0x0A00_0000 + n).into(), 40_000);
        // A whole request and the beginning of another, and a segment from further on.
        for (sequence, bytes) in [(1, [&request[..], &request[..6]].concat()), (500, vec![7; 300])] {
            let segment =
                Segment { from, to: server, sequence, acknowledgement: 1, flags: ACK, options: &[], bytes: &bytes };
            let frame = build::frame(&segment);
            observer.packet(Instant(n.into()), LinkType::Ethernet, &frame, frame.len(), &mut deaf::Deaf);
        }
        assert!(observer.flows() <= limits.flows && observer.kept() <= limits.flow_bytes);
    }
    let change = before.change();
    let taken = change.bytes_allocated - change.bytes_deallocated;
    let bound = limits.flow_bytes * 2 + limits.flows * A_FLOW;
    assert!(taken <= bound, "{taken} bytes are taken, {bound} allowed");
    assert_eq!(observer.summary().protocols["modbus"].messages, 100_000);
    assert!(observer.flows() > 1000);
}
