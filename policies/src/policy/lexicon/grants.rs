//! What statements grant of tags, and how their authors wrote the limits.

use crate::decision::StatementId;
use crate::site::{AssetId, Grant, Limit, TagGrant, Wording};
use core::ops::Range;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Grants of tags, packed. The limits themselves are in the tables; here is how they were written.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// Sorted, each statement and device once.
    places: Box<[Place]>,
    /// Where each list begins and ends in `packed`.
    lists: Box<[Range<u32>]>,
    /// Sorted by tag and first element in each list.
    packed: Box<[Packed]>,
    /// Each wording once.
    wordings: Box<[Wording]>,
}

/// Which list a statement grants on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    statement: StatementId,
    asset: AssetId,
    /// Index of the asset's protocol.
    speaks: u32,
    list: u32,
}

/// Not limited.
const NO_LIMIT: u32 = u32::MAX;

/// Consecutive tags of which the same is granted: most statements name them by a pattern.
#[derive(Clone, Copy, Debug)]
struct Packed {
    tag: u32,
    /// How many follow it.
    more: u16,
    /// Whether its limit has raw 0, and 1, in it.
    may_be: [bool; 2],
    first: u32,
    last: u32,
    wording: u32,
}

impl Packed {
    /// The last tag.
    fn until(&self) -> u32 {
        self.tag + u32::from(self.more)
    }

    /// Takes in what is granted of the next tag, if it is the same.
    fn join(&mut self, next: &Self) -> bool {
        let what = |p: &Self| (p.first, p.last, p.wording, p.may_be);
        let joins = next.tag == self.until() + 1 && self.more < u16::MAX && what(self) == what(next);
        self.more += u16::from(joins);
        joins
    }
}

/// One tag, or some elements of an array, that a statement grants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Granted<'p> {
    /// The first element.
    pub(crate) first: u64,
    /// The last element, included.
    pub(crate) last: u64,
    /// How its limit was written; `None` without a limit.
    pub(crate) limit: Option<&'p Wording>,
    /// Whether its limit has raw 0, and 1, in it: all there is to know of a bit.
    pub(crate) may_be: [bool; 2],
}

/// Packs what the statements of a site grant, all of which outlive it.
#[derive(Default)]
pub(super) struct Packer {
    places: Vec<Place>,
    lists: Vec<Range<u32>>,
    packed: Vec<Packed>,
    wordings: Vec<Wording>,
    /// Which wording is which.
    known: HashMap<Arc<Wording>, u32>,
    /// Lists that statements share, by where they lie.
    shared: HashMap<(*const TagGrant, usize), u32>,
}

impl Packer {
    /// Adds all that a statement grants.
    pub(super) fn add(&mut self, statement: StatementId, grants: &[Grant]) {
        let mut devices: BTreeMap<(AssetId, usize), Vec<&[TagGrant]>> = BTreeMap::new();
        for grant in grants {
            devices.entry((grant.asset, grant.speaks)).or_default().push(&grant.tags);
        }
        for ((asset, speaks), lists) in devices {
            let list = match *lists.as_slice() {
                [only] => self.shared(only),
                _ => self.list(lists.into_iter().flatten()),
            };
            self.places.push(Place { statement, asset, speaks: speaks as u32, list });
        }
    }

    /// The number of a list that other statements may share.
    fn shared(&mut self, tags: &[TagGrant]) -> u32 {
        let key = (tags.as_ptr(), tags.len());
        if let Some(known) = self.shared.get(&key) {
            return *known;
        }
        let list = self.list(tags.iter());
        self.shared.insert(key, list);
        list
    }

    fn list<'g>(&mut self, tags: impl Iterator<Item = &'g TagGrant>) -> u32 {
        let mut list: Vec<Packed> = tags.map(|t| self.pack(t)).collect();
        list.sort_unstable_by_key(|p| (p.tag, p.first));
        list.dedup_by(|next, last| last.join(next));
        let from = self.packed.len() as u32;
        self.packed.extend(list);
        self.lists.push(from..self.packed.len() as u32);
        (self.lists.len() - 1) as u32
    }

    fn pack(&mut self, granted: &TagGrant) -> Packed {
        let TagGrant { tag, first, last, limit, wording, .. } = granted;
        let limit = limit.as_deref();
        Packed {
            tag: *tag as u32,
            first: *first as u32,
            last: *last as u32,
            wording: if limit.is_some() { self.intern(wording) } else { NO_LIMIT },
            more: 0,
            may_be: [bit_may_be(limit, 0), bit_may_be(limit, 1)],
        }
    }

    fn intern(&mut self, wording: &Arc<Wording>) -> u32 {
        if let Some(known) = self.known.get(wording) {
            return *known;
        }
        let new = self.wordings.len() as u32;
        self.wordings.push(Wording::clone(wording));
        self.known.insert(Arc::clone(wording), new);
        new
    }

    pub(super) fn done(mut self) -> Grants {
        self.places.sort_unstable();
        Grants {
            places: self.places.into(),
            lists: self.lists.into(),
            packed: self.packed.into(),
            wordings: self.wordings.into(),
        }
    }
}

impl Grants {
    /// The list of tags that a statement grants on a device; equal for statements that share it.
    pub(super) fn list(&self, statement: StatementId, asset: AssetId, speaks: usize) -> Option<u32> {
        let wanted = (statement, asset, speaks as u32);
        let found = self.places.binary_search_by_key(&wanted, |p| (p.statement, p.asset, p.speaks));
        found.ok().map(|at| self.places[at].list)
    }

    pub(super) fn of(
        &self,
        statement: StatementId,
        asset: AssetId,
        speaks: usize,
        tag: usize,
    ) -> impl Iterator<Item = Granted<'_>> {
        let list = self.list(statement, asset, speaks).map_or(0..0, |list| self.lists[list as usize].clone());
        let list = &self.packed[list.start as usize..list.end as usize];
        let from = list.partition_point(|g| (g.until() as usize) < tag);
        list[from..].iter().take_while(move |g| g.tag as usize <= tag).map(|packed| Granted {
            first: packed.first.into(),
            last: packed.last.into(),
            limit: self.wordings.get(packed.wording as usize),
            may_be: packed.may_be,
        })
    }
}

/// Whether a limit lets a bit become 0, or 1.
pub(crate) fn bit_may_be(limit: Option<&Limit>, value: i128) -> bool {
    match limit {
        None => true,
        Some(Limit::Integers(ranges)) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&value)),
        Some(Limit::Floats(_) | Limit::Text(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STATEMENT: StatementId = StatementId(3);
    const ASSET: AssetId = AssetId(5);

    /// Of tag `tag` the elements `first ..= first`, limited to 0, 1 or not at all.
    fn grant(tag: usize, first: u64, limit: i128) -> TagGrant {
        let wording = Arc::new(Wording::Written(limit.to_string()));
        let limit = (limit < 2).then(|| Arc::new(Limit::Integers(vec![(limit, limit)])));
        TagGrant { tag, first, last: first, limit, wording, conditions: None, place: 0 }
    }

    fn packed(tags: Vec<TagGrant>) -> Grants {
        let mut packer = Packer::default();
        packer.add(STATEMENT, &[Grant { asset: ASSET, speaks: 1, tags: tags.into(), places: Arc::default() }]);
        packer.done()
    }

    #[test]
    fn statements_that_share_a_list_take_it_once() {
        let mut packer = Packer::default();
        let tags: Arc<[TagGrant]> = (0..100).map(|tag| grant(2 * tag, 0, 2)).collect();
        for statement in (0..50).rev() {
            let grant = Grant { asset: ASSET, speaks: 1, tags: Arc::clone(&tags), places: Arc::default() };
            packer.add(StatementId(statement), &[grant]);
        }
        let grants = packer.done();
        assert_eq!(grants.packed.len(), 100);
        for statement in 0..50 {
            assert_eq!(grants.of(StatementId(statement), ASSET, 1, 198).count(), 1);
        }
        assert_eq!(grants.of(StatementId(50), ASSET, 1, 198).count(), 0);
    }

    #[test]
    fn what_a_pattern_grants_takes_no_room_for_each_tag() {
        let grants = packed((0..200_000).map(|tag| grant(tag, 0, 2)).collect());
        assert_eq!(grants.packed.len(), 4);
        assert_eq!(grants.of(STATEMENT, ASSET, 1, 199_999).count(), 1);
        assert_eq!(grants.of(STATEMENT, ASSET, 1, 200_000).count(), 0);
    }

    proptest! {
        #[test]
        fn packed_grants_are_what_was_granted(all in prop::collection::vec((0usize..12, 0u64..3, 0i128..3), 0..30)) {
            let mut all: Vec<TagGrant> = all.into_iter().map(|(tag, first, limit)| grant(tag, first, limit)).collect();
            all.sort_by_key(|g| (g.tag, g.first));
            all.dedup_by_key(|g| (g.tag, g.first));
            let grants = packed(all.clone());
            for tag in 0..13 {
                let of: Vec<_> = grants.of(STATEMENT, ASSET, 1, tag).map(|g| (g.first, g.last, g.limit, g.may_be)).collect();
                let expected: Vec<_> = all
                    .iter()
                    .filter(|g| g.tag == tag)
                    .map(|g| {
                        let limit = g.limit.as_deref();
                        let may_be = [bit_may_be(limit, 0), bit_may_be(limit, 1)];
                        (g.first, g.last, limit.map(|_| &*g.wording), may_be)
                    })
                    .collect();
                prop_assert_eq!(of, expected);
            }
        }
    }
}
