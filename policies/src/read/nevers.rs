//! `[[never]]`: what the policy must never allow.

use super::crowd;
use super::fields::{Fields, Shape};
use super::functions;
use super::keys;
use super::never_tags;
use super::plant::Plant;
use super::reader::Reader;
use super::sections::Sections;
use super::settings::site_keys;
use super::times;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Hops, Location, Never, NeverFunctions, Unless};
use sluice_model::{Action, ActionSet};
use std::collections::HashMap;

/// Reads every guarantee; one that is not wholly understood is left out.
pub(super) fn read(reader: &mut Reader<'_>, sections: &Sections<'_>, plant: &Plant) -> Vec<Never> {
    let mut names: HashMap<String, Location> = HashMap::new();
    let mut nevers = Vec::new();
    for node in &sections.nevers {
        let Some(never) = never(reader, plant, node) else { continue };
        if let Some(first) = names.insert(never.says.clone(), never.at.clone()) {
            reader.twice(&format!("guarantee \"{}\"", never.says), &never.at, &first);
        }
        nevers.push(never);
    }
    nevers
}

fn never(reader: &mut Reader<'_>, plant: &Plant, node: &Node) -> Option<Never> {
    let Value::Table(table) = &node.value else {
        reader.wants("never", node, "written [[never]]");
        return None;
    };
    let before = reader.diagnostics.count();
    let catalogue = reader.catalogue;
    let known: Vec<&str> = keys::NEVER.iter().copied().chain(catalogue.iter().map(|p| p.name)).collect();
    let unread = |key: &&str| catalogue.iter().all(|p| p.name != *key);
    let later: Vec<&str> = keys::NEVER_LATER.iter().chain(keys::PROTOCOLS).copied().filter(unread).collect();
    let shape =
        Shape { what: "a guarantee", header: "[[never]]".into(), keys: &known, later: &later, above: &[site_keys()] };
    let mut fields = Fields::of(table, &node.at);
    let says = fields.need(reader, &shape, "says", "add says = \"IT never stops a controller\"");
    let says = says.and_then(|e| reader.text("says", &e.node));
    let [from, to] = ["from", "to"].map(|key| match fields.take(key) {
        Some(entry) => crowd::crowd(reader, plant, key, &entry.node),
        None => (!plant.more_assets).then(|| crowd::anyone(plant)),
    });
    let actions = fields.take("action").map(|e| actions(reader, e)).unwrap_or_default();
    let functions = functions_of(reader, &mut fields);
    let tags = fields.take("tags");
    let tags = match (tags, &to) {
        (Some(entry), Some(to)) => Some(never_tags::read(reader, plant, to, functions.as_ref(), entry)),
        _ => None,
    };
    let hops = fields.take("hops").map_or(Hops::One, |e| hops(reader, e));
    let floor = fields.take("floor").and_then(|e| reader.flag("floor", &e.node)).unwrap_or(false);
    let unless = unless(reader, plant, &mut fields);
    let unproven = fields.has_any(&later);
    timing(reader, &mut fields);
    fields.finish(reader, &shape);
    let (from, to) = (from?, to?);
    let never =
        Never { says: says?.into(), at: node.at.clone(), from, to, actions, functions, tags, unless, hops, floor };
    // What it names of a protocol that is not read has a message of its own.
    if !unproven {
        reader_floor(reader, &never);
    }
    (reader.diagnostics.count() == before && !unproven).then_some(never)
}

fn actions(reader: &mut Reader<'_>, entry: &Entry) -> ActionSet {
    let named = |action: Action| ["report", action.name()].into_iter().find(|n| Action::from_verb(n) == Some(action));
    let verbs: Vec<(&str, Action)> = Action::ALL.into_iter().filter_map(|a| Some((named(a)?, a))).collect();
    let nodes = Reader::list(&entry.node);
    if nodes.is_empty() {
        let message = "`action` names nothing; leave it out to mean anything";
        reader.report(Diagnostic::error("N005", &entry.node.at, message));
    }
    nodes.iter().filter_map(|node| reader.word("action", node, &verbs)).collect()
}

/// What a protocol key names; P002 when there are two.
fn functions_of(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<NeverFunctions> {
    let mut found: Option<(&Entry, NeverFunctions)> = None;
    for protocol in reader.catalogue {
        let Some(entry) = fields.take(protocol.name) else { continue };
        if let Some((first, _)) = &found {
            let message =
                format!("a guarantee is about one protocol; this one is about {} and {}", first.key, entry.key);
            let wrong = Diagnostic::error("P002", &entry.key_at, message).also(&first.key_at, "the other one");
            reader.report(wrong.help("write two guarantees"));
            continue;
        }
        let named = functions::read(reader, protocol, entry).named();
        found = Some((entry, NeverFunctions { protocol, named }));
    }
    found.map(|(_, functions)| functions)
}

fn hops(reader: &mut Reader<'_>, entry: &Entry) -> Hops {
    match &entry.node.value {
        Value::Integer(1) => Hops::One,
        Value::Text(text) if text == "any" => Hops::Any,
        _ => {
            reader.wants("hops", &entry.node, "1 or \"any\"");
            Hops::One
        }
    }
}

/// When it may be done all the same: `{ window = "maintenance" }`, `{ during = "Mon-Fri 08:00-18:00" }`.
fn unless(reader: &mut Reader<'_>, plant: &Plant, fields: &mut Fields<'_>) -> Unless {
    let Some(entry) = fields.take("unless") else { return Unless::default() };
    let Value::Table(table) = &entry.node.value else {
        reader.wants("unless", &entry.node, "{ window = \"maintenance\" } or { during = \"Mon-Fri 08:00-18:00\" }");
        return Unless::default();
    };
    let shape = Shape {
        what: "the `unless` of a guarantee",
        header: String::new(),
        keys: keys::NEVER_UNLESS,
        later: &[],
        above: &[],
    };
    let mut own = Fields::of(table, &entry.node.at);
    let window = own.take("window").and_then(|e| times::named(reader, plant, e));
    let during = own.take("during").and_then(|e| times::schedule(reader, plant, e));
    if table.entries.is_empty() {
        let message = "`unless` names neither a window nor times; leave it out";
        reader.report(Diagnostic::error("N005", &entry.node.at, message));
    }
    own.finish(reader, &shape);
    Unless { window, during }
}

/// N002: what is about more than one message.
fn timing(reader: &mut Reader<'_>, fields: &mut Fields<'_>) {
    for key in keys::NEVER_UNPROVABLE {
        if let Some(entry) = fields.take(key) {
            let message = format!("`{key}` cannot be proven: a guarantee is about what one message may do");
            let wrong = Diagnostic::error("N002", &entry.key_at, message);
            let note = "sequences, totals and timing depend on what is sent before, which no file says";
            reader
                .report(wrong.note(note).help(format!("limit it where it is allowed, with `{key}` in the statement")));
        }
    }
}

/// N004: what a deny in the gateway cannot do.
fn reader_floor(reader: &mut Reader<'_>, never: &Never) {
    if !never.floor {
        return;
    }
    let (what, help) = if never.unless.window.is_some() || never.unless.during.is_some() {
        ("`unless` opens what a floor keeps shut: it survives windows", "leave out one of the two")
    } else if never.hops == Hops::Any {
        (
            "a gateway sees one hop, so a floor cannot follow `hops = \"any\"`",
            "write hops = 1, and another guarantee without floor that follows",
        )
    } else if never.actions.is_empty() && never.functions.is_none() && never.tags.is_none() {
        ("a floor that withholds everything names nothing", "name an action, tags or a function")
    } else {
        return;
    };
    reader.report(Diagnostic::error("N004", &never.at, what).help(help));
}
