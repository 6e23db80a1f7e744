//! One connection between a client that asks everything in a row and a server that answers in any order and manner.

use super::dialect::{Ask, Dialect, split};
use crate::recorder::Recorder;
use crate::sites::{self, Rules, TARGET};
use sluice_engine::{Limits, Opening, Stream};
use sluice_model::{Direction, Instant};
use sluice_policies::Policy;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How the server answers.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    Right,
    /// With its own refusal.
    Refusal,
    /// With what does not fit the request.
    Wrong,
    /// Twice.
    Twice,
    /// Somebody who did not ask.
    Unasked,
}

#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// So many bytes of the client's arrive.
    Client(usize),
    /// So many bytes of the server's arrive.
    Server(usize),
    /// The server answers one of the requests that it has.
    Answer(usize, Manner),
    /// Another policy comes into force.
    Swap(usize),
}

/// What the client must receive for one request.
#[derive(Debug, PartialEq, Eq)]
enum Due {
    Exactly(Vec<u8>),
    /// A refusal that the gateway writes.
    Refusal,
}

const RULES: [Rules; 4] = [Rules::new(16, 8), Rules::new(4, 12), Rules::new(20, 0), Rules::new(1, 1)];
/// An identifier that no request has.
const NOBODY: u8 = 0xEE;

pub struct Run<'d> {
    dialect: &'d dyn Dialect,
    policies: Vec<Arc<Policy>>,
    in_force: usize,
    stream: Stream,
    out: Recorder,
    now: Instant,
    asks: Vec<Ask>,
    /// Where each message of the client ends.
    ends: Vec<usize>,
    client: Vec<u8>,
    client_fed: usize,
    /// What the server must have received by now.
    allowed: Vec<u8>,
    /// Numbers of the requests that the server has not answered.
    unanswered: Vec<u8>,
    server: Vec<u8>,
    server_fed: usize,
    due: BTreeMap<u8, Due>,
}

impl<'d> Run<'d> {
    pub fn new(dialect: &'d dyn Dialect, asks: &[Ask]) -> Self {
        let descriptor = dialect.protocol().descriptor();
        let policies: Vec<_> = RULES.iter().map(|r| sites::policy(descriptor, dialect.space(), *r)).collect();
        let opening =
            Opening { source: sites::client(), asset: TARGET, protocol: dialect.protocol(), limits: Limits::default() };
        let messages: Vec<_> = (0..).zip(asks).map(|(tid, ask)| dialect.ask(tid, *ask)).collect();
        let end = |sum: &mut usize, m: &Vec<u8>| {
            *sum += m.len();
            Some(*sum)
        };
        Self {
            dialect,
            stream: Stream::open(&policies[0], opening),
            policies,
            in_force: 0,
            out: Recorder::default(),
            now: Instant::default(),
            asks: asks.to_vec(),
            ends: messages.iter().scan(0, end).collect(),
            client: messages.concat(),
            client_fed: 0,
            allowed: Vec::new(),
            unanswered: Vec::new(),
            server: Vec::new(),
            server_fed: 0,
            due: BTreeMap::new(),
        }
    }

    pub fn step(&mut self, step: Step) {
        self.now.0 += 1_000_000;
        match step {
            Step::Client(bytes) => self.client_sends(bytes),
            Step::Server(bytes) => self.server_sends(bytes),
            Step::Answer(which, manner) => self.answer(which, manner),
            Step::Swap(which) => self.in_force = which % RULES.len(),
        }
        assert_eq!(self.out.bytes(Direction::ToServer), self.allowed, "the server received something else");
        assert!(self.out.reset.is_empty());
    }

    /// Everything that is still under way arrives, everything is answered: then all must be settled.
    pub fn finish(&mut self) {
        self.step(Step::Client(usize::MAX));
        while !self.unanswered.is_empty() {
            self.step(Step::Answer(0, Manner::Right));
        }
        self.step(Step::Server(usize::MAX));
        let mut received = BTreeMap::new();
        for message in split(self.dialect, &self.out.bytes(Direction::ToClient)) {
            let tid = self.dialect.tid(&message);
            assert!(received.insert(tid, message).is_none(), "two answers for request {tid}");
        }
        for (tid, due) in &self.due {
            let message = received.remove(tid).unwrap_or_else(|| panic!("no answer for request {tid}"));
            match due {
                Due::Exactly(answer) => assert_eq!(&message, answer),
                Due::Refusal => assert!(self.dialect.is_refusal(&message)),
            }
        }
        assert!(received.is_empty(), "answers that nobody expects: {received:?}");
        assert_eq!((self.stream.outstanding(), self.stream.held()), (0, 0));
    }

    fn client_sends(&mut self, bytes: usize) {
        let (from, to) = (self.client_fed, self.client_fed.saturating_add(bytes).min(self.client.len()));
        self.client_fed = to;
        for (tid, ask) in (0..).zip(self.asks.clone()) {
            let end = self.ends[usize::from(tid)];
            if from < end && end <= to {
                self.arrived(tid, ask);
            }
        }
        let policy = &self.policies[self.in_force];
        self.stream.bytes(self.now, policy, Direction::ToServer, &self.client[from..to], &mut self.out);
    }

    /// The last byte of a request arrives: what must become of it under the policy in force.
    fn arrived(&mut self, tid: u8, ask: Ask) {
        let expects = self.dialect.expects_answer(ask);
        if ask.allowed(RULES[self.in_force]) {
            self.allowed.extend(self.dialect.ask(tid, ask));
            if expects {
                self.unanswered.push(tid);
            }
        } else if expects {
            self.due.insert(tid, Due::Refusal);
        }
    }

    fn server_sends(&mut self, bytes: usize) {
        let (from, to) = (self.server_fed, self.server_fed.saturating_add(bytes).min(self.server.len()));
        self.server_fed = to;
        let policy = &self.policies[self.in_force];
        self.stream.bytes(self.now, policy, Direction::ToClient, &self.server[from..to], &mut self.out);
        split(self.dialect, &self.out.bytes(Direction::ToClient));
    }

    fn answer(&mut self, which: usize, manner: Manner) {
        if self.unanswered.is_empty() {
            return;
        }
        let at = which % self.unanswered.len();
        let tid = self.unanswered[at];
        let ask = self.asks[usize::from(tid)];
        let right = self.dialect.answer(tid, ask);
        let (sent, due) = match manner {
            Manner::Right => (right.clone(), Due::Exactly(right)),
            Manner::Twice => ([&*right, &right].concat(), Due::Exactly(right)),
            Manner::Refusal => {
                let refusal = self.dialect.refusal(tid, ask);
                (refusal.clone(), Due::Exactly(refusal))
            }
            Manner::Wrong => (self.dialect.wrong_answer(tid, ask), Due::Refusal),
            Manner::Unasked => return self.server.extend(self.dialect.answer(NOBODY, ask)),
        };
        self.unanswered.remove(at);
        self.server.extend(sent);
        self.due.insert(tid, due);
    }
}
