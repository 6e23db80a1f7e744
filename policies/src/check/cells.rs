//! K004, K005: conduits `within = "cell"` that leave somebody out.

use crate::diagnose::{Diagnostic, Diagnostics};
use crate::site::{AssetId, Conduit, Outside, Site, Within};
use std::collections::HashSet;

pub(super) fn check(site: &Site, diagnostics: &mut Diagnostics) {
    for conduit in site.conduits.iter().filter(|c| c.within == Within::Cell) {
        let cell = |id: &AssetId| site.asset(*id).cell.as_deref();
        let from: HashSet<&str> = conduit.from.iter().filter_map(cell).collect();
        let empty = conduit.from.is_empty() || conduit.to.is_empty();
        if !empty && !conduit.to.iter().filter_map(cell).any(|cell| from.contains(cell)) {
            let message = format!("conduit {} joins nobody: no two of its ends stand in one cell", conduit.name);
            let help = "give the assets their `cell`, or leave within = \"cell\" out";
            diagnostics.push(Diagnostic::error("K004", &conduit.at, message).help(help));
            continue;
        }
        cellless(site, conduit, diagnostics);
    }
}

/// K005: who has no cell has nobody to talk to there.
fn cellless(site: &Site, conduit: &Conduit, diagnostics: &mut Diagnostics) {
    let ends = [(&conduit.from, &conduit.from_outside), (&conduit.to, &conduit.to_outside)];
    let assets = ends.iter().flat_map(|(assets, _)| *assets).filter(|id| site.asset(**id).cell.is_none());
    let mut names: Vec<&str> = assets.map(|id| &*site.asset(*id).name).collect();
    if ends.iter().any(|(_, outside)| **outside != Outside::default()) {
        names.push("who is no asset");
    }
    if let [first, more @ ..] = names.as_slice() {
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        let message = format!("conduit {} joins nobody to {first}{more}, for want of a cell", conduit.name);
        let help = "give each asset its `cell`, or write a conduit without within = \"cell\"";
        diagnostics.push(Diagnostic::warning("K005", &conduit.at, message).help(help));
    }
}
