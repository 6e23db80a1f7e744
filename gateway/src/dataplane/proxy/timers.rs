//! When each connection of a worker is to be looked at, though nothing came for it.

use sluice_model::Instant;
use std::collections::BTreeSet;

/// One moment a connection, or none.
#[derive(Default)]
pub(super) struct Timers(BTreeSet<(Instant, u32)>);

impl Timers {
    /// What stands for no moment.
    pub(super) const NEVER: Instant = Instant(u64::MAX);

    /// Has connection `slot`, whose moment is `armed`, looked at at `due`. A moment is only moved to an earlier one: to
    /// look once for nothing is cheaper than to move it at each message.
    pub(super) fn arm(&mut self, slot: usize, armed: &mut Instant, due: Instant) {
        if due < *armed {
            self.cancel(slot, *armed);
            self.0.insert((due, slot as u32));
            *armed = due;
        }
    }

    /// Forgets the moment of connection `slot`.
    pub(super) fn cancel(&mut self, slot: usize, armed: Instant) {
        self.0.remove(&(armed, slot as u32));
    }

    /// The earliest moment.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(due, _)| *due)
    }

    /// Takes a connection whose moment has come; it has none then.
    pub(super) fn pop(&mut self, now: Instant) -> Option<usize> {
        let (due, slot) = *self.0.first()?;
        if due > now {
            return None;
        }
        self.0.pop_first();
        Some(slot as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_moves_only_to_an_earlier_one() {
        let (mut timers, mut armed) = (Timers::default(), Timers::NEVER);
        timers.arm(7, &mut armed, Instant(50));
        timers.arm(7, &mut armed, Instant(90));
        assert_eq!((timers.next(), armed), (Some(Instant(50)), Instant(50)));
        timers.arm(7, &mut armed, Instant(20));
        assert_eq!((timers.pop(Instant(19)), timers.pop(Instant(20)), timers.pop(Instant(100))), (None, Some(7), None));
    }

    #[test]
    fn the_earliest_comes_first_and_a_cancelled_one_never() {
        let mut timers = Timers::default();
        let mut armed = [Timers::NEVER; 3];
        for (slot, due) in [30, 10, 20].into_iter().enumerate() {
            timers.arm(slot, &mut armed[slot], Instant(due));
        }
        timers.cancel(2, armed[2]);
        assert_eq!(
            (timers.pop(Instant(99)), timers.pop(Instant(99)), timers.pop(Instant(99))),
            (Some(1), Some(0), None)
        );
    }
}
