//! Drives a connection with whatever bytes come from both sides, and holds what a gate must hold. The fuzz target runs
//! this very file.
//!
//! A program is a list of commands: one byte that chooses, one byte of parameter, then the command's own bytes.

use crate::sites::{self, Rules, TARGET};
use sluice_engine::{Answer, Forgotten, Incident, Judged, Limits, Opening, Output, Stream};
use sluice_model::{Anomaly, Direction, Instant, Operation};
use sluice_policies::Policy;
use sluice_policies::decision::Verdict;
use sluice_protocols::{Cx, Frame, Opened, Protocol, Session, Sink, Ticket, registry};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

const LIMITS: Limits =
    Limits { outstanding: 4, patience: Duration::from_secs(2), held_bytes: 300, stall: Duration::from_secs(3) };

/// Modbus requests and their responses, with transaction 0; every rule of [`RULES`] divides them differently.
const EXCHANGES: &[(&[u8], &[u8])] = &[
    (&[0, 0, 0, 0, 0, 6, 1, 3, 0, 2, 0, 2], &[0, 0, 0, 0, 0, 7, 1, 3, 4, 0, 1, 0, 2]),
    (&[0, 0, 0, 0, 0, 6, 1, 6, 0, 5, 0, 9], &[0, 0, 0, 0, 0, 6, 1, 6, 0, 5, 0, 9]),
    (&[0, 0, 0, 0, 0, 9, 1, 16, 0, 1, 0, 1, 2, 0, 7], &[0, 0, 0, 0, 0, 6, 1, 16, 0, 1, 0, 1]),
    (&[0, 0, 0, 0, 0, 13, 1, 23, 0, 0, 0, 1, 0, 3, 0, 1, 2, 0, 9], &[0, 0, 0, 0, 0, 5, 1, 23, 2, 0, 7]),
    (&[0, 0, 0, 0, 0, 8, 1, 22, 0, 1, 0xFF, 0, 0, 1], &[0, 0, 0, 0, 0, 8, 1, 22, 0, 1, 0xFF, 0, 0, 1]),
    (&[0, 0, 0, 0, 0, 6, 1, 3, 0, 99, 0, 1], &[0, 0, 0, 0, 0, 3, 1, 0x83, 2]),
    (&[0, 0, 0, 0, 0, 4, 1, 90, 0, 2], &[0, 0, 0, 0, 0, 3, 1, 0xDA, 1]),
    (&[0, 0, 0, 0, 0, 5, 1, 43, 14, 1, 0], &[0, 0, 0, 0, 0, 3, 1, 0xAB, 1]),
];

const RULES: [Rules; 2] = [Rules::new(16, 4), Rules::new(4, 16)];

/// The policies, compiled once.
static POLICIES: LazyLock<[Arc<Policy>; 2]> = LazyLock::new(|| {
    let descriptor = registry::ALL[0].descriptor();
    let holding = descriptor.spaces.iter().find(|s| s.name == "holding").unwrap().id;
    RULES.map(|rules| sites::policy(descriptor, holding, rules))
});

/// Runs a program.
pub fn program(mut program: &[u8]) {
    let mut connection = Connection::new();
    while let [choice, parameter, rest @ ..] = program {
        let taken = connection.command(*choice, *parameter, rest);
        program = &rest[taken..];
        connection.check();
    }
}

struct Connection {
    policy: &'static Arc<Policy>,
    stream: Stream,
    now: Instant,
    gate: Gate,
}

impl Connection {
    fn new() -> Self {
        let (protocol, policy) = (registry::ALL[0], &POLICIES[0]);
        let opening = Opening { source: sites::client(), asset: TARGET, protocol, limits: LIMITS };
        let gate = Gate { protocol, policy, requests: 0, answers: 0, reset: 0 };
        Self { policy, stream: Stream::open(policy, opening), now: Instant::default(), gate }
    }

    /// Does one command and returns how many of the bytes that follow it are its own.
    fn command(&mut self, choice: u8, parameter: u8, rest: &[u8]) -> usize {
        let direction = if choice & 1 == 0 { Direction::ToServer } else { Direction::ToClient };
        let (exchange, transaction) = (usize::from(parameter >> 3) % EXCHANGES.len(), parameter & 7);
        match choice >> 1 & 7 {
            0 => {
                let bytes = &rest[..rest.len().min(usize::from(parameter))];
                self.bytes(direction, bytes);
                bytes.len()
            }
            // A golden message, whole.
            1..=3 => {
                let message = golden(direction, exchange, transaction);
                self.bytes(direction, &message);
                0
            }
            // A golden message with one byte changed, then cut.
            4 => {
                let mut message = golden(direction, exchange, transaction);
                let [at, value, cut] = *rest.first_chunk().unwrap_or(&[0; 3]);
                let length = message.len();
                message[usize::from(at) % length] = value;
                message.truncate(usize::from(cut) % length + 1);
                self.bytes(direction, &message);
                rest.len().min(3)
            }
            5 => {
                self.policy = &POLICIES[usize::from(parameter) % RULES.len()];
                self.gate.policy = self.policy;
                0
            }
            6 => {
                self.now = self.now + Duration::from_millis(u64::from(parameter) * 10);
                self.stream.tick(self.now, self.policy, &mut self.gate);
                0
            }
            _ => {
                self.stream.finished(self.now, self.policy, direction, &mut self.gate);
                0
            }
        }
    }

    fn bytes(&mut self, direction: Direction, bytes: &[u8]) {
        self.stream.bytes(self.now, self.policy, direction, bytes, &mut self.gate);
    }

    fn check(&self) {
        assert!(self.stream.outstanding() <= LIMITS.outstanding);
        assert!(self.stream.held() <= 2 * LIMITS.held_bytes);
        assert!(self.stream.deadline().is_none_or(|deadline| deadline > Instant::default()));
        assert!(self.gate.answers <= self.gate.requests, "more answers than requests");
        assert!(self.gate.reset <= 1);
    }
}

fn golden(direction: Direction, exchange: usize, transaction: u8) -> Vec<u8> {
    let (request, response) = EXCHANGES[exchange];
    let mut message = if direction == Direction::ToServer { request } else { response }.to_vec();
    message[1] = transaction;
    message
}

/// Looks at everything that leaves, with a fresh parser and the policy in force.
struct Gate {
    protocol: &'static dyn Protocol,
    policy: &'static Policy,
    /// Messages of the client that were let through or refused.
    requests: usize,
    /// Messages that the client received.
    answers: usize,
    reset: usize,
}

impl Gate {
    fn session(&self) -> Box<dyn Session> {
        self.protocol.open(Opened { outstanding: 1, patience: Duration::ZERO })
    }

    /// Cuts what was sent into messages; a send holds whole messages alone.
    fn messages<'b>(&self, direction: Direction, mut bytes: &'b [u8]) -> Vec<&'b [u8]> {
        let session = self.session();
        let mut messages = Vec::new();
        while !bytes.is_empty() {
            let Frame::Unit(length) = session.frame(direction, bytes) else { panic!("sent a part of a message") };
            let (message, rest) = bytes.split_at(length);
            messages.push(message);
            bytes = rest;
        }
        messages
    }
}

impl Output for Gate {
    fn send(&mut self, direction: Direction, bytes: &[u8]) {
        assert_eq!(self.reset, 0, "sent after a reset");
        let messages = self.messages(direction, bytes);
        assert!(!messages.is_empty(), "an empty send");
        if direction == Direction::ToClient {
            self.answers += messages.len();
            return;
        }
        for message in messages {
            let mut judge = Judge { policy: self.policy, protocol: self.protocol, allowed: true, operations: 0 };
            self.session().decode(&Cx { direction, now: Instant::default() }, message, &mut judge);
            assert!(judge.allowed && judge.operations > 0, "the server received what is not allowed: {message:02x?}");
        }
    }

    fn finish(&mut self, _: Direction) {}

    fn reset(&mut self, _: &'static str) {
        self.reset += 1;
    }

    fn judged(&mut self, judged: &Judged<'_>) {
        // Function 23 has two operations and is one request.
        let half = judged.operation.function.actions.len() > 1
            && judged.operation.action != judged.operation.function.actions[0];
        self.requests += usize::from(!half);
    }

    fn incident(&mut self, incident: &Incident<'_>) {
        self.requests += usize::from(incident.direction == Direction::ToServer);
        assert!(!incident.excerpt.is_empty() && incident.excerpt.len() <= Incident::EXCERPT);
    }

    fn answered(&mut self, _: &Answer) {}

    fn forgotten(&mut self, _: &Forgotten) {}
}

struct Judge<'p> {
    policy: &'p Policy,
    protocol: &'static dyn Protocol,
    allowed: bool,
    operations: usize,
}

impl<'m> Sink<'m> for Judge<'_> {
    fn operation(&mut self, operation: &Operation<'m>) {
        let route = self.policy.route(sites::CLIENT, TARGET, self.protocol.descriptor().id);
        self.allowed &= self.policy.judge(route, operation).verdict == Verdict::Allow;
        self.operations += 1;
    }

    fn answers(&mut self, _: Ticket) {}

    fn refused(&mut self, _: u16) {}

    fn anomaly(&mut self, _: Anomaly) {
        self.allowed = false;
    }
}
