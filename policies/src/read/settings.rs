//! What a site says once: its name, its time zone, what holds where nothing else is said.

use super::fields::{Above, Fields, Shape};
use super::keys;
use super::reader::{Reader, date};
use super::sections::{Document, Sections};
use super::tree::{Entry, Table, Value};
use crate::decision::{Mode, OnDeny};
use crate::diagnose::Diagnostic;
use crate::site::{ClockLost, Unmatched};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The spellings of modes.
pub(super) const MODES: &[(&str, Mode)] = &[("enforce", Mode::Enforce), ("alert", Mode::Alert), ("learn", Mode::Learn)];
/// The spellings of `on-deny`.
pub(super) const ON_DENY: &[(&str, OnDeny)] =
    &[("refuse", OnDeny::Refuse), ("drop", OnDeny::Drop), ("reset", OnDeny::Reset)];

/// What conduits have when they say nothing.
#[derive(Clone, Copy, Default)]
pub(super) struct Defaults {
    pub(super) mode: Mode,
    pub(super) on_deny: OnDeny,
    pub(super) clock_lost: ClockLost,
}

/// Where keys of site.toml belong that stand below a header.
pub(super) fn site_keys() -> Above<'static> {
    Above { keys: keys::SITE, place: "before the first header of site.toml".into() }
}

/// Checks the head of site.toml and returns the site's name.
pub(super) fn name(reader: &mut Reader<'_>, document: &Document) -> String {
    let shape = Shape { what: "site.toml", header: String::new(), keys: keys::SITE, later: &[], above: &[] };
    let mut fields = Fields::of(&document.table, &document.at);
    if let Some(entry) =
        fields.need(reader, &shape, "sluice", "write sluice = 1 as the first line: the version of the language")
        && reader.integer("sluice", &entry.node, 0..=i128::MAX).is_some_and(|version| version != 1)
    {
        let message = "this version of the policy language is not known";
        reader.report(Diagnostic::error("S010", &entry.node.at, message).help("this program reads sluice = 1"));
    }
    if let Some(entry) = fields.need(reader, &shape, "time-zone", "write time-zone = \"Asia/Shanghai\"") {
        time_zone(reader, entry);
    }
    let Some(entry) = fields.need(reader, &shape, "site", "write site = \"pump-house-2\"") else {
        return String::new();
    };
    let name = reader.text("site", &entry.node).unwrap_or_default();
    if matches!(entry.node.value, Value::Text(_)) {
        reader.name("a site", name, &entry.node.at);
    }
    name.into()
}

fn time_zone(reader: &mut Reader<'_>, entry: &Entry) {
    let Some(name) = reader.text("time-zone", &entry.node) else { return };
    // The name only: a POSIX rule or a fixed offset would hide the plant's own changes of the clock.
    let known = jiff::tz::db().available().any(|known| known.as_str().eq_ignore_ascii_case(name));
    if let Some(zone) = TimeZone::get(name).ok().filter(|_| known) {
        reader.now = reader.now.with_time_zone(zone);
        return;
    }
    let message = format!("`{name}` is no time zone of the IANA database");
    let wrong = Diagnostic::error("S011", &entry.node.at, message);
    reader.report(wrong.help("write Asia/Shanghai, Europe/Berlin or UTC"));
}

/// The one table of `entries`; a second one is reported.
pub(super) fn once<'t>(reader: &mut Reader<'_>, key: &str, entries: &[&'t Entry]) -> Option<(&'t Table, &'t Entry)> {
    let first = entries.first()?;
    for second in &entries[1..] {
        reader.twice(&format!("[{key}]"), &second.node.at, &first.node.at);
    }
    if let Value::Table(table) = &first.node.value {
        return Some((table, first));
    }
    reader.wants(key, &first.node, &format!("a table: [{key}]"));
    None
}

/// `[unmatched]`.
pub(super) fn unmatched(reader: &mut Reader<'_>, sections: &Sections<'_>) -> Unmatched {
    let mut unmatched = Unmatched::default();
    let Some((table, entry)) = once(reader, "unmatched", &sections.unmatched) else { return unmatched };
    let shape = Shape {
        what: "[unmatched]",
        header: "[unmatched]".into(),
        keys: keys::UNMATCHED,
        later: &[],
        above: &[site_keys()],
    };
    let mut fields = Fields::of(table, &entry.node.at);
    let mode = fields.take("mode");
    unmatched.mode = mode.and_then(|e| reader.word("mode", &e.node, MODES)).unwrap_or_default();
    if let Some(entry) = fields.take("on-deny") {
        unmatched.on_deny = reader.word("on-deny", &entry.node, ON_DENY).unwrap_or(OnDeny::Drop);
    }
    match (fields.take("until"), mode) {
        (Some(until), _) => {
            if let Some(date) = date(reader, until)
                && unmatched.mode != Mode::Enforce
            {
                suspended(reader, &mut unmatched, until, date);
            }
        }
        (None, Some(mode)) if unmatched.mode != Mode::Enforce => {
            let message = format!("[unmatched] in {} needs a date at which it ends", unmatched.mode.name());
            reader.report(Diagnostic::error("S012", &mode.node.at, message).help("add until = 2026-12-20"));
        }
        _ => {}
    }
    fields.finish(reader, &shape);
    unmatched
}

/// What `[unmatched]` suspends, it suspends to the end of `date` in the site's time zone; S015 when that has come.
fn suspended(reader: &mut Reader<'_>, unmatched: &mut Unmatched, until: &Entry, date: Date) {
    let ends = date.tomorrow().and_then(|day| day.to_zoned_datetime(reader.now.time_zone().clone()));
    let Ok(ends) = ends.map(|z| z.timestamp()) else { return };
    if reader.now.timestamp() < ends {
        unmatched.ends = Some(ends);
        return;
    }
    let message = format!("{} ended on {date}: pairs without a conduit are enforced again", unmatched.mode.name());
    let wrong = Diagnostic::warning("S015", &until.node.at, message);
    reader.report(wrong.help("give a later date, or write mode = \"enforce\""));
    unmatched.mode = Mode::Enforce;
}

/// `[defaults]`.
pub(super) fn defaults(reader: &mut Reader<'_>, sections: &Sections<'_>) -> Defaults {
    let mut defaults = Defaults::default();
    let Some((table, entry)) = once(reader, "defaults", &sections.defaults) else { return defaults };
    let shape = Shape {
        what: "[defaults]",
        header: "[defaults]".into(),
        keys: keys::DEFAULTS,
        later: &[],
        above: &[site_keys()],
    };
    let mut fields = Fields::of(table, &entry.node.at);
    if let Some(entry) = fields.take("mode") {
        defaults.mode = reader.word("mode", &entry.node, MODES).unwrap_or_default();
    }
    if let Some(entry) = fields.take("on-deny") {
        defaults.on_deny = reader.word("on-deny", &entry.node, ON_DENY).unwrap_or_default();
    }
    if let Some(entry) = fields.take("on-doubt") {
        on_doubt(reader, entry);
    }
    if let Some(entry) = fields.take("clock-lost") {
        let words = [("closed", ClockLost::Closed), ("open", ClockLost::Open)];
        defaults.clock_lost = reader.word("clock-lost", &entry.node, &words).unwrap_or_default();
    }
    fields.finish(reader, &shape);
    defaults
}

/// What happens to messages in doubt; of the language's two words this version enforces one.
pub(super) fn on_doubt(reader: &mut Reader<'_>, entry: &Entry) {
    if reader.word("on-doubt", &entry.node, &[("closed", false), ("open", true)]) == Some(true) {
        reader.not_enforced(&entry.node.at, "`on-doubt = \"open\"`");
    }
}
