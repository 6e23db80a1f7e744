//! What a connection takes: nothing for a message that arrives whole and passes, little when it is idle.
#![allow(clippy::unwrap_used)]

#[allow(dead_code, unreachable_pub, reason = "the tests of streams use the rest of it")]
#[path = "stream/sites.rs"]
mod sites;

use sites::{Rules, TARGET};
use sluice_engine::bridge::{Flow, Options, Passage, Segment, Seq, Spare, Turn, Wire};
use sluice_engine::frames::TcpFlags;
use sluice_engine::{Answer, Forgotten, Incident, Judged, Limits, Opening, Output, Stream};
use sluice_model::{Direction, Instant};
use sluice_policies::Policy;
use sluice_protocols::registry;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Counts, and keeps nothing.
#[derive(Default)]
struct Count {
    sent: usize,
    reports: usize,
}

impl Output for Count {
    fn send(&mut self, _: Direction, bytes: &[u8]) {
        self.sent += bytes.len();
    }
    fn finish(&mut self, _: Direction) {}
    fn reset(&mut self, why: &'static str) {
        panic!("{why}");
    }
    fn judged(&mut self, _: &Judged<'_>) {
        self.reports += 1;
    }
    fn incident(&mut self, _: &Incident<'_>) {
        self.reports += 1;
    }
    fn answered(&mut self, _: &Answer) {
        self.reports += 1;
    }
    fn forgotten(&mut self, _: &Forgotten) {}
}

const READ: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
const ANSWER: [u8; 11] = [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];
const BOTH: [u8; 19] = [0, 2, 0, 0, 0, 13, 1, 23, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 9];
const BOTH_ANSWER: [u8; 11] = [0, 2, 0, 0, 0, 5, 1, 23, 2, 0, 7];

/// A connection may move to another worker.
const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Stream>();
};

// One test: the allocator counts for the whole process.
#[test]
fn a_message_that_passes_takes_no_memory_and_an_idle_connection_little() {
    let modbus = registry::ALL[0];
    let holding = modbus.descriptor().spaces.iter().find(|s| s.name == "holding").unwrap().id;
    let policy = sites::policy(modbus.descriptor(), holding, Rules::new(16, 8));
    let opening = Opening { source: sites::client(), asset: TARGET, protocol: modbus, limits: Limits::default() };
    let mut out = Count::default();

    let opened = Region::new(ALLOCATOR);
    let mut stream = Stream::open(&policy, opening);
    let mut pass = |direction, bytes: &[u8]| stream.bytes(Instant(1), &policy, direction, bytes, &mut out);
    // The first exchange takes the memory for one outstanding request.
    pass(Direction::ToServer, &READ);
    pass(Direction::ToClient, &ANSWER);
    let warm = Region::new(ALLOCATOR);
    for _ in 0..100 {
        for (asked, answered) in [(&READ[..], &ANSWER), (&BOTH, &BOTH_ANSWER)] {
            pass(Direction::ToServer, asked);
            pass(Direction::ToClient, answered);
        }
    }
    assert_eq!(warm.change().allocations, 0);
    // A split message takes memory while it is held, and a denied one while it is refused: both give it back.
    pass(Direction::ToServer, &READ[..7]);
    pass(Direction::ToServer, &READ[7..]);
    pass(Direction::ToClient, &ANSWER);
    pass(Direction::ToServer, &[0, 3, 0, 0, 0, 6, 1, 3, 0, 99, 0, 1]);

    let heap = opened.change();
    let idle = size_of::<Stream>() + heap.bytes_allocated - heap.bytes_deallocated;
    assert!(idle <= 320, "an idle connection takes {idle} bytes");
    assert_eq!(out.reports, 2 + 100 * 5 + 2 + 1);
    let exchanges = 102 * (READ.len() + ANSWER.len()) + 100 * (BOTH.len() + BOTH_ANSWER.len());
    assert_eq!(out.sent, exchanges + 9);
    a_bridged_flow(&policy, opening);
}

#[derive(Default)]
struct Emitted(usize);

impl Wire for Emitted {
    fn emit(&mut self, _: Direction, _: &Segment<'_>) {
        self.0 += 1;
    }
}

/// A connection across the bridge, after a request, its response, a denied request and its refusal.
fn a_bridged_flow(policy: &Arc<Policy>, opening: Opening) {
    let (mut emitted, mut out, mut spare) = (Emitted::default(), Count::default(), Spare::default());
    let segment = |sequence, acknowledgement, flags, payload| Segment {
        sequence: Seq(sequence),
        acknowledgement: Seq(acknowledgement),
        flags,
        window: 8000,
        options: Options::default(),
        payload,
    };
    let (syn, ack) = (TcpFlags::SYN, TcpFlags::ACK);
    let asked = segment(1000, 0, syn, &[]);
    let opened = Region::new(ALLOCATOR);
    let mut flow = Flow::open(policy, opening, &asked);
    let mut pass = |direction, segment: Segment<'_>| {
        let mut turn = Turn { now: Instant(1), policy, wire: &mut emitted, reports: &mut out, spare: &mut spare };
        flow.segment(direction, &segment, &mut turn)
    };
    let unedited = [
        (Direction::ToServer, asked),
        (Direction::ToClient, segment(5000, 1001, syn | ack, &[])),
        (Direction::ToServer, segment(1001, 5001, ack, &READ)),
        (Direction::ToClient, segment(5001, 1013, ack, &ANSWER)),
        (Direction::ToServer, segment(1013, 5012, ack, &[])),
    ];
    for (direction, segment) in unedited {
        assert_eq!(pass(direction, segment), Passage::Forward);
    }
    let (mut client, mut server) = (1013, 5012);
    // Once the largest message has passed, the memory for what is under way is there. The fewest of all rounds count: the
    // test's harness has threads of its own.
    let mut fewest = usize::MAX;
    for _ in 0..100 {
        let warm = Region::new(ALLOCATOR);
        for (request, response) in [(&READ[..], &ANSWER), (&BOTH, &BOTH_ANSWER)] {
            assert_eq!(pass(Direction::ToServer, segment(client, server, ack, request)), Passage::Forward);
            client += request.len() as u32;
            assert_eq!(pass(Direction::ToClient, segment(server, client, ack, response)), Passage::Forward);
            server += response.len() as u32;
        }
        fewest = fewest.min(warm.change().allocations);
    }
    assert_eq!(fewest, 0);
    assert_eq!(pass(Direction::ToServer, segment(client, server, ack, &[])), Passage::Forward);
    let denied = [0, 3, 0, 0, 0, 6, 1, 3, 0, 99, 0, 1];
    assert_eq!(pass(Direction::ToServer, segment(client, server, ack, &denied)), Passage::Consumed);
    assert_eq!(pass(Direction::ToServer, segment(client + 12, server + 9, ack, &[])), Passage::Consumed);
    drop(spare);
    let heap = opened.change();
    let idle = size_of::<Flow>() + heap.bytes_allocated - heap.bytes_deallocated;
    assert!(idle <= 512, "an idle flow takes {idle} bytes");
    assert_eq!(emitted.0, 1);
}
