//! The proposal: a policy file that nobody includes until somebody has read it.

use super::evidence::{OfFunction, OfTag, Seen};
use super::fold::{self, Folded};
use super::keep::{self, EVIDENCE};
use super::{Learned, Learner};
use crate::language::RawValue;
use crate::site::AssetId;
use core::fmt::Write;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use sluice_model::{Action, Code, Span};
use std::collections::BTreeMap;

/// A write that was seen less often is no habit.
const HABIT: u64 = 3;

/// How long a proposal holds, in days.
const DAYS: i64 = 30;

pub(super) fn write(learner: &Learner, now: Timestamp, before: &str) -> (String, Learned) {
    let zone = learner.policy.site().time_zone.0.clone();
    let until = now.to_zoned_datetime(zone.clone());
    let until = until.checked_add(DAYS.days()).map_or_else(|_| String::new(), |day| day.date().to_string());
    let mut paper = Paper {
        learner,
        zone,
        until,
        notes: keep::notes(before),
        text: String::new(),
        learned: Learned { statements: 0, remarks: 0, allowed: learner.allowed, lost: learner.lost },
    };
    paper.head();
    for folded in fold::fold(learner, learner.pairs.clone()) {
        paper.conduit(&folded);
    }
    paper.strangers();
    paper.tail();
    (paper.text, paper.learned)
}

struct Paper<'l> {
    learner: &'l Learner,
    zone: TimeZone,
    until: String,
    /// What people wrote in the last proposal, until it finds its statement.
    notes: BTreeMap<String, Vec<String>>,
    text: String,
    learned: Learned,
}

impl Paper<'_> {
    /// A line of evidence.
    fn say(&mut self, line: impl core::fmt::Display) {
        let _ = writeln!(self.text, "{EVIDENCE}{line}");
    }

    fn line(&mut self, line: impl core::fmt::Display) {
        let _ = writeln!(self.text, "{line}");
    }

    fn head(&mut self) {
        self.say("Proposed from what was seen; no site includes this file. Read each statement, move what you want into a file of the");
        self.say("site, and leave the rest. `trial` lets it pass and reports it. Lines that begin with #| are written anew each time;");
        self.say("your own comments stay with the statement that they stand above.");
        if self.learner.lost > 0 {
            self.say(format_args!("NOT WHOLE: there was no room for {} operations.", self.learner.lost));
        }
    }

    fn conduit(&mut self, folded: &Folded) {
        let names = |ids: &[AssetId]| {
            let mut names: Vec<&str> = ids.iter().map(|id| self.learner.name(*id)).collect();
            names.sort_unstable();
            names.dedup();
            names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
        };
        let (from, to) = (names(&folded.from), names(&folded.to));
        let known = self.learner.conduit(folded.conduit).map(str::to_owned);
        let name = known.clone().unwrap_or_else(|| {
            let first = |ids: &[AssetId]| self.learner.name(ids[0]).replace('.', "-");
            format!("learned-{}-{}", first(&folded.from), first(&folded.to))
        });
        self.text.push('\n');
        let (head, before) = (self.text.len(), self.learned.statements);
        for of in folded.functions.values() {
            self.function(&name, of);
        }
        let body = self.text.split_off(head);
        if known.is_some() {
            self.say(format_args!("{from} to {to}: further statements of a conduit that the site has"));
        } else if self.learned.statements == before {
            self.say(format_args!("{from} to {to}:"));
        } else {
            self.line(format_args!("[conduit.{name}]"));
            self.line(format_args!("from = [{from}]"));
            self.line(format_args!("to   = [{to}]"));
            if folded.within_cell {
                self.line("within = \"cell\"");
            }
        }
        self.text.push_str(&body);
    }

    fn function(&mut self, conduit: &str, of: &OfFunction) {
        match of.action {
            Action::Read => self.reads(conduit, of),
            Action::Write | Action::Control => self.writes(conduit, of),
            _ => self.remark(of, "for a person to write, if it is wanted"),
        }
    }

    /// Something that is told and not proposed.
    fn remark(&mut self, of: &OfFunction, why: &str) {
        self.learned.remarks += 1;
        let code = Code { function: *of.function.codes.start(), sub: of.function.sub };
        let line =
            format!("not proposed: function {code} ({}): {why}; {}", of.function.name, seen(&of.seen, &self.zone));
        self.say(line);
    }

    fn reads(&mut self, conduit: &str, of: &OfFunction) {
        let name = of.function.name;
        if !of.tags.is_empty() {
            let tags: Vec<String> = elements(of).map(|(tag, ..)| quoted(&tag)).collect();
            self.statement(conduit, name, of, |paper| paper.line(format_args!("tags   = [{}]", tags.join(", "))));
        } else if of.raw.is_empty() && of.function.spaces.is_empty() {
            self.statement(conduit, name, of, |_| {});
        }
        if !of.raw.is_empty() {
            let spaces = raw(of);
            for (key, ranges) in spaces {
                let id = format!("{name}-{key}");
                self.statement(conduit, &id, of, |paper| paper.line(format_args!("{key} = [{}]", ranges.join(", "))));
            }
        }
    }

    fn writes(&mut self, conduit: &str, of: &OfFunction) {
        let (habits, rare): (Vec<_>, Vec<_>) = elements(of).partition(|(_, seen)| seen.seen.times >= HABIT);
        let limited: Vec<(String, String, String)> =
            habits.iter().filter_map(|(name, tag)| Some((name.clone(), limit(tag)?, told(tag, &self.zone)))).collect();
        for (name, tag) in rare.iter().chain(habits.iter().filter(|(_, tag)| limit(tag).is_none())) {
            self.learned.remarks += 1;
            self.say(format_args!("not proposed: {} {name}: {}", of.function.name, told(tag, &self.zone)));
        }
        if !of.raw.is_empty() {
            let items: Vec<String> =
                raw(of).into_iter().map(|(key, ranges)| format!("{key} {}", ranges.join(", "))).collect();
            self.remark(
                of,
                &format!("it wrote {}, which are no whole tags: any value would be allowed", items.join("; ")),
            );
        }
        if of.function.spaces.is_empty() {
            self.remark(of, "for a person to write, if it is wanted");
        }
        if limited.is_empty() {
            return;
        }
        self.statement(conduit, of.function.name, of, |paper| {
            for (name, _, told) in &limited {
                paper.say(format_args!("{name}: {told}"));
            }
            let tags: Vec<String> =
                limited.iter().map(|(name, limit, _)| format!("{} = {}", key(name), quoted(limit))).collect();
            paper.line(format_args!("tags   = {{ {} }}", tags.join(", ")));
        });
    }

    fn statement(&mut self, conduit: &str, id: &str, of: &OfFunction, items: impl FnOnce(&mut Self)) {
        self.learned.statements += 1;
        self.text.push('\n');
        for note in self.notes.remove(&format!("{conduit}.{id}")).unwrap_or_default() {
            self.line(note);
        }
        self.line(format_args!("[[conduit.{conduit}.allow]]"));
        self.line(format_args!("id     = {}", quoted(id)));
        self.say(seen(&of.seen, &self.zone));
        self.line(format_args!("{} = {}", of.protocol.name, quoted(of.function.name)));
        items(self);
        self.line("trial  = true");
        self.line(format_args!("until  = {}", quoted(&self.until.clone())));
    }

    fn strangers(&mut self) {
        let learner = self.learner;
        if !learner.strangers.is_empty() {
            self.text.push('\n');
            self.say("One of the two is no asset of the site; nothing is proposed for them:");
        }
        for ((from, to), times) in &learner.strangers {
            self.learned.remarks += 1;
            self.say(format_args!("{} spoke to {} {times} times", learner.who(*from), learner.who(*to)));
        }
    }

    /// The notes whose statement is no longer proposed.
    fn tail(&mut self) {
        for (of, notes) in core::mem::take(&mut self.notes) {
            self.text.push('\n');
            if !of.is_empty() {
                self.say(format_args!("notes on {of}, which is no longer proposed:"));
            }
            for note in notes {
                self.line(note);
            }
        }
    }
}

/// Each element of each tag by its name, as a statement writes it.
fn elements(of: &OfFunction) -> impl Iterator<Item = (String, &OfTag)> {
    of.tags.iter().map(|((name, element), tag)| {
        (if tag.tag.count > 1 { format!("{name}[{element}]") } else { name.clone() }, tag)
    })
}

/// The range that was written, in the words of a limit; none for texts.
fn limit(of: &OfTag) -> Option<String> {
    let show = |raw: &RawValue| of.tag.show_raw(raw);
    if of.has_states() {
        let known =
            |raw: &i128| of.tag.engineering.states.is_empty() || of.tag.engineering.states.iter().any(|s| s.0 == *raw);
        let states: Vec<String> =
            of.states.iter().filter(|raw| known(raw)).map(|raw| show(&RawValue::Integer(*raw))).collect();
        return (!states.is_empty() && states.len() == of.states.len()).then(|| states.join(" | "));
    }
    match of.range.as_ref()? {
        (RawValue::Text(_), _) => None,
        (RawValue::Float(a), RawValue::Float(b)) if !a.is_finite() || !b.is_finite() => None,
        (least, greatest) if least == greatest => Some(show(least)),
        (least, greatest) => {
            let unit = &of.tag.engineering.unit;
            let least = show(least);
            let bare = least.strip_suffix(unit.as_str()).unwrap_or(&least).trim_end();
            Some(format!("{bare} .. {}", show(greatest)))
        }
    }
}

/// The evidence of one tag.
fn told(of: &OfTag, zone: &TimeZone) -> String {
    let range = match &of.range {
        Some((least, greatest)) => format!("{} to {}, ", of.tag.show_raw(least), of.tag.show_raw(greatest)),
        None => String::new(),
    };
    format!("{range}{}", seen(&of.seen, zone))
}

/// How often, when, at which hours of the plant's day.
fn seen(seen: &Seen, zone: &TimeZone) -> String {
    let format = "%Y-%m-%d %H:%M";
    let times = if seen.times == 1 { "once".to_owned() } else { format!("{} times", seen.times) };
    let [first, last] =
        [seen.first, seen.last].map(|at| at.to_zoned_datetime(zone.clone()).strftime(format).to_string());
    format!("{times}, {first} to {last}, hours {}", hours(seen.hours))
}

/// `6-9 22` of the bits of a day.
fn hours(bits: u32) -> String {
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    for hour in (0..24).filter(|hour| bits >> hour & 1 == 1) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == hour => *last = hour,
            _ => ranges.push((hour, hour)),
        }
    }
    let shown: Vec<String> =
        ranges.iter().map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") }).collect();
    shown.join(" ")
}

/// Items that are no whole tags, by the key of their space, neighbours together.
fn raw(of: &OfFunction) -> Vec<(&'static str, Vec<String>)> {
    let mut spans: Vec<Span> = Vec::new();
    for (space, item) in of.raw.keys() {
        match spans.last_mut() {
            Some(last) if last.space == *space && last.last + 1 == *item => last.last = *item,
            _ => spans.push(Span { space: *space, first: *item, last: *item }),
        }
    }
    let mut keys: Vec<(&'static str, Vec<String>)> = Vec::new();
    for span in spans {
        let key = of.protocol.space(span.space).key;
        let range = if span.first == span.last {
            span.first.to_string()
        } else {
            quoted(&format!("{} .. {}", span.first, span.last))
        };
        match keys.last_mut() {
            Some((last, ranges)) if *last == key => ranges.push(range),
            _ => keys.push((key, vec![range])),
        }
    }
    keys
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A key, in quotes where it needs them.
fn key(name: &str) -> String {
    let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if bare { name.to_owned() } else { quoted(name) }
}
