//! P041: a statement lifts what another one limits. Statements add up, so the widest one decides.

use super::limited::Limited;
use super::meet;
use super::meeting::{Meeting, Meetings};
use super::ranges::Ranges;
use super::rivals::Rivals;
use super::wider::{is_wider, of_bit};
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::read::RawPlaces;
use crate::site::{AssetId, Conduit, Grant, Items, Limit, Location, Site, Statement, Tag, TagGrant};
use sluice_model::{Action, Span};
use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

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
    let mut meetings = Meetings::of(site);
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
            let name = format!("{}.{}", narrow.conduit.name, narrow.statement.id);
            if wide.statement.conditions.overrides.contains(&name) {
                continue;
            }
            let Some(meeting) = meetings.find(wide.conduit, narrow.conduit) else { continue };
            let pair = Pair { site, wide: *wide, narrow: *narrow, meeting };
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

/// What a statement grants of one tag, and where it says so.
#[derive(Clone, Copy)]
struct Given<'s> {
    granted: &'s TagGrant,
    at: &'s Location,
}

impl<'s> Given<'s> {
    fn of(grant: &'s Grant, granted: &'s TagGrant) -> Self {
        Self { granted, at: grant.place(granted) }
    }

    fn limit(self) -> Option<&'s Limit> {
        self.granted.limit.as_deref()
    }
}

/// A limited tag, where it is limited, and the items that are granted of it.
type Held<'s> = (&'s Tag, Given<'s>, Span);

/// Two statements with pairs of assets in common.
struct Pair<'s> {
    site: &'s Site,
    wide: Writer<'s>,
    narrow: Writer<'s>,
    meeting: Rc<Meeting>,
}

impl<'s> Pair<'s> {
    /// The tags that the narrow statement limits on assets that both reach.
    fn limited(&self) -> impl Iterator<Item = (&'s Grant, &'s Tag, Given<'s>)> {
        let grants: &'s [Grant] = match &self.narrow.statement.items {
            Items::Tags(grants) => grants,
            _ => &[],
        };
        let (site, to) = (self.site, &self.meeting.to);
        grants.iter().filter(move |g| to.binary_search(&g.asset).is_ok()).flat_map(move |grant| {
            let speaks = &site.asset(grant.asset).speaks[grant.speaks];
            let limited = grant.tags.iter().filter(|t| t.limit.is_some());
            limited.map(move |t| (grant, &speaks.tags[t.tag], Given::of(grant, t)))
        })
    }

    /// A raw range over limited tags.
    fn raw(&self, places: &RawPlaces, diagnostics: &mut Diagnostics) {
        let Some(spans) = places.get(&self.wide.statement.at) else { return };
        let mut limited: Vec<Held<'_>> = self
            .limited()
            .filter(|(_, tag, given)| given.limit().is_some_and(|limit| is_wider(None, limit, tag.kind)))
            .map(|(_, tag, given)| (tag, given, tag.span(given.granted.first, given.granted.last)))
            .collect();
        limited.sort_by_key(|(tag, _, own)| (own.first, &tag.name));
        limited.dedup_by_key(|(tag, _, own)| (&tag.name, *own));
        let limited = Ranges::of(limited.into_iter().map(|held| (held.2, held)));
        for (span, at) in spans {
            let held: Vec<Held<'_>> = limited.meeting(*span).map(|(_, held)| *held).collect();
            if let Some((tag, given, own)) = held.first() {
                let shown = self.wide.statement.protocol.show_both(*own);
                let label = format!("holds {}{} ({shown}): any value {}", tag.name, more(held.len()), self.any(tag));
                let rest = self.rest(*span, &held);
                let advice = if rest.is_empty() { "leave it out".into() } else { format!("leave it out ({rest})") };
                diagnostics.push(self.message(at, label, given.at).help(self.or_say_so(&advice)));
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
                let lifted = lifted.entry((place(wide.at), place(narrow.at)));
                let lifted = lifted.or_insert_with(|| Lifted { tag, of, wide, narrow, names: HashSet::new() });
                lifted.names.insert(&tag.name);
            }
        }
        for Lifted { tag, of, wide, narrow, names } in lifted.values() {
            let wording = || wide.granted.wording.about(of);
            let value = match wide.limit() {
                None => format!("any value {}", self.any(tag)),
                Some(_) if of.name != tag.name => {
                    let source = self.source_name();
                    format!("on | off with {} = {} from {source}", of.name, wording())
                }
                Some(_) => format!("{} from {}", wording(), self.source_name()),
            };
            let label = format!("{}{}: {value}", tag.name, more(names.len()));
            let message = self.message(wide.at, label, narrow.at);
            diagnostics.push(message.help(self.or_say_so("leave it out, give it the same limit")));
        }
    }

    fn source_name(&self) -> &str {
        &self.site.asset(self.meeting.source).name
    }

    /// `0 .. 655.35 mg/L from hmi-1`, what its type can hold.
    fn any(&self, tag: &Tag) -> String {
        format!("{} from {}", tag.reach_within((None, None)), self.source_name())
    }

    fn or_say_so(&self, advice: &str) -> String {
        let Writer { conduit, statement } = self.narrow;
        format!("{advice}, or say so: overrides = [\"{}.{}\"]", conduit.name, statement.id)
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
    wide: Given<'s>,
    narrow: Given<'s>,
    names: HashSet<&'s str>,
}

/// Items that a statement grants of a tag that is no bit.
type Whole<'s> = (Span, &'s Tag, Given<'s>);

/// What a statement grants, by tag.
struct Wide<'s> {
    by_tag: HashMap<(AssetId, usize, usize), Vec<Given<'s>>>,
    /// What it grants of tags that are no bits, sorted by their address.
    whole: HashMap<(AssetId, usize), Vec<Whole<'s>>>,
}

impl<'s> Wide<'s> {
    fn of(site: &'s Site, grants: &'s [Grant]) -> Self {
        let mut wide = Self { by_tag: HashMap::new(), whole: HashMap::new() };
        for grant in grants {
            let tags = &site.asset(grant.asset).speaks[grant.speaks].tags;
            for granted in grant.tags.iter() {
                let given = Given::of(grant, granted);
                wide.by_tag.entry((grant.asset, grant.speaks, granted.tag)).or_default().push(given);
                let tag = &tags[granted.tag];
                if tag.bit.is_none() {
                    let span = tag.span(granted.first, granted.last);
                    wide.whole.entry((grant.asset, grant.speaks)).or_default().push((span, tag, given));
                }
            }
        }
        for spans in wide.whole.values_mut() {
            spans.sort_by_key(|(s, ..)| (s.space, s.first));
        }
        wide
    }

    /// The grant that lifts the limit of `narrow`, which grants `tag`, and the tag that it grants.
    fn over(&self, grant: &Grant, tag: &'s Tag, narrow: Given<'_>) -> Option<(Given<'s>, &'s Tag)> {
        let (limit, narrow) = (narrow.limit()?, narrow.granted);
        let same = self.by_tag.get(&(grant.asset, grant.speaks, narrow.tag)).into_iter().flatten();
        let meets = |w: &TagGrant| w.first <= narrow.last && narrow.first <= w.last;
        let lifts = |w: &Given<'_>| meets(w.granted) && is_wider(w.limit(), limit, tag.kind);
        if let Some(wide) = same.copied().find(lifts) {
            return Some((wide, tag));
        }
        let bit = tag.bit?;
        let spans = self.whole.get(&(grant.asset, grant.speaks))?;
        let after = spans.partition_point(|(s, ..)| (s.space, s.first) <= (tag.space, tag.first));
        let (own, whole, wide) = spans[..after].last().filter(|(own, ..)| meet(*own, tag.whole()))?;
        let word = ((tag.first - own.first) % whole.items) as u16;
        let reached = of_bit(whole, wide.limit(), word, bit);
        is_wider(reached.as_ref(), limit, tag.kind).then_some((*wide, *whole))
    }
}
