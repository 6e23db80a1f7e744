//! `[break-glass]`, `[lockdown]`, `[approvals]`: what people may do while the plant runs, and who agrees to the policy.

use super::fields::{Fields, Shape};
use super::keys;
use super::reader::Reader;
use super::sections::Sections;
use super::settings::{once, site_keys};
use super::tests;
use super::times;
use super::tree::{Entry, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Approvals, BreakGlass, Conduit, Kept, Lockdown};
use core::time::Duration;

/// How long the glass may stay broken.
const GLASS: Duration = Duration::from_hours(1);

/// `[break-glass]`, of a site whose conduits were read.
pub(super) fn break_glass(
    reader: &mut Reader<'_>,
    sections: &Sections<'_>,
    conduits: &[Conduit],
) -> Option<BreakGlass> {
    let (table, entry) = once(reader, "break-glass", &sections.break_glass)?;
    let shape = Shape {
        what: "[break-glass]",
        header: "[break-glass]".into(),
        keys: keys::BREAK_GLASS,
        later: &[],
        above: &[site_keys()],
    };
    let mut fields = Fields::of(table, &entry.node.at);
    let covers = fields.need(reader, &shape, "covers", "add covers = [\"operators\"]: the conduits that fall to alert");
    let mut glass = BreakGlass { at: entry.key_at.clone(), covers: Vec::new(), max: GLASS, needs: Vec::new() };
    for (name, node) in covers.map(|e| reader.texts("covers", &e.node)).unwrap_or_default() {
        match conduits.iter().position(|c| c.name == name) {
            Some(index) => glass.covers.push(index as u16),
            None => unknown(reader, "W006", conduits, name, &node.at),
        }
    }
    let max = fields.need(reader, &shape, "max", "add max = \"60 min\": it mends by itself");
    let max = max.and_then(|e| times::limited(reader, e, GLASS, "W005", "broken glass"));
    glass.max = max.unwrap_or(GLASS);
    let needs = fields.need(reader, &shape, "needs", "add needs = [\"key-switch\", \"two-people\"]");
    glass.needs = needs.map(|e| times::needs(reader, e)).unwrap_or_default();
    fields.finish(reader, &shape);
    Some(glass)
}

/// There is no such conduit. Silent when some conduit was not understood.
fn unknown(reader: &mut Reader<'_>, code: &'static str, conduits: &[Conduit], name: &str, at: &crate::site::Location) {
    let mut wrong = Diagnostic::error(code, at, format!("there is no conduit `{name}`"));
    if let Some(near) = reader.nearest(name, conduits.iter().map(|c| c.name.as_str())) {
        wrong = wrong.help(format!("did you mean `{near}`?"));
    }
    reader.report(wrong);
}

/// `[lockdown]`, of a site whose conduits were read.
pub(super) fn lockdown(reader: &mut Reader<'_>, sections: &Sections<'_>, conduits: &[Conduit]) -> Lockdown {
    let mut lockdown = Lockdown::default();
    let Some((table, entry)) = once(reader, "lockdown", &sections.lockdown) else { return lockdown };
    lockdown.at = Some(entry.key_at.clone());
    let shape = Shape {
        what: "[lockdown]",
        header: "[lockdown]".into(),
        keys: keys::LOCKDOWN,
        later: &[],
        above: &[site_keys()],
    };
    let mut fields = Fields::of(table, &entry.node.at);
    let declared = tests::declared(sections);
    for (text, node) in fields.take("keep").map(|e| reader.texts("keep", &e.node)).unwrap_or_default() {
        let Some((conduit, id)) = text.split_once('.') else {
            let message = format!("`{text}` is no statement: write \"conduit.id\", or \"conduit.*\" for all of one");
            reader.report(Diagnostic::error("W007", &node.at, message));
            continue;
        };
        let Some(index) = conduits.iter().position(|c| c.name == conduit) else {
            unknown(reader, "W007", conduits, conduit, &node.at);
            continue;
        };
        // One that was not understood has messages of its own.
        if id != "*" && !declared.iter().any(|known| known == text) {
            let message = format!("conduit {conduit} has no statement `{id}`");
            reader.report(Diagnostic::error("W007", &node.at, message));
            continue;
        }
        let statement = (id != "*").then(|| id.to_owned());
        lockdown.keep.push(Kept { conduit: index as u16, statement });
    }
    fields.finish(reader, &shape);
    lockdown
}

/// `[approvals]`.
pub(super) fn approvals(reader: &mut Reader<'_>, sections: &Sections<'_>) -> Approvals {
    let mut approvals = Approvals::default();
    let Some((table, entry)) = once(reader, "approvals", &sections.approvals) else { return approvals };
    approvals.at = Some(entry.key_at.clone());
    let shape = Shape {
        what: "[approvals]",
        header: "[approvals]".into(),
        keys: keys::APPROVALS,
        later: &[],
        above: &[site_keys()],
    };
    let mut fields = Fields::of(table, &entry.node.at);
    if let Some(entry) = fields.take("need") {
        approvals.need = reader.integer("need", &entry.node, 1..=10).unwrap_or(approvals.need);
    }
    if let Some(owners) = fields.need(reader, &shape, "owners", "add owners = { process = [\"process-1\"] }") {
        match &owners.node.value {
            Value::Table(table) => approvals.owners = table.entries.iter().map(|e| people(reader, e)).collect(),
            _ => reader.wants("owners", &owners.node, "a table: { process = [\"process-1\", \"process-2\"] }"),
        }
    }
    fields.finish(reader, &shape);
    approvals
}

/// W008: the people of one role, each once.
fn people(reader: &mut Reader<'_>, entry: &Entry) -> (String, Vec<String>) {
    let mut people: Vec<String> = Vec::new();
    for (name, node) in reader.texts(&entry.key, &entry.node) {
        if people.iter().any(|p| p == name) {
            reader.report(Diagnostic::error("W008", &node.at, format!("{name} stands twice in role {}", entry.key)));
        } else {
            people.push(name.into());
        }
    }
    if Reader::list(&entry.node).is_empty() {
        reader.report(Diagnostic::error("W008", &entry.node.at, format!("role {} has no people", entry.key)));
    }
    (entry.key.clone(), people)
}
