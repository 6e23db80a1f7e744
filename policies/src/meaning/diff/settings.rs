//! Settings that say something else than before.

use crate::meaning::clause::{Clause, ClauseKind, clauses};
use crate::meaning::ends;
use crate::site::Site;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A setting that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its name: `conduit operators`.
    pub name: String,
    /// Lines of its meaning that are gone.
    pub old: Vec<String>,
    /// Lines of its meaning that are new.
    pub new: Vec<String>,
    /// Whether more may pass by it, or whether that cannot be told.
    pub widens: bool,
}

/// Every setting that changed; which assets a conduit joins is not told here, what follows from it is.
pub(super) fn changes(old: &Site, new: &Site) -> Vec<Setting> {
    let [old, new] = [old, new].map(lines);
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let nothing = BTreeSet::new();
    let changed = names.into_iter().filter_map(|name| {
        let [before, after] = [&old, &new].map(|side| side.get(name).unwrap_or(&nothing));
        let gone: Vec<String> = before.difference(after).cloned().collect();
        let come: Vec<String> = after.difference(before).cloned().collect();
        let widens = widens(name, &gone, &come, before.is_empty());
        (before != after).then(|| Setting { name: name.clone(), old: gone, new: come, widens })
    });
    changed.collect()
}

/// The lines of each setting, and of each asset by which its messages are recognised.
fn lines(site: &Site) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let follows = |line: &String| line.starts_with("from ") || line.starts_with("to ");
    for Clause { name, kind, lines, .. } in clauses(site).filter(|c| c.kind == ClauseKind::Setting) {
        let kept =
            if name.starts_with("conduit ") { lines.into_iter().filter(|l| !follows(l)).collect() } else { lines };
        debug_assert_eq!(kind, ClauseKind::Setting);
        all.insert(name, kept.into_iter().skip(1).collect());
    }
    for asset in &site.assets {
        let mut own = BTreeSet::from([ends::asset(site, asset)]);
        for speaks in &asset.speaks {
            own.insert(ends::listening(site, asset, speaks));
        }
        all.insert(format!("asset {}", asset.name), own);
    }
    all
}

/// Whether more may pass; only what is known to narrow does not.
fn widens(name: &str, old: &[String], new: &[String], is_new: bool) -> bool {
    let says = |lines: &[String], line: &str| lines.iter().any(|l| l == line);
    let harmless = |line: &String| {
        line.starts_with("on-deny ") || line.starts_with("opens ") || line == "mode enforce" || line == "on-loss closed"
    };
    match name.split(' ').next() {
        // What a conduit, an asset or a guarantee that is new allows is told as what is newly allowed.
        Some("asset") if is_new || new.is_empty() => false,
        Some("never") => !old.is_empty(),
        Some("conduit" | "unmatched") if new.is_empty() => false,
        Some("conduit" | "unmatched") => {
            let looser = new.iter().any(|l| !harmless(l)) && !(says(old, "mode learn") && says(new, "mode alert"));
            looser || old.iter().any(|l| l.starts_with("until ")) && !says(new, "mode enforce")
        }
        Some("gateway") => !new.iter().all(harmless) || new.is_empty() && !old.is_empty() && !is_new,
        Some("window" | "break-glass" | "lockdown") => !new.is_empty(),
        _ => true,
    }
}
