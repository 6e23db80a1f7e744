//! Places for flows: they stay where they are, and growing moves none of them.

use super::flow::Entry;

/// Places that are made at once.
const CHUNK: usize = 256;

/// Flows by place; places are used again.
#[derive(Default)]
pub(super) struct Slab {
    chunks: Vec<Box<[Option<Entry>]>>,
    /// Places that were ever used.
    used: u32,
    free: Vec<u32>,
}

impl Slab {
    pub(super) fn get(&self, place: u32) -> Option<&Entry> {
        let (chunk, index) = split(place);
        self.chunks.get(chunk)?[index].as_ref()
    }

    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut Entry> {
        let (chunk, index) = split(place);
        self.chunks.get_mut(chunk)?[index].as_mut()
    }

    pub(super) fn insert(&mut self, entry: Entry) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.used += 1;
            self.used - 1
        });
        let (chunk, index) = split(place);
        if chunk == self.chunks.len() {
            self.chunks.push((0..CHUNK).map(|_| None).collect());
        }
        self.chunks[chunk][index] = Some(entry);
        place
    }

    pub(super) fn take(&mut self, place: u32) -> Option<Entry> {
        let (chunk, index) = split(place);
        let entry = self.chunks.get_mut(chunk)?[index].take()?;
        self.free.push(place);
        Some(entry)
    }

    pub(super) fn len(&self) -> usize {
        self.used as usize - self.free.len()
    }

    /// Places that flows may have, from 0.
    pub(super) const fn places(&self) -> u32 {
        self.used
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.chunks.iter().flatten().flatten()
    }
}

const fn split(place: u32) -> (usize, usize) {
    (place as usize / CHUNK, place as usize % CHUNK)
}
