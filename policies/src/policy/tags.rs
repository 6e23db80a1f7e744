//! Which tag an item belongs to.

use crate::site::{Site, Speaks, Tag};
use sluice_model::SpaceId;

/// The tags of one device in the order of their addresses.
#[derive(Debug, Default)]
pub(super) struct Tags {
    /// Indices of tags of whole items, by space and first item; no two of them overlap.
    wholes: Box<[u32]>,
    /// Indices of bits of registers, by space and item.
    bits: Box<[u32]>,
}

impl Tags {
    pub(super) fn new(tags: &[Tag]) -> Self {
        let sorted = |bits: bool| {
            let mut list: Vec<u32> = (0..).zip(tags).filter(|(_, t)| t.bit.is_some() == bits).map(|(i, _)| i).collect();
            list.sort_by_key(|i| (tags[*i as usize].space, tags[*i as usize].first));
            list.into()
        };
        Self { wholes: sorted(false), bits: sorted(true) }
    }

    /// The index of each tag list, asset by asset.
    pub(super) fn of_site(site: &Site) -> Vec<Vec<Self>> {
        site.assets.iter().map(|a| a.speaks.iter().map(|s| Self::new(&s.tags)).collect()).collect()
    }

    /// The tag of whole items that `item` belongs to.
    pub(super) fn whole(&self, speaks: &Speaks, space: SpaceId, item: u64) -> Option<usize> {
        let key = |i: &u32| (speaks.tags[*i as usize].space, speaks.tags[*i as usize].first);
        let at = self.wholes.partition_point(|i| key(i) <= (space, item)).checked_sub(1)?;
        let index = self.wholes[at] as usize;
        let span = speaks.tags[index].whole();
        (span.space == space && item <= span.last).then_some(index)
    }

    /// The tags of whole items that lie around `item`, at most `reach` on either side, in the order of addresses.
    pub(super) fn around(
        &self,
        speaks: &Speaks,
        space: SpaceId,
        item: u64,
        reach: usize,
    ) -> impl Iterator<Item = usize> {
        let key = |i: &u32| (speaks.tags[*i as usize].space, speaks.tags[*i as usize].first);
        let at = self.wholes.partition_point(|i| key(i) <= (space, item));
        let near = &self.wholes[at.saturating_sub(reach)..(at + reach).min(self.wholes.len())];
        near.iter().filter(move |i| speaks.tags[**i as usize].space == space).map(|i| *i as usize)
    }

    /// The tags of single bits of a register.
    pub(super) fn bits(&self, speaks: &Speaks, space: SpaceId, item: u64) -> impl Iterator<Item = usize> {
        let key = |i: &u32| (speaks.tags[*i as usize].space, speaks.tags[*i as usize].first);
        let from = self.bits.partition_point(|i| key(i) < (space, item));
        let to = self.bits.partition_point(|i| key(i) <= (space, item));
        self.bits[from..to].iter().map(|i| *i as usize)
    }
}
