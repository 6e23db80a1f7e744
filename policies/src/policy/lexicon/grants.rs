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
    /// Each limit once, with what stands in the statement about it.
    limits: Vec<(Arc<Limit>, Arc<Said>)>,
    /// Which of them stand at which addresses; only while grants are added.
    known: HashMap<(usize, usize), u32>,
}

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
        let limit = limit.map_or(NO_LIMIT, |limit| self.intern(limit, said));
        Packed { tag: tag as u32, first: first as u32, last: last as u32, limit }
    }

    /// What is shared in the site stays shared.
    fn intern(&mut self, limit: Arc<Limit>, said: Arc<Said>) -> u32 {
        let limits = &mut self.limits;
        *self.known.entry((Arc::as_ptr(&limit).addr(), Arc::as_ptr(&said).addr())).or_insert_with(|| {
            limits.push((limit, said));
            (limits.len() - 1) as u32
        })
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
            limit: self.limits.get(packed.limit as usize).map(|(limit, said)| (&**limit, said.wording.as_str())),
        })
    }
}
