//! The tags of one device, packed to less than half of what the site's take.

use crate::site::{Access, Engineering, Kind, Location, Tag, WordOrder};
use core::cmp::Ordering;
use sluice_model::SpaceId;
use std::collections::HashMap;
use std::sync::Arc;

/// The tags of one device, by name and by address.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    /// Every name, one behind the other.
    names: Box<str>,
    packed: Box<[Packed]>,
    /// What their values mean, each once.
    meanings: Box<[Arc<Engineering>]>,
    /// Indices of tags, sorted by name; empty when they stand in that order, as those of files do.
    by_name: Box<[u32]>,
    /// Indices of tags of whole items, by space and first item; no two of them overlap.
    wholes: Box<[u32]>,
    /// Indices of bits of registers, by space and item.
    bits: Box<[u32]>,
}

#[derive(Debug)]
struct Packed {
    first: u64,
    /// Where its name ends in `names`; it begins where the one before ends.
    name: u32,
    count: u32,
    /// Index into the meanings.
    meaning: u32,
    items: u16,
    kind: Kind,
    space: SpaceId,
    bit: Option<u8>,
    words: WordOrder,
}

const _: () = assert!(size_of::<Packed>() <= 32, "100,000 tags and their names fit into 6 MB");

impl Tags {
    pub(super) fn new(tags: &[Tag]) -> Self {
        let mut names = String::with_capacity(tags.iter().map(|t| t.name.len()).sum());
        let mut packed = Vec::with_capacity(tags.len());
        let (mut meanings, mut known) = (Vec::new(), HashMap::new());
        for tag in tags {
            names.push_str(&tag.name);
            let meaning = *known.entry(Arc::as_ptr(&tag.engineering)).or_insert_with(|| {
                meanings.push(tag.engineering.clone());
                (meanings.len() - 1) as u32
            });
            packed.push(Packed {
                first: tag.first,
                name: names.len() as u32,
                count: tag.count as u32,
                meaning,
                items: tag.items as u16,
                kind: tag.kind,
                space: tag.space,
                bit: tag.bit,
                words: tag.words,
            });
        }
        let mut by_name: Vec<u32> = Vec::new();
        if !tags.is_sorted_by_key(|t| &t.name) {
            by_name.extend(0..tags.len() as u32);
            by_name.sort_by_key(|i| &tags[*i as usize].name);
        }
        let by_address = |bits: bool| {
            let mut list: Vec<u32> = (0..).zip(tags).filter(|(_, t)| t.bit.is_some() == bits).map(|(i, _)| i).collect();
            list.sort_by_key(|i| (tags[*i as usize].space, tags[*i as usize].first));
            list.into()
        };
        Self {
            names: names.into(),
            packed: packed.into(),
            meanings: meanings.into(),
            by_name: by_name.into(),
            wholes: by_address(false),
            bits: by_address(true),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.packed.len()
    }

    /// One of them, as the site had it but for its place, access and comment.
    pub(crate) fn tag(&self, index: usize) -> Tag {
        let packed = &self.packed[index];
        Tag {
            name: self.name(index).to_owned(),
            at: Location { file: 0, span: 0..0 },
            space: packed.space,
            first: packed.first,
            bit: packed.bit,
            items: packed.items.into(),
            count: packed.count.into(),
            kind: packed.kind,
            words: packed.words,
            engineering: self.meanings[packed.meaning as usize].clone(),
            access: Access::ReadWrite,
            comment: Box::default(),
        }
    }

    fn name(&self, index: usize) -> &str {
        let from = index.checked_sub(1).map_or(0, |before| self.packed[before].name);
        &self.names[from as usize..self.packed[index].name as usize]
    }

    /// The tag called `name`.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        let place = |place: usize| self.by_name.get(place).map_or(place, |index| *index as usize);
        let (mut from, mut to) = (0, self.packed.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            match self.name(place(middle)).cmp(name) {
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
                Ordering::Equal => return Some(place(middle)),
            }
        }
        None
    }

    /// Every name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.packed.len()).map(|index| self.name(index))
    }

    /// The tag of whole items that `item` belongs to.
    pub(crate) fn whole(&self, space: SpaceId, item: u64) -> Option<usize> {
        let at = self.wholes.partition_point(|i| self.place(*i) <= (space, item)).checked_sub(1)?;
        let index = self.wholes[at] as usize;
        let tag = &self.packed[index];
        let items = u64::from(tag.items) * u64::from(tag.count);
        (tag.space == space && item - tag.first < items).then_some(index)
    }

    /// The tags of single bits of a register.
    pub(crate) fn bits(&self, space: SpaceId, item: u64) -> impl Iterator<Item = usize> {
        let from = self.bits.partition_point(|i| self.place(*i) < (space, item));
        let to = self.bits.partition_point(|i| self.place(*i) <= (space, item));
        self.bits[from..to].iter().map(|i| *i as usize)
    }

    /// The tags of whole items in `space` around `item`, at most `reach` on either side, in the order of addresses.
    pub(crate) fn around(&self, space: SpaceId, item: u64, reach: usize) -> impl Iterator<Item = usize> {
        let at = self.wholes.partition_point(|i| self.place(*i) <= (space, item));
        let near = &self.wholes[at.saturating_sub(reach)..(at + reach).min(self.wholes.len())];
        near.iter().map(|i| *i as usize).filter(move |i| self.packed[*i].space == space)
    }

    fn place(&self, index: u32) -> (SpaceId, u64) {
        let tag = &self.packed[index as usize];
        (tag.space, tag.first)
    }
}
