//! What a statement's functions may touch: raw ranges, or tags.

use super::conduits::Ends;
use super::fields::Fields;
use super::functions::{Choices, Meaning};
use super::grants;
use super::plant::Plant;
use super::reader::Reader;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Items, Location};
use sluice_model::{Action, AddressError, Space, Span};

/// The keys of one statement that are about items.
pub(super) struct ItemKeys<'t> {
    pub(super) tags: Option<&'t Entry>,
    pub(super) raw: Vec<(&'static Space, &'t Entry)>,
    pub(super) value: Option<&'t Entry>,
    pub(super) count: Option<&'t Entry>,
    pub(super) step: Option<&'t Entry>,
}

impl<'t> ItemKeys<'t> {
    /// Takes the keys that are about items.
    pub(super) fn take(fields: &mut Fields<'t>, choices: &Choices) -> Self {
        let spaces: &'static [Space] = choices.protocol.spaces;
        Self {
            tags: fields.take("tags"),
            raw: spaces.iter().filter_map(|s| Some((s, fields.take(s.key)?))).collect(),
            value: fields.take("value"),
            count: fields.take("count"),
            step: fields.take("step"),
        }
    }

    fn all(&self) -> Vec<&'t Entry> {
        self.tags.into_iter().chain(self.raw.iter().map(|(_, e)| *e)).collect()
    }
}

/// Reads what a statement's functions may touch. `at` is the statement's place.
pub(super) fn read(
    reader: &mut Reader<'_>,
    plant: &Plant,
    ends: &Ends,
    choices: &Choices,
    keys: &ItemKeys<'_>,
    at: &Location,
) -> Items {
    let given = keys.all();
    if let [first, second, ..] = given.as_slice() {
        let message = format!("a statement has one kind of items; this one has `{}` and `{}`", first.key, second.key);
        reader.report(
            Diagnostic::error("P007", &second.key_at, message)
                .also(&first.key_at, "the other one")
                .help("write two statements"),
        );
        return Items::None;
    }
    let touched = choices.spaces();
    let Some(entry) = given.first() else {
        if !touched.is_empty() {
            missing(reader, choices, &touched, at);
        }
        stray(reader, keys);
        return Items::None;
    };
    if touched.is_empty() {
        if choices.whole && !choices.all.is_empty() {
            let message = format!("{} touches no items, so `{}` says nothing", choices.words(), entry.key);
            reader.report(Diagnostic::error("P006", &entry.key_at, message).help("leave it out"));
        }
        return Items::None;
    }
    match keys.raw.first() {
        Some((space, entry)) => {
            stray(reader, keys);
            Items::Raw(raw(reader, choices, space, entry, at))
        }
        None => Items::Tags(grants::read(reader, plant, ends, choices, keys)),
    }
}

/// P005: which items?
fn missing(reader: &mut Reader<'_>, choices: &Choices, touched: &[&'static Space], at: &Location) {
    let names: Vec<&str> = touched.iter().map(|s| s.key).collect();
    let place = choices.all.iter().find(|c| !c.spaces(choices.protocol).is_empty()).map_or(at, |c| &c.at);
    let message = format!("{} touches {}; the statement does not say which", choices.words(), names.join(", "));
    let help = format!("add tags = \"*\" or {} = [\"0 .. 15\"]", names[0]);
    reader.report(Diagnostic::error("P005", place, message).help(help));
}

/// P009: `value`, `count` and `step` without tags.
fn stray(reader: &mut Reader<'_>, keys: &ItemKeys<'_>) {
    for entry in keys.value.into_iter().chain(keys.count).chain(keys.step) {
        let message = format!("`{}` is about tags, and this statement names none", entry.key);
        reader.report(Diagnostic::error("P009", &entry.key_at, message).help("name the items by tags"));
    }
}

fn raw(reader: &mut Reader<'_>, choices: &Choices, space: &'static Space, entry: &Entry, at: &Location) -> Vec<Span> {
    reach(reader, choices, space, entry);
    let mut spans = Vec::new();
    for node in Reader::list(&entry.node) {
        let text = match &node.value {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            _ => {
                reader.wants(space.key, node, "numbers and ranges: [\"0 .. 15\", 40]");
                continue;
            }
        };
        match (choices.protocol.parse_span)(space.id, &text) {
            Ok(span) => spans.push((span, node.at.clone())),
            Err(why) => address(reader, node, why),
        }
    }
    if Reader::list(&entry.node).is_empty() {
        reader.report(Diagnostic::error("P011", &entry.node.at, format!("`{}` lists nothing", space.key)));
    }
    spans.sort_by_key(|(span, _)| (span.first, span.last));
    let plain = spans.iter().map(|(span, _)| *span).collect();
    reader.raw_places.insert(at.clone(), spans);
    plain
}

fn address(reader: &mut Reader<'_>, node: &Node, why: AddressError) {
    let mut wrong = Diagnostic::error("P011", &node.at, why.message);
    wrong.help = why.suggestion.map(|s| format!("did you mean {s}?"));
    reader.report(wrong);
}

/// P006, P010: every function listed must use the space.
fn reach(reader: &mut Reader<'_>, choices: &Choices, space: &'static Space, entry: &Entry) {
    for choice in &choices.all {
        let spaces = choice.spaces(choices.protocol);
        if spaces.is_empty() || spaces.contains(&space.id) {
            continue;
        }
        let writes = matches!(choice.meaning, Meaning::Verb(Action::Write | Action::Control));
        let wrong = if writes && !space.writable {
            Diagnostic::error("P010", &choice.at, format!("nothing can write {}", space.key))
        } else {
            Diagnostic::error("P006", &choice.at, format!("{} does not touch {}", choice.words, space.key))
        };
        reader.report(wrong.also(&entry.key_at, "the items").help("write a statement of its own for it"));
    }
}
