//! Whose address it is. Where realms overlap and where addresses are translated, that depends on the gateway that sees it.

use super::Policy;
use crate::site::{Asset, AssetId, GatewayId, Site};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

/// The addresses of a site.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// Those that belong to the same asset wherever they are seen.
    everywhere: HashMap<IpAddr, AssetId>,
    /// Those that mean something else at one gateway; `None` for nobody.
    here: HashMap<(GatewayId, IpAddr), Option<AssetId>>,
}

impl Addresses {
    pub(super) fn of(site: &Site) -> Self {
        let mut addresses = Self::default();
        let all = || (0..).map(AssetId).zip(&site.assets);
        let mut shared: HashSet<IpAddr> = HashSet::new();
        for (id, asset) in all() {
            for ip in asset.addresses.iter().map(IpAddr::to_canonical) {
                if addresses.everywhere.insert(ip, id).is_some() {
                    shared.insert(ip);
                }
            }
        }
        addresses.everywhere.retain(|ip, _| !shared.contains(ip));
        for (id, asset) in all() {
            for gateway in gateways(site, id, asset) {
                let own = asset.addresses.iter().map(IpAddr::to_canonical).filter(|ip| shared.contains(ip));
                addresses.here.extend(own.map(|ip| ((gateway, ip), Some(id))));
            }
        }
        addresses.translated(site);
        addresses
    }

    /// An asset that a gateway sees under another address is not seen under its own there.
    fn translated(&mut self, site: &Site) {
        let all = || (0..).map(AssetId).zip(&site.assets);
        let seen =
            || all().flat_map(|(id, a)| a.seen_as.iter().map(move |s| (id, a, s.port.gateway, s.ip.to_canonical())));
        for (id, asset, gateway, _) in seen() {
            for ip in asset.addresses.iter().map(IpAddr::to_canonical) {
                let is_own = self.everywhere.get(&ip) == Some(&id) || self.here.get(&(gateway, ip)) == Some(&Some(id));
                if is_own {
                    self.here.insert((gateway, ip), None);
                }
            }
        }
        for (id, _, gateway, ip) in seen() {
            self.here.insert((gateway, ip), Some(id));
            // Who looks from no gateway at all knows it by that address too, when it is nobody's else.
            self.everywhere.entry(ip).or_insert(id);
        }
    }

    /// The asset of an address, as one gateway sees it.
    pub(super) fn owner(&self, gateway: Option<GatewayId>, ip: IpAddr) -> Option<AssetId> {
        let ip = ip.to_canonical();
        if let Some(gateway) = gateway.filter(|_| !self.here.is_empty())
            && let Some(here) = self.here.get(&(gateway, ip))
        {
            return *here;
        }
        self.everywhere.get(&ip).copied()
    }
}

/// The gateways that an asset stands at: the one of its port, and those that dial it.
pub(crate) fn gateways(site: &Site, id: AssetId, asset: &Asset) -> Vec<GatewayId> {
    let mut gateways: Vec<GatewayId> = asset.port.iter().map(|port| port.gateway).collect();
    for (index, gateway) in (0..).zip(&site.gateways) {
        if gateway.proxies.iter().any(|p| p.asset == id) {
            gateways.push(GatewayId(index));
        }
    }
    gateways
}

impl Policy {
    /// This policy as the gateway called `name` sees it: where realms overlap or addresses are translated, an address is
    /// that of the asset which has it there.
    #[must_use]
    pub fn at(&self, name: &str) -> Self {
        Self { gateway: self.gateway_id(name), ..self.clone() }
    }

    /// The asset that has this address.
    pub fn asset_of(&self, ip: IpAddr) -> Option<AssetId> {
        self.addresses.owner(self.gateway, ip)
    }
}
