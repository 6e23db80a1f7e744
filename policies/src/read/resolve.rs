//! What the entries of a statement mean on one list of tags.

use super::functions::Choices;
use super::limits;
use super::memory::WishId;
use super::picks::{Pick, Wanted};
use super::reader::Reader;
use super::tree::Value;
use crate::diagnose::Diagnostic;
use crate::site::{Access, Engineering, Kind, Limit, Step, Tag, TagConditions, TagGrant, Wording};
use sluice_model::{Action, Descriptor, Function, SpaceId, Span};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// What a statement grants on one list of tags.
#[derive(Default)]
pub(super) struct Resolved {
    /// The tags, by index and first element.
    pub(super) tags: Arc<[TagGrant]>,
    /// For each entry, whether it names any tag.
    pub(super) found: Vec<bool>,
    /// Indices of the tags that patterns take.
    pub(super) matched: Vec<u32>,
    /// Indices of the tags that patterns leave out for their width.
    pub(super) left: Vec<u32>,
}

/// A mistake that was reported.
struct Reported;

/// What resolving needs to know about the statement.
pub(super) struct Resolver<'r, 't> {
    pub(super) choices: &'r Choices,
    pub(super) picks: &'r [Pick<'t>],
    pub(super) writes: bool,
    reads: bool,
    /// The spaces that its functions touch.
    touched: Vec<SpaceId>,
    /// The spaces in which they can touch values of several items.
    wide: Vec<SpaceId>,
    /// What all of this is called, so that it is resolved once on each list; `None` when it cannot be named.
    pub(super) wish: Option<WishId>,
    limits: Limits<'r>,
    conditions: HashMap<(usize, *const Engineering, Kind), Option<Arc<TagConditions>>>,
}

/// What a limit means for every tag of which the raw values mean the same.
type Limits<'r> = HashMap<(Option<&'r str>, *const Engineering, Kind), Meant>;
type Meant = (Option<Arc<Limit>>, Arc<Wording>);

impl<'r, 't> Resolver<'r, 't> {
    pub(super) fn new(reader: &mut Reader<'_>, choices: &'r Choices, picks: &'r [Pick<'t>]) -> Self {
        let mut resolver = Self {
            choices,
            picks,
            writes: choices.does(Action::Write) || choices.does(Action::Control),
            reads: choices.does(Action::Read),
            touched: choices.spaces().iter().map(|s| s.id).collect(),
            wide: choices.wide(),
            wish: None,
            limits: HashMap::new(),
            conditions: HashMap::new(),
        };
        let can = (resolver.writes, resolver.reads, resolver.touched.clone(), resolver.wide.clone());
        resolver.wish = reader.memory.wish(choices.protocol.id, picks, can);
        resolver
    }

    /// The grants on one list; what another statement said before is not resolved again, unless it was wrong.
    pub(super) fn list(&mut self, reader: &mut Reader<'_>, tags: &[Tag]) -> Rc<Resolved> {
        if let Some(known) = self.wish.and_then(|wish| reader.memory.resolved(wish, tags)) {
            return known;
        }
        let before = reader.diagnostics.count();
        let resolved = Rc::new(self.resolve(reader, tags));
        if let Some(wish) = self.wish.filter(|_| reader.diagnostics.count() == before) {
            reader.memory.keep(wish, tags, &resolved);
        }
        resolved
    }

    fn resolve(&mut self, reader: &mut Reader<'_>, tags: &[Tag]) -> Resolved {
        let mut resolved = Resolved { found: vec![false; self.picks.len()], ..Resolved::default() };
        let mut grants: Vec<TagGrant> = Vec::new();
        for (place, pick) in self.picks.iter().enumerate() {
            let matching = matching(pick, tags);
            resolved.found[place] = !matching.is_empty();
            for index in matching {
                grants.extend(self.grant(reader, &mut resolved, place, &tags[index], index));
            }
        }
        if self.picks.len() > 1 {
            grants = joined(reader, self.picks, tags, grants);
        }
        for list in [&mut resolved.matched, &mut resolved.left] {
            list.sort_unstable();
            list.dedup();
        }
        resolved.tags = grants.into();
        resolved
    }

    fn grant(
        &mut self,
        reader: &mut Reader<'_>,
        resolved: &mut Resolved,
        place: usize,
        tag: &Tag,
        index: usize,
    ) -> Option<TagGrant> {
        let pick = &self.picks[place];
        let (first, last) = match &pick.what {
            Wanted::Glob(_) => {
                if !self.touched.contains(&tag.space) || !self.glob_takes(reader, pick, tag) {
                    return None;
                }
                if self.too_wide(tag) {
                    resolved.left.push(index as u32);
                    return None;
                }
                resolved.matched.push(index as u32);
                (0, tag.count - 1)
            }
            Wanted::Name(_, elements) => {
                if !self.name_takes(reader, pick, tag) {
                    return None;
                }
                slice(reader, pick, tag, *elements)?
            }
        };
        let (limit, wording) = self.limit(reader, pick, tag)?;
        let conditions = self.conditions(reader, place, tag).ok()?;
        Some(TagGrant { tag: index, first, last, limit, wording, conditions, place: place as u32 })
    }

    /// A limit and its wording, in the memory of those of another tag where they are the same.
    fn limit(&mut self, reader: &mut Reader<'_>, pick: &Pick<'r>, tag: &Tag) -> Option<Meant>
    where
        't: 'r,
    {
        let text = match pick.limit.map(|node| &node.value) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let key = (text, Arc::as_ptr(&tag.engineering), tag.kind);
        if let Some(known) = self.limits.get(&key) {
            return Some(known.clone());
        }
        let before = reader.diagnostics.count();
        let (limit, wording) = limits::limit(reader, pick, tag, self.writes)?;
        let meant = (limit.map(Arc::new), Arc::new(wording));
        if reader.diagnostics.count() == before {
            self.limits.insert(key, meant.clone());
        }
        Some(meant)
    }

    /// What must hold for a tag beside its limit, in the memory of that of another one where it is the same.
    fn conditions(
        &mut self,
        reader: &mut Reader<'_>,
        place: usize,
        tag: &Tag,
    ) -> Result<Option<Arc<TagConditions>>, Reported> {
        let said = &self.picks[place].conditions;
        if said.said.is_none() {
            return Ok(None);
        }
        let key = (place, Arc::as_ptr(&tag.engineering), tag.kind);
        if let Some(known) = self.conditions.get(&key) {
            return Ok(known.clone());
        }
        let mut meant = TagConditions { rate: said.rate.clone(), when: Arc::clone(&said.when), step: None };
        if let Some((node, said)) = said.step.as_ref().filter(|_| self.writes) {
            match said.of(tag) {
                Ok(most) => {
                    let wording = reader.text("step", node).unwrap_or_default().trim().into();
                    meant.step = Some(Step { most, within: said.within, wording, at: node.at.clone() });
                }
                Err(fault) => {
                    reader.tag_fault(node, tag, fault);
                    return Err(Reported);
                }
            }
        }
        let meant = Some(Arc::new(meant));
        self.conditions.insert(key, meant.clone());
        Ok(meant)
    }

    pub(super) fn protocol(&self) -> &'static Descriptor {
        self.choices.protocol
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
}

/// The indices of the tags that an entry means.
pub(super) fn matching(pick: &Pick<'_>, tags: &[Tag]) -> Vec<usize> {
    match &pick.what {
        Wanted::Glob(glob) => {
            // Tags are sorted by name: only those are looked at that begin like the pattern.
            let literal = pick.text.split(['*', '?']).next().unwrap_or_default();
            let from = tags.partition_point(|t| t.name.as_str() < literal);
            let alike = (from..tags.len()).take_while(|i| tags[*i].name.starts_with(literal));
            alike.filter(|i| glob.matches(&tags[*i].name)).collect()
        }
        Wanted::Name(name, _) => tags.binary_search_by(|t| t.name.as_str().cmp(name)).into_iter().collect(),
    }
}

/// P014.
fn both(reader: &mut Reader<'_>, pick: &Pick<'_>, tag: &Tag, access: &str) -> bool {
    let message = format!("\"{}\" reads and writes, and {} is {access}", pick.text, tag.name);
    let help = "write one statement that reads and one that writes";
    reader.report(Diagnostic::error("P014", &pick.at, message).also(&tag.at, "declared here").help(help));
    false
}

/// What several entries grant, by tag and first element.
fn joined(reader: &mut Reader<'_>, picks: &[Pick<'_>], tags: &[Tag], grants: Vec<TagGrant>) -> Vec<TagGrant> {
    let mut by_tag: BTreeMap<usize, Vec<TagGrant>> = BTreeMap::new();
    for grant in grants {
        let tag = &tags[grant.tag];
        add(reader, picks, by_tag.entry(grant.tag).or_default(), grant, tag);
    }
    for elements in by_tag.values_mut() {
        elements.sort_by_key(|g| g.first);
    }
    by_tag.into_values().flatten().collect()
}

/// Adds a grant to those of the same tag; T033 when the statement limits one element in two ways.
fn add(reader: &mut Reader<'_>, picks: &[Pick<'_>], grants: &mut Vec<TagGrant>, mut grant: TagGrant, tag: &Tag) {
    let meets = |a: &TagGrant, b: &TagGrant| a.first <= b.last && b.first <= a.last;
    if let Some(other) =
        grants.iter().find(|g| meets(g, &grant) && (g.limit != grant.limit || g.conditions != grant.conditions))
    {
        let message = format!("{} is limited twice in one statement", tag.name);
        let place = |grant: &TagGrant| &picks[grant.place as usize].at;
        reader.report(Diagnostic::error("T033", place(&grant), message).also(place(other), "the other limit"));
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
