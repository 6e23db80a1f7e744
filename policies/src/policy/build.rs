//! Lowers the items of statements to the grants of one table.

use super::check::Builder as Checks;
use super::covers::{ANY_VALUE, Right};
use super::gate::Use;
use super::lexicon::bit_may_be;
use super::lower::Lower;
use super::table::{Builder as Tables, Granted};
use crate::decision::StatementId;
use crate::site::{AssetId, Items, Speaks, Statement, Tag, TagGrant};
use sluice_model::SpaceId;
use std::collections::{BTreeSet, HashSet};

/// One device that speaks a protocol.
#[derive(Clone, Copy)]
pub(super) struct Device<'s> {
    pub(super) asset: AssetId,
    /// Index into the asset's `speaks`.
    pub(super) index: usize,
    pub(super) speaks: &'s Speaks,
}

impl<'s> Device<'s> {
    /// The lists of tags that a statement grants on this device; of one that the reader made, at most one.
    pub(super) fn lists(self, statement: &'s Statement) -> impl Iterator<Item = &'s [TagGrant]> {
        let grants = match &statement.items {
            Items::Tags(grants) => grants.as_slice(),
            Items::None | Items::Raw(_) => &[],
        };
        let of_device = grants.iter().filter(move |g| g.asset == self.asset && g.speaks == self.index);
        of_device.map(|g| &*g.tags)
    }

    /// The list of tags that a statement grants on this device, when it is one alone.
    fn only_list(self, statement: &'s Statement) -> Option<*const TagGrant> {
        let mut lists = self.lists(statement);
        let first = lists.next()?;
        lists.next().is_none().then_some(first.as_ptr())
    }

    /// The tags that a statement grants on this device.
    fn tags(self, statement: &'s Statement) -> impl Iterator<Item = (&'s Tag, &'s TagGrant)> {
        self.granted(self.lists(statement).flatten())
    }

    fn granted(self, granted: impl Iterator<Item = &'s TagGrant>) -> impl Iterator<Item = (&'s Tag, &'s TagGrant)> {
        granted.filter_map(move |granted| Some((self.speaks.tags.get(granted.tag)?, granted)))
    }

    /// Which spaces a list of tags lies in.
    pub(super) fn spaces(self, list: &'s [TagGrant]) -> BTreeSet<SpaceId> {
        self.granted(list.iter()).map(|(tag, _)| tag.space).collect()
    }

    /// The statements without those that grant the same list of tags as one before them: in the order of the files the
    /// first of equals decides.
    fn distinct<'l>(
        self,
        statements: &'l [(StatementId, &'s Statement)],
        lower: &Lower<'s>,
    ) -> Vec<&'l (StatementId, &'s Statement)> {
        let mut seen = HashSet::new();
        // What holds under conditions says something else for each statement.
        let new = |(id, s): &&(StatementId, &'s Statement)| {
            !lower.is_plain(*id) || self.only_list(s).is_none_or(|list| seen.insert(list))
        };
        statements.iter().filter(new).collect()
    }

    /// Makes the table of one space under a set of statements.
    pub(super) fn table(
        self,
        space: SpaceId,
        usage: Use,
        statements: &[(StatementId, &'s Statement)],
        lower: &mut Lower<'s>,
        tables: &mut Tables,
    ) -> u32 {
        let (mut granted, mut named) = (Vec::new(), Vec::new());
        for (id, statement) in self.distinct(statements, lower) {
            if let Items::Raw(spans) = &statement.items {
                let spans = spans.iter().filter(|s| s.space == space);
                let claim = lower.claim(*id, Right::Free);
                granted.extend(spans.map(|s| Granted { first: s.first, last: s.last, claim }));
            }
            for (tag, grant) in self.tags(statement).filter(|(tag, _)| tag.space == space) {
                let span = tag.span(grant.first, grant.last);
                named.push((span.first, span.last));
                let claim = if usage == Use::Read {
                    lower.read(self, *id, grant)
                } else {
                    let right = right(tag, grant, &mut lower.checks);
                    lower.change(self, *id, tag, grant, right)
                };
                granted.push(Granted { first: span.first, last: span.last, claim });
            }
        }
        let gaps = if usage == Use::Read { self.speaks.gaps } else { 0 };
        if gaps == 0 {
            return tables.add(&granted, lower.wider(), 0, |_, _| false);
        }
        let tags = self.speaks.tags.iter().filter(|t| t.space == space);
        let taken = Taken::new(tags.map(|t| (t.whole().first, t.whole().last)).collect());
        let named = Taken::new(named);
        // Who writes raw ranges leaves a hole on purpose.
        let between = |first: u64, last: u64| named.any(first - 1, first - 1) && named.any(last + 1, last + 1);
        tables.add(&granted, lower.wider(), gaps, |first, last| between(first, last) && !taken.any(first, last))
    }
}

/// What a tag's grant asks of a change.
fn right(tag: &Tag, granted: &TagGrant, checks: &mut Checks) -> Right {
    let limit = granted.limit.as_deref();
    if let Some(bit) = tag.bit {
        return Right::Bit { bit, may_be: [bit_may_be(limit, 0), bit_may_be(limit, 1)] };
    }
    match (tag.items, checks.check(tag, limit)) {
        (1, ANY_VALUE) => Right::Free,
        (width, check) => {
            Right::Element { width: width as u16, check, base: tag.span(granted.first, granted.last).first }
        }
    }
}

/// Items, as sorted disjoint ranges.
struct Taken(Vec<(u64, u64)>);

impl Taken {
    fn new(mut spans: Vec<(u64, u64)>) -> Self {
        spans.sort_unstable();
        let mut out: Vec<(u64, u64)> = Vec::new();
        for (first, last) in spans {
            match out.last_mut() {
                Some((_, end)) if first <= *end => *end = last.max(*end),
                _ => out.push((first, last)),
            }
        }
        Self(out)
    }

    /// Whether any item of `first ..= last` is among them.
    fn any(&self, first: u64, last: u64) -> bool {
        let at = self.0.partition_point(|(_, end)| *end < first);
        self.0.get(at).is_some_and(|(start, _)| *start <= last)
    }
}
