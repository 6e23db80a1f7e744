//! The cost of reading one message: what a session adds to every request and response.

#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use sluice_model::{Anomaly, Direction, Instant, Operation};
use sluice_protocols::{Cx, Opened, Outcome, Session, Sink, Ticket, registry};
use std::hint::black_box;
use std::time::Duration;

/// Takes everything and keeps nothing.
struct Nothing;

impl<'m> Sink<'m> for Nothing {
    fn operation(&mut self, operation: &Operation<'m>) {
        black_box(operation);
    }
    fn answers(&mut self, ticket: Ticket) {
        black_box(ticket);
    }
    fn refused(&mut self, code: u16) {
        black_box(code);
    }
    fn anomaly(&mut self, anomaly: Anomaly) {
        panic!("{}", anomaly.kind.name);
    }
}

const ASK: Cx = Cx { direction: Direction::ToServer, now: Instant(0) };
const ANSWER: Cx = Cx { direction: Direction::ToClient, now: Instant(0) };

fn session() -> Box<dyn Session> {
    registry::ALL[0].open(Opened { outstanding: 16, patience: Duration::from_secs(5) })
}

fn message(pdu: &[u8]) -> Vec<u8> {
    let length = u8::try_from(pdu.len() + 1).unwrap();
    [&[0, 1, 0, 0, 0, length, 1], pdu].concat()
}

fn modbus(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("modbus");
    let read = message(&[3, 0, 100, 0, 10]);
    let mut answer = vec![3, 20];
    answer.resize(22, 0);
    let answer = message(&answer);
    let mut write = vec![16, 0, 100, 0, 123, 246];
    write.resize(252, 7);
    let write = message(&write);

    let empty = session();
    group.bench_function("request FC 3", |b| b.iter(|| empty.decode(&ASK, black_box(&read), &mut Nothing)));
    group.bench_function("request FC 16 of 123", |b| b.iter(|| empty.decode(&ASK, black_box(&write), &mut Nothing)));
    let mut waiting = session();
    waiting.settle(&ASK, &read, Ticket::default(), Outcome::Delivered);
    group.bench_function("response FC 3", |b| b.iter(|| waiting.decode(&ANSWER, black_box(&answer), &mut Nothing)));
    let mut busy = session();
    group.bench_function("exchange FC 3, settled", |b| {
        b.iter(|| {
            busy.decode(&ASK, black_box(&read), &mut Nothing);
            busy.settle(&ASK, &read, Ticket::default(), Outcome::Delivered);
            busy.decode(&ANSWER, black_box(&answer), &mut Nothing);
            busy.settle(&ANSWER, &answer, Ticket::default(), Outcome::Delivered);
        });
    });
    group.finish();
}

criterion_group!(benches, modbus);
criterion_main!(benches);
