//! The tags of a statement: names, globs, elements of arrays, and the limits on what is written to them.

use super::conduits::Ends;
use super::fields::{Fields, Shape};
use super::functions::Choices;
use super::items::ItemKeys;
use super::keys;
use super::names::nearest;
use super::plant::Plant;
use super::reader::Reader;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::language::{self, Fault};
use crate::site::{Access, Grant, Kind, Limit, Location, Tag, TagGrant};
use glob::Pattern;
use sluice_model::{Action, Descriptor, Span};
use std::collections::BTreeSet;

/// One entry of a statement's tags.
struct Pick<'t> {
    /// What its author wrote.
    text: &'t str,
    at: Location,
    what: Wanted,
    /// The limit, if it has one of its own.
    limit: Option<&'t Node>,
}

enum Wanted {
    Glob(Pattern),
    /// A tag, and some of its elements.
    Name(String, Option<(u64, u64)>),
}

/// Resolves the tags of a statement on every asset of `to`.
pub(super) fn read(
    reader: &mut Reader<'_>,
    plant: &Plant,
    ends: &Ends,
    choices: &Choices,
    keys: &ItemKeys<'_>,
) -> Vec<Grant> {
    let Some(entry) = keys.tags else { return Vec::new() };
    let picks = picks(reader, entry, keys.value.map(|v| &v.node));
    let writes = choices.does(Action::Write) || choices.does(Action::Control);
    let mut resolver =
        Resolver { plant, choices, writes, reads: choices.does(Action::Read), matched: BTreeSet::new(), entry };
    resolver.limits_make_sense(reader, &picks, keys);
    let mut grants = Vec::new();
    let mut found = vec![false; picks.len()];
    for id in &ends.to.assets {
        for (index, speaks) in plant.assets[id.0 as usize].speaks.iter().enumerate() {
            if speaks.protocol.id == choices.protocol.id {
                let tags = resolver.asset(reader, &picks, &speaks.tags, &mut found);
                grants.push(Grant { asset: *id, speaks: index, tags });
            }
        }
    }
    let whole = ends.to.whole && !ends.to.assets.iter().any(|id| plant.partial.contains(id));
    if whole && !grants.is_empty() {
        for (pick, _) in picks.iter().zip(&found).filter(|(_, found)| !**found) {
            resolver.nowhere(reader, pick, &grants);
        }
        resolver.count(reader, &picks, keys.count);
        resolver.use_of_each(reader, &picks, &grants);
    }
    grants.retain(|g| !g.tags.is_empty());
    grants
}

/// The entries of `tags`, and the limit each has; `value` limits all of them.
fn picks<'t>(reader: &mut Reader<'_>, entry: &'t Entry, value: Option<&'t Node>) -> Vec<Pick<'t>> {
    if let Value::Table(table) = &entry.node.value {
        if let Some(value) = value {
            let message = "`value` limits all tags, and these tags have limits of their own";
            reader.report(Diagnostic::error("P009", &value.at, message).also(&entry.key_at, "the other limits"));
        }
        return table.entries.iter().filter_map(|e| limited(reader, e)).collect();
    }
    let texts = reader.texts("tags", &entry.node);
    if Reader::list(&entry.node).is_empty() {
        reader.report(Diagnostic::error("T030", &entry.node.at, "`tags` lists nothing"));
    }
    texts.into_iter().filter_map(|(text, node)| pick(reader, text, &node.at, value)).collect()
}

/// One entry of a table: `pump_speed = "20 .. 45 Hz"` or `pump_speed = { value = "20 .. 45 Hz" }`.
fn limited<'t>(reader: &mut Reader<'_>, entry: &'t Entry) -> Option<Pick<'t>> {
    let limit = match &entry.node.value {
        Value::Table(table) => {
            let mut fields = Fields::of(table, &entry.node.at);
            let value = fields.take("value");
            let shape = Shape {
                what: "a tag of a statement",
                header: format!("the table of `{}`", entry.key),
                keys: keys::TAG_LIMIT,
                later: keys::TAG_LIMIT_LATER,
                above: &[],
            };
            fields.finish(reader, &shape);
            value.map(|v| &v.node)
        }
        _ => Some(&entry.node),
    };
    if let Some(node) = limit {
        reader.text(&entry.key, node)?;
    }
    let pick = pick(reader, &entry.key, &entry.key_at, limit)?;
    if let Wanted::Glob(_) = pick.what {
        let message = format!("`{}`: a table of limits names single tags", entry.key);
        reader.report(
            Diagnostic::error("T030", &entry.key_at, message).help("write tags = [\"pump_*\"] and value = \"...\""),
        );
        return None;
    }
    Some(pick)
}

fn pick<'t>(reader: &mut Reader<'_>, text: &'t str, at: &Location, limit: Option<&'t Node>) -> Option<Pick<'t>> {
    let what = match text.split_once('[') {
        Some((name, rest)) => elements(rest).map(|range| Wanted::Name(name.trim().into(), Some(range))),
        None if text.contains(['*', '?']) => Pattern::new(text).ok().map(Wanted::Glob),
        None => Some(Wanted::Name(text.into(), None)),
    };
    if what.is_none() {
        let message = format!("`{text}` is neither a tag nor a pattern");
        reader.report(
            Diagnostic::error("T030", at, message).help("write pump_speed, pump_*, recipe[3] or recipe[0 .. 9]"),
        );
    }
    Some(Pick { text, at: at.clone(), what: what?, limit })
}

/// The elements behind `recipe[`: `3]`, `0 .. 9]`.
fn elements(rest: &str) -> Option<(u64, u64)> {
    let inner = rest.trim().strip_suffix(']')?;
    let (first, last) = inner.split_once("..").unwrap_or((inner, inner));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some((first, last))
}

/// What resolving needs to know about the statement.
struct Resolver<'r> {
    plant: &'r Plant,
    choices: &'r Choices,
    writes: bool,
    reads: bool,
    /// The names that globs matched.
    matched: BTreeSet<String>,
    entry: &'r Entry,
}

impl Resolver<'_> {
    fn protocol(&self) -> &'static Descriptor {
        self.choices.protocol
    }

    /// P009: limits are about writes.
    fn limits_make_sense(&self, reader: &mut Reader<'_>, picks: &[Pick<'_>], keys: &ItemKeys<'_>) {
        if self.writes || !self.choices.whole {
            return;
        }
        let own = picks.iter().find_map(|p| p.limit);
        if let Some(node) = keys.value.map(|v| &v.node).or(own) {
            let message = format!("a value limits writes, and this statement allows {} alone", self.choices.words());
            reader.report(Diagnostic::error("P009", &node.at, message).help("leave it out, or allow \"write\""));
        }
    }

    /// The grants on one asset.
    fn asset(
        &mut self,
        reader: &mut Reader<'_>,
        picks: &[Pick<'_>],
        tags: &[Tag],
        found: &mut [bool],
    ) -> Vec<TagGrant> {
        let mut grants: Vec<TagGrant> = Vec::new();
        for (pick, found) in picks.iter().zip(found) {
            let matching: Vec<usize> = match &pick.what {
                Wanted::Glob(glob) => (0..tags.len()).filter(|i| glob.matches(&tags[*i].name)).collect(),
                Wanted::Name(name, _) => tags.binary_search_by(|t| t.name.as_str().cmp(name)).into_iter().collect(),
            };
            *found |= !matching.is_empty();
            for index in matching {
                if let Some(grant) = self.grant(reader, pick, &tags[index], index) {
                    add(reader, &mut grants, grant, &tags[index], pick);
                }
            }
        }
        grants.sort_by_key(|g| (g.tag, g.first));
        grants
    }

    fn grant(&mut self, reader: &mut Reader<'_>, pick: &Pick<'_>, tag: &Tag, index: usize) -> Option<TagGrant> {
        let touches = self.choices.all.iter().any(|c| c.spaces(self.protocol()).contains(&tag.space));
        let (first, last) = match &pick.what {
            Wanted::Glob(_) => {
                if !touches || !self.glob_takes(reader, pick, tag) {
                    return None;
                }
                self.matched.insert(tag.name.clone());
                (0, tag.count - 1)
            }
            Wanted::Name(_, elements) => {
                if !self.name_takes(reader, pick, tag, touches) {
                    return None;
                }
                slice(reader, pick, tag, *elements)?
            }
        };
        let (limit, wording) = self.limit(reader, pick, tag)?;
        Some(TagGrant { tag: index, first, last, limit, wording, at: pick.at.clone() })
    }

    /// Whether a glob of this statement takes a tag; P014 when it can neither take it nor leave it.
    fn glob_takes(&self, reader: &mut Reader<'_>, pick: &Pick<'_>, tag: &Tag) -> bool {
        let writable = self.protocol().space(tag.space).writable;
        match (tag.access, self.writes, self.reads) {
            (Access::Read, true, true) if writable => both(reader, pick, tag, "read only"),
            (Access::Write, true, true) => both(reader, pick, tag, "write only"),
            (Access::Read, true, false) | (Access::Write, false, true) => false,
            _ => true,
        }
    }

    /// Whether the functions can do to a named tag what the statement says.
    fn name_takes(&self, reader: &mut Reader<'_>, pick: &Pick<'_>, tag: &Tag, touches: bool) -> bool {
        let shown = (self.protocol().show_span)(Span { last: tag.first, ..tag.whole() });
        let why = match tag.access {
            Access::Read if self.writes => {
                ("P010", format!("{} is read only ({shown}), and this statement writes", tag.name))
            }
            Access::Write if self.reads => {
                ("P010", format!("{} is write only ({shown}), and this statement reads", tag.name))
            }
            _ if !touches => ("P006", format!("{} does not touch {} ({shown})", self.choices.words(), tag.name)),
            _ => return true,
        };
        reader.report(Diagnostic::error(why.0, &pick.at, why.1).also(&tag.at, "declared here"));
        false
    }

    /// What a write must lie in, and its wording; `None` when the limit is wrong.
    fn limit(&self, reader: &mut Reader<'_>, pick: &Pick<'_>, tag: &Tag) -> Option<(Option<Limit>, String)> {
        // Reported with the tag list if it fails.
        let own = language::bounds(tag).ok().flatten();
        let Some(node) = pick.limit.filter(|_| self.writes) else {
            let wording = if self.writes && own.is_some() { tag.reach() } else { String::new() };
            return Some((own.filter(|_| self.writes), wording));
        };
        let Value::Text(text) = &node.value else { return None };
        if text.trim() == "in-range" {
            return in_range(reader, node, tag, own);
        }
        match language::limit(tag, text) {
            Ok(limited) => {
                for cut in limited.cut {
                    fault(reader, node, tag, cut, true);
                }
                Some((Some(limited.limit), text.trim().into()))
            }
            Err(why) => {
                fault(reader, node, tag, why, false);
                None
            }
        }
    }

    /// T030: a name or a glob that no asset of `to` has.
    fn nowhere(&self, reader: &mut Reader<'_>, pick: &Pick<'_>, grants: &[Grant]) {
        let known = grants.iter().flat_map(|g| &self.plant.assets[g.asset.0 as usize].speaks[g.speaks].tags);
        let (message, near) = match &pick.what {
            Wanted::Glob(_) => (format!("no tag of `to` matches \"{}\"", pick.text), None),
            Wanted::Name(name, _) => {
                (format!("no asset of `to` has a tag `{name}`"), nearest(name, known.map(|t| t.name.as_str())))
            }
        };
        let mut wrong = Diagnostic::error("T030", &pick.at, message);
        wrong.help = near.map(|n| format!("did you mean `{n}`?"));
        reader.report(wrong);
    }

    /// G004: what a glob writes is counted.
    fn count(&self, reader: &mut Reader<'_>, picks: &[Pick<'_>], count: Option<&Entry>) {
        let glob = picks.iter().find(|p| matches!(p.what, Wanted::Glob(_)));
        let matched = self.matched.len() as i128;
        match (glob, count) {
            (Some(_), Some(count)) => {
                let Some(said) = reader.integer("count", &count.node, 0..=i128::from(u32::MAX)) else { return };
                if said != matched {
                    let message = format!("the patterns match {matched} tags, count says {said}");
                    let wrong =
                        Diagnostic::error("G004", &count.node.at, message).also(&self.entry.key_at, "the patterns");
                    reader.report(
                        wrong
                            .note(format!("they match {}", self.list()))
                            .help(format!("look at the list, then write count = {matched}")),
                    );
                }
            }
            (Some(glob), None) if self.writes => {
                let message =
                    format!("\"{}\" writes whatever matches; a write statement says how many tags that is", glob.text);
                let wrong = Diagnostic::error("G004", &glob.at, message);
                reader.report(
                    wrong
                        .note(format!("it matches {}", self.list()))
                        .help(format!("look at the list, then add count = {matched}")),
                );
            }
            (None, Some(count)) => {
                let message = "`count` says how many tags a pattern matches, and there is no pattern";
                reader.report(Diagnostic::error("G004", &count.key_at, message).help("leave it out"));
            }
            _ => {}
        }
    }

    fn list(&self) -> String {
        let names: Vec<&str> = self.matched.iter().take(12).map(String::as_str).collect();
        let more = self.matched.len() - names.len();
        match (names.is_empty(), more) {
            (true, _) => "nothing".into(),
            (_, 0) => names.join(", "),
            _ => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// P006: a function that can touch none of the tags that are named.
    fn use_of_each(&self, reader: &mut Reader<'_>, picks: &[Pick<'_>], grants: &[Grant]) {
        let globs = picks.iter().any(|p| matches!(p.what, Wanted::Glob(_)));
        let granted = grants.iter().flat_map(|g| {
            let tags = &self.plant.assets[g.asset.0 as usize].speaks[g.speaks].tags;
            g.tags.iter().map(|t| tags[t.tag].space)
        });
        let spaces: BTreeSet<_> = granted.collect();
        if globs || spaces.is_empty() {
            return;
        }
        for choice in &self.choices.all {
            let reach = choice.spaces(self.protocol());
            if !reach.is_empty() && !reach.iter().any(|s| spaces.contains(s)) {
                let message = format!("{} touches none of these tags", choice.words);
                reader.report(Diagnostic::error("P006", &choice.at, message).also(&self.entry.key_at, "the tags"));
            }
        }
    }
}

/// P014.
fn both(reader: &mut Reader<'_>, pick: &Pick<'_>, tag: &Tag, access: &str) -> bool {
    let message = format!("\"{}\" reads and writes, and {} is {access}", pick.text, tag.name);
    let help = "write one statement that reads and one that writes";
    reader.report(Diagnostic::error("P014", &pick.at, message).also(&tag.at, "declared here").help(help));
    false
}

/// Adds a grant; T033 when the statement limits the same element twice.
fn add(reader: &mut Reader<'_>, grants: &mut Vec<TagGrant>, grant: TagGrant, tag: &Tag, pick: &Pick<'_>) {
    // Grants of one tag follow each other only when picks do; a whole list is looked through, bounded by the picks.
    let other = grants.iter().find(|g| g.tag == grant.tag && g.first <= grant.last && grant.first <= g.last);
    match other {
        None => grants.push(grant),
        Some(other) if pick.limit.is_none() => {
            // A pattern and a name may meet; what both give is the same.
            let (first, last) = (other.first.min(grant.first), other.last.max(grant.last));
            grants.retain(|g| !(g.tag == grant.tag && g.first >= first && g.last <= last));
            grants.push(TagGrant { first, last, ..grant });
        }
        Some(other) if other.wording == grant.wording && other.limit == grant.limit => {}
        Some(other) => {
            let message = format!("{} is limited twice in one statement", tag.name);
            reader.report(Diagnostic::error("T033", &grant.at, message).also(&other.at, "the other limit"));
        }
    }
}

/// T031: the elements that a pick means.
fn slice(reader: &mut Reader<'_>, pick: &Pick<'_>, tag: &Tag, elements: Option<(u64, u64)>) -> Option<(u64, u64)> {
    let Some((first, last)) = elements else { return Some((0, tag.count - 1)) };
    if last < tag.count && tag.count > 1 {
        return Some((first, last));
    }
    let message = match tag.count {
        1 => format!("{} is no array", tag.name),
        count => format!("{} has the elements 0 .. {}", tag.name, count - 1),
    };
    reader.report(Diagnostic::error("T031", &pick.at, message).also(&tag.at, "declared here"));
    None
}

/// U008: `in-range` needs a range.
fn in_range(reader: &mut Reader<'_>, node: &Node, tag: &Tag, own: Option<Limit>) -> Option<(Option<Limit>, String)> {
    let states = tag.states.iter().map(|(raw, _)| (*raw, *raw)).collect::<BTreeSet<_>>();
    let limit = match own {
        Some(limit) => limit,
        None if !states.is_empty() => Limit::Integers(states.into_iter().collect()),
        None if tag.kind == Kind::Bool => Limit::Integers(vec![(0, 1)]),
        None => {
            let message = format!("{} has no min and no max, so nothing says what is in range", tag.name);
            reader.report(Diagnostic::error("U008", &node.at, message).also(&tag.at, "declared here"));
            return None;
        }
    };
    Some((Some(limit), format!("in-range ({})", tag.reach())))
}

/// Reports what is wrong with a limit, at the part of the text that is wrong.
fn fault(reader: &mut Reader<'_>, node: &Node, tag: &Tag, fault: Fault, warning: bool) {
    let at = reader.part(node, fault.part);
    let place = reader.show(&tag.at);
    let message = match fault.code {
        "U003" if fault.message.contains(&tag.name) => {
            format!("{} ({place}); units are never converted", fault.message)
        }
        _ => fault.message,
    };
    let mut wrong = if warning {
        Diagnostic::warning(fault.code, &at, message)
    } else {
        Diagnostic::error(fault.code, &at, message)
    };
    wrong.help = fault.help;
    reader.report(wrong.also(&tag.at, format!("{} is declared here", tag.name)));
}
