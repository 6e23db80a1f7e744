//! The tags of every device, packed to a fifth of what the site's take.

use crate::site::{Access, Engineering, Kind, Location, Site, Speaks, Tag, WordOrder};
use core::cmp::Ordering;
use core::ops::Range;
use sluice_model::SpaceId;
use std::collections::HashMap;
use std::sync::Arc;

/// The tags of a whole site. They lie in a few long arrays: a thousand devices with arrays of their own would take a
/// fifth more for nothing.
#[derive(Debug, Default)]
pub(super) struct AllTags {
    /// By the number of a list.
    lists: Box<[List]>,
    /// Every name, one behind the other.
    names: Box<str>,
    packed: Box<[Packed]>,
    /// What tags have in common, each once.
    shapes: Box<[Shape]>,
    by_name: Box<[u32]>,
    wholes: Box<[u32]>,
    bits: Box<[u32]>,
}

/// Where the tags of one list lie in each array.
#[derive(Clone, Debug)]
struct List {
    /// Where its names begin.
    names: usize,
    packed: Range<usize>,
    by_name: Range<usize>,
    wholes: Range<usize>,
    bits: Range<usize>,
}

#[derive(Debug)]
struct Packed {
    first: u64,
    /// Where its name ends in the names of its list; it begins where the one before ends.
    name: u32,
    /// Index into the shapes.
    shape: u32,
}

const _: () = assert!(size_of::<Packed>() <= 16, "100,000 tags and their names fit into 4 MB");

/// All of a tag but its name and place.
#[derive(Debug)]
struct Shape {
    engineering: Arc<Engineering>,
    count: u32,
    items: u16,
    kind: Kind,
    space: SpaceId,
    bit: Option<u8>,
    words: WordOrder,
}

/// What tells two shapes apart; meanings are the same when they lie in the same memory.
type ShapeKey = (*const Engineering, u64, u64, Kind, SpaceId, Option<u8>, WordOrder);

/// Packs lists of tags.
#[derive(Default)]
struct Packer {
    lists: Vec<List>,
    names: String,
    packed: Vec<Packed>,
    shapes: Vec<Shape>,
    known: HashMap<ShapeKey, u32>,
    by_name: Vec<u32>,
    wholes: Vec<u32>,
    bits: Vec<u32>,
}

impl Packer {
    /// With room for tags of these names and addresses.
    fn with_room(lists: &[Arc<[Tag]>]) -> Self {
        let all = || lists.iter().flat_map(|l| l.iter());
        let bits = all().filter(|t| t.bit.is_some()).count();
        Self {
            lists: Vec::with_capacity(lists.len()),
            names: String::with_capacity(all().map(|t| t.name.len()).sum()),
            packed: Vec::with_capacity(all().count()),
            wholes: Vec::with_capacity(all().count() - bits),
            bits: Vec::with_capacity(bits),
            ..Self::default()
        }
    }

    fn add(&mut self, tags: &[Tag]) {
        let (names, from) = (self.names.len(), self.packed.len());
        for tag in tags {
            self.names.push_str(&tag.name);
            let name = (self.names.len() - names) as u32;
            let shape = self.shape(tag);
            self.packed.push(Packed { first: tag.first, name, shape });
        }
        let by_name = self.by_name.len();
        if !tags.is_sorted_by_key(|t| &t.name) {
            self.by_name.extend(0..tags.len() as u32);
            self.by_name[by_name..].sort_by_key(|i| &tags[*i as usize].name);
        }
        let list = List {
            names,
            packed: from..self.packed.len(),
            by_name: by_name..self.by_name.len(),
            wholes: by_address(tags, false, &mut self.wholes),
            bits: by_address(tags, true, &mut self.bits),
        };
        self.lists.push(list);
    }

    fn shape(&mut self, tag: &Tag) -> u32 {
        let key = (Arc::as_ptr(&tag.engineering), tag.count, tag.items, tag.kind, tag.space, tag.bit, tag.words);
        *self.known.entry(key).or_insert_with(|| {
            self.shapes.push(Shape {
                engineering: tag.engineering.clone(),
                count: tag.count as u32,
                items: tag.items as u16,
                kind: tag.kind,
                space: tag.space,
                bit: tag.bit,
                words: tag.words,
            });
            (self.shapes.len() - 1) as u32
        })
    }

    fn done(self) -> AllTags {
        AllTags {
            lists: self.lists.into(),
            names: self.names.into(),
            packed: self.packed.into(),
            shapes: self.shapes.into(),
            by_name: self.by_name.into(),
            wholes: self.wholes.into(),
            bits: self.bits.into(),
        }
    }
}

/// Adds the indices of the tags that are bits, or of the others, by space and first item; says where they are.
fn by_address(tags: &[Tag], bits: bool, out: &mut Vec<u32>) -> Range<usize> {
    let from = out.len();
    out.extend((0..).zip(tags).filter(|(_, t)| t.bit.is_some() == bits).map(|(i, _)| i));
    out[from..].sort_by_key(|i| (tags[*i as usize].space, tags[*i as usize].first));
    from..out.len()
}

impl AllTags {
    /// Packs the tags of a site and takes them out of it. Which list each protocol of each asset has is returned beside.
    pub(super) fn take(site: &mut Site) -> (Self, Box<[Box<[u32]>]>) {
        let (mut lists, mut known) = (Vec::new(), HashMap::new());
        let mut number = |speaks: &mut Speaks| {
            let tags = core::mem::take(&mut speaks.tags);
            // Assets with the same list share it.
            *known.entry(tags.as_ptr()).or_insert_with(|| {
                lists.push(tags);
                (lists.len() - 1) as u32
            })
        };
        let numbers = site.assets.iter_mut().map(|a| a.speaks.iter_mut().map(&mut number).collect()).collect();
        let mut packer = Packer::with_room(&lists);
        for list in lists {
            packer.add(&list);
        }
        (packer.done(), numbers)
    }

    pub(super) fn list(&self, number: u32) -> Tags<'_> {
        Tags { all: self, list: &self.lists[number as usize] }
    }
}

/// The tags of one device, by name and by address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tags<'p> {
    all: &'p AllTags,
    list: &'p List,
}

impl<'p> Tags<'p> {
    fn packed(self) -> &'p [Packed] {
        &self.all.packed[self.list.packed.clone()]
    }

    /// Indices of tags, sorted by name; empty when they stand in that order, as those of files do.
    fn by_name(self) -> &'p [u32] {
        &self.all.by_name[self.list.by_name.clone()]
    }

    /// Indices of tags of whole items, by space and first item; no two of them overlap.
    fn wholes(self) -> &'p [u32] {
        &self.all.wholes[self.list.wholes.clone()]
    }

    fn shape(self, index: usize) -> &'p Shape {
        &self.all.shapes[self.packed()[index].shape as usize]
    }

    /// How many there are.
    pub(crate) fn len(self) -> usize {
        self.list.packed.len()
    }

    /// One of them, as the site had it but for its place, access and comment.
    pub(crate) fn tag(self, index: usize) -> Tag {
        let shape = self.shape(index);
        Tag {
            name: self.name(index).to_owned(),
            at: Location { file: 0, span: 0..0 },
            space: shape.space,
            first: self.packed()[index].first,
            bit: shape.bit,
            items: shape.items.into(),
            count: shape.count.into(),
            kind: shape.kind,
            words: shape.words,
            engineering: shape.engineering.clone(),
            access: Access::ReadWrite,
            comment: Box::default(),
        }
    }

    fn name(self, index: usize) -> &'p str {
        let packed = self.packed();
        let from = index.checked_sub(1).map_or(0, |before| packed[before].name);
        let [from, to] = [from, packed[index].name].map(|at| self.list.names + at as usize);
        &self.all.names[from..to]
    }

    /// The tag called `name`.
    pub(crate) fn named(self, name: &str) -> Option<usize> {
        let place = |place: usize| self.by_name().get(place).map_or(place, |index| *index as usize);
        let (mut from, mut to) = (0, self.len());
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
    pub(crate) fn names(self) -> impl Iterator<Item = &'p str> {
        (0..self.len()).map(move |index| self.name(index))
    }

    /// The tag of whole items that `item` belongs to.
    pub(crate) fn whole(self, space: SpaceId, item: u64) -> Option<usize> {
        let wholes = self.wholes();
        let at = wholes.partition_point(|i| self.place(*i) <= (space, item)).checked_sub(1)?;
        let index = wholes[at] as usize;
        let shape = self.shape(index);
        let items = u64::from(shape.items) * u64::from(shape.count);
        (shape.space == space && item - self.packed()[index].first < items).then_some(index)
    }

    /// The tags of single bits of a register.
    pub(crate) fn bits(self, space: SpaceId, item: u64) -> impl Iterator<Item = usize> {
        let bits = &self.all.bits[self.list.bits.clone()];
        let from = bits.partition_point(|i| self.place(*i) < (space, item));
        let to = bits.partition_point(|i| self.place(*i) <= (space, item));
        bits[from..to].iter().map(|i| *i as usize)
    }

    /// The tags of whole items in `space` around `item`, at most `reach` on either side, in the order of addresses.
    pub(crate) fn around(self, space: SpaceId, item: u64, reach: usize) -> impl Iterator<Item = usize> {
        let wholes = self.wholes();
        let at = wholes.partition_point(|i| self.place(*i) <= (space, item));
        let near = &wholes[at.saturating_sub(reach)..(at + reach).min(wholes.len())];
        near.iter().map(|i| *i as usize).filter(move |i| self.shape(*i).space == space)
    }

    fn place(self, index: u32) -> (SpaceId, u64) {
        (self.shape(index as usize).space, self.packed()[index as usize].first)
    }
}
