//! What only the whole site shows: statements that undo each other, modes that disagree, gateways that stand before
//! nothing. Called by `load`, on a site that has no errors of its own.

mod gateways;
mod lifts;
mod modes;
mod raw;
mod wider;

use crate::diagnose::Diagnostics;
use crate::read::RawPlaces;
use crate::site::{AssetId, Conduit, Site};

/// Checks a whole site.
pub(crate) fn site(site: &Site, places: &RawPlaces, diagnostics: &mut Diagnostics) {
    modes::check(site, diagnostics);
    lifts::check(site, places, diagnostics);
    raw::check(site, places, diagnostics);
    gateways::check(site, diagnostics);
}

/// The first asset that is in both lists; both are sorted.
fn common(a: &[AssetId], b: &[AssetId]) -> Option<AssetId> {
    a.iter().find(|id| b.binary_search(id).is_ok()).copied()
}

/// An asset that commands through both conduits.
fn common_source(a: &Conduit, b: &Conduit) -> Option<AssetId> {
    common(&a.from, &b.from)
}
