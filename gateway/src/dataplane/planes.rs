//! The planes of a gateway that have ports: which of them its site wants, and their start. Used by [`crate::gateway`] alone.

use super::bridge::{self, Bridging, Means, OpenError};
use super::overhear::{self, Overhearing};
use super::proxy::Shared;
use crate::config;
use sluice_policies::Policy;

/// What the site wants of a gateway's ports.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Planes {
    bridge: Option<bridge::Plan>,
    overheard: Vec<overhear::Plan>,
}

impl Planes {
    /// For the gateway called `name`.
    pub(crate) fn of(policy: &Policy, name: &str) -> Self {
        Self { bridge: bridge::Plan::of(policy, name), overheard: overhear::Plan::of(policy, name) }
    }

    /// Whether these are what runs. Ports and what becomes of them change when a gateway is started, not before.
    pub(crate) fn run_as(&self, ears: &Overhearing, bridge: Option<&Bridging>) -> bool {
        self.bridge.as_ref() == bridge.map(Bridging::plan) && self.overheard == ears.plans()
    }

    /// Starts to listen and to bridge, where the site wants either.
    pub(crate) fn start(
        self,
        shared: &Shared,
        config: &config::Bridge,
    ) -> Result<(Overhearing, Option<Bridging>), OpenError> {
        let Shared { live, metrics, events, limits, .. } = shared;
        let (live, metrics, events, limits) = (live.clone(), metrics.clone(), events.clone(), limits.clone());
        let ears = overhear::Means { live: live.clone(), metrics: metrics.clone(), events: events.clone() };
        let ears = Overhearing::start(&ears, self.overheard)?;
        let means = Means { live, metrics, events, limits, config: config.clone() };
        let bridge = self.bridge.map(|plan| Bridging::start(means, plan)).transpose()?;
        Ok((ears, bridge))
    }
}
