//! A report that does not ask for each operation hears the same in the end as one that does.

use crate::build::{self, ACK};
use crate::sites::{self, Rules};
use crate::wire::{Link, Notes};
use proptest::prelude::*;
use sluice_engine::frames::LinkType;
use sluice_engine::observe::{Limits, Observer, Odd, Report, Seen, Summary};
use sluice_model::{Direction, Instant};
use sluice_policies::policy::Policy;
use sluice_protocols::registry;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// How often each operation was told.
type Sums = HashMap<(Direction, u16, Option<String>), u64>;

#[derive(Default)]
struct Together {
    sums: Sums,
    calls: u64,
    odd: Vec<&'static str>,
}

impl Report for Together {
    fn each(&self) -> bool {
        false
    }
    fn operation(&mut self, seen: &Seen<'_>) {
        let verdict = seen.judged.map(|j| format!("{:?}", j.verdict).to_lowercase());
        let key = (seen.operation.direction, seen.operation.code.function, verdict);
        *self.sums.entry(key).or_default() += seen.times;
        self.calls += 1;
    }
    fn anomaly(&mut self, odd: &Odd<'_>) {
        self.odd.push(odd.kind.name);
    }
}

/// What happens on a connection.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A read of this item, or a write.
    Ask(u8),
    /// The request so many before the newest is answered: as it should be, with an exception, with too little.
    Answer(usize, u8),
    /// The newest packet comes again.
    Again,
    /// So many seconds pass.
    Wait(u64),
    /// The capture misses a segment of the client (0) or the server (1).
    Miss(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..24u8).prop_map(Step::Ask),
        6 => (0..3usize, prop_oneof![8 => Just(0u8), 1 => Just(1), 1 => Just(2)]).prop_map(|(n, k)| Step::Answer(n, k)),
        1 => Just(Step::Again),
        1 => (0..40u64).prop_map(Step::Wait),
        1 => (0..2usize).prop_map(Step::Miss),
    ]
}

fn request(transaction: u8, item: u8) -> Vec<u8> {
    // Items from 20 on are written, those from 16 on lie outside of the policy.
    vec![0, transaction, 0, 0, 0, 6, 1, if item < 20 { 3 } else { 6 }, 0, item, 0, 1]
}

fn response(request: &[u8], kind: u8) -> Vec<u8> {
    let transaction = request[1];
    match (kind, request[7]) {
        (1, function) => vec![0, transaction, 0, 0, 0, 3, 1, function | 0x80, 2],
        (2, _) => vec![0, transaction, 0, 0, 0, 4, 1, 3, 1, 0],
        (_, 3) => vec![0, transaction, 0, 0, 0, 5, 1, 3, 2, 0, 7],
        _ => request.to_vec(),
    }
}

fn play(steps: &[Step], policy: Option<Arc<Policy>>, report: &mut dyn Report) -> Summary {
    let limits = Limits { outstanding: 4, ..Limits::default() };
    let mut observer = Observer::new(policy, limits);
    let mut link = Link::new(sites::client(), SocketAddr::new(sites::CONTROLLER, 502));
    let (mut at, mut asked, mut last) = (0, Vec::<Vec<u8>>::new(), Vec::new());
    for (number, step) in steps.iter().enumerate() {
        at += 1_000_000;
        let (side, bytes) = match *step {
            Step::Ask(item) => (0, request(asked.len() as u8, item)),
            Step::Answer(back, kind) => match asked.len().checked_sub(back + 1) {
                Some(place) => (1, response(&asked[place], kind)),
                None => continue,
            },
            Step::Again => (2, Vec::new()),
            Step::Wait(seconds) => {
                at += seconds * 1_000_000_000;
                continue;
            }
            Step::Miss(side) => {
                link.skip(side, 12);
                continue;
            }
        };
        if side < 2 {
            last = build::frame(&link.segment(side, ACK, &bytes));
            link.skip(side, bytes.len());
        }
        if side == 0 {
            asked.push(bytes);
        }
        observer.packet(Instant(at), LinkType::Ethernet, &last, last.len(), report);
        if number % 17 == 16 {
            observer.settle(report);
        }
    }
    observer.finish(report);
    assert_eq!(observer.kept(), 0);
    observer.summary()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn what_is_told_together_is_what_is_told_each(steps in prop::collection::vec(step(), 1..120), judged in any::<bool>()) {
        let modbus = registry::ALL[0].descriptor();
        let holding = modbus.spaces.iter().find(|s| s.name == "holding").unwrap().id;
        let policy = judged.then(|| sites::policy(modbus, holding, Rules::new(16, 8)));
        let (mut each, mut together) = (Notes::default(), Together::default());
        let summary = play(&steps, policy.clone(), &mut each);
        prop_assert_eq!(play(&steps, policy, &mut together), summary);
        let mut sums = Sums::new();
        each.operations.into_iter().for_each(|told| *sums.entry(told).or_default() += 1);
        prop_assert_eq!(together.sums, sums);
        prop_assert_eq!(together.odd, each.odd);
    }
}

#[test]
fn a_poll_is_told_a_few_times_and_counted_each_time() {
    let steps: Vec<_> = [Step::Ask(1), Step::Answer(0, 0), Step::Ask(2), Step::Answer(0, 0)].repeat(100);
    let mut together = Together::default();
    let summary = play(&steps, None, &mut together);
    assert_eq!(summary.protocols["modbus"].messages, 400);
    assert_eq!(together.sums[&(Direction::ToServer, 3, None)], 200);
    assert_eq!(together.sums[&(Direction::ToClient, 3, None)], 200);
    assert!(together.calls < 110, "{} calls", together.calls);
}
