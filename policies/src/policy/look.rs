//! What explanations look up: devices, protocols, tags by address.

use super::functions;
use super::{Policy, Route};
use crate::decision::StatementId;
use crate::site::{Devices, Speaks};
use sluice_model::{Descriptor, Operation, ProtocolId, SpaceId};

/// How many tags on either side of an item are looked at for the nearest one that is granted.
const REACH: usize = 64;

impl Policy {
    /// A protocol that an asset or a statement speaks.
    pub(crate) fn protocol(&self, id: ProtocolId) -> Option<&'static Descriptor> {
        self.protocols.iter().copied().find(|p| p.id == id)
    }

    /// The device behind an address on a route: index into the asset's `speaks`, and that entry.
    pub(crate) fn device(&self, route: Route, device: u32) -> Option<(usize, &Speaks)> {
        let spoken = self.site.asset(route.to).speaks.iter().enumerate();
        let mut spoken = spoken.filter(|(_, s)| s.protocol.id == route.protocol);
        let listed = |s: &Speaks| matches!(&s.devices, Devices::Listed(list) if list.contains(&device));
        spoken.clone().find(|(_, s)| listed(s)).or_else(|| spoken.find(|(_, s)| s.devices == Devices::Any))
    }

    /// Whether a statement names an operation's function, `opaque` aside.
    pub(crate) fn names_function(&self, id: StatementId, operation: &Operation<'_>) -> bool {
        let named = &self.statement(id).functions;
        functions::names(named, operation.function, operation.code, operation.action)
    }

    /// The tag of whole items that an item belongs to.
    pub(crate) fn whole_tag_at(&self, route: Route, index: usize, space: SpaceId, item: u64) -> Option<usize> {
        let asset = route.to.0 as usize;
        self.tags[asset][index].whole(&self.site.assets[asset].speaks[index], space, item)
    }

    /// The tag of whole items that an item belongs to, then those of its bits.
    pub(crate) fn tags_at(&self, route: Route, index: usize, space: SpaceId, item: u64) -> impl Iterator<Item = usize> {
        let asset = route.to.0 as usize;
        let bits = self.tags[asset][index].bits(&self.site.assets[asset].speaks[index], space, item);
        self.whole_tag_at(route, index, space, item).into_iter().chain(bits)
    }

    /// The tags of whole items around an item.
    pub(crate) fn tags_around(
        &self,
        route: Route,
        index: usize,
        space: SpaceId,
        item: u64,
    ) -> impl Iterator<Item = usize> {
        let asset = route.to.0 as usize;
        self.tags[asset][index].around(&self.site.assets[asset].speaks[index], space, item, REACH)
    }
}
