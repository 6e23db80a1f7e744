//! What is the case while a test runs: what the gateway has seen, when it is, which windows are open, what devices answer.

use super::fields::Fields;
use super::plant::Plant;
use super::reader::Reader;
use super::settings::MODES;
use super::times;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::language;
use crate::site::{Answer, Given, TestMode, WindowId};
use core::time::Duration;
use jiff::Timestamp;
use jiff::civil::DateTime;

/// How often a test may repeat its messages.
const MOST: u32 = 10_000;

/// What is the case while a test runs.
#[derive(Default)]
pub(super) struct Scene {
    pub(super) repeat: Option<(u32, Duration)>,
    pub(super) given: Vec<Given>,
    pub(super) moment: Option<Timestamp>,
    pub(super) windows: Option<Vec<WindowId>>,
    pub(super) mode: Option<TestMode>,
    pub(super) answers: Vec<Answer>,
}

/// Takes and reads the keys of a test that are about what is the case.
pub(super) fn read(reader: &mut Reader<'_>, plant: &Plant, fields: &mut Fields<'_>) -> Scene {
    let mut scene = Scene::default();
    if let Some(entry) = fields.take("given") {
        match &entry.node.value {
            Value::Table(table) => {
                scene.given = table.entries.iter().filter_map(|entry| given(reader, plant, entry)).collect();
            }
            _ => reader.wants("given", &entry.node, "a table: { \"plc-1.tank_level\" = \"40 % 2 s ago\" }"),
        }
    }
    scene.moment = fields.take("at").and_then(|entry| moment(reader, &entry.node));
    scene.windows = fields.take("window").map(|entry| windows(reader, plant, entry));
    let states = [("lockdown", TestMode::Lockdown), ("break-glass", TestMode::BreakGlass)];
    let modes = MODES.iter().map(|(word, mode)| (*word, TestMode::Conduits(*mode))).chain(states);
    let modes: Vec<_> = modes.collect();
    scene.mode = fields.take("mode").and_then(|entry| reader.word("mode", &entry.node, &modes));
    scene.repeat = fields.take("repeat").and_then(|entry| repeat(reader, &entry.node));
    if let Some(entry) = fields.take("answer") {
        let words = [("positive", Answer::Positive), ("exception", Answer::Exception), ("none", Answer::None)];
        let nodes = Reader::list(&entry.node);
        scene.answers = nodes.iter().filter_map(|node| reader.word("answer", node, &words)).collect();
    }
    scene
}

/// X009: `"plc-1.tank_level" = "40 % 2 s ago"`.
fn given(reader: &mut Reader<'_>, plant: &Plant, entry: &Entry) -> Option<Given> {
    let text = reader.text(&entry.key, &entry.node)?;
    let help = "write \"plc-1.tank_level\" = \"40 % 2 s ago\"";
    let Some((asset, name)) = entry.key.split_once('.') else {
        let message = format!("`{}` does not say whose tag it is", entry.key);
        reader.report(Diagnostic::error("X009", &entry.key_at, message).help(help));
        return None;
    };
    let asset = plant.asset(reader, asset, &entry.key_at)?;
    let (name, element) = match name.split_once('[').and_then(|(name, rest)| Some((name, rest.strip_suffix(']')?))) {
        Some((name, element)) => (name, element.trim().parse().ok()),
        None => (name, Some(0)),
    };
    let of = &plant.assets[asset.0 as usize];
    let found = of.speaks.iter().enumerate().find_map(|(index, s)| {
        let tag = s.tags.iter().find(|t| t.name == name)?;
        Some((index, tag))
    });
    let Some((speaks, tag)) = found else {
        if !plant.partial.contains(&asset) {
            let known = of.speaks.iter().flat_map(|s| s.tags.iter()).map(|t| t.name.as_str());
            let mut wrong = Diagnostic::error("X006", &entry.key_at, format!("{} has no tag `{name}`", of.name));
            wrong.help = reader.nearest(name, known).map(|near| format!("did you mean `{near}`?"));
            reader.report(wrong);
        }
        return None;
    };
    let Some(element) = element.filter(|at| *at < tag.count) else {
        let message = format!("{name} has the elements 0 .. {}", tag.count - 1);
        reader.report(Diagnostic::error("X009", &entry.key_at, message));
        return None;
    };
    let Some((value, age)) = value_and_age(text) else {
        let message = format!("`{text}` does not say what it was and how long ago");
        reader.report(Diagnostic::error("X009", &entry.node.at, message).help(help));
        return None;
    };
    match tag.raw_from_text(value) {
        Ok(raw) => Some(Given { asset, speaks, tag: name.into(), element, raw, age }),
        Err(why) => {
            reader.report(Diagnostic::error("X007", &entry.node.at, why).also(&tag.at, "declared here"));
            None
        }
    }
}

/// `40 % 2 s ago` as `40 %` and two seconds.
fn value_and_age(text: &str) -> Option<(&str, Duration)> {
    let text = text.trim().strip_suffix("ago")?.trim_end();
    text.rmatch_indices(' ').find_map(|(at, _)| {
        let age = language::duration(text, at + 1..text.len()).ok()?;
        Some((text[..at].trim(), age))
    })
}

/// X010: `2026-11-24 03:00`, on the site's wall clock, or with an offset of its own; of an hour that comes twice in autumn
/// `2026-10-25 02:30 second` is the later one.
fn moment(reader: &mut Reader<'_>, node: &Node) -> Option<Timestamp> {
    let (Value::Text(text) | Value::Date(text)) = &node.value else {
        reader.wants("at", node, "a date and a time: \"2026-11-24 03:00\"");
        return None;
    };
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let (words, second) = match text.trim().rsplit_once(' ') {
        Some((words, "first")) => (words, false),
        Some((words, "second")) => (words, true),
        _ => (text.as_str(), false),
    };
    let civil = words.parse::<DateTime>().ok().filter(|_| words.len() > 10);
    let moment = civil.and_then(|civil| {
        let moment = reader.now.time_zone().to_ambiguous_timestamp(civil);
        if second { moment.later().ok() } else { moment.compatible().ok() }
    });
    if moment.is_none() {
        let message = format!("`{text}` is no date with a time");
        let help = "write \"2026-11-24 03:00\", or \"2026-10-25 02:30 second\" for an hour that comes twice";
        reader.report(Diagnostic::error("X010", &node.at, message).help(help));
    }
    moment
}

/// The windows that are open: a name, or a list of them.
fn windows(reader: &mut Reader<'_>, plant: &Plant, entry: &Entry) -> Vec<WindowId> {
    let mut open = Vec::new();
    for node in Reader::list(&entry.node) {
        let Some(name) = reader.text("window", node) else { continue };
        match plant.times.windows.iter().position(|w| w.name == name) {
            Some(index) => open.push(WindowId(index as u16)),
            None => times::unknown_window(reader, plant, name, &node.at),
        }
    }
    open
}

/// X011: `7 in 30 s`.
fn repeat(reader: &mut Reader<'_>, node: &Node) -> Option<(u32, Duration)> {
    let text = reader.text("repeat", node)?;
    let read = text.split_once(" in ").and_then(|(times, span)| {
        let times = times.trim().parse().ok().filter(|n| (1..=MOST).contains(n))?;
        Some((times, language::duration(text, text.len() - span.len()..text.len()).ok()?))
    });
    if read.is_none() {
        let message = format!("`{text}` does not say how often and in what time, 1 .. {MOST} times");
        reader.report(Diagnostic::error("X011", &node.at, message).help("write \"7 in 30 s\""));
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Location;
    use crate::source::Memory;
    use jiff::tz::TimeZone;

    #[test]
    fn an_hour_that_comes_twice_is_said_by_its_turn() {
        let files = Memory::new();
        let mut reader = Reader::new(&files, &[], Timestamp::UNIX_EPOCH);
        let berlin = TimeZone::get("Europe/Berlin").expect("the bundled zones");
        reader.now = reader.now.with_time_zone(berlin);
        let mut at = |text: &str| {
            let node = Node { at: Location { file: 0, span: 0..0 }, value: Value::Text(text.into()) };
            moment(&mut reader, &node).map(|moment| moment.to_string())
        };
        for (text, utc) in [
            ("2026-10-25 02:30", Some("2026-10-25T00:30:00Z")),
            ("2026-10-25 02:30 first", Some("2026-10-25T00:30:00Z")),
            ("2026-10-25 02:30 second", Some("2026-10-25T01:30:00Z")),
            ("2026-10-25 04:00 second", Some("2026-10-25T03:00:00Z")),
            ("2026-10-25 third", None),
            ("2026-10-25", None),
        ] {
            assert_eq!(at(text).as_deref(), utc, "{text}");
        }
    }
}
