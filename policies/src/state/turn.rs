//! One message's turn: what it is judged by, and what it changes when it is let through as a whole.

use super::bound::Bound;
use super::fact::Observed;
use super::ledger::Ledger;
use super::reservation::Reservation;
use super::step::Hindrance;
use super::wants::{FactSlot, RateSlot, StepSlot, WindowSlot};
use crate::site::AssetId;
use core::time::Duration;
use sluice_model::{Action, Direction, Instant, Operation, Values};
use std::sync::MutexGuard;

/// Why a condition does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// What it depends on is not known, or too old.
    Stale,
    /// A write goes too far from what the element is, or may become.
    Step,
    /// Too many passed already.
    Rate,
    /// A limit of the gateway is reached.
    Full,
}

/// What is known while one message is judged. Takes the state's lock when a step or a rate is first asked for, and keeps
/// it until the message is committed or rolled back (dropped), so that two workers never admit together what each could
/// admit alone. Touches no heap.
#[derive(Debug)]
pub struct Turn<'s> {
    bound: &'s Bound,
    now: Instant,
    ledger: Option<MutexGuard<'s, Ledger>>,
    /// Rates are not asked: what is judged was counted when it was let in.
    counted: bool,
}

impl Bound {
    /// A turn to look at what is known, unless somebody else's message has its turn: for explanations.
    pub fn peek(&self, now: Instant) -> Option<Turn<'_>> {
        let mut ledger = self.state.try_ledger()?;
        ledger.begin(now);
        Some(Turn { bound: self, now, ledger: Some(ledger), counted: false })
    }

    /// A turn for what goes on since it was let in: how often that may happen was asked then.
    pub fn review(&self, now: Instant) -> Turn<'_> {
        Turn { bound: self, now, ledger: None, counted: true }
    }

    /// The turn of a message that arrived at `now`.
    pub fn turn(&self, now: Instant) -> Turn<'_> {
        Turn { bound: self, now, ledger: None, counted: false }
    }
}

impl<'s> Turn<'s> {
    /// When the message arrived.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Seconds since 1970, UTC; `None` while the clock cannot be trusted.
    pub fn wall(&self) -> Option<i64> {
        self.bound.state.clock.wall(self.now)
    }

    /// Whether the plant is locked down.
    pub fn lockdown(&self) -> bool {
        self.bound.state.orders.lockdown()
    }

    /// Whether the glass is broken.
    pub fn broken(&self) -> bool {
        self.bound.state.orders.broken(self.now).is_some()
    }

    /// Until when a window is open, if it is.
    pub fn window_until(&self, slot: WindowSlot) -> Option<Instant> {
        self.bound.windows.get(slot.0 as usize)?.until(self.now)
    }

    /// What was last seen of a fact, however old.
    pub fn seen(&self, slot: FactSlot) -> Option<Observed> {
        self.bound.facts.get(slot.0 as usize)?.as_ref()?.read()
    }

    /// What the next write of an element is measured from, however old.
    pub fn base(&mut self, slot: StepSlot) -> Option<Observed> {
        let number = **self.bound.steps.get(slot.0 as usize)?;
        self.ledger().steps.get(number as usize)?.base()
    }

    /// Whether a window is open.
    pub fn window(&self, slot: WindowSlot) -> bool {
        self.bound.windows.get(slot.0 as usize).is_some_and(|window| window.until(self.now).is_some())
    }

    /// The raw value of a fact that is no older than `within`.
    pub fn fact(&self, slot: FactSlot, within: Duration) -> Result<u64, Unmet> {
        let fact = self.bound.facts.get(slot.0 as usize).and_then(Option::as_ref);
        let known = fact.and_then(|fact| fact.read()).filter(|known| self.now - known.at <= within);
        known.map(|known| known.raw).ok_or(Unmet::Stale)
    }

    /// Whether a write may follow: `near` to what the element is, known no longer than `within` ago, and to every value
    /// that a write under way may give it. Both are raw bits.
    pub fn step(&mut self, slot: StepSlot, within: Duration, near: impl Fn(u64) -> bool) -> Result<(), Unmet> {
        let number = self.bound.steps.get(slot.0 as usize).map_or(u32::MAX, |handle| **handle);
        let now = self.now;
        let ledger = self.ledger();
        ledger.admits(number, within, now, &near).map_err(|far| match far {
            Hindrance::Unknown => Unmet::Stale,
            Hindrance::Far => Unmet::Step,
            Hindrance::Full => Unmet::Full,
        })?;
        match (ledger.staged_far(number, near), ledger.has_room()) {
            (true, _) => Err(Unmet::Step),
            (false, true) => Ok(()),
            (false, false) => Err(Unmet::Full),
        }
    }

    /// Whether the message may pass beside those that passed; asks alone, see [`Turn::count`].
    pub fn rate(&mut self, slot: RateSlot) -> Result<(), Unmet> {
        let (bound, now) = (self.bound, self.now);
        if self.counted {
            return Ok(());
        }
        let limit = bound.rates.get(slot.0 as usize).ok_or(Unmet::Rate)?;
        let ring = self.ledger().rates.get(*limit.rate as usize).ok_or(Unmet::Rate)?;
        ring.admits(limit.count as usize, limit.per, now).then_some(()).ok_or(Unmet::Rate)
    }

    /// The message counts in a rate once it is committed: because the statement with this rate lets it through. However
    /// often a message counts, it counts once.
    pub fn count(&mut self, slot: RateSlot) {
        let bound = self.bound;
        if let Some(limit) = bound.rates.get(slot.0 as usize) {
            self.ledger().stage_count(*limit.rate);
        }
    }

    /// An operation of the message, towards `to`, that will be let through if the message is: what it writes is what
    /// steps are measured from, whatever statement allowed it. The policy calls it for every operation that passes.
    pub fn passes(&mut self, to: AssetId, operation: &Operation<'_>) {
        let watch = &self.bound.wants.watch;
        if operation.direction == Direction::ToClient || operation.action == Action::Read || !watch.watches(to) {
            return;
        }
        let Some(span) = operation.target else { return self.unknown(to, operation) };
        for watched in watch.touched(to, operation).filter(|w| w.step != u32::MAX && !w.is_spared(operation.values)) {
            let number = self.bound.steps.get(watched.step as usize).map_or(u32::MAX, |handle| **handle);
            let raw = watched.value(span, operation.values);
            self.ledger().stage_write(number, raw);
        }
    }

    /// An operation that names no items: what changes programs, set-ups or anything may change every element.
    fn unknown(&mut self, to: AssetId, operation: &Operation<'_>) {
        let harmless = matches!(
            operation.action,
            Action::Time | Action::File | Action::Browse | Action::Session | Action::Diagnose | Action::Event
        );
        if harmless && operation.values == Values::None {
            return;
        }
        for watched in self.bound.wants.watch.device(to, operation.device).iter().filter(|w| w.step != u32::MAX) {
            let number = self.bound.steps.get(watched.step as usize).map_or(u32::MAX, |handle| **handle);
            self.ledger().stage_write(number, None);
        }
    }

    /// The whole message was let through: what it writes and counts is kept. `note` comes back when it is answered. What
    /// it returns belongs in the ticket of the request.
    pub fn commit(mut self, note: u64) -> Reservation {
        let now = self.now;
        self.ledger.as_mut().map_or(Reservation::NONE, |ledger| ledger.commit(now, note))
    }

    fn ledger(&mut self) -> &mut MutexGuard<'s, Ledger> {
        let (bound, now) = (self.bound, self.now);
        self.ledger.get_or_insert_with(|| {
            let mut ledger = bound.state.ledger();
            ledger.begin(now);
            ledger
        })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(ledger) = &mut self.ledger {
            ledger.roll_back();
        }
    }
}
