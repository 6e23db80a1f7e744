//! What is newly allowed and newly denied beside the protocols, between every two kinds of ends.

use super::ends;
use super::packets::{Party, Pass, groups, passing};
use super::{Change, Effect};
use crate::services::Group;
use crate::site::{Mac, Net, Site, Within};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One kind of end on both sides, with the names of all that are of it.
struct Kind {
    names: BTreeSet<String>,
    parties: [Option<Party>; 2],
}

/// What an end is in each conduit with services, and its cell where that matters, on both sides.
type Roles<'s> = [(Vec<u8>, Option<&'s str>); 2];

/// Adds every change.
pub(super) fn changes(old: &Site, new: &Site, out: &mut Vec<Change>) {
    let sites = [old, new];
    if sites.iter().all(|s| s.conduits.iter().all(|c| c.services.is_empty())) {
        return;
    }
    let kinds = kinds(sites);
    let groups = group_ends(sites);
    for from in &kinds {
        for to in kinds.iter().chain(&groups) {
            let of = |side: usize| match (from.parties[side], to.parties[side]) {
                (Some(from), Some(to)) => passing(sites[side], from, to),
                _ => Vec::new(),
            };
            let passes = [of(0), of(1)];
            let told = [(1, [Effect::Allowed, Effect::Loosened]), (0, [Effect::Denied, Effect::Tightened])];
            for (side, effects) in told {
                tell(sites[side], (from, to), &passes[side], &passes[1 - side], effects, out);
            }
        }
    }
}

/// What some let pass and others do not.
fn tell(
    site: &Site,
    (from, to): (&Kind, &Kind),
    some: &[Pass<'_>],
    others: &[Pass<'_>],
    effects: [Effect; 2],
    out: &mut Vec<Change>,
) {
    for pass in some {
        let covering: Vec<&Pass<'_>> = others.iter().filter(|o| o.kind.covers(pass.kind)).collect();
        if covering.iter().any(|o| pass.guard.implies(&o.guard)) {
            continue;
        }
        let beyond = |o: &&Pass<'_>| o.guard.beyond(&pass.guard).join(" and ");
        let asked: BTreeSet<String> = covering.iter().map(beyond).collect();
        let other = (!covering.is_empty()).then(|| asked.into_iter().collect::<Vec<_>>().join(", or "));
        out.push(Change {
            effect: effects[usize::from(other.is_some())],
            from: from.names.clone(),
            to: to.names.clone(),
            what: "service".into(),
            action: pass.kind.to_string(),
            functions: BTreeSet::new(),
            items: BTreeSet::new(),
            conditions: pass.guard.words(),
            other,
            statements: [(format!("{}.{}", pass.conduit.name, pass.service.id), site.show(&pass.service.at))].into(),
        });
    }
}

/// Every end of both sites, those that have the same roles in all conduits with services put together.
fn kinds(sites: [&Site; 2]) -> Vec<Kind> {
    let mut all: Vec<(String, [Option<Party>; 2])> = ends::of(sites[0], sites[1])
        .into_iter()
        .map(|end| (end.name, [end.old, end.new].map(|id| id.map(Party::Asset))))
        .collect();
    let nets: BTreeSet<(IpAddr, IpAddr)> = sites.iter().flat_map(|s| nets(s)).map(Net::range).collect();
    for net in &nets {
        for (name, ip) in apart(&nets, *net) {
            all.push((name, [Some(Party::Address(ip)); 2]));
        }
    }
    all.push(("anyone else".into(), [Some(Party::Stranger); 2]));
    let mut kinds: BTreeMap<Roles<'_>, Kind> = BTreeMap::new();
    for (name, parties) in all {
        let roles = |side: usize| {
            let conduits = sites[side].conduits.iter().filter(|c| !c.services.is_empty());
            conduits.map(|c| parties[side].map_or(0, |p| p.roles(c))).collect::<Vec<u8>>()
        };
        // Within cells, the cell tells ends apart.
        let cell = |side: usize| {
            let apart = sites[side].conduits.iter().any(|c| !c.services.is_empty() && c.within == Within::Cell);
            ends::cell(sites[side], parties[side].and_then(Party::asset)).filter(|_| apart)
        };
        let roles = [(roles(0), cell(0)), (roles(1), cell(1))];
        if roles.iter().flat_map(|(roles, _)| roles).any(|r| *r != 0) {
            kinds.entry(roles).or_insert_with(|| Kind { names: BTreeSet::new(), parties }).names.insert(name);
        }
    }
    kinds.into_values().collect()
}

fn nets(site: &Site) -> impl Iterator<Item = &Net> {
    site.conduits.iter().flat_map(|c| c.from_outside.nets.iter().chain(&c.to_outside.nets))
}

/// Addresses of IPv4 and IPv6 that are alike: of one device, or of a group.
const LIKE: [(IpAddr, IpAddr, bool); 6] = [
    (v4(0), v4(0xDFFF_FFFF), false),
    (v4(0xE000_0000), v4(0xEFFF_FFFF), true),
    (v4(0xF000_0000), v4(0xFFFF_FFFE), false),
    (v4(0xFFFF_FFFF), v4(0xFFFF_FFFF), true),
    (v6(0), v6((0xFF << 120) - 1), false),
    (v6(0xFF << 120), v6(u128::MAX), true),
];

const fn v4(bits: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(bits))
}

const fn v6(bits: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(bits))
}

/// Addresses of a net that no net inside of it has, one of each kind that there is, with the name of all like it.
fn apart(nets: &BTreeSet<(IpAddr, IpAddr)>, (first, last): (IpAddr, IpAddr)) -> Vec<(String, IpAddr)> {
    let inner = nets.iter().filter(|(a, b)| first <= *a && *b <= last && (*a, *b) != (first, last));
    let inner: Vec<_> = inner.collect();
    let mut found = Vec::new();
    for (low, high, groups) in LIKE {
        let (from, to) = (low.max(first), high.min(last));
        let after = inner.iter().filter_map(|(_, b)| next(*b));
        let mut tried = after.chain([from]);
        let free = |ip: &IpAddr| (from..=to).contains(ip) && !inner.iter().any(|(a, b)| (*a..=*b).contains(ip));
        let name = if groups { format!("groups {from} .. {to}") } else { format!("{first} .. {last}") };
        found.extend(tried.find(free).map(|ip| (name, ip)));
    }
    found
}

fn next(ip: IpAddr) -> Option<IpAddr> {
    Some(match ip {
        IpAddr::V4(ip) => IpAddr::V4(ip.to_bits().checked_add(1)?.into()),
        IpAddr::V6(ip) => IpAddr::V6(ip.to_bits().checked_add(1)?.into()),
    })
}

/// Every group that a service of either site sends to.
fn group_ends(sites: [&Site; 2]) -> Vec<Kind> {
    let services = sites.iter().flat_map(|s| s.conduits.iter()).flat_map(|c| &c.services);
    let mut parties: BTreeMap<String, Party> = BTreeMap::new();
    for group in services.flat_map(groups) {
        let party = match group {
            Group::Ip(ip) => Party::Address(ip),
            Group::Macs(first, last) => Party::Macs(first, last),
        };
        parties.insert(group.to_string(), party);
    }
    parties.insert("every group of Ethernet".into(), Party::Macs(Mac([1, 0, 0, 0, 0, 0]), Mac([0xFF; 6])));
    parties.into_iter().map(|(name, party)| Kind { names: [name].into(), parties: [Some(party); 2] }).collect()
}
