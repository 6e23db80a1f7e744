//! The two properties that carry most of the weight, under random segmentation, interleaving and policy swaps:
//! **what the server receives is exactly the concatenation of the allowed messages**, at every moment, and **what the
//! client receives is exactly one answer for each request that expects one**, in whole messages.

mod dialect;
mod modbus;
mod run;
mod toy;

use dialect::{Ask, Dialect, Kind};
use proptest::collection::vec;
use proptest::prelude::*;
use run::{Manner, Run, Step};

/// How many client bytes one step may bring: most often a few, so that messages are cut everywhere.
const SEGMENT: usize = 70;

fn ask() -> impl Strategy<Value = Ask> {
    let kind = prop_oneof![
        4 => Just(Kind::Read),
        4 => Just(Kind::Write),
        2 => Just(Kind::Both),
        1 => Just(Kind::Notify),
        1 => Just(Kind::Malformed),
        1 => Just(Kind::Unknown),
    ];
    (kind, 0..20_u8, 1..4_u8).prop_map(|(kind, address, items)| Ask { kind, address, items })
}

fn step() -> impl Strategy<Value = Step> {
    let manner = prop_oneof![
        5 => Just(Manner::Right),
        1 => Just(Manner::Refusal),
        1 => Just(Manner::Wrong),
        1 => Just(Manner::Twice),
        1 => Just(Manner::Unasked),
    ];
    prop_oneof![
        3 => (1..4_usize).prop_map(Step::Client),
        3 => (1..SEGMENT).prop_map(Step::Client),
        3 => (1..SEGMENT).prop_map(Step::Server),
        4 => (any::<usize>(), manner).prop_map(|(which, manner)| Step::Answer(which, manner)),
        1 => any::<usize>().prop_map(Step::Swap),
    ]
}

fn holds(dialect: &dyn Dialect, asks: &[Ask], steps: &[Step]) {
    let mut run = Run::new(dialect, asks);
    for step in steps {
        run.step(*step);
    }
    run.finish();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn toy(asks in vec(ask(), 1..24), steps in vec(step(), 0..120)) {
        holds(&toy::ToyDialect, &asks, &steps);
    }

    #[test]
    fn modbus(asks in vec(ask(), 1..24), steps in vec(step(), 0..120)) {
        holds(&modbus::ModbusDialect, &asks, &steps);
    }
}
