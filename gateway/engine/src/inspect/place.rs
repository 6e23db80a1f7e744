//! Where a connection stands in a policy.

use super::note::Note;
use sluice_model::Descriptor;
use sluice_policies::decision::ConduitId;
use sluice_policies::policy::{Policy, Route, Stance};
use sluice_policies::site::AssetId;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Weak};

/// No asset: no conduit leads to it.
pub(super) const NOBODY: AssetId = AssetId(u32::MAX);

/// The place of one connection in the policy that it last saw.
pub(crate) struct Place {
    /// The client, in fewer bytes than a `SocketAddr` takes: every connection has one.
    source: (IpAddr, u16),
    pub(super) protocol: &'static Descriptor,
    /// The asset's name: ids and routes belong to one policy, names outlive a swap.
    pub(super) asset: Box<str>,
    /// Weak, so that an idle connection does not keep an old policy in memory; its address is not reused before.
    policy: Weak<Policy>,
    route: Route,
    /// Counts swaps, so that a conduit's id is never read against another policy.
    generation: u8,
}

impl Place {
    pub(crate) fn new(policy: &Arc<Policy>, source: SocketAddr, asset: AssetId, protocol: &'static Descriptor) -> Self {
        Self {
            source: (source.ip(), source.port()),
            protocol,
            asset: policy.site().asset(asset).name.as_str().into(),
            policy: Arc::downgrade(policy),
            route: policy.route(source.ip(), asset, protocol.id),
            generation: 0,
        }
    }

    /// The place that another process handed over, in its `generation`. An asset that this policy does not know is
    /// found out by [`Place::renew`].
    pub(super) fn handed_over(
        policy: &Arc<Policy>,
        source: SocketAddr,
        asset: &str,
        protocol: &'static Descriptor,
        generation: u8,
    ) -> Self {
        let route = policy.route(source.ip(), NOBODY, protocol.id);
        let mut place = Self {
            source: (source.ip(), source.port()),
            protocol,
            asset: asset.into(),
            policy: Weak::new(),
            route,
            generation,
        };
        place.renew(policy);
        place
    }

    /// The client.
    pub(crate) fn source(&self) -> SocketAddr {
        self.source.into()
    }

    /// The route in the policy that was seen last.
    pub(crate) const fn route(&self) -> Route {
        self.route
    }

    /// Finds the connection's route anew if `policy` is not the one that was seen last. False if the asset is gone.
    pub(crate) fn renew(&mut self, policy: &Arc<Policy>) -> bool {
        if self.policy.as_ptr() != Arc::as_ptr(policy) {
            let Some(route) = self.find(policy) else { return false };
            self.route = route;
            self.policy = Arc::downgrade(policy);
            self.generation = self.generation.wrapping_add(1);
        }
        true
    }

    /// What `policy` says of the connection as a whole.
    pub(crate) fn stance(&self, policy: &Arc<Policy>) -> Stance {
        let known = self.policy.as_ptr() == Arc::as_ptr(policy);
        let route = if known { Some(self.route) } else { self.find(policy) };
        policy.stance(route.unwrap_or_else(|| policy.route(self.source.0, NOBODY, self.protocol.id)))
    }

    /// The generation of the present policy.
    pub(crate) fn generation(&self) -> u8 {
        self.generation
    }

    /// The conduit of a request that was admitted with a note, in terms of the present policy.
    pub(super) fn admitted(&self, policy: &Policy, note: Option<Note>) -> ConduitId {
        match note {
            Some(note) if note.generation == self.generation => note.conduit,
            _ => policy.stance(self.route).conduit,
        }
    }

    /// The policy that was seen last, if it is still there.
    pub(super) fn policy(&self) -> Option<Arc<Policy>> {
        self.policy.upgrade()
    }

    fn find(&self, policy: &Policy) -> Option<Route> {
        let asset = policy.site().asset_named(&self.asset)?;
        Some(policy.route(self.source.0, asset, self.protocol.id))
    }
}
