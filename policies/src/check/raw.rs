//! Raw ranges and the tags that lie in them: P043 for a part of a wide tag, P041 for a tag with bounds of its own.

use super::lifts::writes;
use super::ranges::Ranges;
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::read::RawPlaces;
use crate::site::{Conduit, Items, Location, Site, Statement, Tag};
use sluice_model::Span;
use std::collections::HashSet;

pub(super) fn check(site: &Site, places: &RawPlaces, diagnostics: &mut Diagnostics) {
    for conduit in &site.conduits {
        for statement in conduit.statements.iter().filter(|s| matches!(s.items, Items::Raw(_))) {
            let spans = places.get(&statement.at).map_or(&[][..], Vec::as_slice);
            statement_ranges(site, conduit, statement, spans, diagnostics);
        }
    }
}

fn statement_ranges(
    site: &Site,
    conduit: &Conduit,
    statement: &Statement,
    spans: &[(Span, Location)],
    diagnostics: &mut Diagnostics,
) {
    let writes = writes(statement);
    let mut said: HashSet<(&str, usize)> = HashSet::new();
    let assets = conduit.to.iter().map(|id| site.asset(*id));
    let tags = assets
        .flat_map(|a| a.speaks.iter().filter(|s| s.protocol.id == statement.protocol.id))
        .flat_map(|s| s.tags.iter());
    let ranges = Ranges::of(spans.iter().enumerate().map(|(index, (span, at))| (*span, (index, at))));
    for tag in tags.filter(|t| t.items > 1 || t.engineering.bounds != (None, None)) {
        for (span, (index, at)) in ranges.meeting(tag.whole()) {
            if diagnostics.full() {
                return;
            }
            if !said.insert((&tag.name, *index)) {
                continue;
            }
            if writes && tag.engineering.bounds != (None, None) {
                diagnostics.push(lifted(statement, tag, at));
            } else if splits(*span, tag) {
                diagnostics.push(split(statement, tag, at));
            }
        }
    }
}

/// Whether an end of the range lies inside an element.
fn splits(span: Span, tag: &Tag) -> bool {
    let whole = tag.whole();
    let inside =
        |edge: u64| edge > whole.first && edge <= whole.last && !(edge - whole.first).is_multiple_of(tag.items);
    inside(span.first) || inside(span.last + 1)
}

fn lifted(statement: &Statement, tag: &Tag, at: &Location) -> Diagnostic {
    let shown = statement.protocol.show_both(tag.whole());
    Diagnostic::error("P041", at, format!("this statement lifts min and max of {}", tag.name))
        .label(format!("holds {} ({shown}): a raw range lets any value pass", tag.name))
        .also(&tag.at, format!("{} of every write", tag.reach()))
        .note("min and max bound every write; policy only narrows")
        .help(format!("leave it out, and write {} by its name", tag.name))
}

fn split(statement: &Statement, tag: &Tag, at: &Location) -> Diagnostic {
    let shown = (statement.protocol.show_span)(tag.whole());
    Diagnostic::warning("P043", at, format!("the range ends inside of {} ({shown})", tag.name))
        .label("a part of its value lies outside")
        .also(&tag.at, "declared here")
        .help(format!("take in all of it or nothing: {shown}"))
}
