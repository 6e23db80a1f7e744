//! What a gateway knows of its plant while it runs: facts, steps, rates, the clock, and what people ordered.
//!
//! One [`State`] a gateway, shared by every worker; it outlives policies. Everything goes by stable names, so that the
//! next policy finds what the last one knew, and a tag whose address, type or scale changed starts unknown. A policy
//! collects what its conditions name in [`Wants`]; [`State::bind`] gives each a place. Then, for every message:
//!
//! * [`Bound::turn`] begins it; [`Turn::fact`], [`Turn::step`], [`Turn::rate`], [`Turn::window`], [`Turn::wall`] answer the
//!   conditions of its operations, [`Turn::passes`] and [`Turn::count`] note what it changes.
//! * [`Turn::commit`] keeps that, when the whole message is let through, and gives a [`Reservation`] for its ticket; a turn
//!   that is dropped changed nothing.
//! * [`State::ended`] takes the reservation back with what became of the message, and [`Bound::observed`] learns from what
//!   a matched response or a report says.
//!
//! Facts are read without a lock; steps, rates and reservations lie behind one, which only messages take that need it.
//! Every list is bounded; what found no room is never known, or denies. Called by `policy`, and by the gateway for the
//! clock, for orders and for the journal.

mod bound;
mod clock;
mod command;
mod fact;
mod journal;
mod ledger;
mod names;
mod orders;
mod rate;
mod reservation;
mod step;
mod summary;
#[cfg(test)]
mod tests;
mod turn;
mod wants;
mod watch;

pub use bound::Bound;
pub use clock::{Clock, ClockChange, SETTLE, STEP};
pub use fact::{Fact, Observed};
pub use journal::Journal;
pub use ledger::Ending;
pub use orders::{Closed, Opening, Orders};
pub use reservation::Reservation;
pub use summary::Summary;
pub use turn::{Turn, Unmet};
pub use wants::{Counted, Element, FactSlot, Part, RateSlot, StepSlot, Wants, WindowSlot};

use crate::site::AssetId;
use bound::Limit;
use ledger::Ledger;
use names::Numbers;
use sluice_model::{Action, Direction, Instant, Operation, Span};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use step::Step;
use wants::WantedRate;

/// The state of a gateway.
#[derive(Debug)]
pub struct State {
    pub(super) clock: Clock,
    pub(super) orders: Orders,
    names: Mutex<Names>,
    ledger: Mutex<Ledger>,
}

/// Who is who, asked when a policy is bound.
#[derive(Debug, Default)]
struct Names {
    facts: HashMap<Box<str>, Arc<Fact>>,
    steps: Numbers,
    rates: Numbers,
    windows: BTreeMap<Box<str>, Arc<Opening>>,
    /// What a journal says of rates that no policy has asked for yet.
    waiting: HashMap<Box<str>, Vec<Instant>>,
    /// Since when it is unknown how often anything was done before.
    full: Option<Instant>,
}

impl State {
    /// A state that knows nothing: no fact, no base of a step, nothing done. `epoch` tells its reservations from those of
    /// other processes.
    pub fn new(epoch: u16) -> Arc<Self> {
        Arc::new(Self {
            clock: Clock::default(),
            orders: Orders::default(),
            names: Mutex::default(),
            ledger: Mutex::new(Ledger::new(epoch)),
        })
    }

    /// The clock, to be told what time it is.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Counts what changes the answers of turns beside time and the plant's values: orders, and whether the clock is
    /// trusted. What was judged under another count may be judged differently now.
    pub fn edition(&self) -> u64 {
        self.orders.edition() + self.clock.edition()
    }

    /// What holds for the whole gateway.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Gives everything that a policy wants its place. What no policy wants any more is let go of.
    pub fn bind(self: &Arc<Self>, wants: &Arc<Wants>) -> Bound {
        let mut names = self.names();
        let mut ledger = self.ledger();
        let bound = Bound {
            state: Arc::clone(self),
            wants: Arc::clone(wants),
            facts: wants.facts.iter().map(|(name, within)| names.fact(name, within.as_nanos() as u64)).collect(),
            steps: wants.steps.iter().map(|name| names.step(name, &mut ledger)).collect(),
            rates: wants.rates.iter().map(|rate| names.rate(rate, &mut ledger)).collect(),
            windows: wants
                .windows
                .iter()
                .map(|name| Arc::clone(names.windows.entry(name.clone()).or_default()))
                .collect(),
        };
        names.prune(&mut ledger);
        bound
    }

    /// A message that was let through came to its end.
    pub fn ended(&self, reservation: Reservation, ending: Ending, now: Instant) {
        if !reservation.is_none() {
            self.ledger().end(reservation, ending, now);
        }
    }

    /// A message that was let through will not be answered: its flow is gone.
    pub fn lost(&self, reservation: Reservation) {
        if !reservation.is_none() {
            let mut ledger = self.ledger();
            let now = ledger.latest;
            ledger.end(reservation, Ending::Forgotten, now);
        }
    }

    /// What was noted with a reservation; `None` for one of another process.
    pub fn note(&self, reservation: Reservation) -> Option<u64> {
        if reservation.is_none() { None } else { self.ledger().note(reservation) }
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_ledger(&self) -> Option<MutexGuard<'_, Ledger>> {
        match self.ledger.try_lock() {
            Ok(ledger) => Some(ledger),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bound {
    /// Whether anything that a device behind an asset's address says is to be learned from.
    pub fn watches(&self, to: AssetId) -> bool {
        self.wants.watch.watches(to)
    }

    /// Learns from an operation of a matched response, or of a report, of a device: what it reads are facts and bases. The
    /// request was let through at `asked`; the answer arrived at `now`. Values that do not come from the device itself,
    /// and written ones, must not get here.
    pub fn observed(&self, from: AssetId, operation: &Operation<'_>, asked: Instant, now: Instant) {
        let reads = matches!(operation.action, Action::Read | Action::Event);
        if operation.direction != Direction::ToClient || !self.wants.watch.watches(from) {
            return;
        }
        if operation.action == Action::Restart {
            return self.restarted(from, operation.device, now);
        }
        let Some(span) = operation.target.filter(|_| reads) else { return };
        let mut ledger = None;
        for watched in self.wants.watch.touched(from, operation) {
            let Some(raw) = watched.value(span, operation.values) else { continue };
            let ledger = ledger.get_or_insert_with(|| self.state.ledger());
            if let Some(Some(fact)) = self.facts.get(watched.fact as usize) {
                fact.write(Some(Observed { raw, at: now }));
            }
            if let Some(step) = self.steps.get(watched.step as usize) {
                ledger.observed(**step, Observed { raw, at: now }, asked);
            }
        }
    }

    /// Notes that one bit of an item was seen, alone: for tests, which say of a register what they need.
    pub fn suppose_bit(&self, asset: AssetId, device: u32, span: Span, bit: u8, raw: bool, at: Instant) {
        let mut ledger = self.state.ledger();
        let of_bit = |w: &&watch::Watched| (w.space, w.first, w.bit) == (span.space, span.first, Some(bit));
        let seen = Observed { raw: raw.into(), at };
        for watched in self.wants.watch.device(asset, device).iter().filter(of_bit) {
            if let Some(Some(fact)) = self.facts.get(watched.fact as usize) {
                fact.write(Some(seen));
            }
            if let Some(step) = self.steps.get(watched.step as usize) {
                ledger.observed(**step, seen, at);
            }
        }
    }

    /// A device began anew: nothing that was seen of it holds.
    fn restarted(&self, asset: AssetId, device: u32, now: Instant) {
        let mut ledger = self.state.ledger();
        for watched in self.wants.watch.device(asset, device) {
            if let Some(Some(fact)) = self.facts.get(watched.fact as usize) {
                fact.write(None);
            }
            let step = self.steps.get(watched.step as usize).and_then(|step| ledger.steps.get_mut(**step as usize));
            if let Some(step) = step {
                step.unknown_from(now);
            }
        }
    }
}

impl Names {
    fn fact(&mut self, name: &str, within: u64) -> Option<Arc<Fact>> {
        if !self.facts.contains_key(name) && self.facts.len() >= names::MOST {
            return None;
        }
        let fact = self.facts.entry(name.into()).or_default();
        fact.trust(within);
        Some(Arc::clone(fact))
    }

    fn step(&mut self, name: &str, ledger: &mut Ledger) -> names::Handle {
        let names::Numbered { handle, is_new } = self.steps.of(name);
        if is_new {
            place(&mut ledger.steps, *handle, Step::unknown());
        }
        handle
    }

    fn rate(&mut self, wanted: &WantedRate, ledger: &mut Ledger) -> Limit {
        let names::Numbered { handle, is_new } = self.rates.of(&wanted.id);
        if is_new {
            place(&mut ledger.rates, *handle, rate::Ring::default());
        }
        let room = ledger.reserve_stamps(*handle, wanted.count as usize);
        if is_new && room {
            let ring = &mut ledger.rates[*handle as usize];
            match (self.waiting.remove(&wanted.id), self.full) {
                (Some(stamps), _) => stamps.into_iter().for_each(|stamp| ring.passed(stamp)),
                (None, Some(since)) => ring.fill(since),
                (None, None) => {}
            }
        }
        let rate = if room { handle } else { Arc::new(u32::MAX) };
        Limit { rate, count: wanted.count, per: wanted.per }
    }

    /// Lets go of what no policy wants. A rate is kept until its moments are of the past for any limit that may come back.
    fn prune(&mut self, ledger: &mut Ledger) {
        self.facts.retain(|_, fact| Arc::strong_count(fact) > 1);
        self.steps.prune(|_| false, |step| ledger.steps[step as usize] = Step::unknown());
        // What was counted is worth more than what was seen: nobody can read it again. It goes when room is short.
        let short = self.rates.iter().count() > names::MOST / 2;
        self.rates.prune(|_| !short, |rate| ledger.release_rate(rate));
    }
}

/// Puts a thing in its numbered place, which is the next one or one that is free again.
fn place<T>(list: &mut Vec<T>, number: u32, thing: T) {
    match list.get_mut(number as usize) {
        Some(place) => *place = thing,
        None => list.push(thing),
    }
}
