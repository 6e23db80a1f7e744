//! The entries of a statement's tags: names, globs, elements of arrays, each with its limit.

use super::conditions;
use super::conduits::Ends;
use super::facts;
use super::fields::{Fields, Shape};
use super::keys;
use super::plant::Plant;
use super::reader::Reader;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::language::SaidStep;
use crate::site::{Interlock, Location, Rate};
use glob::Pattern;
use std::rc::Rc;
use std::sync::Arc;

/// One entry of a statement's tags.
pub(super) struct Pick<'t> {
    /// What its author wrote.
    pub(super) text: &'t str,
    pub(super) at: Location,
    pub(super) what: Wanted,
    /// The limit, if it has one of its own.
    pub(super) limit: Option<&'t Node>,
    pub(super) conditions: PickConditions<'t>,
}

/// What must hold for one entry, beside its limit.
#[derive(Default)]
pub(super) struct PickConditions<'t> {
    /// The step, with the text it was read from.
    pub(super) step: Option<(&'t Node, Rc<SaidStep>)>,
    pub(super) rate: Option<Rate>,
    pub(super) when: Arc<[Interlock]>,
    /// What tells it apart from those of other entries; `None` when nothing is said.
    pub(super) said: Option<String>,
}

/// What the entries of a statement are read with.
pub(super) struct Context<'p> {
    pub(super) plant: &'p Plant,
    pub(super) ends: &'p Ends,
    /// Whether the statement writes tags.
    pub(super) writes: bool,
}

/// What it means.
pub(super) enum Wanted {
    /// Every tag whose name matches.
    Glob(Pattern),
    /// A tag, and some of its elements.
    Name(String, Option<(u64, u64)>),
}

/// The entries of `tags`, and the limit each has; `value` and `step` limit all of them.
pub(super) fn picks<'t>(
    reader: &mut Reader<'_>,
    context: &Context<'_>,
    entry: &'t Entry,
    value: Option<&'t Node>,
    step: Option<&'t Node>,
) -> Vec<Pick<'t>> {
    let step = step.and_then(|node| Some((node, self::step(reader, node)?)));
    let mut picks = unstepped(reader, context, entry, value);
    for conditions in picks.iter_mut().map(|p| &mut p.conditions).filter(|c| c.step.is_none()) {
        conditions.step.clone_from(&step);
    }
    for Pick { conditions, .. } in &mut picks {
        conditions.note();
    }
    picks
}

/// P054: a step, before it is known of which tag.
fn step(reader: &mut Reader<'_>, node: &Node) -> Option<Rc<SaidStep>> {
    let text = reader.text("step", node)?;
    match SaidStep::parse(text) {
        Ok(said) => Some(Rc::new(said)),
        Err(fault) => {
            reader.fault(node, fault);
            None
        }
    }
}

impl PickConditions<'_> {
    /// Notes what tells it apart. Facts are told apart by their place: `self` means something else in each statement.
    fn note(&mut self) {
        let step = self.step.as_ref().map(|(node, _)| conditions::said(node));
        let rate = self.rate.as_ref().map(|r| r.wording.to_string());
        let place = self.when.first().map(|i| format!("{}:{}", i.at.file, i.at.span.start));
        if step.is_some() || rate.is_some() || place.is_some() {
            self.said = Some(format!("{step:?} {rate:?} {place:?}"));
        }
    }
}

fn unstepped<'t>(
    reader: &mut Reader<'_>,
    context: &Context<'_>,
    entry: &'t Entry,
    value: Option<&'t Node>,
) -> Vec<Pick<'t>> {
    if let Value::Table(table) = &entry.node.value {
        if let Some(value) = value {
            let message = "`value` limits all tags, and these tags have limits of their own";
            reader.report(Diagnostic::error("P009", &value.at, message).also(&entry.key_at, "the other limits"));
        }
        return table.entries.iter().filter_map(|e| limited(reader, context, e)).collect();
    }
    listed(reader, entry, value)
}

/// The entries of a list of tags.
pub(super) fn listed<'t>(reader: &mut Reader<'_>, entry: &'t Entry, value: Option<&'t Node>) -> Vec<Pick<'t>> {
    let texts = reader.texts("tags", &entry.node);
    if Reader::list(&entry.node).is_empty() {
        reader.report(Diagnostic::error("T030", &entry.node.at, "`tags` lists nothing"));
    }
    texts.into_iter().filter_map(|(text, node)| pick(reader, text, &node.at, value)).collect()
}

/// One entry of a table: `pump_speed = "20 .. 45 Hz"` or `pump_speed = { value = "20 .. 45 Hz" }`.
fn limited<'t>(reader: &mut Reader<'_>, context: &Context<'_>, entry: &'t Entry) -> Option<Pick<'t>> {
    let mut conditions = PickConditions::default();
    let limit = match &entry.node.value {
        Value::Table(table) => {
            let mut fields = Fields::of(table, &entry.node.at);
            let value = fields.take("value");
            conditions.step = fields.take("step").and_then(|e| Some((&e.node, step(reader, &e.node)?)));
            conditions.rate = fields.take("rate").and_then(|e| conditions::rate(reader, &e.node, context.writes));
            if let Some(entry) = fields.take("when") {
                conditions.when = facts::read(reader, context.plant, context.ends, entry);
            }
            let shape = Shape {
                what: "a tag of a statement",
                header: format!("the table of `{}`", entry.key),
                keys: keys::TAG_LIMIT,
                later: &[],
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
    let mut pick = pick(reader, &entry.key, &entry.key_at, limit)?;
    pick.conditions = conditions;
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
    Some(Pick { text, at: at.clone(), what: what?, limit, conditions: PickConditions::default() })
}

/// The elements behind `recipe[`: `3]`, `0 .. 9]`.
fn elements(rest: &str) -> Option<(u64, u64)> {
    let inner = rest.trim().strip_suffix(']')?;
    let (first, last) = inner.split_once("..").unwrap_or((inner, inner));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some((first, last))
}
