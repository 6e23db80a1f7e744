//! Over random pairs of sites with services: what one lets pass and the other does not lies in what the difference says.

use crate::packets::{ADDRESSES, ASSETS, site};
use proptest::prelude::*;
use sluice_policies::meaning::diff::{Difference, Effect};
use sluice_policies::site::{AssetId, Site};
use sluice_policies::{End, Packet, Policy};
use std::collections::BTreeSet;
use std::net::IpAddr;

const PACKETS: [Packet; 9] = [
    Packet::Tcp { port: 22 },
    Packet::Tcp { port: 53 },
    Packet::Udp { source: 50_000, port: 123 },
    Packet::Udp { source: 68, port: 67 },
    Packet::Udp { source: 67, port: 68 },
    Packet::Udp { source: 50_000, port: 319 },
    Packet::Icmp { kind: 8 },
    Packet::Icmp6 { kind: 128 },
    Packet::Ethertype(0x88F7),
];

/// How a difference calls a packet.
fn calls(packet: Packet) -> Vec<String> {
    match packet {
        Packet::Udp { source, port } => {
            vec![format!("UDP to port {port}"), format!("UDP from port {source} to port {port}")]
        }
        other => vec![other.to_string()],
    }
}

/// Whether a set of names has an end in it.
fn holds(names: &BTreeSet<String>, site: &Site, end: End) -> bool {
    match end {
        End::Asset(id) => names.contains(&site.asset(id).name),
        End::Address(ip) => names.iter().any(|name| {
            // Groups of Ethernet are ranges, too.
            let ends = name.trim_start_matches("groups ").split_once(" .. ");
            let range = ends.and_then(|(a, b)| Some((a.parse::<IpAddr>().ok()?, b.parse::<IpAddr>().ok()?)));
            range.is_some_and(|(a, b)| a <= ip && ip <= b) || name == "anyone else" || *name == ip.to_string()
        }),
        End::Mac(_) => false,
    }
}

fn ends(policy: &Policy) -> Vec<End> {
    let assets = (0..u32::from(ASSETS)).map(|id| End::Asset(AssetId(id)));
    let addresses = ADDRESSES.iter().map(|ip| ip.parse().unwrap()).filter(|ip| policy.asset_of(*ip).is_none());
    assets.chain(addresses.map(End::Address)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_packet_that_one_side_lets_pass_is_told(old in site(), other in site()) {
        let new = Site { conduits: other.conduits, ..old.clone() };
        let difference = Difference::between(&old, &new);
        let policies = [Policy::compile(old.clone()), Policy::compile(new)];
        let mut differs = false;
        for from in ends(&policies[0]) {
            for to in ends(&policies[0]) {
                for packet in PACKETS {
                    let [before, after] = policies.each_ref().map(|p| p.service(from, to, packet).reason.is_none());
                    if before == after {
                        continue;
                    }
                    differs = true;
                    let effect = if after { Effect::Allowed } else { Effect::Denied };
                    let told = difference.changes.iter().filter(|c| c.effect == effect).any(|c| {
                        calls(packet).contains(&c.action) && holds(&c.from, &old, from) && holds(&c.to, &old, to)
                    });
                    prop_assert!(told, "{from:?} -> {to:?}: {packet} {before} {after}\n{difference}");
                }
            }
        }
        prop_assert!(!differs || !difference.is_empty());
    }
}
