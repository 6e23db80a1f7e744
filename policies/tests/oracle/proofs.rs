//! Proofs against the policy that decides: what breaks a guarantee is really allowed, and of a proven guarantee no random
//! message is both allowed and forbidden.

use crate::forbidden::breaks;
use crate::oracle::protocol;
use crate::random::{self, Bytes, at};
use sluice_model::{Action, Anomaly, Code, Direction, Instant, Operation, Span, Values};
use sluice_policies::decision::{Reason, Verdict};
use sluice_policies::prove::{Breach, Party, Sends, prove};
use sluice_policies::site::{
    AssetId, Charset, Crowd, Functions, Hops, Kind, Never, NeverFunctions, NeverTag, NeverValues, Site, Strangers, Tag,
    Text, Unless, float_order,
};
use sluice_policies::{Policy, Route};
use sluice_protocols::{Cx, Opened, Sink, Ticket, registry};
use std::sync::Arc;

/// Messages tried on each site with a proven guarantee.
const TRIES: usize = 60;

fn never(bytes: &mut Bytes<'_>, site: &Site) -> Never {
    let crowd = |assets: &[u32], strangers| Crowd {
        assets: assets.iter().map(|n| AssetId(*n)).collect(),
        strangers,
        without: Vec::new(),
    };
    let from = bytes.of(&[&[0u32][..], &[1], &[0, 1]]);
    let to = bytes.of(&[&[2u32][..], &[3], &[2, 3]]);
    let actions = bytes.list(2, |b| b.of(&[Action::Read, Action::Write, Action::Write, Action::File, Action::Restart]));
    let functions = bytes.one_in(5).then(|| {
        let codes =
            vec![bytes.of(&[Code::new(22), Code::new(16), Code::new(6), Code::new(23), Code::new(8), Code::new(90)])];
        NeverFunctions { protocol: protocol(), named: Functions { codes, ..Functions::default() } }
    });
    let to = crowd(to, Strangers::default());
    let tags = (!bytes.one_in(3)).then(|| tags(bytes, site, &to.assets));
    Never {
        says: "it never happens".into(),
        at: at(),
        from: crowd(from, Strangers::anyone()),
        to,
        actions: actions.into_iter().collect(),
        functions,
        tags,
        unless: Unless::default(),
        hops: Hops::One,
        floor: false,
    }
}

fn tags(bytes: &mut Bytes<'_>, site: &Site, to: &[AssetId]) -> Vec<NeverTag> {
    let mut all = Vec::new();
    for asset in to {
        for (speaks, spoken) in site.asset(*asset).speaks.iter().enumerate() {
            if spoken.tags.is_empty() {
                continue;
            }
            let index = bytes.below(spoken.tags.len() as u64) as usize;
            let tag = &spoken.tags[index];
            let first = bytes.below(tag.count);
            let last = if bytes.one_in(2) { first } else { tag.count - 1 };
            let values = (!bytes.one_in(3)).then(|| Arc::new(values(bytes, tag)));
            all.push(NeverTag { asset: *asset, speaks, tag: index, first, last, values, at: at() });
        }
    }
    all
}

fn values(bytes: &mut Bytes<'_>, tag: &Tag) -> NeverValues {
    let numbers = |ranges: &[(i128, i128)], least: i128, greatest: i128| {
        let inside = ranges.iter().map(|(low, high)| ((*low).max(least), (*high).min(greatest)));
        NeverValues::Numbers(inside.filter(|(low, high)| low <= high).collect())
    };
    match tag.kind {
        Kind::Bool => NeverValues::Numbers(bytes.of(&[vec![(0, 0)], vec![(1, 1)], vec![(0, 1)]])),
        Kind::Float(bits) => {
            let at = |number: f64| float_order(number, bits);
            NeverValues::Numbers(bytes.of(&[
                vec![(at(1.5) + 1, at(f64::INFINITY))],
                vec![(at(f64::NEG_INFINITY), at(0.0) - 1)],
                vec![(at(-2.0), at(-2.0)), (at(2.0), at(3.0))],
            ]))
        }
        Kind::Text { .. } => {
            let mut charset = Charset::default();
            bytes.list(3, |b| b.of(b"\x01\x02\x14AZ")).into_iter().for_each(|b| charset.insert(b));
            NeverValues::Text(Text { max: bytes.below(5) as u16, charset })
        }
        Kind::Signed(bits) | Kind::Unsigned(bits) => {
            let (least, greatest) = match tag.kind {
                Kind::Signed(_) => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
                _ => (0, (1i128 << bits) - 1),
            };
            let ranges = bytes.of(&[
                vec![(21, i128::MAX)],
                vec![(i128::MIN, -1), (46, 0x1_0000)],
                vec![(1, 1), (0xFFFF_FFFF, i128::MAX)],
                vec![(3, 19)],
                vec![(0x2_0015, 0xFFFE_FFFF)],
            ]);
            numbers(&ranges, least, greatest)
        }
    }
}

/// What the parser makes of bytes, the operation that the policy is asked about among it.
struct Decoded<'o>(&'o Operation<'o>, bool);

impl<'m> Sink<'m> for Decoded<'_> {
    fn operation(&mut self, o: &Operation<'m>) {
        let wanted = self.0;
        let items = |o: &Operation<'_>| match o.values {
            Values::Mask { and, or } => vec![Some(and), Some(or)],
            values => (0..o.target.map_or(0, Span::items)).map(|n| values.item(n as usize)).collect(),
        };
        let whole = |o: &Operation<'_>| (o.device, o.action, o.target, items(o));
        let same = whole(o) == whole(wanted);
        self.1 |= same && wanted.code.covers(o.code);
    }
    fn answers(&mut self, _: Ticket) {}
    fn refused(&mut self, _: u16) {}
    fn anomaly(&mut self, anomaly: Anomaly) {
        panic!("{}", anomaly.kind.meaning);
    }
}

/// A breach is allowed by the policy, forbidden by the guarantee, and its bytes say the same.
fn really_breaks(policy: &Policy, site: &Site, never: &Never, breach: &Breach) {
    let (Party::Asset(from), Party::Asset(to), Sends::Message(message)) = (&breach.from, &breach.to, &breach.sends)
    else {
        panic!("{breach:?}")
    };
    let operation = message.operation();
    let route = policy.route(site.asset(*from).addresses[0], *to, protocol().id);
    let decision = policy.judge(route, &operation);
    let shown = || format!("{never:?}\n{breach:?}\n{}", policy.explain(route, &operation, &decision));
    assert_eq!(decision.reason, None, "{}", shown());
    assert!(breaks(site, never, *from, *to, &operation), "{}", shown());
    let Some(bytes) = message.bytes() else {
        // A file of number 0 is no file; a value of many registers may be too long for a message.
        assert!(operation.target.is_some() || operation.code.function == 43, "{}", shown());
        return;
    };
    let session =
        registry::protocol(protocol().id).open(Opened { outstanding: 1, patience: std::time::Duration::ZERO });
    if operation.target.is_some_and(|t| t.space.0 == 4 && t.first < 1 << 16) {
        return;
    }
    let mut decoded = Decoded(&operation, false);
    session.decode(&Cx { direction: Direction::ToServer, now: Instant::default() }, &bytes, &mut decoded);
    assert!(decoded.1, "{bytes:02X?}\n{}", shown());
}

#[derive(Default, Debug)]
struct Seen {
    broken: usize,
    proven: usize,
    messages: usize,
    allowed: usize,
    /// Messages that a proven guarantee is about and the policy denies.
    denied: usize,
}

/// Whether a message with this operation can pass as a whole: what it reads besides is allowed on some register.
fn other_half(policy: &Policy, route: Route, operation: &Operation<'_>) -> bool {
    let Some(span) = operation.target else { return true };
    let reads = operation.action == Action::Write && operation.function.actions.contains(&Action::Read);
    let on = |item| Operation {
        action: Action::Read,
        target: Some(Span { first: item, last: item, ..span }),
        values: Values::None,
        ..*operation
    };
    !reads || (0..80).any(|item| policy.judge(route, &on(item)).reason.is_none())
}

/// A random message, in most cases to a tag that the guarantee is about.
fn message_near(bytes: &mut Bytes<'_>, site: &Site, never: &Never) -> random::Message {
    match &never.tags {
        Some(tags) if !tags.is_empty() && !bytes.one_in(3) => {
            let aim = bytes.of(tags);
            random::aimed(bytes, site, &aim)
        }
        _ => random::message(bytes, site),
    }
}

/// One random site and guarantee.
fn one(bytes: &[u8], tries: usize, seen: &mut Seen) {
    let mut bytes = Bytes::new(bytes);
    let mut site = random::site(&mut bytes);
    site.nevers = vec![never(&mut bytes, &site)];
    let policy = Policy::compile(site.clone());
    let never = &site.nevers[0];
    let proof = prove(&site, "2026-11-24T04:00:00Z".parse().unwrap()).remove(0);
    for breach in &proof.breaches {
        really_breaks(&policy, &site, never, breach);
    }
    if !proof.breaches.is_empty() {
        seen.broken += 1;
        return;
    }
    seen.proven += 1;
    for _ in 0..tries {
        let message = message_near(&mut bytes, &site, &site.nevers[0]);
        let Some(from) = policy.asset_of(message.from) else { continue };
        let operation = message.operation();
        let route = policy.route(message.from, message.to, protocol().id);
        let decision = policy.judge(route, &operation);
        let forbidden = breaks(&site, never, from, message.to, &operation);
        seen.messages += 1;
        seen.allowed += usize::from(decision.reason.is_none());
        seen.denied += usize::from(decision.reason.is_some() && forbidden);
        let explained = || policy.explain(route, &operation, &decision).to_string();
        let allowed = decision.reason.is_none() && other_half(&policy, route, &operation);
        assert!(!allowed || !forbidden, "{never:?}\n{operation:?}\n{}\n{:?}", explained(), site.conduits);
    }
}

/// One random site with a floor: what breaks it is withheld, and nothing that has nothing to do with it.
fn floored(bytes: &[u8], withheld: &mut usize) {
    let mut bytes = Bytes::new(bytes);
    let mut site = random::site(&mut bytes);
    site.nevers = vec![Never { floor: true, ..never(&mut bytes, &site) }];
    let policy = Policy::compile(site.clone());
    let never = &site.nevers[0];
    let mut near = never.clone();
    near.tags.iter_mut().flatten().for_each(|tag| tag.values = None);
    for _ in 0..TRIES {
        let message = message_near(&mut bytes, &site, &site.nevers[0]);
        let Some(from) = policy.asset_of(message.from) else { continue };
        let operation = message.operation();
        let decision = policy.judge(policy.route(message.from, message.to, protocol().id), &operation);
        let floor = decision.reason == Some(Reason::Floor);
        let shown = || format!("{never:?}\n{operation:?}\n{decision:?}");
        assert!(floor || !breaks(&site, never, from, message.to, &operation), "{}", shown());
        assert!(!floor || breaks(&site, &near, from, message.to, &operation), "{}", shown());
        assert!(!floor || decision.verdict == Verdict::Deny, "{}", shown());
        *withheld += usize::from(floor);
    }
}

#[test]
fn a_floor_withholds_what_would_break_it() {
    let mut withheld = 0;
    random_bytes(5, 300, &mut |bytes| floored(bytes, &mut withheld));
    assert!(withheld > 500, "{withheld}");
}

/// So many lists of random bytes.
fn random_bytes(seed: u64, lists: usize, each: &mut dyn FnMut(&[u8])) {
    let mut state = seed;
    for _ in 0..lists {
        let bytes: Vec<u8> = (0..2400)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as u8
            })
            .collect();
        each(&bytes);
    }
}

/// So many random messages in all, on as many sites as that takes.
fn run(messages: usize, first: u64) -> Seen {
    let mut seen = Seen::default();
    for start in first.. {
        random_bytes(start, 100, &mut |bytes| one(bytes, TRIES, &mut seen));
        if seen.messages >= messages {
            break;
        }
    }
    seen
}

/// 20,000 messages, or as many as `SLUICE_PROOF_MESSAGES` says: 1,000,000 take minutes.
#[test]
fn proofs_agree_with_decisions() {
    let messages = std::env::var("SLUICE_PROOF_MESSAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let seen = run(messages, 11);
    // The property is worth something only if both outcomes are common and messages of both kinds meet guarantees.
    assert!(seen.broken * 5 > seen.proven && seen.proven * 5 > seen.broken, "{seen:?}");
    assert!(seen.allowed * 20 > seen.messages && seen.denied * 40 > seen.messages, "{seen:?}");
}
