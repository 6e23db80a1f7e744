//! The conditions of a statement, beside functions, items and values.

use super::conduits::Ends;
use super::facts;
use super::fields::Fields;
use super::functions::Choices;
use super::items::ItemKeys;
use super::plant::Plant;
use super::reader::{Reader, date};
use super::times;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::language;
use crate::site::{ConditionPlaces, Conditions, Rate, RateScope};
use core::time::Duration;
use jiff::{Span, Timestamp};
use sluice_model::Action;

/// What a statement is about.
pub(super) enum About<'a> {
    /// A protocol, with these functions on these items.
    Protocol(&'a Choices, &'a ItemKeys<'a>),
    /// Something that is not inspected, named by this key.
    Service(&'a Entry),
}

impl About<'_> {
    /// Whether it writes tags, so that there is something to count for each.
    fn writes_tags(&self) -> bool {
        let Self::Protocol(choices, keys) = self else { return false };
        keys.tags.is_some() && (choices.does(Action::Write) || choices.does(Action::Control))
    }
}

/// Takes and reads the conditions of a statement.
pub(super) fn read(
    reader: &mut Reader<'_>,
    plant: &Plant,
    ends: &Ends,
    fields: &mut Fields<'_>,
    about: &About<'_>,
) -> Conditions {
    let mut conditions = Conditions::default();
    let mut places = ConditionPlaces::default();
    let mut take = |key: &str| fields.take(key);
    let only_inspected = [take("when"), take("others"), take("broadcast")];
    if let About::Service(entry) = about {
        for key in only_inspected.into_iter().chain([take("step")]).flatten() {
            uninspected(reader, key, entry);
        }
    } else {
        let [when, others, broadcast] = only_inspected;
        conditions.when = when.map(|e| facts::read(reader, plant, ends, e)).unwrap_or_default();
        conditions.others = others.and_then(|e| unchanged(reader, e, about));
        conditions.broadcast = broadcast.and_then(|e| reader.flag("broadcast", &e.node)).unwrap_or(false);
        places.broadcast = broadcast.map(|e| e.key_at.clone());
    }
    if let Some(entry) = take("during") {
        conditions.during = times::schedule(reader, plant, entry);
    }
    if let Some(entry) = take("window") {
        conditions.window = times::named(reader, plant, entry);
        places.window = Some(entry.node.at.clone());
    }
    if let Some(entry) = take("until") {
        conditions.until = until(reader, entry, "the statement");
    }
    if let Some(entry) = take("rate") {
        conditions.rate = rate(reader, &entry.node, about.writes_tags());
    }
    conditions.trial = take("trial").and_then(|e| reader.flag("trial", &e.node)).unwrap_or(false);
    if let Some(entry) = take("overrides") {
        conditions.overrides =
            reader.texts("overrides", &entry.node).into_iter().map(|(name, _)| name.to_owned()).collect();
        places.overrides = Some(entry.node.at.clone());
    }
    conditions.ticket = take("ticket").and_then(|e| reader.text("ticket", &e.node)).map(String::from);
    conditions.approved_as = take("approved-as").and_then(|e| reader.text("approved-as", &e.node)).map(String::from);
    conditions.places = places;
    conditions
}

/// P059: a condition about messages, beside what is not inspected.
fn uninspected(reader: &mut Reader<'_>, key: &Entry, about: &Entry) {
    let message =
        format!("`{}` is about messages that the gateway reads, and `{}` is not inspected", key.key, about.key);
    let wrong = Diagnostic::error("P059", &key.key_at, message).also(&about.key_at, "what it allows");
    reader.report(wrong.help("leave it out; during, window, until and rate hold for services too"));
}

/// P058: `unchanged within 5 s`.
fn unchanged(reader: &mut Reader<'_>, entry: &Entry, about: &About<'_>) -> Option<Duration> {
    let text = reader.text("others", &entry.node)?;
    let help = "write others = \"unchanged within 5 s\"";
    if !about.writes_tags() {
        let message = "`others` is about the other bits of a register, and this statement writes no tags";
        reader.report(Diagnostic::error("P058", &entry.key_at, message).help("leave it out"));
        return None;
    }
    let Some(span) = text.trim().strip_prefix("unchanged within ") else {
        let message = format!("`{text}` says nothing about the other bits");
        reader.report(Diagnostic::error("P058", &entry.node.at, message).help(help));
        return None;
    };
    match language::duration(text, text.len() - span.len()..text.len()) {
        Ok(span) => Some(span),
        Err(fault) => {
            reader.fault(&entry.node, fault);
            None
        }
    }
}

/// P056, P057: how often. `by_tag` says whether there are written tags to count by.
pub(super) fn rate(reader: &mut Reader<'_>, node: &Node, by_tag: bool) -> Option<Rate> {
    let text = reader.text("rate", node)?;
    let (count, per, scope) = match language::rate(text) {
        Ok(often) => often,
        Err(fault) => {
            reader.fault(node, fault);
            return None;
        }
    };
    let scope = scope.unwrap_or_default();
    if scope == RateScope::Tag && !by_tag {
        let message = "a rate per tag counts writes of tags, and this statement writes none";
        let (often, _) = text.split_once(" per ").unwrap_or((text, ""));
        let help = format!("write \"{often} per source\" or \"{often} per conduit\"");
        reader.report(Diagnostic::error("P057", &node.at, message).help(help));
        return None;
    }
    Some(Rate { count, per, scope, wording: text.trim().into(), at: node.at.clone() })
}

/// The end of the day that `until` names, in the site's time zone; P080 when that has come, P081 when it comes soon.
pub(super) fn until(reader: &mut Reader<'_>, entry: &Entry, what: &str) -> Option<Timestamp> {
    let day = date(reader, entry)?;
    let ends = day.tomorrow().and_then(|next| next.to_zoned_datetime(reader.now.time_zone().clone())).ok()?;
    if reader.now.timestamp() >= ends.timestamp() {
        let message = format!("{what} ended on {day}: it allows nothing any more");
        reader.report(Diagnostic::warning("P080", &entry.node.at, message).help("give a later date, or take it out"));
    } else if reader.now.checked_add(Span::new().days(30)).is_ok_and(|soon| soon.timestamp() >= ends.timestamp()) {
        let days = ends.date().since(reader.now.date()).map_or(0, |span| span.get_days());
        let message = format!("{what} ends on {day}, in {days} day{}", if days == 1 { "" } else { "s" });
        reader.report(Diagnostic::warning("P081", &entry.node.at, message).help("renew it, or let it end"));
    }
    Some(ends.timestamp())
}

/// The texts of a key that is a text or a list of them, for telling statements apart.
pub(super) fn said(node: &Node) -> String {
    let one = |node: &Node| match &node.value {
        Value::Text(text) => text.clone(),
        _ => String::new(),
    };
    Reader::list(node).iter().map(one).collect::<Vec<_>>().join("\n")
}
