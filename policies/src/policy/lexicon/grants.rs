//! What statements grant of tags, and how their authors wrote the limits.

use crate::decision::StatementId;
use crate::site::{AssetId, Grant, Limit, Said, TagGrant};
use std::collections::HashMap;
use std::sync::Arc;

/// Grants of tags, packed.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// By statement, asset and index of its protocol; sorted by tag.
    lists: HashMap<(StatementId, AssetId, usize), Box<[Packed]>>,
    /// Each limit once, with its wording.
    limits: Vec<(Arc<Limit>, Box<str>)>,
    /// Which of them are worded so; only while grants are added.
    known: HashMap<Box<str>, Vec<u32>>,
}

/// Limits of the same wording that a new one is compared with, latest first: `in-range` may stand for thousands.
const COMPARED: usize = 16;

/// Not limited.
const NO_LIMIT: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Packed {
    tag: u32,
    first: u32,
    last: u32,
    limit: u32,
}

/// One tag, or some elements of an array, that a statement grants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Granted<'p> {
    /// The first element.
    pub(crate) first: u64,
    /// The last element, included.
    pub(crate) last: u64,
    /// What a written value must lie in, and how its author wrote that.
    pub(crate) limit: Option<(&'p Limit, &'p str)>,
}

impl Grants {
    pub(super) fn add(&mut self, statement: StatementId, grants: Vec<Grant>) {
        for Grant { asset, speaks, tags } in grants {
            let mut list: Vec<Packed> = tags.into_iter().map(|t| self.pack(t)).collect();
            if let Some(earlier) = self.lists.remove(&(statement, asset, speaks)) {
                list.extend(earlier);
            }
            list.sort_unstable_by_key(|p| (p.tag, p.first));
            self.lists.insert((statement, asset, speaks), list.into());
        }
    }

    fn pack(&mut self, granted: TagGrant) -> Packed {
        let TagGrant { tag, first, last, limit, said } = granted;
        let limit = limit.map_or(NO_LIMIT, |limit| self.intern(limit, &said));
        Packed { tag: tag as u32, first: first as u32, last: last as u32, limit }
    }

    fn intern(&mut self, limit: Arc<Limit>, said: &Said) -> u32 {
        let wording = said.wording.as_str();
        let alike = match self.known.get_mut(wording) {
            Some(alike) => alike,
            None => self.known.entry(wording.into()).or_default(),
        };
        if let Some(known) = alike.iter().rev().take(COMPARED).find(|k| self.limits[**k as usize].0 == limit) {
            return *known;
        }
        let new = self.limits.len() as u32;
        alike.push(new);
        self.limits.push((limit, wording.into()));
        new
    }

    pub(super) fn done(&mut self) {
        self.known = HashMap::new();
        self.limits.shrink_to_fit();
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
            limit: self.limits.get(packed.limit as usize).map(|(limit, said)| (&**limit, &**said)),
        })
    }
}
