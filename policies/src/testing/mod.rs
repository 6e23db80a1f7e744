//! Runs the `[[test]]`s that a policy carries: the code that enforces decides, the real parsers read bytes.

use crate::decision::{Decision, Reason, Verdict};
use crate::explain::Explanation;
use crate::policy::Policy;
use crate::services::{self, End, Packet};
use crate::site::{Expectation, Expected, Test, TestMessage};
use serde::Serialize;
use sluice_model::{Anomaly, Descriptor, Operation};
use std::net::IpAddr;

/// Reads the message bodies of tests in hex; implemented above this crate, with the real parsers.
pub trait Decoder {
    /// Tells `each` every operation of a request body, or says why it is not acceptable.
    fn decode(
        &self,
        protocol: &'static Descriptor,
        device: u32,
        body: &[u8],
        each: &mut dyn FnMut(&Operation<'_>),
    ) -> Result<(), Anomaly>;
}

/// What became of one test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestOutcome {
    /// The test's name.
    pub name: String,
    /// Whether every message had the expected verdict.
    pub pass: bool,
    /// The verdict of the first message that differs, else of the last: `deny because value`.
    pub got: String,
    /// What was expected of that message.
    pub wanted: String,
    /// Where the test stands: `tests/operators.toml:3`.
    pub at: String,
    /// Why that message was judged so.
    pub explanation: Option<String>,
}

/// Runs every test of the site, in order.
pub fn run_tests(policy: &Policy, decoder: &dyn Decoder) -> Vec<TestOutcome> {
    policy.site().tests.iter().map(|test| run(policy, decoder, test)).collect()
}

/// What one message came to.
#[derive(Default)]
struct Got {
    /// The strictest verdict on its operations; `None` while there is none.
    verdict: Option<Verdict>,
    reason: Option<Reason>,
    /// Every statement that allowed one of its operations.
    allowed_by: Vec<String>,
    explanation: Option<Explanation>,
    /// Why the message could not be made or read.
    trouble: Option<String>,
}

fn run(policy: &Policy, decoder: &dyn Decoder, test: &Test) -> TestOutcome {
    let mut outcome = TestOutcome {
        name: test.name.clone(),
        pass: true,
        got: "no message".into(),
        wanted: String::new(),
        at: policy.show(&test.at),
        explanation: None,
    };
    for (number, message) in test.messages.iter().enumerate() {
        let from = test.from.get(number % test.from.len().max(1));
        let expected = if test.expect.len() == 1 { test.expect.first() } else { test.expect.get(number) };
        let (Some(from), Some(Expectation { expected, .. })) = (from, expected) else {
            return TestOutcome {
                pass: false,
                got: format!("message {} has no sender or no `expect`", number + 1),
                ..outcome
            };
        };
        let got = judge(policy, decoder, *from, test, message);
        outcome.pass = got.matches(expected);
        outcome.got = got.words(expected);
        outcome.wanted = wanted(expected);
        outcome.explanation = got.explanation.map(|e| e.to_string());
        if !outcome.pass {
            break;
        }
    }
    outcome.pass &= !test.messages.is_empty();
    outcome
}

fn judge(policy: &Policy, decoder: &dyn Decoder, from: End, test: &Test, message: &TestMessage) -> Got {
    let mut got = Got::default();
    if let TestMessage::Service { passes, .. } = message {
        for (packet, group) in services::asked(passes) {
            got.packet(policy, from, group.map_or(End::Asset(test.to), End::from), packet);
        }
        return got;
    }
    let address = match from {
        End::Asset(id) => policy.site().asset(id).addresses.first().copied(),
        End::Address(ip) => Some(ip),
        End::Mac(_) => None,
    };
    let Some(from) = address else {
        got.trouble = Some("the sender has no IP address".into());
        return got;
    };
    match message {
        TestMessage::Service { .. } => {}
        TestMessage::Words { protocol, text, .. } => match policy.words(test.to, protocol, text) {
            Ok(words) => words.operations().for_each(|operation| got.add(policy, from, test, &operation)),
            Err(trouble) => got.trouble = Some(trouble),
        },
        TestMessage::Bytes { protocol, device, bytes, .. } => {
            if let Err(anomaly) = decoder.decode(protocol, *device, bytes, &mut |o| got.add(policy, from, test, o)) {
                let explanation = malformed(anomaly, bytes);
                let (verdict, reason) = (Some(explanation.verdict), explanation.reason);
                got = Got { verdict, reason, explanation: Some(explanation), ..Got::default() };
            }
        }
    }
    got
}

fn malformed(anomaly: Anomaly, bytes: &[u8]) -> Explanation {
    let shown: Vec<String> = bytes.iter().take(16).map(|b| format!("{b:02X}")).collect();
    Explanation {
        verdict: Verdict::Deny,
        reason: Some(Reason::Malformed),
        statement: None,
        at: None,
        operation: shown.join(" "),
        sentence: format!("{} (at byte {}, {})", anomaly.kind.meaning, anomaly.offset, anomaly.kind.clause),
        nearest: None,
        tag: None,
        value: None,
        unit: None,
        others: Vec::new(),
    }
}

impl Got {
    /// Adds one operation of the message; the strictest verdict, and the earliest reason, stand.
    fn add(&mut self, policy: &Policy, from: IpAddr, test: &Test, operation: &Operation<'_>) {
        let route = policy.route(from, test.to, operation.protocol);
        let decision = policy.judge(route, operation);
        self.decision(policy, &decision, || policy.explain(route, operation, &decision));
    }

    /// Adds one packet of what the message uses.
    fn packet(&mut self, policy: &Policy, from: End, to: End, packet: Packet) {
        let decision = policy.service(from, to, packet);
        self.decision(policy, &decision, || policy.explain_service(from, to, packet, &decision));
    }

    fn decision(&mut self, policy: &Policy, decision: &Decision, explain: impl FnOnce() -> Explanation) {
        if let (None, Some(statement)) = (decision.reason, decision.statement) {
            let name = policy.statement_name(statement);
            if !self.allowed_by.contains(&name) {
                self.allowed_by.push(name);
            }
        }
        let stricter = match (self.reason, decision.reason) {
            (Some(kept), Some(new)) => new < kept,
            (None, Some(_)) => true,
            (_, None) => self.explanation.is_none(),
        };
        if stricter {
            self.verdict = Some(decision.verdict);
            self.reason = decision.reason;
            self.explanation = Some(explain());
        }
    }

    fn matches(&self, expected: &Expected) -> bool {
        match expected {
            Expected::Verdict(verdict) => self.verdict == Some(*verdict),
            Expected::AllowedBy(name) => {
                self.verdict == Some(Verdict::Allow) && self.allowed_by.iter().any(|by| by == name)
            }
            Expected::DeniedBecause(reason) => self.verdict == Some(Verdict::Deny) && self.reason == Some(*reason),
        }
    }

    fn words(&self, expected: &Expected) -> String {
        let verdict = match (&self.trouble, self.verdict) {
            (Some(trouble), _) => return trouble.clone(),
            (None, None) => return "a message without an operation".into(),
            (None, Some(verdict)) => verdict.name(),
        };
        match (self.reason, expected, self.allowed_by.as_slice()) {
            (Some(reason), ..) => format!("{verdict} because {}", reason.name()),
            (None, Expected::Verdict(Verdict::Allow), _) | (None, _, []) => verdict.into(),
            (None, _, by) => format!("{verdict} by {}", by.join(", ")),
        }
    }
}

fn wanted(expected: &Expected) -> String {
    match expected {
        Expected::Verdict(verdict) => verdict.name().into(),
        Expected::AllowedBy(name) => format!("allow by {name}"),
        Expected::DeniedBecause(reason) => format!("deny because {}", reason.name()),
    }
}
