//! The entries of a statement's tags: names, globs, elements of arrays, each with its limit.

use super::fields::{Fields, Shape};
use super::keys;
use super::reader::Reader;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::Location;
use glob::Pattern;

/// One entry of a statement's tags.
pub(super) struct Pick<'t> {
    /// What its author wrote.
    pub(super) text: &'t str,
    pub(super) at: Location,
    pub(super) what: Wanted,
    /// The limit, if it has one of its own.
    pub(super) limit: Option<&'t Node>,
}

/// What it means.
pub(super) enum Wanted {
    /// Every tag whose name matches.
    Glob(Pattern),
    /// A tag, and some of its elements.
    Name(String, Option<(u64, u64)>),
}

/// The entries of `tags`, and the limit each has; `value` limits all of them.
pub(super) fn picks<'t>(reader: &mut Reader<'_>, entry: &'t Entry, value: Option<&'t Node>) -> Vec<Pick<'t>> {
    if let Value::Table(table) = &entry.node.value {
        if let Some(value) = value {
            let message = "`value` limits all tags, and these tags have limits of their own";
            reader.report(Diagnostic::error("P009", &value.at, message).also(&entry.key_at, "the other limits"));
        }
        return table.entries.iter().filter_map(|e| limited(reader, e)).collect();
    }
    let texts = reader.texts("tags", &entry.node);
    if Reader::list(&entry.node).is_empty() {
        reader.report(Diagnostic::error("T030", &entry.node.at, "`tags` lists nothing"));
    }
    texts.into_iter().filter_map(|(text, node)| pick(reader, text, &node.at, value)).collect()
}

/// One entry of a table: `pump_speed = "20 .. 45 Hz"` or `pump_speed = { value = "20 .. 45 Hz" }`.
fn limited<'t>(reader: &mut Reader<'_>, entry: &'t Entry) -> Option<Pick<'t>> {
    let limit = match &entry.node.value {
        Value::Table(table) => {
            let mut fields = Fields::of(table, &entry.node.at);
            let value = fields.take("value");
            let shape = Shape {
                what: "a tag of a statement",
                header: format!("the table of `{}`", entry.key),
                keys: keys::TAG_LIMIT,
                later: keys::TAG_LIMIT_LATER,
                above: &[],
            };
            fields.finish(reader, &shape);
            value.map(|v| &v.node)
        }
        _ => Some(&entry.node),
    };
    if let Some(node) = limit {
        reader.text(&entry.key, node)?;
    }
    let pick = pick(reader, &entry.key, &entry.key_at, limit)?;
    if let Wanted::Glob(_) = pick.what {
        let message = format!("`{}`: a table of limits names single tags", entry.key);
        reader.report(
            Diagnostic::error("T030", &entry.key_at, message).help("write tags = [\"pump_*\"] and value = \"...\""),
        );
        return None;
    }
    Some(pick)
}

pub(super) fn pick<'t>(
    reader: &mut Reader<'_>,
    text: &'t str,
    at: &Location,
    limit: Option<&'t Node>,
) -> Option<Pick<'t>> {
    let what = match text.split_once('[') {
        Some((name, rest)) => elements(rest).map(|range| Wanted::Name(name.trim().into(), Some(range))),
        None if text.contains(['*', '?']) => Pattern::new(text).ok().map(Wanted::Glob),
        None => Some(Wanted::Name(text.into(), None)),
    };
    if what.is_none() {
        let message = format!("`{text}` is neither a tag nor a pattern");
        reader.report(
            Diagnostic::error("T030", at, message).help("write pump_speed, pump_*, recipe[3] or recipe[0 .. 9]"),
        );
    }
    Some(Pick { text, at: at.clone(), what: what?, limit })
}

/// The elements behind `recipe[`: `3]`, `0 .. 9]`.
fn elements(rest: &str) -> Option<(u64, u64)> {
    let inner = rest.trim().strip_suffix(']')?;
    let (first, last) = inner.split_once("..").unwrap_or((inner, inner));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some((first, last))
}
