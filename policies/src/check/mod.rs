//! What only the whole site shows: statements that undo each other, modes that disagree, gateways that stand before
//! nothing. Called by `load`, also on a site with mistakes: what was understood of it is checked all the same.

mod behind;
mod bits;
mod cells;
mod conditions;
mod empty;
mod fresh;
mod gateways;
mod identity;
mod lifts;
mod limited;
mod lists;
mod meeting;
mod modes;
mod ranges;
mod rates;
mod raw;
mod rivals;
mod wider;

pub(crate) use ranges::Ranges;

use crate::diagnose::Diagnostics;
use crate::read::RawPlaces;
use crate::site::{Site, TagGrant};
use sluice_model::Span;
use std::collections::HashMap;

/// Checks a whole site.
pub(crate) fn site(site: &Site, places: &RawPlaces, diagnostics: &mut Diagnostics) {
    modes::check(site, diagnostics);
    lifts::check(site, places, diagnostics);
    raw::check(site, places, diagnostics);
    bits::check(site, diagnostics);
    cells::check(site, diagnostics);
    behind::check(site, diagnostics);
    gateways::check(site, diagnostics);
    identity::check(site, diagnostics);
    conditions::check(site, diagnostics);
    fresh::check(site, diagnostics);
    rates::check(site, diagnostics);
    empty::check(site, diagnostics);
}

/// Which lists of granted tags have conditions of their own; hundreds of statements may share one of thousands of tags.
#[derive(Default)]
struct Conditioned(HashMap<*const TagGrant, bool>);

impl Conditioned {
    fn has(&mut self, tags: &[TagGrant]) -> bool {
        *self.0.entry(tags.as_ptr()).or_insert_with(|| tags.iter().any(|t| t.conditions.is_some()))
    }
}

/// Whether two ranges share an item.
fn meet(a: Span, b: Span) -> bool {
    a.space == b.space && a.first <= b.last && b.first <= a.last
}
