//! What a bridge costs a frame: a read of one holding register (Modbus function 3) and its answer as frames of an
//! established connection (`exchange`: four frames, the acknowledgements of both ends among them), and a flood that the
//! policy does not allow (`denied`: one frame).
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/observe/build.rs"]
#[allow(dead_code, reason = "the tests of observers use the rest of it")]
mod build;
#[path = "../tests/crossing/plant.rs"]
#[allow(dead_code, unreachable_pub, reason = "the tests of the bridge use the rest of it")]
mod plant;
#[path = "../tests/crossing/wire.rs"]
#[allow(dead_code, unreachable_pub, reason = "the tests of the bridge use the rest of it")]
mod wire;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plant::{GATEWAY, HMI, PLC, STRANGER, USUAL};
use sluice_engine::bridge::{Bounds, Bridge, BridgeOptions, Leaving, Notice, Offload, Outcome, Side};
use sluice_engine::{Answer, Forgotten, Incident, Judged, Limits, Output};
use sluice_model::{Direction, Instant};
use std::hint::black_box;
use wire::{ACK, Talk, udp};

const READ: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 3, 0, 1];
const ANSWER: [u8; 11] = [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];

#[derive(Default)]
struct Sink(usize);

impl Output for Sink {
    fn send(&mut self, _: Direction, _: &[u8]) {}
    fn finish(&mut self, _: Direction) {}
    fn reset(&mut self, _: &'static str) {}
    fn judged(&mut self, _: &Judged<'_>) {}
    fn incident(&mut self, _: &Incident<'_>) {}
    fn answered(&mut self, _: &Answer) {}
    fn forgotten(&mut self, _: &Forgotten) {}
}

impl Leaving for Sink {
    fn forward(&mut self, _: Side, length: usize) {
        self.0 += length;
    }
    fn emit(&mut self, _: Side, frame: &[u8]) {
        self.0 += frame.len();
    }
    fn notice(&mut self, _: &Notice<'_>) {}
}

fn bridge() -> Bridge {
    let options = BridgeOptions {
        gateway: GATEWAY.to_owned(),
        mtu: [1500, 1500],
        limits: Limits::default(),
        bounds: Bounds::default(),
    };
    Bridge::new(&options)
}

/// Numbers in the frames of an exchange have to go on: each is built before it is timed. `woken` lets two seconds go by
/// before each one, in which the flow is put to sleep.
fn exchange(c: &mut Criterion) {
    let policy = plant::policy(USUAL);
    let mut group = c.benchmark_group("exchange");
    group.throughput(Throughput::Elements(4));
    for (name, pause) in [("read", 0), ("woken", 2_000_000_000)] {
        group.bench_function(name, |b| {
            b.iter_custom(|rounds| {
                let (mut bridge, mut out) = (bridge(), Sink::default());
                let mut talk = Talk::new((&HMI, 40_000), (&PLC, 502));
                let opening = [(Side::A, talk.syn()), (Side::B, talk.syn_ack()), (Side::A, talk.client(ACK, &[]))];
                let mut now = Instant(1);
                let mut pass = |bridge: &mut Bridge, now, side, frame: &[u8]| {
                    let outcome = bridge.frame(now, &policy, side, frame, Offload::default(), &mut out);
                    assert_eq!(outcome, Outcome::Forwarded);
                };
                for (side, segment) in &opening {
                    pass(&mut bridge, now, *side, &segment.frame());
                }
                let mut elapsed = std::time::Duration::ZERO;
                let mut left = rounds;
                while left > 0 {
                    let some = left.min(64);
                    left -= some;
                    let frames: Vec<_> = (0..some).map(|_| round_trip(&mut talk)).collect();
                    let start = std::time::Instant::now();
                    for round in &frames {
                        if pause > 0 {
                            now = Instant(now.0 + pause);
                            bridge.tick(now, &policy, &mut Sink::default());
                        }
                        for (side, frame) in round {
                            pass(&mut bridge, now, *side, black_box(frame));
                        }
                    }
                    elapsed += start.elapsed();
                }
                elapsed
            });
        });
    }
    group.finish();
}

/// A read, its answer and the acknowledgements of both.
fn round_trip(talk: &mut Talk<'_>) -> [(Side, Vec<u8>); 4] {
    [
        (Side::A, talk.client(ACK, &READ).frame()),
        (Side::B, talk.server(ACK, &[]).frame()),
        (Side::B, talk.server(ACK, &ANSWER).frame()),
        (Side::A, talk.client(ACK, &[]).frame()),
    ]
}

fn denied(c: &mut Criterion) {
    let policy = plant::policy(USUAL);
    let (mut bridge, mut out) = (bridge(), Sink::default());
    let frames: Vec<_> = (1..1000).map(|port| udp((&STRANGER, port), (&PLC, 9), b"flood")).collect();
    let mut next = frames.iter().cycle();
    c.bench_function("denied", |b| {
        b.iter(|| {
            let frame = next.next().unwrap();
            black_box(bridge.frame(Instant(1), &policy, Side::A, frame, Offload::default(), &mut out))
        });
    });
}

criterion_group!(benches, exchange, denied);
criterion_main!(benches);
