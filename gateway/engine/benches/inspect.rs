//! What inspection adds to a message: a read of one holding register (Modbus function 3) that the policy allows, under
//! policies of 10, 1,000 and 100,000 items. `decide` is parser and policy alone, `exchange` a request and its response
//! through a connection, with all that a connection keeps.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code, unreachable_pub, reason = "the tests of streams use the rest of it")]
#[path = "../tests/stream/sites.rs"]
mod sites;

use criterion::{Criterion, criterion_group, criterion_main};
use sites::{Rules, TARGET};
use sluice_engine::{Answer, Forgotten, Incident, Judged, Limits, Opening, Output, Stream};
use sluice_model::{Anomaly, Descriptor, Direction, Instant, Operation, SpaceId, Span};
use sluice_policies::decision::Verdict;
use sluice_policies::site::{AssetId, Items};
use sluice_policies::{Policy, Route};
use sluice_protocols::{Cx, Opened, Protocol, Sink, Ticket, registry};
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Most items of one controller here; more are spread over several.
const EACH: u64 = 1000;
/// Reads register 10, the sixth of the items 0, 2, 4, ...
const READ: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 10, 0, 1];
const ANSWER: [u8; 11] = [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];
const CX: Cx = Cx { direction: Direction::ToServer, now: Instant(1) };

fn modbus() -> (&'static dyn Protocol, &'static Descriptor, SpaceId) {
    let protocol = registry::ALL[0];
    let descriptor = protocol.descriptor();
    (protocol, descriptor, descriptor.spaces.iter().find(|s| s.name == "holding").unwrap().id)
}

/// `items` single registers with gaps between, so that no two intervals merge.
fn policy(items: u64) -> Arc<Policy> {
    let (_, descriptor, space) = modbus();
    let mut site = sites::site(descriptor, space, Rules::new(1, 0));
    let spans = (0..items.min(EACH)).map(|i| Span { space, first: i * 2, last: i * 2 });
    site.conduits[0].statements[0].items = Items::Raw(spans.collect());
    for number in 1..items.div_ceil(EACH) {
        let address = IpAddr::V4(Ipv4Addr::from_bits(0x0A00_0000 + number as u32));
        site.conduits[0].to.push(AssetId(site.assets.len() as u32));
        site.assets.push(sites::asset(&format!("plc-{number}-more"), address, Some(descriptor)));
    }
    Arc::new(Policy::compile(site))
}

struct Judge<'p>(&'p Policy, Route, Verdict);

impl<'m> Sink<'m> for Judge<'_> {
    fn operation(&mut self, operation: &Operation<'m>) {
        self.2 = self.0.judge(self.1, operation).verdict;
    }
    fn answers(&mut self, _: Ticket) {}
    fn refused(&mut self, _: u16) {}
    fn anomaly(&mut self, _: Anomaly) {
        self.2 = Verdict::Deny;
    }
}

struct Sum(usize);

impl Output for Sum {
    fn send(&mut self, _: Direction, bytes: &[u8]) {
        self.0 += bytes.len();
    }
    fn finish(&mut self, _: Direction) {}
    fn reset(&mut self, _: &'static str) {}
    fn judged(&mut self, judged: &Judged<'_>) {
        assert_eq!(judged.verdict, Verdict::Allow);
    }
    fn incident(&mut self, _: &Incident<'_>) {}
    fn answered(&mut self, _: &Answer) {}
    fn forgotten(&mut self, _: &Forgotten) {}
}

fn inspect(criterion: &mut Criterion) {
    let (protocol, descriptor, _) = modbus();
    for items in [10, 1_000, 100_000] {
        let policy = policy(items);
        let limits = Limits::default();
        let route = policy.route(sites::CLIENT, TARGET, descriptor.id);
        let session = protocol.open(Opened { outstanding: limits.outstanding, patience: limits.patience });
        criterion.bench_function(&format!("inspect/decide/{items}"), |b| {
            b.iter(|| {
                let mut judge = Judge(&policy, route, Verdict::Deny);
                session.decode(&CX, black_box(&READ), &mut judge);
                assert_eq!(judge.2, Verdict::Allow);
            });
        });
        let opening = Opening { source: sites::client(), asset: TARGET, protocol, limits };
        let mut stream = Stream::open(&policy, opening);
        let mut out = Sum(0);
        criterion.bench_function(&format!("inspect/exchange/{items}"), |b| {
            b.iter(|| {
                stream.bytes(Instant(1), &policy, Direction::ToServer, black_box(&READ), &mut out);
                stream.bytes(Instant(2), &policy, Direction::ToClient, black_box(&ANSWER), &mut out);
            });
        });
        assert!(out.0 > 0);
    }
}

criterion_group!(benches, inspect);
criterion_main!(benches);
