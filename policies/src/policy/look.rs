//! What explanations and words look up: devices, protocols, tags, grants.

use super::functions;
use super::lexicon::{Granted, Tags};
use super::{Policy, Route};
use crate::decision::StatementId;
use crate::site::{AssetId, Devices, Speaks};
use sluice_model::{Descriptor, Operation, ProtocolId};

/// One device of an asset.
#[derive(Clone, Copy)]
pub(crate) struct Device<'p> {
    pub(crate) asset: AssetId,
    /// Its place in the asset's `speaks`.
    pub(crate) index: usize,
    pub(crate) speaks: &'p Speaks,
    pub(crate) tags: Tags<'p>,
}

impl Policy {
    /// A protocol that an asset or a statement speaks.
    pub(crate) fn protocol(&self, id: ProtocolId) -> Option<&'static Descriptor> {
        self.protocols.iter().copied().find(|p| p.id == id)
    }

    /// The devices of an asset that speak a protocol; none if there is no such asset.
    pub(crate) fn devices(&self, asset: AssetId, protocol: ProtocolId) -> impl Iterator<Item = Device<'_>> {
        let asked = self.site.assets.get(asset.0 as usize);
        let spoken = asked.into_iter().flat_map(|a| &a.speaks).enumerate();
        spoken.filter(move |(_, s)| s.protocol.id == protocol).map(move |(index, speaks)| Device {
            asset,
            index,
            speaks,
            tags: self.lexicon.tags(asset, index),
        })
    }

    /// The device behind an address on a route.
    pub(crate) fn device(&self, route: Route, address: u32) -> Option<Device<'_>> {
        let route = self.reach(route, address);
        let listed = |d: &Device<'_>| matches!(&d.speaks.devices, Devices::Listed(list) if list.contains(&address));
        let any = |d: &Device<'_>| d.speaks.devices == Devices::Any;
        let devices = || self.devices(route.to, route.protocol);
        devices().find(listed).or_else(|| devices().find(any))
    }

    /// What a statement grants of one tag of a device.
    pub(crate) fn granted(
        &self,
        statement: StatementId,
        device: Device<'_>,
        tag: usize,
    ) -> impl Iterator<Item = Granted<'_>> {
        self.lexicon.granted(statement, device.asset, device.index, tag)
    }

    /// Whether a statement names an operation's function, `opaque` aside.
    pub(crate) fn names_function(&self, id: StatementId, operation: &Operation<'_>) -> bool {
        let named = &self.statement(id).functions;
        functions::names(named, operation.function, operation.code, operation.action)
    }
}
