//! Runs the `[[test]]`s that a policy carries: the code that enforces decides, the real parsers read bytes.

mod scene;

use crate::decision::{Decision, Reason, Verdict};
use crate::explain::Explanation;
use crate::policy::Policy;
use crate::services::{self, End, Packet};
use crate::site::{Expectation, Expected, Passes, Test, TestMessage};
use scene::Scene;
use serde::Serialize;
use sluice_model::{Anomaly, Descriptor, Operation};

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
    /// Which of its operations decided.
    decisive: Option<(usize, Decision)>,
    /// Why the message could not be made, read or judged.
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
    let mut scene = Scene::new(policy, test);
    for number in 0..scene.messages() {
        let from = test.from.get(number % test.from.len().max(1));
        let message = test.messages.get(number % test.messages.len().max(1));
        let expected = if test.expect.len() == 1 { test.expect.first() } else { test.expect.get(number) };
        let (Some(from), Some(message), Some(Expectation { expected, .. })) = (from, message, expected) else {
            return TestOutcome {
                pass: false,
                got: format!("message {} has no sender or no `expect`", number + 1),
                ..outcome
            };
        };
        let got = judge(&scene, decoder, *from, test, message);
        outcome.pass = got.trouble.is_none() && got.matches(expected);
        outcome.got = got.words(expected);
        outcome.wanted = wanted(expected);
        outcome.explanation = got.explanation.map(|e| e.to_string());
        if !outcome.pass {
            break;
        }
        scene.next();
    }
    outcome.pass &= !test.messages.is_empty();
    outcome
}

fn judge(scene: &Scene<'_>, decoder: &dyn Decoder, from: End, test: &Test, message: &TestMessage) -> Got {
    let mut got = Got::default();
    if let TestMessage::Service { passes, .. } = message {
        packets(scene, from, test, passes, &mut got);
        return got;
    }
    let policy = &scene.policy;
    let has_address = match from {
        End::Asset(id) => !policy.site().asset(id).addresses.is_empty(),
        End::Address(_) => true,
        End::Mac(_) => false,
    };
    if !has_address {
        got.trouble = Some("the sender has no IP address".into());
        return got;
    }
    match message {
        TestMessage::Service { .. } => {}
        TestMessage::Words { protocol, text, .. } => match policy.words(test.to, protocol, text) {
            Ok(words) => operations(scene, from, test, &mut got, &|each| {
                words.operations().for_each(|operation| each(&operation));
                None
            }),
            Err(trouble) => got.trouble = Some(trouble),
        },
        TestMessage::Bytes { protocol, device, bytes, .. } => operations(scene, from, test, &mut got, &|each| {
            decoder.decode(protocol, *device, bytes, each).err().map(|anomaly| malformed(anomaly, bytes))
        }),
    }
    got
}

/// Tells somebody every operation of a message, or says why it is not acceptable.
type Each<'m> = dyn Fn(&mut dyn FnMut(&Operation<'_>)) -> Option<Explanation> + 'm;

/// Judges a message as the engine does: in one turn, which ends before anybody explains it.
fn operations(scene: &Scene<'_>, from: End, test: &Test, got: &mut Got, each: &Each<'_>) {
    let policy = &scene.policy;
    let mut turn = scene.turn();
    let mut number = 0;
    let broken = each(&mut |operation| {
        let decision = turn.judge(policy.route_from(from, test.to, operation.protocol), operation);
        got.decision(scene, number, decision);
        number += 1;
    });
    if let Some(explanation) = broken {
        let (verdict, reason) = (Some(explanation.verdict), explanation.reason);
        *got = Got { verdict, reason, explanation: Some(explanation), ..Got::default() };
        return;
    }
    if got.verdict == Some(Verdict::Deny) {
        drop(turn);
    } else {
        scene.answered(turn.commit(0));
    }
    let Some((decisive, decision)) = got.decisive else { return };
    let mut number = 0;
    let _ = each(&mut |operation| {
        if number == decisive {
            let route = policy.route_from(from, test.to, operation.protocol);
            let explanation = policy.explain_at(route, operation, &decision, scene.now);
            got.explained(scene, explanation);
        }
        number += 1;
    });
}

/// Judges the packets of what a message uses.
fn packets(scene: &Scene<'_>, from: End, test: &Test, passes: &Passes, got: &mut Got) {
    let asked: Vec<(End, Packet)> = services::asked(passes)
        .into_iter()
        .map(|(packet, group)| (group.map_or(End::Asset(test.to), End::from), packet))
        .collect();
    let mut turn = scene.turn();
    for (number, (to, packet)) in asked.iter().enumerate() {
        let decision = turn.service(from, *to, *packet);
        got.decision(scene, number, decision);
    }
    if got.verdict == Some(Verdict::Deny) {
        drop(turn);
    } else {
        scene.answered(turn.commit(0));
    }
    if let Some((decisive, decision)) = got.decisive
        && let Some((to, packet)) = asked.get(decisive)
    {
        let explanation = scene.policy.explain_service_at(from, *to, *packet, &decision, scene.now);
        got.explained(scene, explanation);
    }
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
    /// Adds the decision on one part of the message; the strictest verdict, and the earliest reason, stand.
    fn decision(&mut self, scene: &Scene<'_>, number: usize, decision: Decision) {
        let policy = &scene.policy;
        if let (None, Some(statement)) = (decision.reason, decision.statement) {
            let name = policy.statement_name(statement);
            if !self.allowed_by.contains(&name) {
                self.allowed_by.push(name);
            }
        }
        let stricter = match (self.reason, decision.reason) {
            (Some(kept), Some(new)) => new < kept,
            (None, Some(_)) => true,
            (_, None) => self.decisive.is_none(),
        };
        if stricter {
            self.verdict = Some(scene.verdict(&decision));
            self.reason = decision.reason;
            self.decisive = Some((number, decision));
        }
    }

    /// Keeps the explanation; a test that met a schedule or a window must say when it is.
    fn explained(&mut self, scene: &Scene<'_>, explanation: Explanation) {
        let timed = |reason| matches!(reason, Reason::During | Reason::Window | Reason::Expired);
        let met = explanation.reason.filter(|r| timed(*r)).and(explanation.statement.clone());
        let met = met.or_else(|| explanation.others.iter().find(|o| timed(o.reason)).map(|o| o.statement.clone()));
        if let Some(statement) = met.filter(|_| !scene.says_when()) {
            self.trouble = Some(format!(
                "{statement} holds at times: the test must say at = \"2026-11-24 03:00\" or window = \"...\" ([] for none)"
            ));
        }
        self.explanation = Some(explanation);
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
