//! The decision on what is not inspected, against an answer that reads the site from top to bottom.

use super::random::{ADDRESSES, ASSETS, MACS, site};
use proptest::prelude::*;
use sluice_policies::decision::{Mode, Reason, Verdict};
use sluice_policies::services::{Carries, Group, Way};
use sluice_policies::site::{AssetId, Conduit, Mac, Opens, Outside, Passes, Site};
use sluice_policies::{End, Packet, Policy};
use std::net::IpAddr;

fn is_group(end: End) -> bool {
    match end {
        End::Asset(_) => false,
        End::Address(ip) => ip.is_multicast() || ip.to_string() == "255.255.255.255",
        End::Mac(mac) => mac.0[0] % 2 == 1,
    }
}

/// Whether an end is among the assets, or in what stands beside them.
fn belongs(end: End, assets: &[AssetId], outside: &Outside) -> bool {
    match end {
        End::Asset(id) => assets.contains(&id),
        End::Address(ip) => outside.nets.iter().any(|n| n.contains(ip)) || outside.anyone && !is_group(end),
        End::Mac(_) => outside.anyone && !is_group(end),
    }
}

/// The ways in which a conduit can be used: who opens, and who is opened.
fn ways(conduit: &Conduit) -> Vec<[(&Vec<AssetId>, &Outside); 2]> {
    let (from, to) = ((&conduit.from, &conduit.from_outside), (&conduit.to, &conduit.to_outside));
    match conduit.opens {
        Opens::From => vec![[from, to]],
        Opens::To => vec![[to, from]],
        Opens::Either => vec![[from, to], [to, from]],
    }
}

fn is(carries: Carries, packet: Packet) -> bool {
    match (carries, packet) {
        (Carries::Tcp(ports), Packet::Tcp { port })
        | (Carries::Reads(ports), Packet::Reading { port, .. })
        | (Carries::Moves(ports), Packet::Udp { port, .. } | Packet::Reading { port, .. }) => ports.contains(&port),
        (Carries::Udp { source: from, ports }, Packet::Udp { source, port } | Packet::Reading { source, port }) => {
            ports.contains(&port) && from.is_none_or(|from| from == source)
        }
        (Carries::Icmp(kind, _), Packet::Icmp { kind: k }) | (Carries::Icmp6(kind, _), Packet::Icmp6 { kind: k }) => {
            kind == k
        }
        (Carries::Ethertype(number), Packet::Ethertype(n)) => number == n,
        (Carries::Llc(point), Packet::Llc { destination, source }) => point == destination && point == source,
        _ => false,
    }
}

fn holds(groups: &[Group], end: End) -> bool {
    groups.iter().any(|group| match (group, end) {
        (Group::Ip(ip), End::Address(of)) => *ip == of,
        (Group::Macs(first, last), End::Mac(of)) => *first <= of && of <= *last,
        _ => false,
    })
}

/// Whether one thing that a statement lets pass is this packet, sent by the opener or by the other one.
fn lets_pass(passes: &Passes, way: Way, packet: Packet, to: End, addressed: bool) -> bool {
    let ask = way == Way::Ask;
    match (passes, packet) {
        (Passes::Tcp(p), Packet::Tcp { port }) | (Passes::Udp(p), Packet::Udp { port, .. }) => {
            ask && p.port == port && addressed
        }
        (Passes::Ethertype(number), Packet::Ethertype(n)) => {
            ask && *number == n && (addressed || is_group(to) && matches!(to, End::Mac(_)))
        }
        (Passes::Preset(preset), _) => preset
            .legs
            .iter()
            .any(|leg| leg.way == way && is(leg.carries, packet) && (leg.single && addressed || holds(leg.groups, to))),
        _ => false,
    }
}

/// Whether a conduit allows the packet, and whether it joins the two ends so that the sender may open.
fn asked(conduit: &Conduit, from: End, to: End, packet: Packet) -> (bool, bool) {
    let (mut allows, mut joins) = (false, false);
    for [opener, other] in ways(conduit) {
        for (way, sender, receiver) in [(Way::Ask, opener, other), (Way::Tell, other, opener)] {
            let addressed = belongs(to, receiver.0, receiver.1);
            if belongs(from, sender.0, sender.1) {
                joins |= way == Way::Ask && addressed;
                let all = conduit.services.iter().flat_map(|s| &s.passes);
                allows |= all.clone().any(|p| lets_pass(p, way, packet, to, addressed));
            }
        }
    }
    (allows, joins)
}

/// Verdict, reason and the conduit that decides.
fn judged(site: &Site, from: End, to: End, packet: Packet) -> (Verdict, Option<Reason>, Option<String>) {
    let all: Vec<_> = site.conduits.iter().map(|c| (c, asked(c, from, to, packet))).collect();
    if let Some((conduit, _)) = all.iter().find(|(_, (allows, _))| *allows) {
        return (Verdict::Allow, None, Some(conduit.name.clone()));
    }
    let mut joining: Vec<&Conduit> = all.iter().filter(|(_, (_, joins))| *joins).map(|(c, _)| *c).collect();
    if joining.iter().any(|c| !c.services.is_empty()) {
        joining.retain(|c| !c.services.is_empty());
    }
    let withheld = |enforced: bool| if enforced { Verdict::Deny } else { Verdict::Alert };
    match joining.first() {
        Some(first) => {
            let enforced = joining.iter().any(|c| c.mode == Mode::Enforce);
            (withheld(enforced), Some(Reason::NoStatement), Some(first.name.clone()))
        }
        None => (withheld(site.unmatched.mode == Mode::Enforce), Some(Reason::NoConduit), None),
    }
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        2 => (0..u32::from(ASSETS)).prop_map(|id| End::Asset(AssetId(id))),
        2 => prop::sample::select(ADDRESSES).prop_map(|ip| End::Address(ip.parse::<IpAddr>().unwrap())),
        1 => prop::sample::select(MACS).prop_map(|mac| End::Mac(Mac(mac))),
    ]
}

fn packet() -> impl Strategy<Value = Packet> {
    let port = || prop::sample::select(vec![22u16, 53, 67, 68, 123, 319, 514, 546, 547, 9999]);
    let kind = || prop::sample::select(vec![0u8, 8, 128, 129]);
    let point = || prop::sample::select(vec![0x42u8, 0xAA]);
    prop_oneof![
        port().prop_map(|port| Packet::Tcp { port }),
        (port(), port()).prop_map(|(source, port)| Packet::Udp { source, port }),
        kind().prop_map(|kind| Packet::Icmp { kind }),
        kind().prop_map(|kind| Packet::Icmp6 { kind }),
        prop::sample::select(vec![0x88CCu16, 0x88E3, 0x88F7, 0x88FB, 0x9000]).prop_map(Packet::Ethertype),
        (point(), point()).prop_map(|(destination, source)| Packet::Llc { destination, source }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_service_passes_when_the_site_says_so(site in site(), sent in prop::collection::vec((end(), end(), packet()), 60)) {
        let policy = Policy::compile(site.clone());
        for (from, to, packet) in sent {
            let decision = policy.service(from, to, packet);
            let conduit = policy.conduit_name(decision.conduit).to_owned();
            let got = (decision.verdict, decision.reason, Some(conduit).filter(|name| name != "unmatched"));
            prop_assert_eq!(got, judged(&site, from, to, packet), "{:?} -> {:?} {:?}", from, to, packet);
            let named = decision.statement.map(|id| policy.statement_name(id));
            prop_assert_eq!(named.is_some(), decision.reason.is_none());
        }
    }
}
