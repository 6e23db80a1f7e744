//! Statements about what is not inspected: what of them a guarantee meets. Nothing in them is judged, so a service in which
//! anything can be said counts as every action on every item.

use super::ends::{self, Party};
use super::means::{Means, means};
use super::{Breach, Ground, Proof, Sends, Source, TOLD, Task, unless};
use crate::services::Way;
use crate::site::{AssetId, Conduit, Opens, Outside, Passes, Site};

/// Which way something goes in a conduit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Along {
    /// From `from` to `to`.
    Forth,
    Back,
}

impl<'s> Ground<'s> {
    /// Adds the breaches that the services of a conduit allow.
    pub(super) fn services(&self, task: &Task<'s>, number: usize, proof: &mut Proof) {
        if task.never.functions.is_some() {
            return;
        }
        let conduit = &self.site.conduits[number];
        for (index, service) in conduit.services.iter().enumerate() {
            if proof.breaches.len() >= TOLD {
                return;
            }
            if unless::excused(self, task.never, conduit, &service.conditions) {
                continue;
            }
            let by = Source { conduit: number, index, service: true };
            let concerns = |passes: &&Passes| concerns(task, means(passes));
            let found = service.passes.iter().filter(concerns).find_map(|passes| {
                let mut along = ways(conduit.opens, passes).into_iter();
                let (from, to) = along.find_map(|along| self.used(task, conduit, along))?;
                Some(Breach { path: self.path(task, &from), from, to, sends: Sends::Service(passes.clone()), by })
            });
            proof.breaches.extend(found);
        }
    }

    /// A pair of the guarantee's that a conduit joins this way round.
    fn used(&self, task: &Task<'_>, conduit: &Conduit, along: Along) -> Option<(Party, Party)> {
        let (sender, receiver) = sides(conduit, along);
        let senders = ends::parties(&task.sources, sender.0, sender.1);
        let receivers = ends::parties(&task.targets, receiver.0, receiver.1);
        let tagged = |party: &&Party| match (&task.tags, party) {
            (None, _) => true,
            (Some(tags), Party::Asset(id)) => tags.keys().any(|(asset, _)| asset == id),
            (Some(_), Party::Strangers(_)) => false,
        };
        senders.iter().filter(|party| real(self.site, party)).find_map(|from| {
            let mut to = receivers.iter().filter(tagged).filter(|party| real(self.site, party));
            let to = to.find(|to| joined(self.site, conduit, along, from, to))?;
            Some((from.clone(), to.clone()))
        })
    }
}

/// Assets and strangers at one end of a conduit.
type Side<'c> = (&'c [AssetId], &'c Outside);

/// The two ends of a conduit, the sender's first.
pub(super) fn sides(conduit: &Conduit, along: Along) -> (Side<'_>, Side<'_>) {
    let (from, to) = ((conduit.from.as_slice(), &conduit.from_outside), (conduit.to.as_slice(), &conduit.to_outside));
    if along == Along::Forth { (from, to) } else { (to, from) }
}

/// Whether a conduit joins two parties that are in its ends.
pub(super) fn joined(site: &Site, conduit: &Conduit, along: Along, sender: &Party, receiver: &Party) -> bool {
    match (sender, receiver, along) {
        (Party::Asset(from), Party::Asset(to), Along::Forth) | (Party::Asset(to), Party::Asset(from), Along::Back) => {
            ends::joins(site, conduit, *from, *to)
        }
        _ => true,
    }
}

/// Whether there can be such a sender or receiver: strangers need an address that no asset has.
pub(super) fn real(site: &Site, party: &Party) -> bool {
    match party {
        Party::Asset(_) => true,
        Party::Strangers(strangers) => strangers.nameless || super::report::example(site, strangers).is_some(),
    }
}

/// Which ways the packets that open something go.
pub(super) fn ways(opens: Opens, passes: &Passes) -> Vec<Along> {
    let told = matches!(passes, Passes::Preset(preset) if preset.legs.iter().any(|leg| leg.way == Way::Tell));
    let (forth, back) = (opens != Opens::To || told, opens != Opens::From || told);
    [(Along::Forth, forth), (Along::Back, back)].into_iter().filter(|(_, goes)| *goes).map(|(along, _)| along).collect()
}

/// Whether a guarantee is about what a service means.
fn concerns(task: &Task<'_>, means: Means) -> bool {
    match means.actions {
        None => true,
        // Of such a service is known that it sets no tag.
        Some(_) if task.tags.is_some() => false,
        Some(actions) => {
            let wanted = task.never.actions;
            wanted.is_empty() || actions.iter().any(|action| wanted.contains(*action))
        }
    }
}
