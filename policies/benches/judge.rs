//! The cost of one decision at 10, 1,000 and 100,000 items.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/conditions/site.rs"]
mod conditional;
#[path = "../tests/large/mod.rs"]
mod large;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use large::Request;
use sluice_model::{Direction, Instant, Operation, Values};
use sluice_policies::Policy;
use sluice_policies::state::Ending;
use std::hint::black_box;

/// Requests that take turns, so that neither caches nor branch prediction learn them.
const REQUESTS: u64 = 4096;

fn judge(criterion: &mut Criterion) {
    for items in [10, 1_000, 100_000] {
        let policy = Policy::compile(large::site(items));
        let route = large::route(&policy);
        let mut state = 1;
        let requests: Vec<Request> =
            (0..REQUESTS).map(|_| Request::tag(items, large::random(&mut state), true, 0)).collect();
        let reads: Vec<Request> =
            (0..REQUESTS).map(|_| Request::tag(items, large::random(&mut state), false, 0)).collect();
        let holes: Vec<Request> = requests.iter().map(|r| r.hole()).collect();
        let past: Vec<Request> =
            (0..REQUESTS).map(|_| Request::tag(items, large::random(&mut state), true, 1)).collect();
        for (name, requests) in
            [("allowed read", &reads), ("allowed write", &requests), ("denied item", &holes), ("denied value", &past)]
        {
            let operations: Vec<_> = requests.iter().map(Request::operation).collect();
            let mut turn = operations.iter().cycle();
            criterion.bench_with_input(BenchmarkId::new(name, items), &policy, |b, policy| {
                b.iter(|| policy.judge(route, black_box(turn.next().unwrap())));
            });
        }
    }
}

/// A write under a limit, a step and facts of two controllers: judged alone, and from its turn to its answer.
fn conditions(criterion: &mut Criterion) {
    let policy = conditional::policy();
    let [plc, other] = ["plc-2", "plc-1"].map(|name| policy.site().asset_named(name).unwrap());
    let modbus = sluice_protocols::registry::ALL[0].descriptor();
    let route = |to| policy.route([192, 0, 2, 11].into(), to, modbus.id);
    let now = Instant(1_000_000_000);
    let (level, speed) = (400u16.to_be_bytes(), 4200u16.to_be_bytes());
    let seen = |to, text: &str, values| {
        for read in policy.words(to, modbus, text).unwrap().operations() {
            let read = Operation { direction: Direction::ToClient, values, ..read };
            policy.observed(route(to), &read, now, now);
        }
    };
    seen(other, "read tank_level", Values::Words(&level));
    seen(plc, "read pump_speed", Values::Words(&speed));
    seen(plc, "read pump_fault", Values::Bits(&[0]));
    let words = policy.words(plc, modbus, "write pump_speed = 40 Hz").unwrap();
    let write = words.operations().next().unwrap();
    assert_eq!(policy.turn(now).judge(route(plc), &write).reason, None);
    criterion.bench_function("conditional write, judged", |b| {
        b.iter(|| policy.turn(now).judge(route(plc), black_box(&write)));
    });
    let mut note = 0;
    criterion.bench_function("conditional write, judged to answered", |b| {
        b.iter(|| {
            let mut turn = policy.turn(now);
            let decision = turn.judge(route(plc), black_box(&write));
            note += 1;
            policy.ended(turn.commit(note), Ending::Acknowledged, now);
            decision
        });
    });
}

criterion_group!(benches, judge, conditions);
criterion_main!(benches);
