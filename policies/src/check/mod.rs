//! What only the whole site shows: statements that undo each other, modes that disagree, gateways that stand before
//! nothing. Called by `load`, also on a site with mistakes: what was understood of it is checked all the same.

mod empty;
mod gateways;
mod lifts;
mod modes;
mod raw;
mod wider;

use crate::diagnose::Diagnostics;
use crate::read::RawPlaces;
use crate::site::{AssetId, Conduit, Site};
use sluice_model::Span;

/// Checks a whole site.
pub(crate) fn site(site: &Site, places: &RawPlaces, diagnostics: &mut Diagnostics) {
    modes::check(site, diagnostics);
    lifts::check(site, places, diagnostics);
    raw::check(site, places, diagnostics);
    gateways::check(site, diagnostics);
    empty::check(site, diagnostics);
}

/// Ranges joined, to find out quickly that something lies in none of them.
struct Hull(Vec<Span>);

impl Hull {
    fn of<'s>(spans: impl Iterator<Item = &'s Span>) -> Self {
        let mut all: Vec<Span> = spans.copied().collect();
        all.sort_by_key(|s| (s.space, s.first));
        let mut joined: Vec<Span> = Vec::new();
        for span in all {
            match joined.last_mut() {
                Some(last) if last.space == span.space && span.first <= last.last => {
                    last.last = last.last.max(span.last);
                }
                _ => joined.push(span),
            }
        }
        Self(joined)
    }

    fn meets(&self, span: Span) -> bool {
        let after = self.0.partition_point(|s| (s.space, s.first) <= (span.space, span.last));
        self.0[..after].last().is_some_and(|s| meet(*s, span))
    }
}

/// Whether two ranges share an item.
fn meet(a: Span, b: Span) -> bool {
    a.space == b.space && a.first <= b.last && b.first <= a.last
}

/// The first asset that is in both lists; both are sorted.
fn common(a: &[AssetId], b: &[AssetId]) -> Option<AssetId> {
    a.iter().find(|id| b.binary_search(id).is_ok()).copied()
}

/// An asset that commands through both conduits.
fn common_source(a: &Conduit, b: &Conduit) -> Option<AssetId> {
    common(&a.from, &b.from)
}
