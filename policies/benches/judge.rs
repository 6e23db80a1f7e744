//! The cost of one decision at 10, 1,000 and 100,000 items.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/large/mod.rs"]
mod large;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use large::Request;
use sluice_policies::Policy;
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

criterion_group!(benches, judge);
criterion_main!(benches);
