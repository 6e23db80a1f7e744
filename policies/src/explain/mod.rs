//! Decisions in the plant's own words. Cold: called for what is reported, never for what simply passes.

mod conditions;
mod operation;
mod sentence;
mod service;
mod subject;

pub(crate) use sentence::functions;

use crate::decision::{Decision, Reason, Verdict};
use crate::policy::{Policy, Route};
use crate::state;
use core::fmt;
use serde::{Serialize, Serializer};
use sluice_model::{Instant, Operation};
use subject::Subject;

/// Why an operation is allowed or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What happens.
    #[serde(serialize_with = "verdict")]
    pub verdict: Verdict,
    /// Why it is not allowed; `None` when it is.
    #[serde(serialize_with = "reason")]
    pub reason: Option<Reason>,
    /// The statement that allows it, or the nearest one: `operators.speed`.
    pub statement: Option<String>,
    /// Where that statement stands: `site.toml:41`.
    pub at: Option<String>,
    /// What was asked: `write pump_speed = 60 Hz`, `read holding 200 .. 203`, `function 90/65 (umas)`.
    pub operation: String,
    /// Why, as a sentence without its full stop: `60 Hz is outside 20 .. 45 Hz`.
    pub sentence: String,
    /// What would have been allowed, nearest to what was asked: `20 .. 45 Hz`.
    pub nearest: Option<String>,
    /// The tag that decided: `pump_speed`, `recipe[3]`.
    pub tag: Option<String>,
    /// The value that it would have had: `60 Hz`.
    pub value: Option<String>,
    /// The tag's engineering unit, if it has one.
    pub unit: Option<String>,
    /// Every other statement that could have allowed it, and the first thing that fails there; empty when allowed.
    pub others: Vec<Other>,
}

/// A decision and all that is known of it.
struct About<'a, 'p, 'k> {
    policy: &'p Policy,
    route: Route,
    operation: &'a Operation<'a>,
    decision: &'a Decision,
    /// What the gateway knows; `None` while somebody else's message has its turn.
    known: Option<&'a mut state::Turn<'k>>,
}

/// A statement that was not the nearest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Other {
    /// Its name.
    pub statement: String,
    /// Where it stands.
    pub at: String,
    /// The first thing that fails.
    #[serde(serialize_with = "reason_name")]
    pub reason: Reason,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn verdict<S: Serializer>(verdict: &Verdict, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(verdict.name())
}

#[allow(clippy::trivially_copy_pass_by_ref, clippy::ref_option)] // serde's signature
fn reason<S: Serializer>(reason: &Option<Reason>, out: S) -> Result<S::Ok, S::Error> {
    reason.map(Reason::name).serialize(out)
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn reason_name<S: Serializer>(reason: &Reason, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(reason.name())
}

/// One line: `deny because value: write pump_speed = 60 Hz: 60 Hz is outside 20 .. 45 Hz (operators.speed, site.toml:41)`.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.verdict.name())?;
        if let Some(reason) = self.reason {
            write!(f, " because {}", reason.name())?;
        }
        write!(f, ": {}: {}", self.operation, self.sentence)?;
        match (&self.statement, &self.at) {
            (Some(statement), Some(at)) => write!(f, " ({statement}, {at})"),
            _ => Ok(()),
        }
    }
}

impl Policy {
    /// Puts a decision of [`Policy::judge`] on the same route and operation into words.
    pub fn explain(&self, route: Route, operation: &Operation<'_>, decision: &Decision) -> Explanation {
        self.explain_at(route, operation, decision, Instant::default())
    }

    /// Puts a decision that was made in a turn at `now` into words, with what is known now. What was judged in a turn
    /// that still lasts is explained without.
    pub fn explain_at(
        &self,
        route: Route,
        operation: &Operation<'_>,
        decision: &Decision,
        now: Instant,
    ) -> Explanation {
        let subject = Subject::find(self, route, operation, decision);
        let sentence = {
            let mut known = self.bound().peek(now);
            let known = known.as_mut();
            sentence::why(&mut About { policy: self, route, operation, decision, known }, &subject)
        };
        Explanation {
            verdict: decision.verdict,
            reason: decision.reason,
            statement: decision.statement.map(|id| self.statement_name(id)),
            at: decision.statement.map(|id| self.statement_at(id)),
            operation: operation::words(self, route, operation),
            sentence,
            nearest: sentence::nearest(self, route, operation, decision, &subject),
            tag: subject.name(),
            value: subject.value(),
            unit: subject.unit(),
            others: self.others(route, operation, decision, now),
        }
    }

    fn others(&self, route: Route, operation: &Operation<'_>, decision: &Decision, now: Instant) -> Vec<Other> {
        let mut others = Vec::new();
        // What a floor withholds no statement allows, whatever it says.
        let denied = decision.reason.is_some_and(|reason| reason != Reason::Floor);
        if let Some(mut known) = self.bound().peek(now).filter(|_| denied) {
            self.each_failure(route, operation, decision.item, &mut known, &mut |id, reason| {
                if Some(id) != decision.statement {
                    others.push(Other { statement: self.statement_name(id), at: self.statement_at(id), reason });
                }
            });
        }
        others
    }
}
