//! A014, I003, I004, I005: assets that a gateway cannot tell apart, or not well enough.

use super::lifts::writes;
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::policy::gateways;
use crate::site::{Asset, AssetId, GatewayId, Identity, Site};
use std::collections::HashMap;
use std::net::IpAddr;

pub(super) fn check(site: &Site, diagnostics: &mut Diagnostics) {
    realms(site, diagnostics);
    for (id, asset) in (0..).map(AssetId).zip(&site.assets) {
        if asset.addresses.is_empty() && asset.via.is_none() && (!asset.macs.is_empty() || asset.identity.is_some()) {
            roaming(site, id, asset, diagnostics);
        }
        let says = |i: &Identity| i.cert.is_some() || i.user.is_some();
        if asset.cert.is_some() || asset.identity.as_deref().is_some_and(says) {
            let at = asset.identity.as_ref().map_or(&asset.at, |i| &i.at);
            let message = format!("no data plane of this version sees the certificate or the user of {}", asset.name);
            let help = "it is known by the rest that stands there, and by nothing if that is all";
            diagnostics.push(Diagnostic::warning("I005", at, message).help(help));
        }
    }
}

/// I003, I004: an asset without an address of its own that commands by a protocol over IP.
fn roaming(site: &Site, id: AssetId, asset: &Asset, diagnostics: &mut Diagnostics) {
    let speaking = || {
        let conduits = site.conduits.iter().filter(|c| c.from.binary_search(&id).is_ok());
        conduits.flat_map(|c| &c.statements)
    };
    if speaking().next().is_none() {
        return;
    }
    let at = asset.identity.as_ref().map_or(&asset.at, |i| &i.at);
    let is_weak = asset.identity.as_deref().is_none_or(Identity::is_weak);
    if let Some(statement) = speaking().find(|s| writes(s)).filter(|_| is_weak) {
        let message = format!("{} is known by MAC alone and may write; add port and dhcp, or cert", asset.name);
        let wrong = Diagnostic::error("I003", at, message).also(&statement.at, "it may write here");
        diagnostics.push(wrong.note("anybody can set a MAC address").help("or give it an ip of its own"));
        return;
    }
    let message =
        format!("{} has no ip, and no data plane of this version follows the leases of addresses", asset.name);
    let wrong = Diagnostic::warning("I004", at, message);
    diagnostics.push(wrong.note("what it sends over IP is judged as a stranger's").help("give it an ip of its own"));
}

/// A014: one address, and no gateway that tells whose it is.
fn realms(site: &Site, diagnostics: &mut Diagnostics) {
    let mut owners: HashMap<IpAddr, Vec<&Asset>> = HashMap::new();
    for asset in &site.assets {
        asset.addresses.iter().for_each(|ip| owners.entry(*ip).or_default().push(asset));
    }
    let mut seen: HashMap<(GatewayId, IpAddr), &Asset> = HashMap::new();
    for (id, asset) in (0..).map(AssetId).zip(&site.assets) {
        // Two assets of one realm with one address are said to be wrong as such (A003).
        let rival = |ip: &IpAddr| owners[ip].iter().copied().find(|other| other.realm != asset.realm);
        let shared: Vec<IpAddr> = asset.addresses.iter().filter(|ip| rival(ip).is_some()).copied().collect();
        let stands = if shared.is_empty() { Vec::new() } else { gateways(site, id, asset) };
        if let Some((ip, other)) = shared.first().and_then(|ip| Some((ip, rival(ip)?))).filter(|_| stands.is_empty()) {
            diagnostics.push(same(asset, other, *ip));
        }
        let own = stands.iter().flat_map(|gateway| shared.iter().map(move |ip| (*gateway, *ip)));
        let translated = asset.seen_as.iter().map(|s| (s.port.gateway, s.ip));
        for (gateway, ip) in own.chain(translated) {
            let first = *seen.entry((gateway, ip)).or_insert(asset);
            if first.name != asset.name {
                diagnostics.push(same(asset, first, ip));
            }
        }
    }
}

fn same(asset: &Asset, other: &Asset, ip: IpAddr) -> Diagnostic {
    let (one, two) = (&asset.name, &other.name);
    let message = format!("{one} and {two} have the same address {ip}, and no gateway tells them apart");
    let help = "assets of different realms stand at different gateways: give each its port = \"gateway:side\"";
    Diagnostic::error("A014", &asset.at, message).also(&other.at, "the other one").help(help)
}
