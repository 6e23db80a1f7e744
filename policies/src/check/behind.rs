//! M007, M010, M011, M012, M013: devices behind a gateway of their protocol, and on serial lines.

use crate::diagnose::{Diagnostic, Diagnostics};
use crate::site::{Asset, AssetId, Devices, Location, Site, Speaks, Via};
use std::collections::{BTreeMap, HashMap};

pub(super) fn check(site: &Site, diagnostics: &mut Diagnostics) {
    let mut behind: BTreeMap<AssetId, Vec<&Asset>> = BTreeMap::new();
    for asset in &site.assets {
        match &asset.via {
            Some(Via::Asset { gateway, at }) => {
                if let Some(wrong) = no_gateway(site, asset, *gateway, at) {
                    diagnostics.push(wrong);
                } else {
                    behind.entry(*gateway).or_default().push(asset);
                }
            }
            Some(Via::Line { at, .. }) => {
                let message = format!("{} is on a serial line, and this version carries none", asset.name);
                let wrong = Diagnostic::warning("M013", at, message);
                diagnostics.push(wrong.help("nothing reaches it through a gateway of the site, whatever is allowed"));
            }
            None => {}
        }
    }
    for (id, gateway) in (0..).map(AssetId).zip(&site.assets) {
        let assets = behind.get(&id).map_or(&[][..], |list| list);
        for speaks in gateway.speaks.iter().filter(|s| s.gateway) {
            let line = Line { site, gateway, speaks, assets };
            line.shared(diagnostics);
            line.broadcast(diagnostics);
        }
    }
}

/// M010: what an asset stands behind is no gateway of its protocol.
fn no_gateway(site: &Site, asset: &Asset, gateway: AssetId, at: &Location) -> Option<Diagnostic> {
    let before = site.asset(gateway);
    let speaks = |s: &Speaks| before.speaks.iter().any(|g| g.gateway && g.protocol.id == s.protocol.id);
    let protocol = asset.speaks.iter().find(|s| !speaks(s));
    let (message, help) = match protocol {
        _ if before.via.is_some() || before.addresses.is_empty() => (
            format!("{} has no address of its own, so nothing reaches {} through it", before.name, asset.name),
            "a gateway of a protocol stands on the network with an ip",
        ),
        Some(s) => (
            format!(
                "{} is no gateway of {}, so nothing reaches {} through it",
                before.name, s.protocol.name, asset.name
            ),
            "add gateway = true to its protocol table",
        ),
        None => return None,
    };
    Some(Diagnostic::error("M010", at, message).also(&before.at, "what it stands behind").help(help))
}

/// A gateway of a protocol and what stands behind it.
struct Line<'s> {
    site: &'s Site,
    gateway: &'s Asset,
    speaks: &'s Speaks,
    assets: &'s [&'s Asset],
}

impl<'s> Line<'s> {
    /// Everything that has a device address there, the gateway first.
    fn owners(&self) -> impl Iterator<Item = (&'s Asset, &'s Devices)> + '_ {
        let own = |asset: &'s Asset| {
            let speaks = asset.speaks.iter().find(|s| s.protocol.id == self.speaks.protocol.id);
            speaks.map(move |s| (asset, &s.devices))
        };
        core::iter::once((self.gateway, &self.speaks.devices)).chain(self.assets.iter().filter_map(move |a| own(a)))
    }

    /// M007, M011: device addresses that are not one asset's alone.
    fn shared(&self, diagnostics: &mut Diagnostics) {
        let device = &self.speaks.protocol.device;
        let (key, mut known) = (device.key, HashMap::new());
        for (asset, devices) in self.owners() {
            let Devices::Listed(list) = devices else {
                let has_any = |devices: &Devices| *devices != Devices::Listed(Vec::new());
                let other = self.owners().find(|(other, own)| other.name != asset.name && has_any(own));
                if let Some((other, devices)) = other {
                    let ip =
                        self.gateway.addresses.first().map_or_else(|| self.gateway.name.clone(), ToString::to_string);
                    let number = match devices {
                        Devices::Listed(list) => list.first().copied().unwrap_or(device.default),
                        Devices::Any => device.default,
                    };
                    let message = format!(
                        "{key} = \"any\" on {ip}, which {} shares: {key} {number} would be written through it",
                        other.name
                    );
                    let wrong = Diagnostic::error("M007", &asset.at, message).also(&other.at, "the other one");
                    diagnostics.push(wrong.help(format!("list the {key}s of {}", asset.name)));
                }
                continue;
            };
            for number in list {
                if Some(*number) == device.broadcast {
                    let message = format!(
                        "{key} {number} is every device behind {} at once, and no address of one",
                        self.gateway.name
                    );
                    diagnostics.push(Diagnostic::error("M011", &asset.at, message).help("give it its own"));
                } else if let Some(first) = known.insert(*number, asset) {
                    let message = format!(
                        "{} and {} both answer to {key} {number} of {}",
                        asset.name, first.name, self.gateway.name
                    );
                    diagnostics.push(Diagnostic::error("M011", &asset.at, message).also(&first.at, "the other one"));
                }
            }
        }
    }

    /// M012: what a broadcast is said to reach is not what stands there.
    fn broadcast(&self, diagnostics: &mut Diagnostics) {
        let reached = &self.speaks.broadcast;
        if reached.is_empty() {
            return;
        }
        let mut wrong = |asset: &Asset, message: String, help: &str| {
            let wrong = Diagnostic::warning("M012", &self.gateway.at, message);
            diagnostics.push(wrong.also(&asset.at, "the asset").help(help));
        };
        let named = |name: &str| reached.iter().any(|id| self.site.asset(*id).name == name);
        for asset in self.assets.iter().filter(|a| !named(&a.name)) {
            let message = format!("{} stands behind {} and is not in its `broadcast`", asset.name, self.gateway.name);
            wrong(asset, message, "a broadcast reaches every device on the line; add it, unless it is on another one");
        }
        for asset in reached.iter().map(|id| self.site.asset(*id)) {
            if self.assets.iter().all(|a| a.name != asset.name) {
                let message = format!(
                    "`broadcast` of {} names {}, which does not stand behind it",
                    self.gateway.name, asset.name
                );
                wrong(asset, message, "give the asset via, or leave it out of `broadcast`");
            }
        }
    }
}
