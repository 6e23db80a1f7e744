//! Steps, rates and reservations: everything that a judgement may change, behind the state's one lock.

use super::fact::Observed;
use super::rate::Ring;
use super::reservation::{Reservation, Reservations};
use super::step::{Hindrance, Step};
use core::time::Duration;
use sluice_model::Instant;

/// Moments that all rates of a gateway keep, 32 MB; a rate without room denies what it counts.
pub(super) const STAMPS: usize = 1 << 22;
/// A reservation whose engine was lost with its flow is given up after so long.
const ABANDONED: Duration = Duration::from_mins(10);
/// How many elements one message writes at most without new memory: what fills a Modbus write.
const WRITES: usize = 128;

/// How a request that was let through ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The device did it.
    Acknowledged,
    /// The device refused it.
    Refused,
    /// It was not answered.
    Forgotten,
}

#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) steps: Vec<Step>,
    pub(super) rates: Vec<Ring>,
    reservations: Reservations,
    /// The last moment that it heard of.
    pub(super) latest: Instant,
    /// Moments that rates may still get.
    room: usize,
    /// Counts turns, so that a message counts once in a rate.
    turn: u64,
    /// What the present turn writes and counts, kept when it is committed.
    writes: Vec<(u32, Option<u64>)>,
    counts: Vec<u32>,
}

impl Ledger {
    pub(super) fn new(epoch: u16) -> Self {
        Self {
            steps: Vec::new(),
            rates: Vec::new(),
            reservations: Reservations::new(epoch),
            latest: Instant::default(),
            room: STAMPS,
            turn: 0,
            writes: Vec::with_capacity(WRITES),
            counts: Vec::with_capacity(WRITES),
        }
    }

    /// How many messages hold something.
    pub(super) fn held(&self) -> usize {
        self.reservations.len()
    }

    /// Makes room for a limit of `count` at `rate`; false when there is none.
    pub(super) fn reserve_stamps(&mut self, rate: u32, count: usize) -> bool {
        let Some(ring) = self.rates.get_mut(rate as usize) else { return false };
        let more = count.saturating_sub(ring.room());
        if more > self.room {
            return false;
        }
        self.room -= more;
        ring.grow(count);
        true
    }

    /// A rate that nobody limits any more gives its room back.
    pub(super) fn release_rate(&mut self, rate: u32) {
        if let Some(ring) = self.rates.get_mut(rate as usize) {
            self.room += ring.room();
            *ring = Ring::default();
        }
    }

    /// A turn begins: nothing of another one is left.
    pub(super) fn begin(&mut self, now: Instant) {
        self.turn += 1;
        self.latest = self.latest.max(now);
        if !self.reservations.has_room() {
            for abandoned in self.reservations.before(Instant(now.0.saturating_sub(ABANDONED.as_nanos() as u64))) {
                self.end(abandoned, Ending::Forgotten, now);
            }
        }
    }

    /// Whether a write may follow those that an element had, and has under way ([`Step::admits`]).
    pub(super) fn admits(
        &mut self,
        step: u32,
        within: Duration,
        now: Instant,
        near: impl Fn(u64) -> bool,
    ) -> Result<(), Hindrance> {
        let known = self.steps.get(step as usize).ok_or(Hindrance::Unknown)?;
        let old = |id: &Reservation| self.reservations.find(*id).is_none_or(|held| now - held.sent > ABANDONED);
        let abandoned = known.pending().find(old);
        if let Some(abandoned) = abandoned {
            self.end(abandoned, Ending::Forgotten, now);
        }
        self.steps.get(step as usize).ok_or(Hindrance::Unknown)?.admits(within, now, near)
    }

    /// What is staged was not let through.
    pub(super) fn roll_back(&mut self) {
        self.writes.clear();
        self.counts.clear();
    }

    /// Whether one more message may hold something.
    pub(super) fn has_room(&self) -> bool {
        self.reservations.has_room()
    }

    /// Whether this turn writes something that is not `near` into an element.
    pub(super) fn staged_far(&self, step: u32, near: impl Fn(u64) -> bool) -> bool {
        self.writes.iter().any(|(at, raw)| *at == step && !raw.is_some_and(&near))
    }

    /// The message writes an element; without a value, nobody knows what.
    pub(super) fn stage_write(&mut self, step: u32, raw: Option<u64>) {
        self.writes.push((step, raw));
    }

    /// The message counts, once, in a rate.
    pub(super) fn stage_count(&mut self, rate: u32) {
        if let Some(ring) = self.rates.get_mut(rate as usize)
            && ring.turn != self.turn
        {
            ring.turn = self.turn;
            self.counts.push(rate);
        }
    }

    /// What is staged was let through. `note` is given back with the reservation.
    pub(super) fn commit(&mut self, now: Instant, note: u64) -> Reservation {
        for rate in self.counts.drain(..) {
            if let Some(ring) = self.rates.get_mut(rate as usize) {
                ring.passed(now);
            }
        }
        if self.writes.is_empty() {
            return Reservation::NONE;
        }
        // Whatever became of it before, a message that finds no room makes what it writes unknown.
        let steps = self.writes.iter().map(|(step, _)| *step);
        let reservation = self.reservations.make(now, note, steps).unwrap_or(Reservation::NONE);
        for (step, raw) in self.writes.drain(..) {
            if let Some(step) = self.steps.get_mut(step as usize) {
                step.wrote(reservation, raw, now);
            }
        }
        reservation
    }

    /// What the engine noted when the message was let through.
    pub(super) fn note(&self, reservation: Reservation) -> Option<u64> {
        self.reservations.find(reservation).map(|held| held.note)
    }

    /// The message was answered, or will not be.
    pub(super) fn end(&mut self, reservation: Reservation, ending: Ending, now: Instant) {
        self.latest = self.latest.max(now);
        let Some(held) = self.reservations.find(reservation) else { return };
        for step in &held.steps {
            let Some(step) = self.steps.get_mut(*step as usize) else { continue };
            match ending {
                Ending::Acknowledged => step.answered(reservation, held.sent, Some(now)),
                Ending::Refused => step.answered(reservation, held.sent, None),
                Ending::Forgotten => step.forgotten(reservation, now),
            }
        }
        self.reservations.free(reservation);
    }

    /// An element was read.
    pub(super) fn observed(&mut self, step: u32, observed: Observed, asked: Instant) {
        if let Some(step) = self.steps.get_mut(step as usize) {
            step.observed(observed, asked);
        }
    }
}
