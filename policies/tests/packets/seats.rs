//! The seat of a frame, against an answer that reads the site from top to bottom.

use super::random::{ADDRESSES, MACS, site};
use proptest::prelude::*;
use sluice_policies::site::{Asset, AssetId, GatewayId, Mac, Site};
use sluice_policies::{Misplaced, Policy, Seat, Seen};
use std::net::IpAddr;

/// Who has the frame's address: by IP, or by MAC when the frame has no IP address that is more than its link's.
fn owner(site: &Site, seen: &Seen) -> Option<AssetId> {
    let holders = |holds: &dyn Fn(&Asset) -> bool| {
        (0..).map(AssetId).zip(&site.assets).filter(|(_, a)| holds(a)).map(|(id, _)| id).collect::<Vec<_>>()
    };
    if let Some(ip) = seen.ip {
        if let [asset] = *holders(&|a| a.addresses.contains(&ip)) {
            return Some(asset);
        }
        let text = ip.to_string();
        if text != "0.0.0.0" && text != "::" && !text.starts_with("fe80:") {
            return None;
        }
    }
    match *holders(&|a| a.macs.contains(&seen.mac)) {
        [asset] => Some(asset),
        _ => None,
    }
}

fn seat(site: &Site, gateway: GatewayId, seen: &Seen) -> Seat {
    let Some(id) = owner(site, seen) else { return Seat::Unknown };
    let asset = site.asset(id);
    let mut wrong = Vec::new();
    if !asset.macs.is_empty() && !asset.macs.contains(&seen.mac) {
        wrong.push(Misplaced::Mac);
    }
    if asset.vlan.is_some() && asset.vlan != Some(seen.vlan) {
        wrong.push(Misplaced::Vlan);
    }
    if let Some(port) = asset.port.as_ref().filter(|p| p.gateway == gateway) {
        let gateway = &site.gateways[usize::from(gateway.0)];
        let came_in = gateway.bridge.as_ref().map(|b| b.sides[usize::from(seen.side)].name.clone());
        if came_in.as_ref() != Some(&gateway.ports[port.port].name) {
            wrong.push(Misplaced::Port);
        }
    }
    match wrong.first() {
        Some(what) => Seat::Misplaced { asset: id, what: *what },
        None => Seat::Known(id),
    }
}

fn seen() -> impl Strategy<Value = Seen> {
    let ip = prop::option::weighted(0.8, prop::sample::select(ADDRESSES));
    let mac = prop::sample::select(&MACS[..4]);
    let vlan = prop::sample::select(vec![0, 10, 20, Seen::STACKED]);
    (ip, mac, vlan, 0u8..2).prop_map(|(ip, mac, vlan, side)| Seen {
        ip: ip.map(|ip| ip.parse::<IpAddr>().unwrap()),
        mac: Mac(mac),
        vlan,
        side,
    })
}

proptest! {
    #[test]
    fn a_seat_is_what_the_site_says_of_it(site in site(), frames in prop::collection::vec((seen(), 0u16..2), 40)) {
        let policy = Policy::compile(site.clone());
        for (seen, gateway) in frames {
            let gateway = GatewayId(gateway);
            prop_assert_eq!(policy.seat(gateway, &seen), seat(&site, gateway, &seen), "{:?}", seen);
        }
    }
}
