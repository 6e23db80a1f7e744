//! P041: a statement lifts what another one limits. Statements add up, so the widest one decides.

use super::limited::Limited;
use super::ranges::Ranges;
use super::rivals::Rivals;
use super::wider::{is_wider, of_bit};
use super::{common, common_source, meet};
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::read::RawPlaces;
use crate::site::{AssetId, Conduit, Grant, Items, Location, Site, Statement, Tag, TagGrant};
use sluice_model::{Action, Span};
use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A statement of a conduit that writes.
#[derive(Clone, Copy)]
pub(super) struct Writer<'s> {
    pub(super) conduit: &'s Conduit,
    pub(super) statement: &'s Statement,
}

pub(super) fn check(site: &Site, places: &RawPlaces, diagnostics: &mut Diagnostics) {
    let writers: Vec<Writer<'_>> = site
        .conduits
        .iter()
        .flat_map(|conduit| conduit.statements.iter().map(move |statement| Writer { conduit, statement }))
        .filter(|w| writes(w.statement))
        .collect();
    let limited = LazyCell::new(|| Limited::of(site, &writers));
    let rivals = Rivals::of(site, writers.iter().map(|w| w.statement));
    for (index, wide) in writers.iter().enumerate() {
        let (granted, under): (_, Vec<usize>) = match &wide.statement.items {
            Items::Tags(grants) => {
                let under: Vec<usize> = rivals.under(index).collect();
                ((!under.is_empty()).then(|| Wide::of(site, grants)), under)
            }
            Items::Raw(spans) => (None, limited.met_by(site, wide, spans).into_iter().collect()),
            Items::None => (None, Vec::new()),
        };
        for narrow in under.iter().map(|index| &writers[*index]) {
            if diagnostics.full() {
                return;
            }
            let (Some(source), Some(_)) =
                (common_source(wide.conduit, narrow.conduit), common(&wide.conduit.to, &narrow.conduit.to))
            else {
                continue;
            };
            let pair = Pair { site, wide: *wide, narrow: *narrow, source };
            match &granted {
                Some(granted) => pair.tags(granted, diagnostics),
                None => pair.raw(places, diagnostics),
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

/// A limited tag, the grant that limits it, and the items that it grants.
type Held<'s> = (&'s Tag, &'s TagGrant, Span);

/// Two statements with a source and a destination in common.
struct Pair<'s> {
    site: &'s Site,
    wide: Writer<'s>,
    narrow: Writer<'s>,
    source: AssetId,
}

impl<'s> Pair<'s> {
    /// The tags that the narrow statement limits on assets that both reach.
    fn limited(&self) -> impl Iterator<Item = (&'s Grant, &'s Tag, &'s TagGrant)> {
        let grants: &'s [Grant] = match &self.narrow.statement.items {
            Items::Tags(grants) => grants,
            _ => &[],
        };
        let (site, to) = (self.site, &self.wide.conduit.to);
        grants.iter().filter(move |g| to.binary_search(&g.asset).is_ok()).flat_map(move |grant| {
            let speaks = &site.asset(grant.asset).speaks[grant.speaks];
            let limited = grant.tags.iter().filter(|t| t.limit.is_some());
            limited.map(move |t| (grant, &speaks.tags[t.tag], t))
        })
    }

    /// A raw range over limited tags.
    fn raw(&self, places: &RawPlaces, diagnostics: &mut Diagnostics) {
        let Some(spans) = places.get(&self.wide.statement.at) else { return };
        let mut limited: Vec<Held<'_>> = self
            .limited()
            .filter(|(_, tag, grant)| grant.limit.as_deref().is_some_and(|limit| is_wider(None, limit, tag.kind)))
            .map(|(_, tag, grant)| (tag, grant, tag.span(grant.first, grant.last)))
            .collect();
        limited.sort_by_key(|(tag, _, own)| (own.first, &tag.name));
        limited.dedup_by_key(|(tag, _, own)| (&tag.name, *own));
        let limited = Ranges::of(limited.into_iter().map(|held| (held.2, held)));
        for (span, at) in spans {
            let held: Vec<Held<'_>> = limited.meeting(*span).map(|(_, held)| *held).collect();
            if let Some((tag, grant, own)) = held.first() {
                let shown = self.wide.statement.protocol.show_both(*own);
                let label = format!("holds {}{} ({shown}): any value {}", tag.name, more(held.len()), self.any(tag));
                let rest = self.rest(*span, &held);
                let advice = if rest.is_empty() { "leave it out".into() } else { format!("leave it out ({rest})") };
                diagnostics.push(self.message(at, label, &grant.said.at).help(advice));
            }
        }
    }

    /// What remains of a raw range without the limited tags.
    fn rest(&self, span: Span, held: &[Held<'_>]) -> String {
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
    fn tags(&self, wide: &Wide<'s>, diagnostics: &mut Diagnostics) {
        let mut lifted: BTreeMap<_, Lifted<'_>> = BTreeMap::new();
        for (grant, tag, narrow) in self.limited() {
            if let Some((wide, of)) = wide.over(grant, tag, narrow) {
                let place = |at: &Location| (at.file, at.span.start);
                let lifted = lifted.entry((place(&wide.said.at), place(&narrow.said.at)));
                let lifted = lifted.or_insert_with(|| Lifted { tag, of, wide, narrow, names: HashSet::new() });
                lifted.names.insert(&tag.name);
            }
        }
        for Lifted { tag, of, wide, narrow, names } in lifted.values() {
            let value = match wide.limit {
                None => format!("any value {}", self.any(tag)),
                Some(_) if of.name != tag.name => {
                    let source = self.source_name();
                    format!("on | off with {} = {} from {source}", of.name, wide.said.wording)
                }
                Some(_) => format!("{} from {}", wide.said.wording, self.source_name()),
            };
            let label = format!("{}{}: {value}", tag.name, more(names.len()));
            let message = self.message(&wide.said.at, label, &narrow.said.at);
            diagnostics.push(message.help("leave it out, or give it the same limit"));
        }
    }

    fn source_name(&self) -> &str {
        &self.site.asset(self.source).name
    }

    /// `0 .. 655.35 mg/L from hmi-1`, what its type can hold.
    fn any(&self, tag: &Tag) -> String {
        format!("{} from {}", tag.reach_within((None, None)), self.source_name())
    }

    fn message(&self, at: &Location, label: String, limited: &Location) -> Diagnostic {
        let narrow = format!("{}.{}", self.narrow.conduit.name, self.narrow.statement.id);
        Diagnostic::error("P041", at, format!("this statement lifts the limits of {narrow}"))
            .label(label)
            .also(limited, "limited here for the same source")
            .note("statements add up; the widest one decides")
    }
}

/// ` and 3 more`, of four.
fn more(number: usize) -> String {
    if number > 1 { format!(" and {} more", number - 1) } else { String::new() }
}

/// The tags for which one place of a statement lifts what one place of another limits.
struct Lifted<'s> {
    tag: &'s Tag,
    /// The tag that the wide statement grants: the same, or the register of which it is a bit.
    of: &'s Tag,
    wide: &'s TagGrant,
    narrow: &'s TagGrant,
    names: HashSet<&'s str>,
}

/// Items that a statement grants of a tag that is no bit.
type Whole<'s> = (Span, &'s Tag, &'s TagGrant);

/// What a statement grants, by tag.
struct Wide<'s> {
    by_tag: HashMap<(AssetId, usize, usize), Vec<&'s TagGrant>>,
    /// What it grants of tags that are no bits, sorted by their address.
    whole: HashMap<(AssetId, usize), Vec<Whole<'s>>>,
}

impl<'s> Wide<'s> {
    fn of(site: &'s Site, grants: &'s [Grant]) -> Self {
        let mut wide = Self { by_tag: HashMap::new(), whole: HashMap::new() };
        for grant in grants {
            let tags = &site.asset(grant.asset).speaks[grant.speaks].tags;
            for tag in &grant.tags {
                wide.by_tag.entry((grant.asset, grant.speaks, tag.tag)).or_default().push(tag);
                let granted = &tags[tag.tag];
                if granted.bit.is_none() {
                    let span = granted.span(tag.first, tag.last);
                    wide.whole.entry((grant.asset, grant.speaks)).or_default().push((span, granted, tag));
                }
            }
        }
        for spans in wide.whole.values_mut() {
            spans.sort_by_key(|(s, ..)| (s.space, s.first));
        }
        wide
    }

    /// The grant that lifts the limit of `narrow`, which grants `tag`, and the tag that it grants.
    fn over(&self, grant: &Grant, tag: &'s Tag, narrow: &TagGrant) -> Option<(&'s TagGrant, &'s Tag)> {
        let limit = narrow.limit.as_deref()?;
        let same = self.by_tag.get(&(grant.asset, grant.speaks, narrow.tag)).into_iter().flatten();
        let lifts = |w: &&TagGrant| {
            w.first <= narrow.last && narrow.first <= w.last && is_wider(w.limit.as_deref(), limit, tag.kind)
        };
        if let Some(wide) = same.copied().find(lifts) {
            return Some((wide, tag));
        }
        let bit = tag.bit?;
        let spans = self.whole.get(&(grant.asset, grant.speaks))?;
        let after = spans.partition_point(|(s, ..)| (s.space, s.first) <= (tag.space, tag.first));
        let (own, whole, wide) = spans[..after].last().filter(|(own, ..)| meet(*own, tag.whole()))?;
        let word = ((tag.first - own.first) % whole.items) as u16;
        let reached = of_bit(whole, wide.limit.as_deref(), word, bit);
        is_wider(reached.as_ref(), limit, tag.kind).then_some((*wide, *whole))
    }
}
