//! Proofs of `[[never]]`: that nothing which the statements of a site allow is what a guarantee forbids
//! (`policy-semantics.md` S10). Called by `load` once the rest of a site is right; the property test of this crate asks it
//! directly.
//!
//! A guarantee is a product of finite sets: source, destination, function, items, raw values. Statements are unions of such
//! products, and add up. So a guarantee holds when it meets none of them, and where it meets one, `search` (protocols) and
//! `services` say what a sender could send. `closure` follows hosts that somebody acts through, `unless` knows what a window
//! or a schedule excuses, `scope` what a proof does not cover, `report` turns all of it into messages.

mod closure;
mod doable;
mod ends;
mod items;
mod means;
mod message;
mod report;
mod scope;
mod search;
mod services;
mod unless;
mod values;

pub use ends::Party;
pub use message::Message;
pub use report::{Guarantee, Guarantees, Holds};
pub(crate) use report::{Places, report};
pub(crate) use scope::FLOORS;

use crate::site::{AssetId, Crowd, Hops, Never, NeverTag, Passes, Site};
use closure::{Reached, reached};
use doable::Doable;
use ends::Group;
use jiff::Timestamp;
use search::Relations;
use std::collections::HashMap;

/// How many ways to break one guarantee are told.
const TOLD: usize = 3;

/// What is known of one guarantee.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// Ways to break it, at most one for each statement, the first ones in the order of the files; none when it is
    /// proven.
    pub breaches: Vec<Breach>,
    /// What would break it and is not decoded, so that its floor withholds it.
    pub withheld: Vec<Breach>,
}

/// One way to break a guarantee.
#[derive(Clone, Debug)]
pub struct Breach {
    /// Who sends.
    pub from: Party,
    /// Whom it reaches.
    pub to: Party,
    /// What is sent.
    pub sends: Sends,
    /// The statement that allows it.
    pub by: Source,
    /// How somebody got to act as the sender: one whom the guarantee names, step by step, or one whom the sender relays.
    pub path: Vec<Hop>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub enum Sends {
    /// A message of a protocol that is inspected.
    Message(Box<Message>),
    /// The use of something that is not.
    Service(Passes),
}

/// A statement: its conduit, and its place among the conduit's statements or services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Index into the site's conduits.
    pub conduit: usize,
    /// Index into the conduit's statements, or its services.
    pub index: usize,
    /// Which of the two.
    pub service: bool,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Who goes.
    pub from: Party,
    /// By what statement.
    pub by: Source,
    /// The asset that is acted through from then on.
    pub to: AssetId,
}

/// What every proof about a site needs.
struct Ground<'s> {
    site: &'s Site,
    now: Timestamp,
    /// What each statement of each conduit can do.
    doables: Vec<Vec<Vec<Doable>>>,
    relations: Relations,
}

/// One guarantee, ready to be looked for.
struct Task<'s> {
    never: &'s Never,
    sources: Group,
    targets: Group,
    /// Its tags by device.
    tags: Option<HashMap<(AssetId, usize), Vec<&'s NeverTag>>>,
    reached: Reached,
}

/// Tries to break every guarantee of a site; `now` decides which statements have ended.
pub fn prove(site: &Site, now: Timestamp) -> Vec<Proof> {
    let of_conduit =
        |c: &crate::site::Conduit| c.statements.iter().map(|s| doable::all(s.protocol, &s.functions)).collect();
    let doables = if site.nevers.is_empty() { Vec::new() } else { site.conduits.iter().map(of_conduit).collect() };
    let ground = Ground { site, now, doables, relations: Relations::default() };
    site.nevers.iter().map(|never| ground.prove(never)).collect()
}

impl<'s> Ground<'s> {
    fn prove(&self, never: &'s Never) -> Proof {
        let sources = self.sources(&never.from);
        let reached = match never.hops {
            Hops::One => Reached::default(),
            Hops::Any => reached(self, never, &sources),
        };
        let tags = never.tags.as_ref().map(|tags| {
            let mut by_device: HashMap<_, Vec<&NeverTag>> = HashMap::new();
            for tag in tags {
                by_device.entry((tag.asset, tag.speaks)).or_default().push(tag);
            }
            by_device
        });
        let mut task = Task { never, sources, targets: Group::of(self.site, &never.to), tags, reached };
        for hop in task.reached.hops() {
            task.sources.add(hop.to);
        }
        let mut proof = Proof::default();
        for conduit in 0..self.site.conduits.len() {
            self.statements(&task, conduit, &mut proof);
            self.services(&task, conduit, &mut proof);
            if proof.breaches.len() >= TOLD {
                break;
            }
        }
        proof
    }

    /// Those of a crowd, and every address that one of them may stand behind.
    fn sources(&self, crowd: &Crowd) -> Group {
        let mut group = Group::of(self.site, crowd);
        let hides = (0..).map(AssetId).zip(&self.site.assets).filter(|(_, a)| group.among(&a.hides).next().is_some());
        let behind: Vec<AssetId> = hides.map(|(id, _)| id).collect();
        for id in behind {
            group.add(id);
        }
        group
    }

    /// How somebody got to act as a sender: over the guarantee's hops, else as one whom the sender relays.
    fn path(&self, task: &Task<'_>, sender: &Party) -> Vec<Hop> {
        let path = if let Party::Asset(id) = sender { task.reached.path(*id) } else { Vec::new() };
        if path.is_empty() { closure::relayed(self, task.never, sender) } else { path }
    }
}
