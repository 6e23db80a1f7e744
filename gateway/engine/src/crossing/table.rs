//! The flows of a bridge: bounded, found by either direction's packets, with a timer each.
//!
//! Places are used again; what refers to one from a queue carries the flow's serial number and is passed over when it is
//! another flow's by now. Queues are cleared of such references when they outgrow what they refer to, so that a flood of
//! flows that come and go leaves nothing behind.

use super::flow::{Entry, Kind, NEVER, Stage};
use super::key::Key;
use super::slab::Slab;
use super::{Bound, Bounds, Census};
use core::cmp::Reverse;
use sluice_model::Instant;
use std::collections::hash_map::{Entry as Slot, RandomState};
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::hash::BuildHasher;
use std::net::IpAddr;

/// References that a queue may keep beside the live ones.
const SLACK: usize = 1024;

/// A flow in a queue: its place and its serial number.
type Reference = (u32, u32);

/// The flows.
pub(super) struct Table {
    bounds: Bounds,
    entries: Slab,
    /// By the hash of the key: a key is longer than the flow's other references together.
    places: HashMap<u64, u32, Hashed>,
    keys: RandomState,
    sources: HashMap<IpAddr, Share>,
    serial: u32,
    half_open: usize,
    kept: usize,
    /// Those that make room first: half open when they came.
    asking: VecDeque<Reference>,
    /// Those that make room next: over, or never a connection.
    passing: VecDeque<Reference>,
    timers: BinaryHeap<Reverse<(Instant, Reference)>>,
}

/// What one source has of the table.
#[derive(Clone, Copy, Default)]
struct Share {
    flows: u32,
    half_open: u32,
    kept: usize,
}

/// Takes hashes as they are.
#[derive(Clone, Copy, Default)]
struct Hashed(u64);

impl BuildHasher for Hashed {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}

impl std::hash::Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Table {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            entries: Slab::default(),
            places: HashMap::with_hasher(Hashed::default()),
            keys: RandomState::new(),
            sources: HashMap::new(),
            serial: 0,
            half_open: 0,
            kept: 0,
            asking: VecDeque::new(),
            passing: VecDeque::new(),
            timers: BinaryHeap::new(),
        }
    }

    pub(super) fn find(&self, key: &Key) -> Option<u32> {
        let place = *self.places.get(&self.keys.hash_one(key))?;
        // Two keys of one hash: the second finds nothing and opens nothing.
        self.entry(place).filter(|entry| entry.ends.key() == *key).map(|_| place)
    }

    pub(super) fn entry(&self, place: u32) -> Option<&Entry> {
        self.entries.get(place)
    }

    pub(super) fn entry_mut(&mut self, place: u32) -> Option<&mut Entry> {
        self.entries.get_mut(place)
    }

    /// Makes room for a flow of `source`, or says which bound forbids it.
    pub(super) fn admit(&mut self, source: IpAddr, half_open: bool) -> Result<(), Bound> {
        let share = self.sources.get(&source).copied().unwrap_or_default();
        if share.flows as usize >= self.bounds.flows_of_source {
            return Err(Bound::FlowsOfSource);
        }
        if half_open && share.half_open as usize >= self.bounds.half_open_of_source {
            return Err(Bound::HalfOpenOfSource);
        }
        if half_open && self.half_open >= self.bounds.half_open && !self.make_room(Stage::HalfOpen) {
            return Err(Bound::HalfOpen);
        }
        if self.len() >= self.bounds.flows && !self.make_room(Stage::HalfOpen) && !self.make_room(Stage::Passing) {
            return Err(Bound::Flows);
        }
        Ok(())
    }

    /// Removes the oldest flow of a stage.
    fn make_room(&mut self, stage: Stage) -> bool {
        while let Some(reference) = self.queue(stage).pop_front() {
            if self.current(reference).is_some_and(|e| e.stage() == stage) {
                self.remove(reference.0);
                return true;
            }
        }
        false
    }

    /// Those of a stage, the oldest first, and some that went on since.
    fn queue(&mut self, stage: Stage) -> &mut VecDeque<Reference> {
        if stage == Stage::HalfOpen { &mut self.asking } else { &mut self.passing }
    }

    /// Adds a flow; ask [`Table::admit`] before. `None` when its key has the hash of another one's.
    pub(super) fn insert(&mut self, mut entry: Entry) -> Option<u32> {
        let Slot::Vacant(vacant) = self.places.entry(self.keys.hash_one(entry.ends.key())) else { return None };
        self.serial = self.serial.wrapping_add(1);
        entry.serial = self.serial;
        self.sources.entry(entry.ends.client.ip).or_default().flows += 1;
        let place = self.entries.insert(entry);
        vacant.insert(place);
        self.settle(place);
        Some(place)
    }

    pub(super) fn remove(&mut self, place: u32) -> Option<Entry> {
        let entry = self.entries.take(place)?;
        self.places.remove(&self.keys.hash_one(entry.ends.key()));
        if entry.half_open {
            self.half_open -= 1;
        }
        self.kept -= entry.kept as usize;
        if let Slot::Occupied(mut share) = self.sources.entry(entry.ends.client.ip) {
            share.get_mut().flows -= 1;
            share.get_mut().half_open -= u32::from(entry.half_open);
            share.get_mut().kept -= entry.kept as usize;
            if share.get().flows == 0 {
                share.remove();
            }
        }
        Some(entry)
    }

    /// Brings counts and the timer up to date with a flow that something happened to.
    pub(super) fn settle(&mut self, place: u32) {
        let Some(entry) = self.entries.get_mut(place) else { return };
        let (stage, was) = (entry.stage(), entry.half_open);
        let reference = (place, entry.serial);
        entry.half_open = stage == Stage::HalfOpen;
        if entry.half_open != was
            && let Some(share) = self.sources.get_mut(&entry.ends.client.ip)
        {
            if was {
                (share.half_open, self.half_open) = (share.half_open - 1, self.half_open - 1);
            } else {
                (share.half_open, self.half_open) = (share.half_open + 1, self.half_open + 1);
            }
        }
        let (kept, before) = (entry.keeps(), entry.kept);
        if kept != before
            && let Some(share) = self.sources.get_mut(&entry.ends.client.ip)
        {
            entry.kept = kept;
            self.kept = self.kept - before as usize + kept as usize;
            share.kept = share.kept - before as usize + kept as usize;
        }
        let queued = core::mem::replace(&mut entry.queued, stage);
        let due = entry.due(&self.bounds);
        if due < entry.armed {
            entry.armed = due;
            self.arm(due, reference);
        }
        if stage != queued && stage != Stage::Open {
            self.yields(stage, reference);
        }
    }

    /// The bound that a flow passes with what it keeps.
    pub(super) fn overfull(&self, place: u32) -> Option<Bound> {
        let entry = self.entry(place).filter(|entry| entry.kept > 0)?;
        let share = self.sources.get(&entry.ends.client.ip)?;
        if share.kept > self.bounds.kept_of_source {
            return Some(Bound::KeptOfSource);
        }
        (self.kept > self.bounds.kept).then_some(Bound::Kept)
    }

    fn arm(&mut self, due: Instant, reference: Reference) {
        self.timers.push(Reverse((due, reference)));
        if self.timers.len() > 2 * self.len() + SLACK {
            let entries = &self.entries;
            self.timers.retain(|Reverse((at, (place, serial)))| {
                entries.get(*place).is_some_and(|e| e.serial == *serial && e.armed == *at)
            });
        }
    }

    fn yields(&mut self, stage: Stage, reference: Reference) {
        // Those that were half open are mostly established soon.
        let most = if stage == Stage::HalfOpen { 2 * self.half_open } else { 2 * self.len() } + SLACK;
        let mut queue = core::mem::take(self.queue(stage));
        queue.push_back(reference);
        if queue.len() > most {
            queue.retain(|reference| self.current(*reference).is_some_and(|e| e.stage() == stage));
        }
        *self.queue(stage) = queue;
    }

    /// The next flow whose time has come; its timer is to be set again with [`Table::settle`].
    pub(super) fn expired(&mut self, now: Instant) -> Option<u32> {
        while let Some(Reverse((at, reference))) = self.timers.peek().copied() {
            let live = self.current(reference).is_some_and(|e| e.armed == at);
            if live && at > now {
                return None;
            }
            self.timers.pop();
            if live {
                if let Some(entry) = self.entry_mut(reference.0) {
                    entry.armed = NEVER;
                }
                return Some(reference.0);
            }
        }
        None
    }

    /// When the next timer goes off, or a little before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.peek().map(|Reverse((at, ..))| *at)
    }

    fn current(&self, (place, serial): Reference) -> Option<&Entry> {
        self.entry(place).filter(|entry| entry.serial == serial)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Places that flows may have, from 0.
    pub(super) fn places(&self) -> u32 {
        self.entries.places()
    }

    /// What it keeps.
    pub(super) fn census(&self, datagrams: usize) -> Census {
        let mut census = Census { half_open: self.half_open, datagrams, ..Census::default() };
        for entry in self.entries() {
            match entry.kind {
                Kind::Inspected(_) | Kind::Asleep(_) => census.inspected += 1,
                Kind::Followed(_) => census.followed += 1,
                Kind::Asked => census.replies += 1,
            }
            census.edited += usize::from(entry.is_edited());
        }
        census
    }

    /// Every flow.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }
}
