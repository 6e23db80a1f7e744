//! Raw ranges and the tags that lie in them: P043 for a part of a wide tag, P041 for a tag with bounds of its own.

use super::lifts::writes;
use super::ranges::Ranges;
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::read::RawPlaces;
use crate::site::{Conduit, Items, Location, Site, Statement, Tag};
use sluice_model::Span;
use std::collections::{HashMap, HashSet};

/// Tags that raw ranges have to heed, by the list that they stand in.
type Notable<'s> = HashMap<*const Tag, Ranges<&'s Tag>>;

pub(super) fn check(site: &Site, places: &RawPlaces, diagnostics: &mut Diagnostics) {
    let mut notable = Notable::new();
    for conduit in &site.conduits {
        for statement in conduit.statements.iter().filter(|s| matches!(s.items, Items::Raw(_))) {
            let spans = places.get(&statement.at).map_or(&[][..], Vec::as_slice);
            statement_ranges(site, &mut notable, conduit, statement, spans, diagnostics);
        }
    }
}

fn statement_ranges<'s>(
    site: &'s Site,
    notable: &mut Notable<'s>,
    conduit: &Conduit,
    statement: &Statement,
    spans: &[(Span, Location)],
    diagnostics: &mut Diagnostics,
) {
    let writes = writes(statement);
    let mut said: HashSet<(&str, usize)> = HashSet::new();
    let speaks = conduit.to.iter().flat_map(|id| &site.asset(*id).speaks);
    for speaks in speaks.filter(|s| s.protocol.id == statement.protocol.id) {
        let notable = notable.entry(speaks.tags.as_ptr()).or_insert_with(|| {
            let heeded = speaks.tags.iter().filter(|t| t.items > 1 || t.engineering.bounds != (None, None));
            Ranges::of(heeded.map(|t| (t.whole(), t)))
        });
        for (index, (span, at)) in spans.iter().enumerate() {
            for (_, tag) in notable.meeting(*span) {
                if diagnostics.full() {
                    return;
                }
                if !said.insert((&tag.name, index)) {
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
