//! Whom the sources of a guarantee can act as: over services that give a session on another machine, over hosts that say
//! they relay them, and so on from there.

use super::ends::{self, Group, Party};
use super::means::means;
use super::services::{joined, sides, ways};
use super::{Ground, Hop, Source, unless};
use crate::site::{AssetId, Conduit, Never};
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
        for (number, conduit) in ground.site.conduits.iter().enumerate() {
            for (by, along) in steps(ground, never, number, conduit) {
                let (sender, receiver) = sides(conduit, along);
                let senders = ends::parties(&from, sender.0, sender.1);
                for to in receiver.0.iter().copied().filter(|_| !senders.is_empty()) {
                    let party = Party::Asset(to);
                    let through = |sender: &&Party| joined(ground.site, conduit, along, sender, &party);
                    if let Some(sender) = senders.iter().find(through).filter(|_| group.add(to)) {
                        reached.add(Hop { from: sender.clone(), by, to });
                    }
                }
            }
        }
        if reached.hops.len() == before {
            return reached;
        }
    }
}

/// The service statements of a conduit that give a session, each way round.
fn steps(
    ground: &Ground<'_>,
    never: &Never,
    number: usize,
    conduit: &Conduit,
) -> Vec<(Source, super::services::Along)> {
    let services = conduit.services.iter().enumerate();
    let open = services.filter(|(_, s)| !unless::excused(ground, never, conduit, &s.conditions));
    let sessions = open.flat_map(|(index, service)| {
        let passes = service.passes.iter().filter(|p| means(p).acts_through);
        let by = Source { conduit: number, index, service: true };
        passes.flat_map(|p| ways(conduit.opens, p)).map(move |along| (by, along)).collect::<Vec<_>>()
    });
    sessions.collect()
}
