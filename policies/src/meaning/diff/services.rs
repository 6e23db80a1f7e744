//! What is newly allowed and newly denied beside the protocols, between every two kinds of ends.

use super::ends;
use super::packets::{Party, Pass, groups, passing};
use super::{Change, Effect};
use crate::services::Group;
use crate::site::{Mac, Net, Site, Within};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

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
    for (first, last) in &nets {
        if let Some(ip) = apart(&nets, *first, *last) {
            all.push((format!("{first} .. {last}"), [Some(Party::Address(ip)); 2]));
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

/// An address of a net that no net inside of it has, if there is one.
fn apart(nets: &BTreeSet<(IpAddr, IpAddr)>, first: IpAddr, last: IpAddr) -> Option<IpAddr> {
    let inner: Vec<_> = nets.iter().filter(|(a, b)| first <= *a && *b <= last && (*a, *b) != (first, last)).collect();
    let after = inner.iter().filter_map(|(_, b)| next(*b));
    let mut tried = after.chain([first]);
    tried.find(|ip| (first..=last).contains(ip) && !inner.iter().any(|(a, b)| (*a..=*b).contains(ip)))
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
