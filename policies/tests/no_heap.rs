//! A decision touches no heap, allowed or denied; and what a large policy weighs. One test, for the counter is the
//! process's.

#![allow(clippy::unwrap_used, missing_docs)]

mod large;

use large::Request;
use sluice_policies::Policy;
use sluice_policies::decision::Reason;
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
}
