//! What a statement's functions may touch, as lines.

use super::guard::Guard;
use super::{Lines, ends, join, values};
use crate::site::{
    Asset, AssetId, Conduit, Engineering, Fact, Items, Site, Speaks, Statement, Tag, TagGrant, WordOrder,
};
use sluice_model::Span;

/// A line for each raw range, or for each tag of each device.
pub(super) fn lines(site: &Site, conduit: &Conduit, statement: &Statement, lines: &mut Lines) {
    lines_towards(site, conduit, statement, None, lines);
}

/// The same; of tags, those of one destination alone when it is named.
pub(super) fn lines_towards(
    site: &Site,
    conduit: &Conduit,
    statement: &Statement,
    to: Option<AssetId>,
    lines: &mut Lines,
) {
    match &statement.items {
        Items::None => lines.push("items none".into()),
        Items::Raw(spans) => {
            lines.extend(
                merged(spans).into_iter().map(|s| format!("items any value {}", (statement.protocol.show_span)(s))),
            );
        }
        Items::Tags(grants) => {
            for grant in grants.iter().filter(|g| to.is_none_or(|to| to == g.asset)) {
                let asset = site.asset(grant.asset);
                let speaks = &asset.speaks[grant.speaks];
                let device = ends::device(asset, speaks);
                let granted = grant.tags.iter().filter_map(|g| Some((g, speaks.tags.get(g.tag)?)));
                lines.extend(granted.map(|(g, tag)| {
                    let asks = asks(site, conduit, statement, grant.asset, g);
                    format!("item {device} {}{asks}", granted_tag(speaks, tag, g))
                }));
            }
        }
    }
}

/// What a tag asks beside its statement: `, in steps of 5 Hz (raw 50, base 10 s)`.
fn asks(site: &Site, conduit: &Conduit, statement: &Statement, to: AssetId, granted: &TagGrant) -> String {
    let Some(conditions) = granted.conditions.as_deref() else { return String::new() };
    let of = |tag| Guard::of(site, conduit, &statement.conditions, tag, to);
    let own = of(Some(conditions)).beyond(&of(None));
    if own.is_empty() { String::new() } else { format!(", {}", own.join(", ")) }
}

/// Where the value of a fact stands and how it is read, its name, and its tag.
pub(super) fn fact<'s>(site: &'s Site, fact: &Fact) -> (String, String, Option<&'s Tag>) {
    let asset = site.asset(fact.asset);
    let Some((speaks, tag)) = asset.speaks.get(fact.speaks).and_then(|s| Some((s, s.tags.get(fact.tag)?))) else {
        return (String::new(), format!("{}.?", asset.name), None);
    };
    let bit = tag.bit.map_or_else(String::new, |bit| format!(".{bit}"));
    let at = (speaks.protocol.show_span)(tag.span(fact.element, fact.element));
    let place = format!("{} {at}{bit} {} {}", ends::device(asset, speaks), tag.kind.name(), order(tag.words));
    let element = if tag.count == 1 { String::new() } else { format!("[{}]", fact.element) };
    (place, format!("{}.{}{element}", asset.name, tag.name), Some(tag))
}

/// Ranges as a set: overlapping and neighbouring ones joined.
fn merged(spans: &[Span]) -> Vec<Span> {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable_by_key(|s| (s.space, s.first, s.last));
    let mut out: Vec<Span> = Vec::new();
    for span in sorted {
        match out.last_mut() {
            Some(last) if last.space == span.space && span.first <= last.last.saturating_add(1) => {
                last.last = last.last.max(span.last);
            }
            _ => out.push(span),
        }
    }
    out
}

/// `holding 100: pump_speed u16 scale 0.1 Hz, value raw 200 .. 450 = 20 Hz .. 45 Hz`.
fn granted_tag(speaks: &Speaks, tag: &Tag, granted: &TagGrant) -> String {
    let span = tag.span(granted.first, granted.last);
    let bit = tag.bit.map_or_else(String::new, |bit| format!(".{bit}"));
    let elements = if tag.count == 1 { String::new() } else { format!("[{} .. {}]", granted.first, granted.last) };
    let value = values::limit(tag, granted.limit.as_deref());
    format!("{}{bit}: {}{elements} {}, value {value}", (speaks.protocol.show_span)(span), tag.name, of_tag(tag))
}

/// `u16 scale 0.1 offset 0 Hz states 0=stop 1=run`: how the values of a tag are read.
pub(super) fn of_tag(tag: &Tag) -> String {
    let Engineering { unit, states, .. } = &*tag.engineering;
    let scaling = tag.scale();
    let mut line =
        format!("{} {} scale {} offset {}", tag.kind.name(), order(tag.words), scaling.scale, scaling.offset);
    if !unit.is_empty() {
        line = format!("{line} {unit:?}");
    }
    if !states.is_empty() {
        line = format!("{line} states {}", join(" ", states.iter().map(|(raw, name)| format!("{raw}={name}"))));
    }
    line
}

const fn order(words: WordOrder) -> &'static str {
    match words {
        WordOrder::Abcd => "ABCD",
        WordOrder::Cdab => "CDAB",
        WordOrder::Badc => "BADC",
        WordOrder::Dcba => "DCBA",
    }
}

/// Where no tag of a device lies, so that a read may span it: a gap belongs to what a read statement grants.
pub(super) fn gaps(asset: &Asset, speaks: &Speaks) -> String {
    let spans: Vec<Span> = speaks.tags.iter().map(Tag::whole).collect();
    let taken = join(", ", merged(&spans).into_iter().map(speaks.protocol.show_span));
    format!("gaps {} up to {} beside {taken}", ends::device(asset, speaks), speaks.gaps)
}
