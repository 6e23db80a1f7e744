//! No message takes memory to be read.

use sluice_model::{Anomaly, Direction, Instant, Operation};
use sluice_protocols::{Cx, Opened, Outcome, Sink, Ticket, registry};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[derive(Default)]
struct Count {
    operations: usize,
    anomalies: usize,
}

impl<'m> Sink<'m> for Count {
    fn operation(&mut self, _: &Operation<'m>) {
        self.operations += 1;
    }
    fn answers(&mut self, _: Ticket) {}
    fn refused(&mut self, _: u16) {}
    fn anomaly(&mut self, _: Anomaly) {
        self.anomalies += 1;
    }
}

const ASK: Cx = Cx { direction: Direction::ToServer, now: Instant(0) };
const ANSWER: Cx = Cx { direction: Direction::ToClient, now: Instant(0) };

/// How often each count is taken.
const RUNS: usize = 5;

/// The fewest allocations of several runs: the counter is the process's, and the test's harness has threads of its own.
fn fewest(mut run: impl FnMut()) -> usize {
    let counts = (0..RUNS).map(|_| {
        let region = Region::new(ALLOCATOR);
        run();
        region.change().allocations + region.change().reallocations
    });
    counts.min().unwrap_or_default()
}

#[test]
fn reading_takes_no_memory_and_one_request_at_a_time_takes_it_once() {
    let read: &[u8] = &[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
    let answer: &[u8] = &[0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];
    let bad: &[u8] = &[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 0];
    let files: &[u8] = &[0, 2, 0, 0, 0, 17, 1, 0x14, 0x0E, 6, 0, 4, 0, 1, 0, 2, 6, 0, 3, 0, 9, 0, 2];
    let mut session = registry::ALL[0].open(Opened { outstanding: 16, patience: Duration::from_secs(1) });
    let mut count = Count::default();

    let taken = fewest(|| {
        for unit in [read, answer, bad, files] {
            session.decode(&ASK, unit, &mut count);
            session.decode(&ANSWER, unit, &mut count);
        }
    });
    assert_eq!(taken, 0);

    session.settle(&ASK, read, Ticket::default(), Outcome::Delivered);
    session.settle(&ANSWER, answer, Ticket::default(), Outcome::Delivered);
    let taken = fewest(|| {
        for _ in 0..100 {
            session.decode(&ASK, read, &mut count);
            session.settle(&ASK, read, Ticket::default(), Outcome::Delivered);
            session.decode(&ANSWER, answer, &mut count);
            session.settle(&ANSWER, answer, Ticket::default(), Outcome::Delivered);
        }
    });
    assert_eq!(taken, 0);
    assert_eq!((count.operations, count.anomalies), (RUNS * (3 + 200), RUNS * 6));
}
