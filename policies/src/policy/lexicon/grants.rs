//! What statements grant of tags, and how their authors wrote the limits.

use crate::decision::StatementId;
use crate::site::{AssetId, Grant, Limit, TagGrant};
use std::collections::{BTreeMap, HashMap};

/// Grants of tags, packed. The limits themselves are in the tables; here is how they were written.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// By statement, asset and index of its protocol; sorted by tag and first element.
    lists: HashMap<(StatementId, AssetId, usize), Box<[Packed]>>,
    /// Each wording once.
    wordings: Vec<Box<str>>,
    /// Which is which; only while grants are added.
    known: HashMap<Box<str>, u32>,
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
    /// How the author of its limit wrote it; `None` without a limit.
    pub(crate) limit: Option<&'p str>,
    /// Whether its limit has raw 0, and 1, in it: all there is to know of a bit.
    pub(crate) may_be: [bool; 2],
}

impl Grants {
    /// Adds all that a statement grants.
    pub(super) fn add(&mut self, statement: StatementId, grants: Vec<Grant>) {
        let mut devices: BTreeMap<(AssetId, usize), Vec<Packed>> = BTreeMap::new();
        for Grant { asset, speaks, tags } in grants {
            let packed = tags.iter().map(|t| self.pack(t));
            devices.entry((asset, speaks)).or_default().extend(packed);
        }
        for ((asset, index), mut list) in devices {
            list.sort_unstable_by_key(|p| (p.tag, p.first));
            list.dedup_by(|next, last| last.join(next));
            self.lists.insert((statement, asset, index), list.into());
        }
    }

    fn pack(&mut self, granted: &TagGrant) -> Packed {
        let TagGrant { tag, first, last, limit, said } = granted;
        let limit = limit.as_deref();
        Packed {
            tag: *tag as u32,
            first: *first as u32,
            last: *last as u32,
            wording: if limit.is_some() { self.intern(&said.wording) } else { NO_LIMIT },
            more: 0,
            may_be: [bit_may_be(limit, 0), bit_may_be(limit, 1)],
        }
    }

    fn intern(&mut self, wording: &str) -> u32 {
        if let Some(known) = self.known.get(wording) {
            return *known;
        }
        let new = self.wordings.len() as u32;
        self.wordings.push(wording.into());
        self.known.insert(wording.into(), new);
        new
    }

    pub(super) fn done(&mut self) {
        self.known = HashMap::new();
        self.wordings.shrink_to_fit();
    }

    pub(super) fn of(
        &self,
        statement: StatementId,
        asset: AssetId,
        index: usize,
        tag: usize,
    ) -> impl Iterator<Item = Granted<'_>> {
        let list = self.lists.get(&(statement, asset, index)).map_or(&[][..], |l| l);
        let from = list.partition_point(|g| (g.until() as usize) < tag);
        list[from..].iter().take_while(move |g| g.tag as usize <= tag).map(|packed| Granted {
            first: packed.first.into(),
            last: packed.last.into(),
            limit: self.wordings.get(packed.wording as usize).map(|w| &**w),
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
    use crate::site::{Location, Said};
    use proptest::prelude::*;
    use std::sync::Arc;

    const STATEMENT: StatementId = StatementId(3);
    const ASSET: AssetId = AssetId(5);

    /// Of tag `tag` the elements `first ..= first`, limited to 0, 1 or not at all.
    fn grant(tag: usize, first: u64, limit: i128) -> TagGrant {
        let said = Arc::new(Said { wording: limit.to_string(), at: Location { file: 0, span: 0..0 } });
        let limit = (limit < 2).then(|| Arc::new(Limit::Integers(vec![(limit, limit)])));
        TagGrant { tag, first, last: first, limit, said }
    }

    fn packed(tags: Vec<TagGrant>) -> Grants {
        let mut grants = Grants::default();
        grants.add(STATEMENT, vec![Grant { asset: ASSET, speaks: 1, tags }]);
        grants.done();
        grants
    }

    #[test]
    fn what_a_pattern_grants_takes_no_room_for_each_tag() {
        let grants = packed((0..200_000).map(|tag| grant(tag, 0, 2)).collect());
        assert_eq!(grants.lists[&(STATEMENT, ASSET, 1)].len(), 4);
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
                        (g.first, g.last, limit.map(|_| g.said.wording.as_str()), may_be)
                    })
                    .collect();
                prop_assert_eq!(of, expected);
            }
        }
    }
}
