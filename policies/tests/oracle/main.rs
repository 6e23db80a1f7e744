//! The compiled policy against a slow oracle that walks a site's statements item by item and bit by bit; proofs against
//! random messages.
#![allow(clippy::unwrap_used, missing_docs)]

mod forbidden;
mod oracle;
mod proofs;
mod random;

use proptest::prelude::*;
use random::{Bytes, Message};
use sluice_policies::decision::{ConduitId, Mode, Verdict};
use sluice_policies::site::Site;
use sluice_policies::{Policy, Route};
use std::collections::BTreeMap;

/// Operations tried on each site.
const TRIES: usize = 40;

/// Judges one operation both ways and returns what it came to.
fn agree(policy: &Policy, site: &Site, route: Route, message: &Message) -> Result<String, TestCaseError> {
    let operation = message.operation();
    let expected = oracle::judge(site, message.from, message.to, &operation);
    let decision = policy.judge(route, &operation);
    let shown =
        || format!("{operation:?}\n{decision:?}\n{expected:?}\n{}", policy.explain(route, &operation, &decision));
    prop_assert_eq!((decision.reason, decision.item), (expected.reason, expected.item), "{}", shown());
    let named = decision.statement.map(|id| policy.statement_name(id));
    match &named {
        Some(name) => prop_assert!(expected.statements.contains(name), "{}", shown()),
        None => prop_assert!(expected.statements.is_empty(), "{}", shown()),
    }
    let mode = if decision.conduit == ConduitId::UNMATCHED { site.unmatched.mode } else { Mode::Enforce };
    let verdict = match (decision.reason, mode) {
        (None, _) => Verdict::Allow,
        (Some(_), Mode::Enforce) => Verdict::Deny,
        (Some(_), _) => Verdict::Alert,
    };
    prop_assert_eq!(decision.verdict, verdict);
    let explanation = policy.explain(route, &operation, &decision);
    prop_assert_eq!(&explanation.statement, &named);
    Ok(decision.reason.map_or("allow", |r| r.name()).to_owned() + operation.action.name())
}

/// A site, and operations on it, out of random bytes.
fn one(bytes: &[u8]) -> Result<Vec<String>, TestCaseError> {
    let mut bytes = Bytes::new(bytes);
    let site = random::site(&mut bytes);
    let policy = Policy::compile(site.clone());
    (0..TRIES)
        .map(|_| {
            let message = random::message(&mut bytes, &site);
            let route = policy.route(message.from, message.to, oracle::protocol().id);
            agree(&policy, &site, route, &message)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_compiled_policy_decides_as_the_oracle(bytes in prop::collection::vec(any::<u8>(), 200..1500)) {
        one(&bytes)?;
    }
}

/// The property is worth something only if its cases reach every outcome.
#[test]
fn the_random_sites_reach_every_outcome() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut state = 7u64;
    for _ in 0..700 {
        let bytes: Vec<u8> = (0..1200)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as u8
            })
            .collect();
        for outcome in one(&bytes).unwrap() {
            *seen.entry(outcome).or_default() += 1;
        }
    }
    for outcome in [
        "allowread",
        "allowwrite",
        "allowfile",
        "allowunknown",
        "allowdiagnose",
        "no-conduitwrite",
        "no-statementread",
        "functionwrite",
        "functionunknown",
        "itemread",
        "itemwrite",
        "itemfile",
        "partialwrite",
        "valuewrite",
    ] {
        assert!(seen.get(outcome).copied().unwrap_or(0) >= 8, "{outcome}: {seen:?}");
    }
}
