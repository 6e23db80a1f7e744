//! The ends of both sites, put together: an address is the same end in both, whoever has it.

use crate::site::{Asset, AssetId, Conduit, Site, Within};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// One address with the assets that have it.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) name: String,
    pub(super) old: Option<AssetId>,
    pub(super) new: Option<AssetId>,
}

/// Every address of both sites; those of an asset that has the same in both are one end.
pub(super) fn of(old: &Site, new: &Site) -> Vec<End> {
    let mut addresses: BTreeMap<IpAddr, (Option<AssetId>, Option<AssetId>)> = BTreeMap::new();
    for (id, ip) in owned(old) {
        addresses.entry(ip).or_default().0 = Some(id);
    }
    for (id, ip) in owned(new) {
        addresses.entry(ip).or_default().1 = Some(id);
    }
    let mut known: BTreeMap<(Option<AssetId>, Option<AssetId>), Vec<IpAddr>> = BTreeMap::new();
    for (ip, owners) in addresses {
        known.entry(owners).or_default().push(ip);
    }
    let with_one = known.into_iter().map(|((o, n), ips)| End { name: name(old, new, (o, n), &ips), old: o, new: n });
    with_one.chain(without_address(old, new)).collect()
}

/// Assets that are known by MAC alone or stand behind a gateway, by their names.
fn without_address(old: &Site, new: &Site) -> Vec<End> {
    let mut known: BTreeMap<&str, [Option<AssetId>; 2]> = BTreeMap::new();
    for (side, site) in [old, new].into_iter().enumerate() {
        for (id, asset) in (0..).map(AssetId).zip(&site.assets).filter(|(_, a)| a.addresses.is_empty()) {
            known.entry(&asset.name).or_default()[side] = Some(id);
        }
    }
    known.into_iter().map(|(name, [old, new])| End { name: name.into(), old, new }).collect()
}

fn owned(site: &Site) -> impl Iterator<Item = (AssetId, IpAddr)> + '_ {
    let all = (0..).map(AssetId).zip(&site.assets);
    all.flat_map(|(id, a): (AssetId, &Asset)| a.addresses.iter().map(move |ip| (id, ip.to_canonical())))
}

/// `plc-3`; with its address where another address has the same name in one of the sites.
fn name(old: &Site, new: &Site, owners: (Option<AssetId>, Option<AssetId>), ips: &[IpAddr]) -> String {
    let [before, after] = [owners.0.map(|id| &old.asset(id).name), owners.1.map(|id| &new.asset(id).name)];
    let ip = ips.first().map_or_else(String::new, ToString::to_string);
    match (before, after) {
        (Some(before), Some(after)) if before == after => after.clone(),
        (Some(before), Some(after)) => format!("{after} ({ip}, was {before})"),
        (Some(name), None) if new.asset_named(name).is_some() => format!("{name} at {ip}"),
        (None, Some(name)) if old.asset_named(name).is_some() => format!("{name} at {ip}"),
        (Some(name), None) | (None, Some(name)) => name.clone(),
        (None, None) => ip,
    }
}

/// The conduits of a site, by their place, in which an asset commands, and those in which it obeys.
pub(super) struct Members {
    pub(super) from: Vec<Vec<u16>>,
    pub(super) to: Vec<Vec<u16>>,
}

impl Members {
    pub(super) fn of(site: &Site) -> Self {
        let mut members = Self { from: vec![Vec::new(); site.assets.len()], to: vec![Vec::new(); site.assets.len()] };
        let speaking = |(_, c): &(u16, &Conduit)| !c.statements.is_empty();
        for (index, conduit) in (0..).zip(&site.conduits).filter(speaking) {
            conduit.from.iter().for_each(|id| members.from[id.0 as usize].push(index));
            conduit.to.iter().for_each(|id| members.to[id.0 as usize].push(index));
        }
        members
    }

    /// Where an end commands, or obeys.
    pub(super) fn list(lists: &[Vec<u16>], asset: Option<AssetId>) -> &[u16] {
        asset.and_then(|id| lists.get(id.0 as usize)).map_or(&[], Vec::as_slice)
    }
}

/// The cell of an asset.
pub(super) fn cell(site: &Site, asset: Option<AssetId>) -> Option<&str> {
    site.asset(asset?).cell.as_deref()
}

/// Whether a conduit that two assets are ends of joins them: one within cells joins those of one cell.
pub(super) fn joins(site: &Site, conduit: &Conduit, (from, to): (Option<AssetId>, Option<AssetId>)) -> bool {
    let cells = (cell(site, from), cell(site, to));
    conduit.within == Within::Site || cells.0.is_some() && cells.0 == cells.1
}
