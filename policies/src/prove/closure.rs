//! Whom the sources of a guarantee can act as: over services that give a session on another machine, over hosts that say
//! they relay them, and so on from there.

use super::ends::{self, Group, Party};
use super::means::means;
use super::services::{Along, joined, real, sides, ways};
use super::{Ground, Hop, Source, unless};
use crate::site::{AssetId, Conditions, Conduit, Never};
use std::collections::HashMap;

/// The assets that can be acted through, with the step that led there.
#[derive(Debug, Default)]
pub(super) struct Reached {
    hops: Vec<Hop>,
    by_asset: HashMap<AssetId, usize>,
}

impl Reached {
    /// Every step.
    pub(super) fn hops(&self) -> &[Hop] {
        &self.hops
    }

    /// The steps to an asset, from a source of the guarantee on; none when it is one itself.
    pub(super) fn path(&self, to: AssetId) -> Vec<Hop> {
        let mut path = Vec::new();
        let mut at = to;
        // Each step was made from an asset that was reached before.
        while let Some(hop) = self.by_asset.get(&at).map(|index| &self.hops[*index]) {
            path.push(hop.clone());
            match hop.from {
                Party::Asset(from) => at = from,
                Party::Strangers(_) => break,
            }
        }
        path.reverse();
        path
    }

    fn add(&mut self, hop: Hop) {
        self.by_asset.insert(hop.to, self.hops.len());
        self.hops.push(hop);
    }
}

/// Follows a guarantee's sources as far as they get, the shortest way to each.
pub(super) fn reached(ground: &Ground<'_>, never: &Never, sources: &Group) -> Reached {
    let mut reached = Reached::default();
    let mut group = sources.clone();
    loop {
        let before = reached.hops.len();
        let from = group.clone();
        for hop in hops(ground, never, &from) {
            // Whoever is reached may also send from the addresses that it stands behind.
            let fronts = (0..).map(AssetId).zip(&ground.site.assets).filter(|(_, a)| a.hides.contains(&hop.to));
            let fronts: Vec<AssetId> = fronts.map(|(id, _)| id).chain([hop.to]).collect();
            for to in fronts.into_iter().filter(|id| group.add(*id)) {
                reached.add(Hop { to, ..hop.clone() });
            }
        }
        if reached.hops.len() == before {
            return reached;
        }
    }
}

/// Every step out of a group.
fn hops(ground: &Ground<'_>, never: &Never, from: &Group) -> Vec<Hop> {
    let mut all = Vec::new();
    for (number, conduit) in ground.site.conduits.iter().enumerate() {
        for (by, along) in steps(ground, never, number, conduit) {
            let (_, receiver) = sides(conduit, along);
            for to in receiver.0 {
                let relays = ground.site.asset(*to).relays.as_deref();
                // Over a session everybody acts as the other machine, over anything else those whom it relays.
                let senders = match (by.session, relays) {
                    (true, _) => from.clone(),
                    (false, Some(relays)) => from.relayed(relays),
                    (false, None) => continue,
                };
                all.extend(step(ground, conduit, along, &senders, *to).map(|from| Hop {
                    from,
                    by: by.source,
                    to: *to,
                }));
            }
        }
    }
    all
}

/// One of a group whom a conduit joins to an asset.
fn step(ground: &Ground<'_>, conduit: &Conduit, along: Along, senders: &Group, to: AssetId) -> Option<Party> {
    let (sender, _) = sides(conduit, along);
    let party = Party::Asset(to);
    let all = ends::parties(senders, sender.0, sender.1);
    all.into_iter().find(|from| real(ground.site, from) && joined(ground.site, conduit, along, from, &party))
}

/// A statement that a step may be made by, and whether it gives a session.
#[derive(Clone, Copy)]
struct Step {
    source: Source,
    session: bool,
}

/// The statements of a conduit that nothing excuses, each way round.
fn steps(ground: &Ground<'_>, never: &Never, number: usize, conduit: &Conduit) -> Vec<(Step, Along)> {
    let holds = |conditions: &Conditions| !unless::excused(ground, never, conduit, conditions);
    let source = |index, service| Source { conduit: number, index, service };
    let mut all = Vec::new();
    for (index, _) in conduit.statements.iter().enumerate().filter(|(_, s)| holds(&s.conditions)) {
        all.push((Step { source: source(index, false), session: false }, Along::Forth));
    }
    for (index, service) in conduit.services.iter().enumerate().filter(|(_, s)| holds(&s.conditions)) {
        for passes in &service.passes {
            let step = Step { source: source(index, true), session: means(passes).acts_through };
            all.extend(ways(conduit.opens, passes).into_iter().map(|along| (step, along)));
        }
    }
    all
}

/// How somebody whom a sender relays gets to it, by what the guarantee does not excuse.
pub(super) fn relayed(ground: &Ground<'_>, never: &Never, sender: &Party) -> Vec<Hop> {
    let Party::Asset(to) = *sender else { return Vec::new() };
    let Some(relays) = ground.site.asset(to).relays.as_deref() else { return Vec::new() };
    let everyone = Group::everyone(ground.site).relayed(relays);
    let first = ground.site.conduits.iter().enumerate().find_map(|(number, conduit)| {
        steps(ground, never, number, conduit).into_iter().find_map(|(by, along)| {
            let (_, receiver) = sides(conduit, along);
            let from = receiver.0.contains(&to).then(|| step(ground, conduit, along, &everyone, to)).flatten()?;
            Some(Hop { from, by: by.source, to })
        })
    });
    first.into_iter().collect()
}
