//! `[calendars]`, `[windows]` and schedules: when statements hold.

use super::fields::{Fields, Shape};
use super::keys;
use super::plant::{Named, Plant};
use super::reader::Reader;
use super::sections::Sections;
use super::settings::site_keys;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::language;
use crate::site::{Calendar, Location, Need, Schedule, Window, WindowId};
use core::time::Duration;
use jiff::civil::Date;
use std::sync::Arc;

/// How long a window may stay open at most.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// Calendars and windows by name.
#[derive(Default)]
pub(super) struct Times {
    pub(super) calendars: Vec<Calendar>,
    pub(super) windows: Vec<Window>,
}

/// Reads calendars and windows into `plant`.
pub(super) fn read(reader: &mut Reader<'_>, sections: &Sections<'_>, plant: &mut Plant) {
    for entry in &sections.calendars {
        if reader.name("a calendar", &entry.key, &entry.key_at)
            && let Some(first) = plant.times.calendars.iter().find(|c| c.name == entry.key)
        {
            let at = first.at.clone();
            reader.twice(&format!("calendar {}", entry.key), &entry.key_at, &at);
            continue;
        }
        plant.times.calendars.extend(calendar(reader, entry));
    }
    for entry in &sections.windows {
        reader.name("a window", &entry.key, &entry.key_at);
        if let Some(first) = plant.times.windows.iter().find(|w| w.name == entry.key) {
            let at = first.at.clone();
            reader.twice(&format!("window {}", entry.key), &entry.key_at, &at);
            continue;
        }
        let window = window(reader, plant, entry);
        plant.times.windows.extend(window);
    }
}

fn calendar(reader: &mut Reader<'_>, entry: &Entry) -> Option<Calendar> {
    let Value::Table(table) = &entry.node.value else {
        reader.wants(&entry.key, &entry.node, "a table: [calendars.holidays]");
        return None;
    };
    let header = format!("[calendars.{}]", entry.key);
    let shape = Shape { what: "a calendar", header, keys: keys::CALENDAR, later: &[], above: &[site_keys()] };
    let mut fields = Fields::of(table, &entry.node.at);
    let mut calendar = Calendar { name: entry.key.clone(), at: entry.key_at.clone(), days: Vec::new() };
    if let Some(days) = fields.need(reader, &shape, "days", "add days = [\"2026-10-01 .. 2026-10-07\"]") {
        let nodes = Reader::list(&days.node);
        calendar.days = nodes.iter().filter_map(|node| day(reader, node)).collect();
        let today = reader.now.date();
        let over = calendar.days.len() == nodes.len() && calendar.days.iter().all(|(_, last)| *last < today);
        if over {
            let message = format!("every day of calendar {} has passed", entry.key);
            let wrong = Diagnostic::warning("C004", &days.node.at, message);
            reader.report(wrong.help("add the days to come; until then no day is excepted"));
        }
    }
    calendar.days.sort_unstable();
    fields.finish(reader, &shape);
    Some(calendar)
}

/// C001: `2026-10-01`, bare or in quotes, or `2026-10-01 .. 2026-10-07`.
fn day(reader: &mut Reader<'_>, node: &Node) -> Option<(Date, Date)> {
    let (Value::Text(text) | Value::Date(text)) = &node.value else {
        reader.wants("days", node, "days: [2026-10-01, \"2026-10-01 .. 2026-10-07\"]");
        return None;
    };
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let date = |text: &str| Some(text.trim()).filter(|t| t.len() == 10).and_then(|t| t.parse::<Date>().ok());
    match (date(first), date(last)) {
        (Some(first), Some(last)) if first <= last => Some((first, last)),
        (Some(_), Some(_)) => {
            let message = format!("`{text}` runs backwards, so no day lies in it");
            reader.report(Diagnostic::error("C001", &node.at, message));
            None
        }
        _ => {
            let message = format!("`{text}` is neither a day nor a stretch of days");
            let help = "write 2026-10-01 or \"2026-10-01 .. 2026-10-07\"";
            reader.report(Diagnostic::error("C001", &node.at, message).help(help));
            None
        }
    }
}

/// C002, C003: a schedule in words.
pub(super) fn schedule(reader: &mut Reader<'_>, plant: &Plant, entry: &Entry) -> Option<Arc<Schedule>> {
    let text = reader.text(&entry.key, &entry.node)?;
    let (spans, names) = match language::schedule(text) {
        Ok(said) => said,
        Err(fault) => {
            reader.fault(&entry.node, fault);
            return None;
        }
    };
    let mut except = Vec::new();
    for (name, part) in names {
        let calendars = &plant.times.calendars;
        if let Some(index) = calendars.iter().position(|c| c.name == name) {
            except.push(index as u16);
            continue;
        }
        let known: Vec<&str> = calendars.iter().map(|c| c.name.as_str()).collect();
        let at = reader.part(&entry.node, part);
        let mut wrong = Diagnostic::error("C002", &at, format!("there is no calendar `{name}`"));
        wrong.help = Some(match reader.nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add [calendars.{name}] with days = [...]"),
        });
        reader.report(wrong);
        return None;
    }
    Some(Arc::new(Schedule { spans, except, wording: text.trim().into() }))
}

fn window(reader: &mut Reader<'_>, plant: &Plant, entry: &Entry) -> Option<Window> {
    let Value::Table(table) = &entry.node.value else {
        reader.wants(&entry.key, &entry.node, "a table: [windows.maintenance]");
        return None;
    };
    let header = format!("[windows.{}]", entry.key);
    let shape = Shape { what: "a window", header, keys: keys::WINDOW, later: &[], above: &[site_keys()] };
    let mut fields = Fields::of(table, &entry.node.at);
    let opened_by = fields.need(reader, &shape, "opened-by", "add opened-by = [\"shift-lead\", \"security\"]");
    let opened_by = opened_by.map(|e| roles(reader, e)).unwrap_or_default();
    let max = fields.need(reader, &shape, "max", "add max = \"4 h\": it closes by itself");
    let max = max.and_then(|e| limited(reader, e, LONGEST, "W003", "a window"));
    let needs = fields.take("needs").map(|e| needs(reader, e)).unwrap_or_default();
    let planned = fields.take("planned").and_then(|e| schedule(reader, plant, e));
    let covers = fields.need(reader, &shape, "covers", "add covers = [\"filters\"]: the zones it opens");
    let (mut assets, mut zones) = (Vec::new(), Vec::new());
    for (name, node) in covers.map(|e| reader.texts("covers", &e.node)).unwrap_or_default() {
        match plant.names.get(name) {
            Some(Named::Zone(index)) => {
                assets.extend(&plant.zones[*index].assets);
                zones.push(name.to_owned());
            }
            Some(Named::Asset(id)) => {
                assets.push(*id);
                zones.push(name.to_owned());
            }
            None => plant.unknown(reader, "zone", name, &node.at),
        }
    }
    fields.finish(reader, &shape);
    assets.sort_unstable();
    assets.dedup();
    let (name, at) = (entry.key.clone(), entry.key_at.clone());
    Some(Window { name, at, opened_by, max: max.unwrap_or(LONGEST), needs, planned, covers: assets, zones })
}

/// W002: who opens a window together.
fn roles(reader: &mut Reader<'_>, entry: &Entry) -> Vec<String> {
    let mut roles: Vec<String> = Vec::new();
    for (role, node) in reader.texts(&entry.key, &entry.node) {
        if roles.iter().any(|r| r == role) {
            let message = format!("role {role} stands twice; two roles are two people");
            reader.report(Diagnostic::error("W002", &node.at, message));
        }
        roles.push(role.into());
    }
    if Reader::list(&entry.node).is_empty() {
        let message = "nobody may open this window, so what needs it never holds";
        reader.report(Diagnostic::error("W002", &entry.node.at, message).help("name a role: [\"shift-lead\"]"));
    }
    roles
}

/// A span of time of at most `most`.
pub(super) fn limited(
    reader: &mut Reader<'_>,
    entry: &Entry,
    most: Duration,
    code: &'static str,
    what: &str,
) -> Option<Duration> {
    let span = duration(reader, &entry.key, &entry.node)?;
    if span > most {
        let message = format!("{what} stays open for at most {}", language::show_duration(most));
        reader.report(Diagnostic::error(code, &entry.node.at, message));
        return None;
    }
    Some(span)
}

/// P050: a span of time.
pub(super) fn duration(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Duration> {
    let text = reader.text(key, node)?;
    match language::duration(text, 0..text.len()) {
        Ok(span) => Some(span),
        Err(fault) => {
            reader.fault(node, fault);
            None
        }
    }
}

/// What people must do or bring; `none` is nothing.
pub(super) fn needs(reader: &mut Reader<'_>, entry: &Entry) -> Vec<Need> {
    let words: Vec<(&str, Option<Need>)> =
        Need::ALL.iter().map(|(word, need)| (*word, Some(*need))).chain([("none", None)]).collect();
    let nodes = Reader::list(&entry.node);
    let mut needs: Vec<Need> =
        nodes.iter().filter_map(|node| reader.word(&entry.key, node, &words).flatten()).collect();
    needs.dedup();
    needs
}

/// W001: the window that a statement names.
pub(super) fn named(reader: &mut Reader<'_>, plant: &Plant, entry: &Entry) -> Option<WindowId> {
    let name = reader.text(&entry.key, &entry.node)?;
    let windows = &plant.times.windows;
    if let Some(index) = windows.iter().position(|w| w.name == name) {
        return Some(WindowId(index as u16));
    }
    unknown_window(reader, plant, name, &entry.node.at);
    None
}

/// W001.
pub(super) fn unknown_window(reader: &mut Reader<'_>, plant: &Plant, name: &str, at: &Location) {
    let known: Vec<&str> = plant.times.windows.iter().map(|w| w.name.as_str()).collect();
    let mut wrong = Diagnostic::error("W001", at, format!("there is no window `{name}`"));
    wrong.help = Some(match reader.nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add [windows.{name}] with opened-by, max and covers"),
    });
    reader.report(wrong);
}
