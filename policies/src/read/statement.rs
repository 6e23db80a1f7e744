//! `[[conduit.C.allow]]`.

use super::conduits::Ends;
use super::fields::{Above, Fields, Shape};
use super::functions::{self, Choices};
use super::items::{self, ItemKeys};
use super::keys;
use super::plant::Plant;
use super::reader::Reader;
use super::settings::site_keys;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Location, Statement};

/// Reads one statement of the conduit called `conduit`.
pub(super) fn read(
    reader: &mut Reader<'_>,
    plant: &Plant,
    conduit: &str,
    ends: &Ends,
    node: &Node,
) -> Option<Statement> {
    let Value::Table(table) = &node.value else {
        reader.wants("allow", node, &format!("written [[conduit.{conduit}.allow]]"));
        return None;
    };
    let mut fields = Fields::of(table, &node.at);
    let id = id(reader, &mut fields, &node.at);
    let why = fields.take("why").and_then(|e| reader.text("why", &e.node)).map(String::from);
    let opaque = fields.take("opaque").and_then(|e| Some((reader.flag("opaque", &e.node)?, &e.key_at)));
    let choices = subject(reader, &mut fields, &node.at);
    let built = choices.as_ref().map(|choices| {
        let item_keys = ItemKeys::take(&mut fields, choices);
        let items = items::read(reader, plant, ends, choices, &item_keys, &node.at);
        speakers(reader, plant, ends, choices);
        (choices.functions(reader, opaque), items)
    });
    if choices.is_none() {
        // What it is about is unknown; its items are not unknown keys for that.
        let known = ["tags", "value", "count"].into_iter();
        let spaces = reader.catalogue.iter().flat_map(|p| p.spaces.iter().map(|s| s.key));
        for key in known.chain(spaces) {
            let _ = fields.take(key);
        }
    }
    finish(reader, fields, conduit, choices.as_ref());
    let (functions, items) = built?;
    Some(Statement { id: id?, at: node.at.clone(), why, protocol: choices?.protocol, functions, items })
}

fn id(reader: &mut Reader<'_>, fields: &mut Fields<'_>, at: &Location) -> Option<String> {
    let Some(entry) = fields.take("id") else {
        let message = "`id` is missing; an allow statement needs it";
        let help = "add id = \"speed\": events and approvals name the statement by it, so it never changes";
        reader.report(Diagnostic::error("S005", at, message).help(help));
        return None;
    };
    let id = reader.text("id", &entry.node)?;
    reader.name("a statement", id, &entry.node.at);
    Some(id.into())
}

/// The one protocol key of a statement: P001 when there is none, P002 when there are two.
fn subject(reader: &mut Reader<'_>, fields: &mut Fields<'_>, at: &Location) -> Option<Choices> {
    let catalogue = reader.catalogue;
    let found: Vec<_> = catalogue.iter().filter_map(|p| Some((*p, fields.take(p.name)?))).collect();
    let unread: Vec<&str> = keys::OTHER_SUBJECTS
        .iter()
        .chain(keys::PROTOCOLS)
        .copied()
        .filter(|k| catalogue.iter().all(|p| p.name != *k))
        .collect();
    if let [(_, first), (_, second), ..] = found.as_slice() {
        let message = format!("a statement speaks one protocol; this one speaks {} and {}", first.key, second.key);
        reader.report(
            Diagnostic::error("P002", &second.key_at, message)
                .also(&first.key_at, "the other one")
                .help("write two statements"),
        );
        return None;
    }
    if let Some((protocol, entry)) = found.first() {
        return Some(functions::read(reader, protocol, entry));
    }
    if !fields.has_any(&unread) {
        let names: Vec<String> = catalogue.iter().map(|p| format!("{} = \"read\"", p.name)).collect();
        let message = "this statement does not say which protocol it allows";
        reader.report(Diagnostic::error("P001", at, message).help(format!("add {}", names.join(" or "))));
    }
    None
}

/// P013: nobody in `to` speaks the protocol.
fn speakers(reader: &mut Reader<'_>, plant: &Plant, ends: &Ends, choices: &Choices) {
    let speaks = |id: &crate::site::AssetId| {
        plant.assets[id.0 as usize].speaks.iter().any(|s| s.protocol.id == choices.protocol.id)
    };
    let partial = !ends.to.whole || ends.to.assets.iter().any(|id| plant.partial.contains(id));
    if partial || ends.to.assets.is_empty() || ends.to.assets.iter().any(speaks) {
        return;
    }
    let name = choices.protocol.name;
    let message = format!("no asset of `to` speaks {name}, so this statement allows nothing");
    let at = choices.all.first().map_or(&ends.to_at, |c| &c.at);
    let help =
        format!("give the asset {name} = {{ {} = {} }}", choices.protocol.device.key, choices.protocol.device.default);
    reader.report(Diagnostic::error("P013", at, message).also(&ends.to_at, "the assets").help(help));
}

fn finish(reader: &mut Reader<'_>, fields: Fields<'_>, conduit: &str, choices: Option<&Choices>) {
    let catalogue = reader.catalogue;
    let spaces = choices.iter().flat_map(|c| c.protocol.spaces.iter().map(|s| s.key));
    let known: Vec<&str> =
        keys::STATEMENT.iter().copied().chain(catalogue.iter().map(|p| p.name)).chain(spaces).collect();
    let later: Vec<&str> = keys::STATEMENT_LATER.iter().chain(keys::PROTOCOLS).copied().collect();
    let of_conduit: Vec<&str> =
        keys::CONDUIT.iter().chain(keys::CONDUIT_LATER).copied().filter(|k| !known.contains(k)).collect();
    let above = [Above { keys: &of_conduit, place: format!("under [conduit.{conduit}]") }, site_keys()];
    let shape = Shape {
        what: "an allow statement",
        header: format!("[[conduit.{conduit}.allow]]"),
        keys: &known,
        later: &later,
        above: &above,
    };
    fields.finish(reader, &shape);
}

/// The statements of a conduit's table.
pub(super) fn nodes<'t>(reader: &mut Reader<'_>, conduit: &str, allow: &'t Entry) -> &'t [Node] {
    if let Value::List(nodes) = &allow.node.value {
        return nodes;
    }
    reader.wants("allow", &allow.node, &format!("written [[conduit.{conduit}.allow]]"));
    &[]
}
