//! Over random pairs of sites: what one allows and the other does not lies in what the difference says, and the difference
//! says nothing that decisions do not show.

use crate::oracle::protocol;
use crate::random::{self, Bytes, Message};
use proptest::prelude::*;
use sluice_model::{Action, Code, Direction, Operation, Span, Values};
use sluice_policies::Policy;
use sluice_policies::meaning::diff::{Change, Difference, Effect, Example};
use sluice_policies::site::{AssetId, Site, SourceFile};
use std::net::IpAddr;

/// Messages tried on each pair.
const TRIES: usize = 60;

fn allows(policy: &Policy, from: IpAddr, to: AssetId, operation: &Operation<'_>) -> bool {
    policy.judge(policy.route(from, to, operation.protocol), operation).reason.is_none()
}

/// The name of what is addressed, as a difference gives it.
fn addressed(change: &Change, name: &str, device: u32) -> bool {
    change.to.iter().any(|to| match to.split_once(" unit ") {
        None => to == name,
        Some((of, units)) => {
            let own = device.to_string();
            let listed = |d: u32| change.to.iter().any(|t| t.split([' ', ',']).any(|w| w == d.to_string()));
            of == name && (units.split(", ").any(|u| u == own) || units.contains("any other") && !listed(device))
        }
    })
}

fn told(difference: &Difference, effect: Effect, site: &Site, message: &Message) -> bool {
    let operation = message.operation();
    let source = site.assets.iter().find(|a| a.addresses.contains(&message.from));
    let Some(source) = source else { return false };
    difference.changes.iter().filter(|c| c.effect == effect).any(|change| {
        let code = change.functions.iter().any(|(code, _)| code.covers(operation.code));
        let items = match operation.target {
            None => change.items.is_empty(),
            Some(span) => {
                let space = protocol().space(span.space).name;
                change.items.iter().any(|i| i.space == space && i.first <= span.last && span.first <= i.last)
            }
        };
        change.from.contains(&source.name)
            && addressed(change, &site.asset(message.to).name, operation.device)
            && change.action == operation.action.name()
            && code
            && items
    })
}

/// Two sites that differ a little, and messages.
fn pair(bytes: &[u8], edits: &[(usize, u8)]) -> (Site, Site, Vec<Message>) {
    let mut old = random::site(&mut Bytes::new(bytes));
    let mut other = bytes.to_vec();
    for (at, byte) in edits {
        let at = at % other.len();
        other[at] = *byte;
    }
    let mut rest = Bytes::new(&other);
    let mut new = random::site(&mut rest);
    for site in [&mut old, &mut new] {
        site.files = vec![SourceFile { path: "site.toml".into(), text: "x\n".into() }];
    }
    let mut rest = Bytes::new(&bytes[bytes.len() / 2..]);
    let messages = (0..TRIES).map(|n| random::message(&mut rest, if n % 2 == 0 { &old } else { &new })).collect();
    (old, new, messages)
}

/// Every message that only one side allows is told; how many there were.
fn nothing_is_left_out(bytes: &[u8], edits: &[(usize, u8)]) -> Result<usize, TestCaseError> {
    let (old, new, messages) = pair(bytes, edits);
    let difference = Difference::between(&old, &new);
    let policies = [Policy::compile(old.clone()), Policy::compile(new.clone())];
    let mut found = 0;
    for message in &messages {
        let operation = message.operation();
        let [before, after] = policies.each_ref().map(|p| allows(p, message.from, message.to, &operation));
        if before != after {
            found += 1;
            let effect = if after { Effect::Allowed } else { Effect::Denied };
            prop_assert!(told(&difference, effect, &new, message), "{operation:?} {before} {after}\n{difference}");
        }
    }
    if difference.changes.is_empty() {
        prop_assert_eq!(found, 0);
    }
    Ok(found)
}

/// Everything that is told can be seen in decisions; how much was told.
fn nothing_is_made_up(bytes: &[u8], edits: &[(usize, u8)]) -> Result<usize, TestCaseError> {
    let (old, new, _) = pair(bytes, edits);
    let difference = Difference::between(&old, &new);
    let policies = [Policy::compile(old.clone()), Policy::compile(new.clone())];
    for change in &difference.changes {
        let expected = change.effect == Effect::Allowed;
        let from = old.asset(old.asset_named(change.from.first().unwrap()).unwrap()).addresses[0];
        let to = change.to.first().unwrap();
        let (name, device) = match to.split_once(" unit ") {
            None => (to.as_str(), 1),
            Some((name, "any other")) => (name, 99),
            Some((name, units)) => (name, units.split(", ").find_map(|u| u.parse().ok()).unwrap()),
        };
        let to = old.asset_named(name).unwrap();
        for (code, _) in &change.functions {
            if change.items.is_empty() {
                let seen = policies
                    .each_ref()
                    .map(|p| allows(p, from, to, &operation(change, *code, device, None, Values::None)));
                prop_assert_eq!(seen, [!expected, expected], "{} {}", code, change);
            }
            for item in &change.items {
                let space = protocol().spaces.iter().find(|s| s.name == item.space).unwrap();
                let span = |first, last| Some(Span { space: space.id, first, last });
                let reads = change.action == "read";
                let (span, carried) = match &item.example {
                    Example::Items(first, last) => (span(*first, *last), Vec::new()),
                    Example::Words(first, words) => (span(*first, first + words.len() as u64 - 1), words.clone()),
                    Example::Bit(item, ..) => (span(*item, *item), Vec::new()),
                };
                let words: Vec<u8> = carried.iter().flat_map(|w| w.to_be_bytes()).collect();
                let bits: Vec<u8> = carried.iter().map(|w| *w as u8).collect();
                let values = match &item.example {
                    _ if reads => Values::None,
                    Example::Bit(_, bit, up) => Values::Mask { and: !(1 << bit), or: u16::from(*up) << bit },
                    // A mask that keeps nothing writes the whole item.
                    _ if code.function == 22 => Values::Mask { and: 0, or: carried[0] },
                    _ if space.bits == 1 => Values::Bits(&bits),
                    _ if code.function == 20 => Values::None,
                    _ => Values::Words(&words),
                };
                let operation = operation(change, *code, device, span, values);
                let seen = policies.each_ref().map(|p| allows(p, from, to, &operation));
                prop_assert_eq!(seen, [!expected, expected], "{:?} {:?}\n{}\n{:#?}", operation, item, change, new);
            }
        }
    }
    Ok(difference.changes.len())
}

fn operation<'m>(change: &Change, code: Code, device: u32, target: Option<Span>, values: Values<'m>) -> Operation<'m> {
    let function = protocol().function(code).unwrap();
    let action = Action::ALL.into_iter().find(|a| a.name() == change.action).unwrap();
    Operation {
        protocol: protocol().id,
        direction: Direction::ToServer,
        device,
        action,
        code,
        function,
        target,
        values,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_that_one_side_allows_is_told(
        bytes in prop::collection::vec(any::<u8>(), 300..900), edits in prop::collection::vec((0usize..400, any::<u8>()), 1..6)
    ) {
        nothing_is_left_out(&bytes, &edits)?;
    }

    #[test]
    fn what_is_told_is_seen_in_decisions(
        bytes in prop::collection::vec(any::<u8>(), 300..900), edits in prop::collection::vec((0usize..400, any::<u8>()), 1..6)
    ) {
        nothing_is_made_up(&bytes, &edits)?;
    }
}

/// The properties are worth something only if there are differences.
#[test]
fn the_random_pairs_differ() {
    let (mut state, mut messages, mut changes) = (7u64, 0, 0);
    for _ in 0..60 {
        let bytes: Vec<u8> = (0..800)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as u8
            })
            .collect();
        let edits = [(state as usize % 300, (state >> 20) as u8), (state as usize % 90, (state >> 40) as u8)];
        messages += nothing_is_left_out(&bytes, &edits).unwrap();
        changes += nothing_is_made_up(&bytes, &edits).unwrap();
    }
    assert!(messages > 50 && changes > 100, "{messages} messages, {changes} changes");
}
