//! `[[conduit.C.allow]]`.

use super::conditions::{self, About};
use super::conduits::Ends;
use super::fields::{Above, Fields, Shape};
use super::functions::{self, Choices};
use super::items::{self, ItemKeys};
use super::keys;
use super::plant::Plant;
use super::reader::Reader;
use super::services::{self, Said};
use super::settings::site_keys;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Conduit, Location, Service, Statement};
use sluice_model::Descriptor;

/// A statement of either kind.
pub(super) enum Read {
    /// About a protocol that is inspected.
    Statement(Statement),
    /// About anything else.
    Service(Service),
}

impl Read {
    pub(super) fn name(&self) -> (&str, &Location) {
        match self {
            Self::Statement(statement) => (&statement.id, &statement.at),
            Self::Service(service) => (&service.id, &service.at),
        }
    }
}

/// What a statement is about.
enum Subject<'t> {
    Protocol(Choices),
    Service(Said<'t>),
}

/// Reads one statement of a conduit, of which everything but its statements was read.
pub(super) fn read(
    reader: &mut Reader<'_>,
    plant: &Plant,
    conduit: &Conduit,
    ends: &Ends,
    node: &Node,
) -> Option<Read> {
    let Value::Table(table) = &node.value else {
        reader.wants("allow", node, &format!("written [[conduit.{}.allow]]", conduit.name));
        return None;
    };
    let mut fields = Fields::of(table, &node.at);
    let id = id(reader, &mut fields, &node.at);
    let why = fields.take("why").and_then(|e| reader.text("why", &e.node)).map(String::from);
    let opaque = fields.take("opaque").and_then(|e| Some((reader.flag("opaque", &e.node)?, &e.key_at)));
    let at = node.at.clone();
    match subject(reader, &mut fields, &node.at) {
        Some(Subject::Protocol(choices)) => {
            let item_keys = ItemKeys::take(&mut fields, &choices);
            let about = About::Protocol(&choices, &item_keys);
            let conditions = conditions::read(reader, plant, ends, &mut fields, &about);
            let items = items::read(reader, plant, ends, &choices, &item_keys, &at);
            speakers(reader, plant, ends, &choices);
            let functions = choices.functions(reader, opaque);
            finish(reader, fields, &conduit.name, Some(&choices));
            let protocol = choices.protocol;
            Some(Read::Statement(Statement { id: id?, at, why, protocol, functions, items, conditions }))
        }
        Some(Subject::Service(said)) => {
            said.opaque(reader, opaque);
            said.past_inspection(reader, plant, ends, conduit.opens);
            said.nameless(reader, plant, ends, conduit.opens);
            itemless(reader, &mut fields, &said);
            let conditions = conditions::read(reader, plant, ends, &mut fields, &About::Service(said.entry));
            finish(reader, fields, &conduit.name, None);
            Some(Read::Service(Service { id: id?, at, why, passes: said.passes(), conditions }))
        }
        None => {
            // What it is about is unknown; its items and conditions are not unknown keys for that.
            let conditions = ["step", "rate", "when", "others", "broadcast", "during", "window", "until", "trial"];
            for key in item_keys(reader).into_iter().chain(conditions).chain(["overrides", "ticket", "approved-as"]) {
                let _ = fields.take(key);
            }
            finish(reader, fields, &conduit.name, None);
            None
        }
    }
}

/// The keys that are about items of any protocol.
fn item_keys(reader: &Reader<'_>) -> Vec<&'static str> {
    let spaces = reader.catalogue.iter().flat_map(|p| p.spaces.iter().map(|s| s.key));
    ["tags", "value", "count"].into_iter().chain(spaces).collect()
}

/// P064: items beside what has none.
fn itemless(reader: &mut Reader<'_>, fields: &mut Fields<'_>, said: &Said<'_>) {
    for key in item_keys(reader) {
        if let Some(entry) = fields.take(key) {
            let message =
                format!("`{}` touches no items that the gateway sees, so `{key}` says nothing", said.entry.key);
            let wrong = Diagnostic::error("P064", &entry.key_at, message).also(&said.entry.key_at, "what it allows");
            reader.report(wrong.help("leave it out, or name a protocol that is inspected"));
        }
    }
}

/// Whether a statement names a protocol.
pub(super) fn is_inspected(reader: &Reader<'_>, node: &Node) -> bool {
    let Value::Table(table) = &node.value else { return false };
    reader.catalogue.iter().any(|p| table.entry(p.name).is_some())
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

/// What a statement is about, by its one key that says so: P001 when there is none, P002 when there are two.
fn subject<'t>(reader: &mut Reader<'_>, fields: &mut Fields<'t>, at: &Location) -> Option<Subject<'t>> {
    let catalogue = reader.catalogue;
    let protocols: Vec<_> = catalogue.iter().filter_map(|p| Some((Some(*p), fields.take(p.name)?))).collect();
    let services = keys::SERVICES.iter().filter_map(|key| Some((None, fields.take(key)?)));
    let found: Vec<(Option<&'static Descriptor>, &Entry)> = protocols.into_iter().chain(services).collect();
    if let [(_, first), (_, second), ..] = found.as_slice() {
        let message = format!("a statement is about one thing; this one is about {} and {}", first.key, second.key);
        let wrong = Diagnostic::error("P002", &second.key_at, message).also(&first.key_at, "the other one");
        reader.report(wrong.help("write two statements"));
        return None;
    }
    if let Some((_, entry)) = found.first() {
        reader.stated.insert(at.clone(), entry.node.at.clone());
    }
    match found.first() {
        Some((Some(protocol), entry)) => return Some(Subject::Protocol(functions::read(reader, protocol, entry))),
        Some((None, entry)) => return Some(Subject::Service(services::read(reader, entry))),
        None => {}
    }
    let unread: Vec<&str> =
        keys::PROTOCOLS.iter().copied().filter(|k| catalogue.iter().all(|p| p.name != *k)).collect();
    if !fields.has_any(&unread) {
        let names: Vec<String> = catalogue.iter().map(|p| format!("{} = \"read\"", p.name)).collect();
        let message = "this statement does not say what it allows";
        let help = format!("add {}, or service = \"ntp\"", names.join(" or "));
        reader.report(Diagnostic::error("P001", at, message).help(help));
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
    let of_conduit: Vec<&str> = keys::CONDUIT.iter().copied().filter(|k| !known.contains(k)).collect();
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
