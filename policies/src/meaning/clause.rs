//! The clauses of a site, with their identities.

use super::{Lines, service, settings, statement};
use crate::site::{AssetId, Conduit, Location, Site};
use core::fmt::Write;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashSet};

/// The version of the form of meanings: it changes when the same files begin to give other lines.
pub const VERSION: u32 = 1;

/// What a clause is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClauseKind {
    /// An allow statement.
    Statement,
    /// A setting.
    Setting,
}

/// One thing that a site says, and that somebody may have to approve.
#[derive(Clone, Debug)]
pub struct Clause {
    /// `operators.speed` for a statement; `conduit operators`, `unmatched`, `gateway gw-1` for a setting.
    pub name: String,
    /// What it is.
    pub kind: ClauseKind,
    /// Where it stands, if a file says it.
    pub at: Option<Location>,
    /// Its lines; the first names the version of the form.
    pub lines: Vec<String>,
    /// The roles that own what it concerns: the zones of its destinations, else the conduit.
    pub owners: BTreeSet<String>,
}

impl Clause {
    pub(super) fn new(kind: ClauseKind, what: &str, name: String, at: Option<Location>, mut lines: Lines) -> Self {
        lines.sort_unstable();
        lines.dedup();
        lines.insert(0, format!("sluice meaning {VERSION}: {what}"));
        Self { name, kind, at, lines, owners: BTreeSet::new() }
    }

    pub(super) fn owned(mut self, owners: BTreeSet<String>) -> Self {
        self.owners = owners;
        self
    }

    /// SHA-256 of its lines in hexadecimal: two clauses with the same one mean the same.
    pub fn identity(&self) -> String {
        let mut sum = Sha256::new();
        for line in &self.lines {
            sum.update(line);
            sum.update("\n");
        }
        sum.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// Everything that a site says, statements first, each made when it is asked for: the lines of a large site take far more
/// memory than their identities.
pub fn clauses(site: &Site) -> impl Iterator<Item = Clause> + '_ {
    let of = move |conduit: &'_ Conduit| {
        let owners = owners(site, conduit);
        let inspected = conduit.statements.iter().map(|s| statement::clause(site, conduit, s));
        let services = conduit.services.iter().map(|s| service::clause(site, conduit, s));
        inspected.chain(services).map(|c| c.owned(owners.clone())).collect::<Vec<_>>()
    };
    site.conduits.iter().flat_map(of).chain(settings::clauses(site))
}

/// Who owns the destinations of a conduit: the owners of every zone that one of them belongs to; the conduit's own owner when
/// no zone of theirs has one.
pub(super) fn owners(site: &Site, conduit: &Conduit) -> BTreeSet<String> {
    let owners = zone_owners(site, &conduit.to);
    if owners.is_empty() { conduit.owner.iter().cloned().collect() } else { owners }
}

/// The owners of every zone that any of these assets belongs to.
pub(super) fn zone_owners(site: &Site, assets: &[AssetId]) -> BTreeSet<String> {
    let asked: HashSet<AssetId> = assets.iter().copied().collect();
    let holds = |z: &&crate::site::Zone| z.assets.iter().any(|a| asked.contains(a));
    site.zones.iter().filter(holds).filter_map(|z| z.owner.clone()).collect()
}
