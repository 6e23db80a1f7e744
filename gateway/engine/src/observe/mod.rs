//! A passive observer of captured traffic: packets and their times go in, counts, operations and verdicts come out.
//!
//! It changes nothing and answers nobody, so it may do what a gate must not: begin in the middle of a conversation,
//! go on behind a gap, read what a receiver would have refused. Used by the commands that read captures and mirror
//! ports; what a bridge needs of frames lies in [`crate::frames`].

mod limits;
mod report;
mod summary;

pub use limits::Limits;
pub use report::{Odd, Report, Scene, Seen};
pub use summary::{Class, Content, Device, Key, Spoken, Summary, Verdicts};

use crate::frames::LinkType;
use sluice_model::Instant;
use sluice_policies::Policy;
use std::sync::Arc;

/// Reads captured packets.
pub struct Observer {
    policy: Option<Arc<Policy>>,
    limits: Limits,
    summary: Summary,
}

impl Observer {
    /// An observer that has seen nothing; with a policy it judges every message.
    pub fn new(policy: Option<Arc<Policy>>, limits: Limits) -> Self {
        let verdicts = policy.is_some().then(Verdicts::default);
        Self { policy, limits, summary: Summary { verdicts, ..Summary::default() } }
    }

    /// Its bounds.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The policy that it judges by.
    pub fn policy(&self) -> Option<&Arc<Policy>> {
        self.policy.as_ref()
    }

    /// One packet: when it came, what kind of link it was captured from, its bytes as captured, its length on the wire.
    pub fn packet(&mut self, at: Instant, _: LinkType, _: &[u8], original_length: usize, _: &mut dyn Report) {
        let summary = &mut self.summary;
        summary.packets += 1;
        summary.bytes += original_length as u64;
        summary.span = Some((summary.span.map_or(at, |(first, _)| first), at));
        *summary.classes.entry(Class::Unidentified).or_default() += 1;
    }

    /// The capture ends: reads what was kept back.
    pub fn finish(&mut self, _: &mut dyn Report) {}

    /// What is known by now.
    pub fn summary(&self) -> Summary {
        self.summary.clone()
    }
}
