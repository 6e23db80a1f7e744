//! Statements proposed from what was seen (`policy-semantics.md` S13): the evidence beside each, nothing beyond it.
//!
//! A [`Learner`] is told every operation that the policy does not allow yet; `evidence` is what it keeps, `fold` puts the cells of
//! one kind together, `propose` writes the statements and `keep` brings the notes that people made back into a second proposal.
//! Knows no protocol's bytes. Used by the tools, and by gateways whose conduits learn.

mod evidence;
mod fold;
mod keep;
mod propose;

use crate::decision::ConduitId;
use crate::policy::{Policy, Route};
use crate::site::AssetId;
use evidence::Pair;
use jiff::Timestamp;
use sluice_model::Operation;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// How many things are kept in mind; further ones are counted alone.
const ROOM: usize = 500_000;

/// Learns what two assets say to each other.
pub struct Learner {
    policy: Arc<Policy>,
    pairs: BTreeMap<(AssetId, AssetId), Pair>,
    /// Who spoke to whom, how often, where one of the two is no asset: nobody unknown may command a controller.
    strangers: BTreeMap<(IpAddr, IpAddr), u64>,
    allowed: u64,
    kept: usize,
    lost: u64,
}

/// What came of learning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learned {
    /// Statements that are proposed.
    pub statements: usize,
    /// Things that were seen and are told as comments alone.
    pub remarks: usize,
    /// Operations that the site allows already.
    pub allowed: u64,
    /// Operations that found no room: the evidence is not whole.
    pub lost: u64,
}

impl core::fmt::Debug for Learner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Learner").field("pairs", &self.pairs.len()).finish_non_exhaustive()
    }
}

impl Learner {
    /// One that has seen nothing, of the assets and tags of a site.
    pub fn new(policy: Arc<Policy>) -> Self {
        Self { policy, pairs: BTreeMap::new(), strangers: BTreeMap::new(), allowed: 0, kept: 0, lost: 0 }
    }

    /// An operation of a request, who sent it to whom, on which route, when. `allowed` says whether the policy allows it already.
    pub fn operation(
        &mut self,
        ends: (IpAddr, IpAddr),
        route: Route,
        operation: &Operation<'_>,
        allowed: bool,
        at: Timestamp,
    ) {
        if allowed {
            self.allowed += 1;
            return;
        }
        if self.kept >= ROOM {
            self.lost += 1;
            return;
        }
        let device = self.policy.device(route, operation.device);
        let to = device.map_or(route.to(), |device| device.asset);
        let known = self.policy.site().assets.len() > to.0 as usize;
        let Some(from) = route.from().filter(|_| known) else {
            let times = self.strangers.entry(ends).or_insert(0);
            self.kept += usize::from(*times == 0);
            *times += 1;
            return;
        };
        let conduit = self.policy.stance(route).conduit;
        let pair = self.pairs.entry((from, to)).or_insert_with(|| Pair::new(conduit));
        let at = at.to_zoned_datetime(self.policy.site().time_zone.0.clone());
        self.kept += pair.operation(self.policy.protocol(operation.protocol), device, operation, &at);
    }

    /// The proposal as a policy file, which no site includes by itself. `before` is the last proposal: the notes that people
    /// made in it are kept.
    pub fn propose(&self, now: Timestamp, before: &str) -> (String, Learned) {
        propose::write(self, now, before)
    }

    /// The name of the asset at an address, or the address.
    fn who(&self, address: IpAddr) -> String {
        self.policy.asset_name_of(address).map_or_else(|| address.to_string(), str::to_owned)
    }

    fn name(&self, asset: AssetId) -> &str {
        &self.policy.site().asset(asset).name
    }

    /// The conduit that joins two assets already.
    fn conduit(&self, id: ConduitId) -> Option<&str> {
        (id != ConduitId::UNMATCHED).then(|| self.policy.conduit_name(id))
    }
}
