//! Resolves the tags of a statement on every asset that it leads to.

use super::conduits::Ends;
use super::functions::Choices;
use super::items::ItemKeys;
use super::limits;
use super::picks::{Pick, Wanted, picks};
use super::plant::Plant;
use super::reader::Reader;
use super::tree::Entry;
use crate::diagnose::Diagnostic;
use crate::site::{Access, Grant, Limit, Said, Tag, TagGrant};
use sluice_model::{Action, Descriptor, Function, SpaceId, Span};
use std::collections::{BTreeMap, BTreeSet};
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
    let picks = picks(reader, entry, keys.value.map(|v| &v.node));
    let writes = choices.does(Action::Write) || choices.does(Action::Control);
    let mut resolver = Resolver {
        plant,
        choices,
        writes,
        reads: choices.does(Action::Read),
        touched: choices.spaces().iter().map(|s| s.id).collect(),
        wide: choices.wide(),
        last: None,
        matched: BTreeSet::new(),
        left: BTreeSet::new(),
        entry,
    };
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

/// What resolving needs to know about the statement.
struct Resolver<'r> {
    plant: &'r Plant,
    choices: &'r Choices,
    writes: bool,
    reads: bool,
    /// The spaces that its functions touch.
    touched: Vec<SpaceId>,
    /// The spaces in which they can touch values of several items.
    wide: Vec<SpaceId>,
    /// What the last grant shares with the next when both say the same.
    last: Option<(Option<Arc<Limit>>, Arc<Said>)>,
    /// The names that globs matched.
    matched: BTreeSet<String>,
    /// The names of tags that globs leave out for their width.
    left: BTreeSet<String>,
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
        let mut grants: BTreeMap<usize, Vec<TagGrant>> = BTreeMap::new();
        for (pick, found) in picks.iter().zip(found) {
            let matching: Vec<usize> = match &pick.what {
                Wanted::Glob(glob) => {
                    // Tags are sorted by name: only those are looked at that begin like the pattern.
                    let literal = pick.text.split(['*', '?']).next().unwrap_or_default();
                    let from = tags.partition_point(|t| t.name.as_str() < literal);
                    let alike = (from..tags.len()).take_while(|i| tags[*i].name.starts_with(literal));
                    alike.filter(|i| glob.matches(&tags[*i].name)).collect()
                }
                Wanted::Name(name, _) => tags.binary_search_by(|t| t.name.as_str().cmp(name)).into_iter().collect(),
            };
            *found |= !matching.is_empty();
            for index in matching {
                if let Some(grant) = self.grant(reader, pick, &tags[index], index) {
                    add(reader, grants.entry(index).or_default(), grant, &tags[index]);
                }
            }
        }
        for elements in grants.values_mut() {
            elements.sort_by_key(|g| g.first);
        }
        grants.into_values().flatten().collect()
    }

    fn grant(&mut self, reader: &mut Reader<'_>, pick: &Pick<'_>, tag: &Tag, index: usize) -> Option<TagGrant> {
        let (first, last) = match &pick.what {
            Wanted::Glob(_) => {
                if !self.touched.contains(&tag.space) || !self.glob_takes(reader, pick, tag) {
                    return None;
                }
                if self.too_wide(tag) {
                    self.left.insert(tag.name.clone());
                    return None;
                }
                self.matched.insert(tag.name.clone());
                (0, tag.count - 1)
            }
            Wanted::Name(_, elements) => {
                if !self.name_takes(reader, pick, tag) {
                    return None;
                }
                slice(reader, pick, tag, *elements)?
            }
        };
        let (limit, wording) = limits::limit(reader, pick, tag, self.writes)?;
        let said = Said { wording, at: pick.at.clone() };
        let (limit, said) = self.shared(limit, said);
        Some(TagGrant { tag: index, first, last, limit, said })
    }

    /// A limit and its wording, in the memory of those of the grant before where they are the same.
    fn shared(&mut self, limit: Option<Limit>, said: Said) -> (Option<Arc<Limit>>, Arc<Said>) {
        if let Some((last, last_said)) = &self.last
            && last.as_deref() == limit.as_ref()
            && **last_said == said
        {
            return (last.clone(), Arc::clone(last_said));
        }
        let made = (limit.map(Arc::new), Arc::new(said));
        self.last = Some(made.clone());
        made
    }

    /// Whether the functions touch the items of a tag one by one alone, and its values are wider.
    fn too_wide(&self, tag: &Tag) -> bool {
        tag.items > 1 && self.touched.contains(&tag.space) && !self.wide.contains(&tag.space)
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
    fn name_takes(&self, reader: &mut Reader<'_>, pick: &Pick<'_>, tag: &Tag) -> bool {
        let shown = (self.protocol().show_span)(Span { last: tag.first, ..tag.whole() });
        let why = match tag.access {
            Access::Read if self.writes => {
                ("P010", format!("{} is read only ({shown}), and this statement writes", tag.name))
            }
            Access::Write if self.reads => {
                ("P010", format!("{} is write only ({shown}), and this statement reads", tag.name))
            }
            _ if !self.touched.contains(&tag.space) => {
                ("P006", format!("{} does not touch {} ({shown})", self.choices.words(), tag.name))
            }
            _ if self.too_wide(tag) => {
                reader.report(self.narrow(pick, tag));
                return false;
            }
            _ => return true,
        };
        reader.report(Diagnostic::error(why.0, &pick.at, why.1).also(&tag.at, "declared here"));
        false
    }

    /// P006: a tag whose values are wider than what the functions write.
    fn narrow(&self, pick: &Pick<'_>, tag: &Tag) -> Diagnostic {
        let protocol = self.protocol();
        let (words, space) = (self.choices.words_in(tag.space), protocol.space(tag.space).name);
        let (count, shown) = (tag.items, (protocol.show_span)(tag.span(0, 0)));
        let message = format!("{words} writes one {space} at a time, and {} has {count} ({shown})", tag.name);
        let mut wrong = Diagnostic::error("P006", &pick.at, message).also(&tag.at, "declared here");
        let whole = |f: &&Function| f.by_verb && !f.single && f.spaces.contains(&tag.space);
        let writes = |f: &&Function| whole(f) && f.actions.contains(&Action::Write);
        if let Some(function) = protocol.functions.iter().find(writes) {
            wrong.help = Some(format!("name {}, which writes all of it at once", function.name));
        }
        wrong
    }

    /// T030: a name or a glob that no asset of `to` has.
    fn nowhere(&self, reader: &mut Reader<'_>, pick: &Pick<'_>, grants: &[Grant]) {
        let known = grants.iter().flat_map(|g| self.plant.assets[g.asset.0 as usize].speaks[g.speaks].tags.iter());
        let (message, near) = match &pick.what {
            Wanted::Glob(_) => (format!("no tag of `to` matches \"{}\"", pick.text), None),
            Wanted::Name(name, _) => {
                (format!("no asset of `to` has a tag `{name}`"), reader.nearest(name, known.map(|t| t.name.as_str())))
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
            (Some(glob), Some(count)) => {
                let Some(said) = reader.integer("count", &count.node, 0..=i128::from(u32::MAX)) else { return };
                if said != matched {
                    let patterns = match picks.iter().filter(|p| matches!(p.what, Wanted::Glob(_))).count() {
                        1 => format!("\"{}\" matches", glob.text),
                        _ => "the patterns match".into(),
                    };
                    let tags = if matched == 1 { "tag" } else { "tags" };
                    let message = format!("{patterns} {matched} {tags}, count says {said}");
                    let wrong =
                        Diagnostic::error("G004", &count.node.at, message).also(&self.entry.key_at, "the patterns");
                    reader.report(
                        wrong
                            .note(format!("they match {}{}", list(&self.matched), self.without()))
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
                        .note(format!("it matches {}{}", list(&self.matched), self.without()))
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

    /// What the patterns leave out for its width: `; left out, as ...: total_flow`.
    fn without(&self) -> String {
        if self.left.is_empty() {
            return String::new();
        }
        format!("; left out, as {} writes one item at a time: {}", self.choices.words(), list(&self.left))
    }

    /// P006: a function that can touch none of the tags that are named.
    fn use_of_each(&self, reader: &mut Reader<'_>, picks: &[Pick<'_>], grants: &[Grant]) {
        let globs = picks.iter().any(|p| matches!(p.what, Wanted::Glob(_)));
        let granted = grants.iter().flat_map(|g| {
            let tags = &self.plant.assets[g.asset.0 as usize].speaks[g.speaks].tags;
            g.tags.iter().map(|t| &tags[t.tag])
        });
        let mut kinds: Vec<&Tag> = granted.collect();
        kinds.sort_by_key(|t| (t.space, t.items));
        kinds.dedup_by_key(|t| (t.space, t.items));
        if globs || kinds.is_empty() {
            return;
        }
        for choice in &self.choices.all {
            let reach = choice.spaces(self.protocol());
            if reach.is_empty() || kinds.iter().any(|t| choice.reaches(self.protocol(), t)) {
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

/// The names that patterns match, as many as a person reads.
fn list(names: &BTreeSet<String>) -> String {
    let shown: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
    let more = names.len() - shown.len();
    match (shown.is_empty(), more) {
        (true, _) => "nothing".into(),
        (_, 0) => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

/// P014.
fn both(reader: &mut Reader<'_>, pick: &Pick<'_>, tag: &Tag, access: &str) -> bool {
    let message = format!("\"{}\" reads and writes, and {} is {access}", pick.text, tag.name);
    let help = "write one statement that reads and one that writes";
    reader.report(Diagnostic::error("P014", &pick.at, message).also(&tag.at, "declared here").help(help));
    false
}

/// Adds a grant to those of the same tag; T033 when the statement limits one element in two ways.
fn add(reader: &mut Reader<'_>, grants: &mut Vec<TagGrant>, mut grant: TagGrant, tag: &Tag) {
    let meets = |a: &TagGrant, b: &TagGrant| a.first <= b.last && b.first <= a.last;
    if let Some(other) = grants.iter().find(|g| meets(g, &grant) && g.limit != grant.limit) {
        let message = format!("{} is limited twice in one statement", tag.name);
        reader.report(Diagnostic::error("T033", &grant.said.at, message).also(&other.said.at, "the other limit"));
        return;
    }
    // A pattern and a name may meet; what both give is the same.
    grants.retain(|other| {
        let meeting = meets(other, &grant);
        if meeting {
            (grant.first, grant.last) = (grant.first.min(other.first), grant.last.max(other.last));
        }
        !meeting
    });
    grants.push(grant);
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
