//! What the bridge adds to a segment: an exchange of one read of a holding register (Modbus function 3) across a flow that has
//! nothing but whole, allowed, in-order messages. `flow` is the request, its response and nothing else, as closed-loop
//! clients send them; `stream` inspects the same two messages without TCP, so that half of the difference is what one
//! segment costs beyond its inspection. `denied` is a write that is refused, and the refusal's acknowledgement.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code, unreachable_pub, reason = "the tests of streams use the rest of it")]
#[path = "../tests/stream/sites.rs"]
mod sites;

use criterion::{Criterion, criterion_group, criterion_main};
use sites::{Rules, TARGET};
use sluice_engine::bridge::{Flow, Options, Passage, Segment, Seq, Spare, Turn, Wire};
use sluice_engine::frames::TcpFlags;
use sluice_engine::{Answer, Forgotten, Incident, Judged, Limits, Opening, Output, Stream};
use sluice_model::Direction::{ToClient, ToServer};
use sluice_model::{Direction, Instant};
use sluice_policies::Policy;
use sluice_protocols::registry;
use std::hint::black_box;
use std::sync::Arc;

const READ: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 10, 0, 1];
const ANSWER: [u8; 11] = [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];
const WRITE: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 6, 0, 99, 0, 1];
const REFUSAL: u32 = 9;

/// Counts, and keeps nothing.
#[derive(Default)]
struct Count(usize);

impl Output for Count {
    fn send(&mut self, _: Direction, bytes: &[u8]) {
        self.0 += bytes.len();
    }
    fn finish(&mut self, _: Direction) {}
    fn reset(&mut self, _: &'static str) {}
    fn judged(&mut self, judged: &Judged<'_>) {
        self.0 += judged.message.len();
    }
    fn incident(&mut self, _: &Incident<'_>) {}
    fn answered(&mut self, _: &Answer) {}
    fn forgotten(&mut self, _: &Forgotten) {}
}

impl Wire for Count {
    fn emit(&mut self, _: Direction, segment: &Segment<'_>) {
        self.0 += segment.payload.len();
    }
}

struct Crossing {
    policy: Arc<Policy>,
    flow: Flow,
    spare: Spare,
    count: Count,
    wire: Count,
    /// Where the client and the server are, in the numbers of each and as the other hears them.
    client: Seq,
    client_heard: Seq,
    server: Seq,
    server_heard: Seq,
    stamps: Option<(u32, u32)>,
}

impl Crossing {
    fn open(policy: &Arc<Policy>, opening: Opening, stamps: bool) -> Self {
        let stamps = stamps.then_some((1, 1));
        let options = Options { timestamps: stamps, ..Options::default() };
        let syn = segment(Seq(1000), Seq(0), TcpFlags::SYN, options, &[]);
        let mut crossing = Self {
            policy: policy.clone(),
            flow: Flow::open(policy, opening, &syn),
            spare: Spare::default(),
            count: Count::default(),
            wire: Count::default(),
            client: Seq(1001),
            client_heard: Seq(1001),
            server: Seq(5001),
            server_heard: Seq(5001),
            stamps,
        };
        let answer = segment(Seq(5000), Seq(1001), TcpFlags::SYN | TcpFlags::ACK, options, &[]);
        assert_eq!(crossing.pass(ToServer, &syn), Passage::Forward);
        assert_eq!(crossing.pass(ToClient, &answer), Passage::Forward);
        crossing
    }

    fn pass(&mut self, direction: Direction, segment: &Segment<'_>) -> Passage {
        let Self { policy, spare, count, wire, .. } = self;
        let mut turn = Turn { now: Instant(1), policy, wire, reports: count, spare };
        self.flow.segment(direction, black_box(segment), &mut turn)
    }

    fn client(&mut self, payload: &[u8]) -> Passage {
        let options = Options { timestamps: self.stamps, ..Options::default() };
        let passage = self.pass(ToServer, &segment(self.client, self.server_heard, TcpFlags::ACK, options, payload));
        self.client += payload.len() as u32;
        passage
    }

    fn server(&mut self, payload: &[u8]) -> Passage {
        let options = Options { timestamps: self.stamps, ..Options::default() };
        let passage = self.pass(ToClient, &segment(self.server, self.client_heard, TcpFlags::ACK, options, payload));
        self.server += payload.len() as u32;
        passage
    }

    fn exchange(&mut self) {
        assert_eq!(self.client(&READ), Passage::Forward);
        self.client_heard += READ.len() as u32;
        assert_eq!(self.server(&ANSWER), Passage::Forward);
        self.server_heard += ANSWER.len() as u32;
    }

    fn denied(&mut self) {
        assert_eq!(self.client(&WRITE), Passage::Consumed);
        self.server_heard += REFUSAL;
        assert_eq!(self.client(&[]), Passage::Consumed);
    }
}

fn segment(sequence: Seq, acknowledgement: Seq, flags: TcpFlags, options: Options, payload: &[u8]) -> Segment<'_> {
    Segment { sequence, acknowledgement, flags, window: 8000, options, payload }
}

fn bridge(criterion: &mut Criterion) {
    let protocol = registry::ALL[0];
    let holding = protocol.descriptor().spaces.iter().find(|s| s.name == "holding").unwrap().id;
    let policy = sites::policy(protocol.descriptor(), holding, Rules::new(16, 8));
    let opening = Opening { source: sites::client(), asset: TARGET, protocol, limits: Limits::default() };
    let (mut stream, mut out) = (Stream::open(&policy, opening), Count::default());
    criterion.bench_function("bridge/stream", |b| {
        b.iter(|| {
            stream.bytes(Instant(1), &policy, ToServer, black_box(&READ), &mut out);
            stream.bytes(Instant(1), &policy, ToClient, black_box(&ANSWER), &mut out);
        });
    });
    for (name, stamps) in [("bridge/flow", false), ("bridge/flow-stamped", true)] {
        let mut crossing = Crossing::open(&policy, opening, stamps);
        criterion.bench_function(name, |b| b.iter(|| crossing.exchange()));
    }
    let mut crossing = Crossing::open(&policy, opening, false);
    criterion.bench_function("bridge/denied", |b| b.iter(|| crossing.denied()));
}

criterion_group!(benches, bridge);
criterion_main!(benches);
