//! The series of a policy's conduits, resolved once when the policy is loaded.

use super::catalogue::{DENIALS, FAILURE_POLICY, Family, Kind, OPERATIONS, RESPONSE};
use super::{Cause, Metrics};
use prometheus::{Histogram, IntCounter};
use sluice_model::ProtocolId;
use sluice_policies::decision::{ConduitId, Mode, Reason, Verdict};
use std::sync::PoisonError;

/// Conduits with series of their own.
const CONDUITS: usize = 256;
/// Series of one family.
const SERIES: usize = 2000;
/// Labels that stand beside the conduits: `unmatched`, `other`, `all`.
const RESERVED: usize = 3;

/// The handles of one conduit.
pub struct Series {
    operations: Vec<[IntCounter; 3]>,
    denials: [IntCounter; Reason::ALL.len()],
    failures: [IntCounter; Cause::ALL.len()],
    response: Histogram,
}

impl Series {
    /// One operation was judged.
    pub fn judged(&self, protocol: ProtocolId, verdict: Verdict, reason: Option<Reason>) {
        if let Some(of) = self.operations.get(usize::from(protocol.0)) {
            of[verdict as usize].inc();
        }
        if let Some(reason) = reason {
            self.denials[reason as usize].inc();
        }
    }

    /// An operation was overheard so many times.
    pub fn overheard(&self, protocol: ProtocolId, verdict: Verdict, reason: Option<Reason>, times: u64) {
        if let Some(of) = self.operations.get(usize::from(protocol.0)) {
            of[verdict as usize].inc_by(times);
        }
        if let Some(reason) = reason {
            self.denials[reason as usize].inc_by(times);
        }
    }

    /// A message was withheld for a reason that lies outside of the policy.
    pub fn withheld(&self, reason: Reason) {
        self.denials[reason as usize].inc();
    }

    /// Frames may not pass.
    pub fn frames(&self, reason: Reason, count: u64) {
        self.denials[reason as usize].inc_by(count);
    }

    /// A bound was hit.
    pub fn failed(&self, cause: Cause) {
        self.failures[cause as usize].inc();
    }

    /// How often a bound was hit.
    pub fn failures(&self, cause: Cause) -> u64 {
        self.failures[cause as usize].get()
    }

    /// A controller answered after this many seconds.
    pub fn answered(&self, seconds: f64) {
        self.response.observe(seconds);
    }

    /// Operations with this verdict, of all protocols.
    pub fn operations(&self, verdict: Verdict) -> u64 {
        self.operations.iter().map(|of| of[verdict as usize].get()).sum()
    }
}

/// The handles of every conduit of one policy.
pub struct Conduits {
    /// By conduit index.
    own: Vec<Series>,
    unmatched: Series,
    all: Series,
}

impl Conduits {
    /// Resolves the series of a policy's conduits, given in the order of their ids; what is past a bound goes to `other`.
    pub fn resolve(metrics: &Metrics, conduits: &[(&str, Mode)]) -> Self {
        let mut known = metrics.known.lock().unwrap_or_else(PoisonError::into_inner);
        metrics.modes.reset();
        let mut dropped = 0;
        let own = conduits.iter().map(|(name, mode)| {
            let place = known.iter().position(|k| k == name).unwrap_or_else(|| {
                known.push((*name).to_owned());
                known.len() - 1
            });
            if place < CONDUITS {
                for other in [Mode::Enforce, Mode::Alert, Mode::Learn] {
                    metrics.modes.with_label_values(&[*name, other.name()]).set(i64::from(other == *mode));
                }
            } else {
                dropped += 1;
            }
            series(metrics, name, place)
        });
        let own = own.collect();
        known.truncate(CONDUITS);
        metrics.series_dropped.inc_by(dropped);
        Self { own, unmatched: series(metrics, "unmatched", 0), all: series(metrics, "all", 0) }
    }

    /// The handles of a conduit.
    pub fn of(&self, conduit: ConduitId) -> &Series {
        self.own.get(usize::from(conduit.0)).unwrap_or(&self.unmatched)
    }

    /// The handles for bounds that concern no single conduit.
    pub fn all(&self) -> &Series {
        &self.all
    }
}

/// How many conduits a family has room for when each takes `each` series.
const fn room(each: usize) -> usize {
    let room = SERIES / each - RESERVED;
    if room < CONDUITS { room } else { CONDUITS }
}

fn series(metrics: &Metrics, name: &str, place: usize) -> Series {
    let label = |_: &Family, each: usize| if place < room(each) { name.to_owned() } else { "other".to_owned() };
    let operations = label(&OPERATIONS, 3 * metrics.protocols.len().max(1));
    let denials = label(&DENIALS, Reason::ALL.len());
    let failures = label(&FAILURE_POLICY, Cause::ALL.len());
    let buckets = if let Kind::Histogram(bounds) = RESPONSE.kind { bounds.len() + 3 } else { 1 };
    let response = label(&RESPONSE, buckets);
    Series {
        operations: metrics
            .protocols
            .iter()
            .map(|p| {
                [Verdict::Allow, Verdict::Alert, Verdict::Deny]
                    .map(|v| metrics.operations.with_label_values(&[operations.as_str(), p.name, v.name()]))
            })
            .collect(),
        denials: Reason::ALL.map(|r| metrics.denials.with_label_values(&[denials.as_str(), r.name()])),
        failures: Cause::ALL.map(|c| metrics.failures.with_label_values(&[failures.as_str(), c.name(), "closed"])),
        response: metrics.response.with_label_values(&[response.as_str()]),
    }
}
