//! What a message that was let through still holds until it is answered.

use sluice_model::Instant;

/// How many messages may hold something at a time; one more that would is denied.
pub(super) const MOST: usize = 1 << INDEX;

const INDEX: u32 = 14;
const COUNT: u32 = 20;

/// Names what a message holds: [`Reservation::BITS`] bits that belong in the ticket of its request. One that another
/// process gave, or that was given back, is not mistaken for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reservation(pub u64);

impl Reservation {
    /// The message holds nothing.
    pub const NONE: Self = Self(0);
    /// How many bits of its number, from the lowest, may be set.
    pub const BITS: u32 = INDEX + COUNT + u16::BITS;

    /// Whether the message holds nothing.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    const fn index(self) -> usize {
        (self.0 & (MOST as u64 - 1)) as usize
    }
}

/// A message and the elements that it writes.
#[derive(Debug, Default)]
pub(super) struct Held {
    id: Reservation,
    /// When it was let through.
    pub(super) sent: Instant,
    /// What the engine wants to know of it.
    pub(super) note: u64,
    /// The elements, as indices into the ledger.
    pub(super) steps: Vec<u32>,
}

/// Every message that holds something.
#[derive(Debug)]
pub(super) struct Reservations {
    /// Grows up to [`MOST`]; a place that is free again keeps the memory of its list.
    list: Vec<Held>,
    free: Vec<u16>,
    /// Counts reservations.
    count: u64,
    /// Tells this process's from those of others; not zero.
    epoch: u16,
}

impl Reservations {
    pub(super) fn new(epoch: u16) -> Self {
        Self { list: Vec::new(), free: Vec::new(), count: 0, epoch: epoch.max(1) }
    }

    /// Whether there is room for one more.
    pub(super) fn has_room(&self) -> bool {
        self.list.len() < MOST || !self.free.is_empty()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.list.len() - self.free.len()
    }

    /// Makes one; `None` without room.
    pub(super) fn make(&mut self, sent: Instant, note: u64, steps: impl Iterator<Item = u32>) -> Option<Reservation> {
        let index = match self.free.pop() {
            Some(index) => usize::from(index),
            None if self.list.len() < MOST => {
                self.list.push(Held::default());
                self.list.len() - 1
            }
            None => return None,
        };
        self.count += 1;
        let count = self.count & ((1 << COUNT) - 1);
        let id = Reservation(u64::from(self.epoch) << (INDEX + COUNT) | count << INDEX | index as u64);
        let held = &mut self.list[index];
        (held.id, held.sent, held.note) = (id, sent, note);
        held.steps.clear();
        held.steps.extend(steps);
        Some(id)
    }

    /// What a message holds.
    pub(super) fn find(&self, id: Reservation) -> Option<&Held> {
        self.list.get(id.index()).filter(|held| held.id == id && !id.is_none())
    }

    /// The message holds nothing any more.
    pub(super) fn free(&mut self, id: Reservation) {
        if self.find(id).is_some() {
            self.list[id.index()].id = Reservation::NONE;
            self.free.push(id.index() as u16);
        }
    }

    /// Those that were let through before `moment`.
    pub(super) fn before(&self, moment: Instant) -> Vec<Reservation> {
        let held = self.list.iter().filter(|held| !held.id.is_none() && held.sent < moment);
        held.map(|held| held.id).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_reservation_is_good_once_and_in_its_process_alone() {
        let (mut mine, mut other) = (Reservations::new(7), Reservations::new(8));
        let id = mine.make(Instant(3), 42, [5, 6].into_iter()).unwrap();
        assert!(id.0 < 1 << Reservation::BITS);
        assert_eq!((mine.find(id).unwrap().note, mine.len()), (42, 1));
        assert_eq!(mine.find(id).unwrap().steps, [5, 6]);
        let foreign = other.make(Instant(3), 42, [5].into_iter()).unwrap();
        assert!(mine.find(foreign).is_none());
        mine.free(id);
        assert!(mine.find(id).is_none() && mine.find(Reservation::NONE).is_none());
        let next = mine.make(Instant(4), 0, [1].into_iter()).unwrap();
        mine.free(id);
        assert!(mine.find(next).is_some() && next != id);
    }

    #[test]
    fn they_are_bounded() {
        let mut all = Reservations::new(1);
        let ids: Vec<_> = (0..MOST as u64).map(|n| all.make(Instant(n), 0, [0].into_iter()).unwrap()).collect();
        assert!(!all.has_room() && all.make(Instant(0), 0, [0].into_iter()).is_none());
        assert_eq!(all.before(Instant(2)), ids[..2]);
        all.free(ids[9]);
        assert!(all.has_room() && all.make(Instant(0), 0, [0].into_iter()).is_some());
    }
}
