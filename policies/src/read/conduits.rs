//! `[conduit.C]`: who commands whom, and the statements of what is allowed on the way.

use super::conditions;
use super::fields::{Fields, Shape};
use super::keys;
use super::plant::Plant;
use super::reader::Reader;
use super::sections::Sections;
use super::settings::{self, Defaults, MODES, ON_DENY, site_keys};
use super::statement::{self, Read};
use super::tree::{Entry, Table, Value};
use super::who::{Who, who};
use crate::diagnose::Diagnostic;
use crate::site::{Conduit, Location, Opens, Within};
use std::collections::HashMap;

/// The two ends of a conduit.
pub(super) struct Ends {
    pub(super) from: Who,
    pub(super) to: Who,
    pub(super) to_at: Location,
}

/// The tables of one conduit: its own, and those of other files that only add statements.
struct Parts<'t> {
    own: Option<(&'t Entry, &'t Table)>,
    all: Vec<(&'t Entry, &'t Table)>,
}

/// Reads every conduit, in the order of the files.
pub(super) fn read(
    reader: &mut Reader<'_>,
    sections: &Sections<'_>,
    plant: &Plant,
    defaults: Defaults,
) -> Vec<Conduit> {
    let mut order: Vec<&str> = Vec::new();
    let mut parts: HashMap<&str, Parts<'_>> = HashMap::new();
    for entry in &sections.conduits {
        let Value::Table(table) = &entry.node.value else {
            reader.wants(&entry.key, &entry.node, "a table: [conduit.NAME]");
            continue;
        };
        let part = parts.entry(&entry.key).or_insert_with(|| {
            order.push(&entry.key);
            Parts { own: None, all: Vec::new() }
        });
        if table.entries.iter().any(|e| e.key != "allow") {
            match part.own {
                Some((first, _)) => reader.twice(&format!("conduit {}", entry.key), &entry.key_at, &first.key_at),
                None => part.own = Some((entry, table)),
            }
        }
        part.all.push((entry, table));
    }
    let mut conduits = Vec::new();
    for name in order {
        conduits.extend(conduit(reader, plant, defaults, name, &parts[name]));
    }
    conduits
}

fn conduit(
    reader: &mut Reader<'_>,
    plant: &Plant,
    defaults: Defaults,
    name: &str,
    parts: &Parts<'_>,
) -> Option<Conduit> {
    let Some((entry, table)) = parts.own else {
        let at = &parts.all.first()?.0.key_at;
        let message = format!("conduit {name} has statements, but no [conduit.{name}] says who commands whom");
        reader.report(Diagnostic::error("S005", at, message).help(format!("add [conduit.{name}] with from and to")));
        return None;
    };
    reader.name("a conduit", name, &entry.key_at);
    let shape = Shape {
        what: "a conduit",
        header: format!("[conduit.{name}]"),
        keys: keys::CONDUIT,
        later: &[],
        above: &[site_keys()],
    };
    let mut fields = Fields::of(table, &entry.node.at);
    let mut conduit = Conduit::new(name, entry.node.at.clone(), Vec::new(), Vec::new());
    (conduit.mode, conduit.on_deny) = (defaults.mode, defaults.on_deny);
    let mut ends = ends(reader, plant, &mut fields, &shape, &entry.node.at);
    let opens = settings(reader, &mut fields, &mut conduit);
    plant.seen(&mut ends.from);
    if conduit.opens != Opens::From {
        plant.seen(&mut ends.to);
    }
    conduit.from.clone_from(&ends.from.assets);
    conduit.to.clone_from(&ends.to.assets);
    conduit.from_outside.clone_from(&ends.from.outside);
    conduit.to_outside.clone_from(&ends.to.outside);
    let _ = fields.take("allow");
    fields.finish(reader, &shape);
    let inspected = statements(reader, plant, &ends, parts, &mut conduit);
    if inspected {
        ends.from.services_only(reader);
        ends.to.services_only(reader);
        if let Some(at) = opens.filter(|_| conduit.opens != Opens::From) {
            reader.not_enforced(at, "a conduit with protocols that `to` may open");
        }
    }
    if conduit.statements.is_empty() && parts.all.iter().all(|(_, t)| t.entry("allow").is_none()) {
        let message = format!("conduit {name} allows nothing");
        reader
            .report(Diagnostic::warning("P042", &entry.key_at, message).help(format!("add [[conduit.{name}.allow]]")));
    }
    Some(conduit)
}

fn ends(reader: &mut Reader<'_>, plant: &Plant, fields: &mut Fields<'_>, shape: &Shape<'_>, at: &Location) -> Ends {
    let mut to_at = at.clone();
    let mut end = |reader: &mut Reader<'_>, key: &str, help: &str| match fields.need(reader, shape, key, help) {
        Some(entry) => {
            to_at = entry.key_at.clone();
            who(reader, plant, key, &entry.node)
        }
        None => Who::default(),
    };
    let from = end(reader, "from", "add from = \"control-room\": who commands");
    let to = end(reader, "to", "add to = \"plc-3\": who obeys");
    Ends { from, to, to_at }
}

/// Reads what a conduit says of itself; where it says who opens.
fn settings<'t>(reader: &mut Reader<'_>, fields: &mut Fields<'t>, conduit: &mut Conduit) -> Option<&'t Location> {
    if let Some(entry) = fields.take("mode") {
        conduit.mode = reader.word("mode", &entry.node, MODES).unwrap_or(conduit.mode);
    }
    if let Some(entry) = fields.take("on-deny") {
        conduit.on_deny = reader.word("on-deny", &entry.node, ON_DENY).unwrap_or(conduit.on_deny);
    }
    if let Some(entry) = fields.take("within") {
        conduit.within = reader.word("within", &entry.node, &[("cell", Within::Cell)]).unwrap_or_default();
    }
    let opens = fields.take("opens");
    if let Some(entry) = opens {
        let words = [("from", Opens::From), ("to", Opens::To), ("either", Opens::Either)];
        conduit.opens = reader.word("opens", &entry.node, &words).unwrap_or_default();
    }
    if let Some(entry) = fields.take("on-doubt") {
        settings::on_doubt(reader, entry);
    }
    if let Some(entry) = fields.take("until") {
        conduit.until = conditions::until(reader, entry, &format!("conduit {}", conduit.name));
    }
    conduit.ticket = fields.take("ticket").and_then(|e| reader.text("ticket", &e.node)).map(String::from);
    conduit.owner = fields.take("owner").and_then(|e| reader.text("owner", &e.node)).map(String::from);
    conduit.why = fields.take("why").and_then(|e| reader.text("why", &e.node)).map(String::from);
    opens.map(|e| &e.node.at)
}

/// Reads the statements of all files into `conduit`; whether any is about a protocol, understood or not.
fn statements(reader: &mut Reader<'_>, plant: &Plant, ends: &Ends, parts: &Parts<'_>, conduit: &mut Conduit) -> bool {
    let mut first: HashMap<String, Location> = HashMap::new();
    let mut inspected = false;
    for (_, table) in &parts.all {
        let Some(allow) = table.entry("allow") else { continue };
        for node in statement::nodes(reader, &conduit.name, allow) {
            inspected |= statement::is_inspected(reader, node);
            let Some(read) = statement::read(reader, plant, conduit, ends, node) else { continue };
            let (id, at) = read.name();
            if let Some(before) = first.get(id) {
                reader.twice(&format!("statement {}.{id}", conduit.name), at, &before.clone());
                continue;
            }
            first.insert(id.to_owned(), at.clone());
            match read {
                Read::Statement(statement) => conduit.statements.push(statement),
                Read::Service(service) => conduit.services.push(service),
            }
        }
    }
    inspected
}
