//! What statements grant of tags, and how their authors wrote the limits.

use crate::decision::StatementId;
use crate::site::{AssetId, Grant, Limit, TagGrant};
use std::collections::HashMap;

/// Grants of tags, packed. The limits themselves are in the tables; here is how they were written.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// By statement, asset and index of its protocol; sorted by tag.
    lists: HashMap<(StatementId, AssetId, usize), Box<[Packed]>>,
    /// Each wording once.
    wordings: Vec<Box<str>>,
    /// Which is which; only while grants are added.
    known: HashMap<Box<str>, u32>,
}

/// Not limited.
const NO_LIMIT: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Packed {
    tag: u32,
    first: u32,
    last: u32,
    wording: u32,
    may_be: [bool; 2],
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
    pub(super) fn add(&mut self, statement: StatementId, grants: Vec<Grant>) {
        for Grant { asset, speaks, tags } in grants {
            let mut list: Vec<Packed> = tags.iter().map(|t| self.pack(t)).collect();
            if let Some(earlier) = self.lists.remove(&(statement, asset, speaks)) {
                list.extend(earlier);
            }
            list.sort_unstable_by_key(|p| (p.tag, p.first));
            self.lists.insert((statement, asset, speaks), list.into());
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
        let from = list.partition_point(|g| (g.tag as usize) < tag);
        list[from..].iter().take_while(move |g| g.tag as usize == tag).map(|packed| Granted {
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
