//! Devices behind a gateway of their protocol: its address is dialled, and the device address of each message tells which
//! asset is meant. What a source may do there is what it may do to that asset; a message to all of them at once passes when
//! it might pass to every one.

use super::{Policy, Route};
use crate::site::{AssetId, Devices, Site, Via};
use sluice_model::Descriptor;

/// A gateway of a protocol, and the assets behind it.
pub(super) struct Behind {
    pub(super) gateway: AssetId,
    pub(super) protocol: &'static Descriptor,
    pub(super) assets: Vec<(AssetId, Devices)>,
    /// The assets that a message to every device reaches.
    everyone: Vec<AssetId>,
}

impl Behind {
    /// Every gateway of a site.
    pub(super) fn all(site: &Site) -> Vec<Self> {
        let ids = || (0..).map(AssetId).zip(&site.assets);
        let gateways = ids().flat_map(|(id, a)| a.speaks.iter().filter(|s| s.gateway).map(move |s| (id, s)));
        let all = gateways.map(|(gateway, speaks)| {
            let behind = ids().filter(|(_, a)| a.behind() == Some(gateway));
            let of_protocol = behind.flat_map(|(id, a)| {
                let own = a.speaks.iter().filter(|s| s.protocol.id == speaks.protocol.id);
                own.map(move |s| (id, s.devices.clone()))
            });
            let mut assets: Vec<(AssetId, Devices)> = of_protocol.collect();
            let mut everyone = speaks.broadcast.clone();
            if everyone.is_empty() {
                everyone.extend(assets.iter().map(|(id, _)| *id));
            }
            // What else a broadcast reaches is judged like what stands behind the gateway.
            for id in &everyone {
                if assets.iter().all(|(known, _)| known != id) {
                    let own = site.asset(*id).speaks.iter().find(|s| s.protocol.id == speaks.protocol.id);
                    assets.extend(own.map(|_| (*id, Devices::Listed(Vec::new()))));
                }
            }
            Self { gateway, protocol: speaks.protocol, assets, everyone }
        });
        all.collect()
    }

    /// What the device addresses of messages to the gateway lead to, when the gates to its assets are these.
    pub(super) fn reach(&self, site: &Site, gates: &[Option<u32>]) -> Reach {
        let mut reach = Reach { broadcast: self.protocol.device.broadcast, ..Reach::default() };
        let mut devices = Vec::new();
        for ((to, listed), gate) in self.assets.iter().zip(gates) {
            let Some(gate) = *gate else { continue };
            match listed {
                Devices::Any => reach.any = Some(Lead { gate, to: *to, device: 0 }),
                Devices::Listed(list) => devices.extend(list.iter().map(|d| Lead { gate, to: *to, device: *d })),
            }
        }
        devices.sort_by_key(|lead| lead.device);
        reach.devices = devices.into();
        let lead = |id: &AssetId| {
            let at = self.assets.iter().position(|(to, _)| to == id)?;
            let device = self.first_device(site, *id);
            gates[at].map(|gate| Lead { gate, to: *id, device })
        };
        reach.everyone = self.everyone.iter().map(lead).collect();
        reach
    }

    fn first_device(&self, site: &Site, id: AssetId) -> u32 {
        let own = site.asset(id).speaks.iter().find(|s| s.protocol.id == self.protocol.id);
        match own.map(|s| &s.devices) {
            Some(Devices::Listed(list)) => list.first().copied().unwrap_or(self.protocol.device.default),
            _ => self.protocol.device.default,
        }
    }
}

/// Where one device address of a gateway leads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lead {
    pub(super) gate: u32,
    pub(super) to: AssetId,
    /// The asset's own device address.
    pub(super) device: u32,
}

/// Where the device addresses of a gateway lead, for sources with the same rights.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    /// Sorted by device address.
    devices: Box<[Lead]>,
    /// Every other address, if one asset behind the gateway owns them all.
    any: Option<Lead>,
    /// The address that every device obeys.
    broadcast: Option<u32>,
    /// Where a message to it leads; `None` for assets that no conduit leads to.
    everyone: Box<[Option<Lead>]>,
}

impl Reach {
    fn lead(&self, device: u32) -> Option<Lead> {
        let found = self.devices.binary_search_by_key(&device, |lead| lead.device);
        found.ok().map(|at| self.devices[at]).or(self.any)
    }

    fn leads(&self) -> impl Iterator<Item = &Lead> {
        self.devices.iter().chain(&self.any).chain(self.everyone.iter().flatten())
    }
}

/// A gate of an asset that is no gateway of its protocol.
pub(super) const NO_REACH: u32 = u32::MAX;

impl Policy {
    /// The route of a message with this device address: of a message to a gateway of its protocol, that to the asset behind
    /// it; else the same.
    pub fn reach(&self, route: Route, device: u32) -> Route {
        let lead = self.reach_of(route).and_then(|reach| reach.lead(device));
        lead.map_or(route, |lead| self.led(route, lead))
    }

    /// Where a message leads that every device behind a gateway obeys: the route to each, and the device address there;
    /// `None` for an asset that no conduit leads to. No list when the message is for one device.
    pub(super) fn everyone(
        &self,
        route: Route,
        device: u32,
    ) -> Option<impl Iterator<Item = Option<(Route, u32)>> + '_> {
        let reach = self.reach_of(route).filter(|reach| reach.broadcast == Some(device))?;
        let lead = move |lead: Lead| (self.led(route, lead), lead.device);
        Some(reach.everyone.iter().map(move |found| found.map(lead)))
    }

    /// The route itself, and every one that its messages may take by their device address.
    pub(super) fn branches(&self, route: Route) -> impl Iterator<Item = Route> + '_ {
        let leads = self.reach_of(route).into_iter().flat_map(Reach::leads);
        core::iter::once(route).chain(leads.map(move |lead| self.led(route, *lead)))
    }

    /// The asset that a device address means on the way to `to`, if it stands behind a gateway there.
    pub fn asset_behind(&self, to: AssetId, device: u32) -> Option<AssetId> {
        let owns = |devices: &Devices| match devices {
            Devices::Any => true,
            Devices::Listed(list) => list.contains(&device),
        };
        let behind = self.behind.iter().filter(|behind| behind.gateway == to).flat_map(|b| &b.assets);
        behind.filter(|(_, devices)| owns(devices)).map(|(id, _)| *id).next()
    }

    /// The assets that stand behind another on the network: whoever may talk to one of them may dial it.
    pub(super) fn carried(&self, asset: AssetId) -> impl Iterator<Item = AssetId> + '_ {
        let behind = self.behind.iter().filter(move |behind| behind.gateway == asset);
        behind
            .flat_map(|b| &b.assets)
            .map(|(id, _)| *id)
            .filter(move |id| matches!(self.site.asset(*id).via, Some(Via::Asset { gateway, .. }) if gateway == asset))
    }

    /// The route to an asset behind the gateway, with the floors there.
    fn led(&self, route: Route, lead: Lead) -> Route {
        let floors = self.floors.from(route.from, lead.to, route.protocol);
        Route { gate: lead.gate, to: lead.to, floors, ..route }
    }

    fn reach_of(&self, route: Route) -> Option<&Reach> {
        self.reaches.get(self.gates[route.gate as usize].reach as usize)
    }
}
