//! Resolves the tags of a statement on every asset that it leads to.

use super::conduits::Ends;
use super::functions::Choices;
use super::items::ItemKeys;
use super::picks::{Context, Pick, Wanted, picks};
use super::plant::Plant;
use super::reader::Reader;
use super::resolve::{Resolved, Resolver};
use super::tree::Entry;
use crate::diagnose::Diagnostic;
use crate::site::{Grant, Location, Tag};
use sluice_model::Action;
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// Resolves the tags of a statement on every asset of `to`.
pub(super) fn read(
    reader: &mut Reader<'_>,
    plant: &Plant,
    ends: &Ends,
    choices: &Choices,
    keys: &ItemKeys<'_>,
) -> Vec<Grant> {
    let Some(entry) = keys.tags else { return Vec::new() };
    let writes = choices.does(Action::Write) || choices.does(Action::Control);
    let context = Context { plant, ends, writes };
    let picks = picks(reader, &context, entry, keys.value.map(|v| &v.node), keys.step.map(|s| &s.node));
    let places: Arc<[Location]> = picks.iter().map(|p| p.at.clone()).collect();
    let mut resolver = Resolver::new(reader, choices, &picks);
    limits_make_sense(reader, &resolver, keys);
    let (mut grants, mut lists) = (Vec::new(), Lists::default());
    for id in &ends.to.assets {
        for (index, speaks) in plant.assets[id.0 as usize].speaks.iter().enumerate() {
            if speaks.protocol.id == choices.protocol.id {
                let of_list = resolver.list(reader, &speaks.tags);
                let (tags, places) = (Arc::clone(&of_list.tags), Arc::clone(&places));
                grants.push(Grant { asset: *id, speaks: index, tags, places });
                lists.add(&speaks.tags, of_list);
            }
        }
    }
    let whole = ends.to.whole && !ends.to.assets.iter().any(|id| plant.partial.contains(id));
    if whole && !grants.is_empty() {
        let outcome = Outcome { resolver, lists, entry };
        outcome.nowhere(reader);
        outcome.count(reader, keys.count);
        outcome.use_of_each(reader);
    }
    grants.retain(|g| !g.tags.is_empty());
    grants
}

/// P009: limits are about writes.
fn limits_make_sense(reader: &mut Reader<'_>, resolver: &Resolver<'_, '_>, keys: &ItemKeys<'_>) {
    let choices = resolver.choices;
    if resolver.writes || !choices.whole {
        return;
    }
    let own = resolver.picks.iter().find_map(|p| p.limit);
    let step = resolver.picks.iter().find_map(|p| p.conditions.step.as_ref().map(|(node, _)| *node));
    if let Some(node) = step {
        let message = format!("a step limits writes, and this statement allows {} alone", choices.words());
        reader.report(Diagnostic::error("P009", &node.at, message).help("leave it out, or allow \"write\""));
    }
    if let Some(node) = keys.value.map(|v| &v.node).or(own) {
        let message = format!("a value limits writes, and this statement allows {} alone", choices.words());
        reader.report(Diagnostic::error("P009", &node.at, message).help("leave it out, or allow \"write\""));
    }
}

/// The lists of tags that a statement leads to, each once, and what it grants there.
#[derive(Default)]
struct Lists<'p> {
    all: Vec<(&'p [Tag], Rc<Resolved>)>,
    known: HashSet<*const Tag>,
}

impl<'p> Lists<'p> {
    fn add(&mut self, tags: &'p [Tag], resolved: Rc<Resolved>) {
        if self.known.insert(tags.as_ptr()) {
            self.all.push((tags, resolved));
        }
    }

    /// The names of tags that the lists give by index.
    fn names(&self, of: impl Fn(&Resolved) -> &[u32]) -> BTreeSet<&'p str> {
        let names = |(tags, resolved): &(&'p [Tag], Rc<Resolved>)| {
            let tags = *tags;
            of(resolved).iter().map(|i| tags[*i as usize].name.as_str()).collect::<Vec<_>>()
        };
        self.all.iter().flat_map(names).collect()
    }
}

/// What a statement grants on all lists that it leads to.
struct Outcome<'r, 't> {
    resolver: Resolver<'r, 't>,
    lists: Lists<'r>,
    /// The entry of its tags.
    entry: &'r Entry,
}

impl Outcome<'_, '_> {
    /// T030: a name or a glob that no asset of `to` has.
    fn nowhere(&self, reader: &mut Reader<'_>) {
        for (place, pick) in self.resolver.picks.iter().enumerate() {
            if self.lists.all.iter().any(|(_, resolved)| resolved.found[place]) {
                continue;
            }
            let known = self.lists.all.iter().flat_map(|(tags, _)| tags.iter());
            let (message, near) = match &pick.what {
                Wanted::Glob(_) => (format!("no tag of `to` matches \"{}\"", pick.text), None),
                Wanted::Name(name, _) => (
                    format!("no asset of `to` has a tag `{name}`"),
                    reader.nearest(name, known.map(|t| t.name.as_str())),
                ),
            };
            let mut wrong = Diagnostic::error("T030", &pick.at, message);
            wrong.help = near.map(|n| format!("did you mean `{n}`?"));
            reader.report(wrong);
        }
    }

    /// How many tags the patterns match, by name.
    fn matched(&self, reader: &mut Reader<'_>) -> usize {
        if let [(_, only)] = self.lists.all.as_slice() {
            return only.matched.len();
        }
        let lists: Vec<&[Tag]> = self.lists.all.iter().map(|(tags, _)| *tags).collect();
        reader.memory.count(self.resolver.wish, &lists, || self.lists.names(|r| &r.matched).len())
    }

    /// G004: what a glob writes is counted.
    fn count(&self, reader: &mut Reader<'_>, count: Option<&Entry>) {
        let globs: Vec<&Pick<'_>> = self.resolver.picks.iter().filter(|p| matches!(p.what, Wanted::Glob(_))).collect();
        match (globs.first(), count) {
            (Some(glob), Some(count)) => {
                let Some(said) = reader.integer("count", &count.node, 0..=i128::from(u32::MAX)) else { return };
                let matched = self.matched(reader);
                if said != matched as i128 {
                    let patterns = if globs.len() == 1 {
                        format!("\"{}\" matches", glob.text)
                    } else {
                        "the patterns match".into()
                    };
                    let tags = if matched == 1 { "tag" } else { "tags" };
                    let message = format!("{patterns} {matched} {tags}, count says {said}");
                    let wrong =
                        Diagnostic::error("G004", &count.node.at, message).also(&self.entry.key_at, "the patterns");
                    let help = format!("look at the list, then write count = {matched}");
                    reader.report(wrong.note(format!("they match {}", self.list())).help(help));
                }
            }
            (Some(glob), None) if self.resolver.writes => {
                let matched = self.matched(reader);
                let message =
                    format!("\"{}\" writes whatever matches; a write statement says how many tags that is", glob.text);
                let help = format!("look at the list, then add count = {matched}");
                let wrong = Diagnostic::error("G004", &glob.at, message);
                reader.report(wrong.note(format!("it matches {}", self.list())).help(help));
            }
            (None, Some(count)) => {
                let message = "`count` says how many tags a pattern matches, and there is no pattern";
                reader.report(Diagnostic::error("G004", &count.key_at, message).help("leave it out"));
            }
            _ => {}
        }
    }

    /// What the patterns match, and what they leave out for its width: `valve; left out, as ...: total_flow`.
    fn list(&self) -> String {
        let matched = list(&self.lists.names(|r| &r.matched));
        let left = self.lists.names(|r| &r.left);
        if left.is_empty() {
            return matched;
        }
        let words = self.resolver.choices.words();
        format!("{matched}; left out, as {words} writes one item at a time: {}", list(&left))
    }

    /// P006: a function that can touch none of the tags that are named.
    fn use_of_each(&self, reader: &mut Reader<'_>) {
        if self.resolver.picks.iter().any(|p| matches!(p.what, Wanted::Glob(_))) {
            return;
        }
        let granted = self.lists.all.iter().flat_map(|(tags, of)| of.tags.iter().map(|t| &tags[t.tag]));
        let mut kinds: Vec<&Tag> = granted.collect();
        kinds.sort_by_key(|t| (t.space, t.items));
        kinds.dedup_by_key(|t| (t.space, t.items));
        if kinds.is_empty() {
            return;
        }
        let protocol = self.resolver.protocol();
        for choice in &self.resolver.choices.all {
            let reach = choice.spaces(protocol);
            if reach.is_empty() || kinds.iter().any(|t| choice.reaches(protocol, t)) {
                continue;
            }
            let message = if kinds.iter().any(|t| reach.contains(&t.space)) {
                format!("{} writes one item at a time, and the values of these tags have more", choice.words)
            } else {
                format!("{} touches none of these tags", choice.words)
            };
            reader.report(Diagnostic::error("P006", &choice.at, message).also(&self.entry.key_at, "the tags"));
        }
    }
}

/// Names, as many as a person reads.
fn list(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().take(12).copied().collect();
    let more = names.len() - shown.len();
    match (shown.is_empty(), more) {
        (true, _) => "nothing".into(),
        (_, 0) => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}
