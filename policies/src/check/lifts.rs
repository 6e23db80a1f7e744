//! P041: a statement lifts what another one limits. Statements add up, so the widest one decides.

use super::wider::is_wider;
use super::{common, common_source};
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::read::RawPlaces;
use crate::site::{AssetId, Conduit, Grant, Items, Location, Site, Speaks, Statement, Tag, TagGrant};
use sluice_model::{Action, Span};
use std::collections::{HashMap, HashSet};

/// A statement of a conduit that writes.
#[derive(Clone, Copy)]
struct Writer<'s> {
    conduit: &'s Conduit,
    statement: &'s Statement,
}

pub(super) fn check(site: &Site, places: &RawPlaces, diagnostics: &mut Diagnostics) {
    let writers: Vec<Writer<'_>> = site
        .conduits
        .iter()
        .flat_map(|conduit| conduit.statements.iter().map(move |statement| Writer { conduit, statement }))
        .filter(|w| writes(w.statement))
        .collect();
    for wide in &writers {
        for narrow in &writers {
            if core::ptr::eq(wide.statement, narrow.statement)
                || wide.statement.protocol.id != narrow.statement.protocol.id
            {
                continue;
            }
            let (Some(source), Some(_)) =
                (common_source(wide.conduit, narrow.conduit), common(&wide.conduit.to, &narrow.conduit.to))
            else {
                continue;
            };
            let pair = Pair { site, wide: *wide, narrow: *narrow, source };
            match &wide.statement.items {
                Items::Raw(_) => pair.raw(places, diagnostics),
                Items::Tags(grants) => pair.tags(grants, diagnostics),
                Items::None => {}
            }
        }
    }
}

/// Whether a statement can set values.
pub(super) fn writes(statement: &Statement) -> bool {
    let functions = &statement.functions;
    let by_verb = functions.verbs.contains(Action::Write) || functions.verbs.contains(Action::Control);
    by_verb
        || functions.codes.iter().any(|code| {
            statement
                .protocol
                .function(*code)
                .is_some_and(|f| f.actions.contains(&Action::Write) && !f.spaces.is_empty())
        })
}

/// Two statements with a source and a destination in common.
struct Pair<'s> {
    site: &'s Site,
    wide: Writer<'s>,
    narrow: Writer<'s>,
    source: AssetId,
}

impl<'s> Pair<'s> {
    /// The tags that the narrow statement limits on assets that both reach.
    fn limited(&self) -> impl Iterator<Item = (&'s Grant, &'s Speaks, &'s Tag, &'s TagGrant)> {
        let grants: &'s [Grant] = match &self.narrow.statement.items {
            Items::Tags(grants) => grants,
            _ => &[],
        };
        let (site, to) = (self.site, &self.wide.conduit.to);
        grants.iter().filter(move |g| to.binary_search(&g.asset).is_ok()).flat_map(move |grant| {
            let speaks = &site.asset(grant.asset).speaks[grant.speaks];
            let limited = grant.tags.iter().filter(|t| t.limit.is_some());
            limited.map(move |t| (grant, speaks, &speaks.tags[t.tag], t))
        })
    }

    /// A raw range over a limited tag.
    fn raw(&self, places: &RawPlaces, diagnostics: &mut Diagnostics) {
        let Some(spans) = places.get(&self.wide.statement.at) else { return };
        for (span, at) in spans {
            let mut seen: HashSet<&str> = HashSet::new();
            let mut held: Vec<(&Tag, &TagGrant, Span)> = Vec::new();
            for (_, _, tag, grant) in self.limited() {
                let own = tag.span(grant.first, grant.last);
                let meets = own.space == span.space && own.first <= span.last && span.first <= own.last;
                let limits = grant.limit.as_ref().is_some_and(|limit| is_wider(None, limit, tag.kind));
                if meets && limits && seen.insert(&tag.name) {
                    held.push((tag, grant, own));
                }
            }
            held.sort_by_key(|(_, _, own)| own.first);
            if let Some((tag, grant, own)) = held.first() {
                let more = if held.len() > 1 { format!(" and {} more", held.len() - 1) } else { String::new() };
                let shown = (self.wide.statement.protocol.show_span)(*own);
                let label = format!("holds {}{more} ({shown}): any value {}", tag.name, self.any(tag));
                let rest = self.rest(*span, &held);
                let advice = if rest.is_empty() { "leave it out".into() } else { format!("leave it out: {rest}") };
                diagnostics.push(self.message(at, label, &grant.at).help(advice));
            }
        }
    }

    /// What remains of a raw range without the limited tags.
    fn rest(&self, span: Span, held: &[(&Tag, &TagGrant, Span)]) -> String {
        let protocol = self.wide.statement.protocol;
        let name = protocol.space(span.space).name;
        let mut pieces = Vec::new();
        let mut next = span.first;
        for (_, _, own) in held {
            if own.first > next {
                pieces.push(Span { first: next, last: own.first - 1, ..span });
            }
            next = next.max(own.last + 1);
        }
        if next <= span.last {
            pieces.push(Span { first: next, ..span });
        }
        let quoted = |piece: &Span| {
            let shown = (protocol.show_span)(*piece);
            format!("\"{}\"", shown.strip_prefix(name).unwrap_or(&shown).trim())
        };
        pieces.iter().take(8).map(quoted).collect::<Vec<_>>().join(", ")
    }

    /// The same tag with a wider limit or none, or the whole register of a limited bit.
    fn tags(&self, grants: &'s [Grant], diagnostics: &mut Diagnostics) {
        let mut by_tag: HashMap<(AssetId, usize, usize), Vec<&TagGrant>> = HashMap::new();
        let mut unlimited: HashMap<(AssetId, usize), Vec<(Span, &TagGrant)>> = HashMap::new();
        for grant in grants {
            let tags = &self.site.asset(grant.asset).speaks[grant.speaks].tags;
            for tag in &grant.tags {
                by_tag.entry((grant.asset, grant.speaks, tag.tag)).or_default().push(tag);
                if tag.limit.is_none() && tags[tag.tag].bit.is_none() {
                    let span = tags[tag.tag].span(tag.first, tag.last);
                    unlimited.entry((grant.asset, grant.speaks)).or_default().push((span, tag));
                }
            }
        }
        for spans in unlimited.values_mut() {
            spans.sort_by_key(|(s, _)| (s.space, s.first));
        }
        let mut seen: HashSet<(Location, &str)> = HashSet::new();
        for (grant, _, tag, narrow) in self.limited() {
            let Some(limit) = &narrow.limit else { continue };
            let same = by_tag.get(&(grant.asset, grant.speaks, narrow.tag)).into_iter().flatten();
            let mut wide = same.copied().find(|w| {
                w.first <= narrow.last && narrow.first <= w.last && is_wider(w.limit.as_ref(), limit, tag.kind)
            });
            if wide.is_none() && tag.bit.is_some() && is_wider(None, limit, tag.kind) {
                wide = unlimited.get(&(grant.asset, grant.speaks)).and_then(|spans| over(spans, tag.whole()));
            }
            if let Some(wide) = wide
                && seen.insert((wide.at.clone(), tag.name.as_str()))
            {
                let value = match wide.limit {
                    Some(_) => format!("{} from {}", wide.wording, self.source_name()),
                    None => format!("any value {}", self.any(tag)),
                };
                let label = format!("{}: {value}", tag.name);
                diagnostics
                    .push(self.message(&wide.at, label, &narrow.at).help("leave it out, or give it the same limit"));
            }
        }
    }

    fn source_name(&self) -> &str {
        &self.site.asset(self.source).name
    }

    /// `0 .. 655.35 mg/L from hmi-1`, what its type can hold.
    fn any(&self, tag: &Tag) -> String {
        let unbounded = Tag { bounds: (None, None), ..tag.clone() };
        format!("{} from {}", unbounded.reach(), self.source_name())
    }

    fn message(&self, at: &Location, label: String, limited: &Location) -> Diagnostic {
        let narrow = format!("{}.{}", self.narrow.conduit.name, self.narrow.statement.id);
        Diagnostic::error("P041", at, format!("this statement lifts the limits of {narrow}"))
            .label(label)
            .also(limited, "limited here for the same source")
            .note("statements add up; the widest one decides")
    }
}

/// The unlimited grant whose items hold `span`.
fn over<'s>(spans: &[(Span, &'s TagGrant)], span: Span) -> Option<&'s TagGrant> {
    let after = spans.partition_point(|(s, _)| (s.space, s.first) <= (span.space, span.first));
    let (own, grant) = spans[..after].last()?;
    (own.space == span.space && own.last >= span.last).then_some(grant)
}
