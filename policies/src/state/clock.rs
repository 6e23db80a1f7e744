//! What the wall clock says at a moment of the monotonic one, as long as it can be trusted.

use core::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use core::time::Duration;
use sluice_model::Instant;

/// A clock that is set by more than this was wrong before or is wrong now.
pub const STEP: Duration = Duration::from_secs(2);
/// How long a clock that was set must run on evenly before it is trusted again.
pub const SETTLE: Duration = Duration::from_mins(1);

const UNKNOWN: i64 = i64::MIN;

/// Wall time of the monotonic clock that decisions are made with. Told by one thread, asked by all.
#[derive(Debug)]
pub struct Clock {
    /// Nanoseconds from the monotonic clock's zero to that of the wall clock (1970, UTC), or [`UNKNOWN`].
    offset: AtomicI64,
    /// What it was told last, trusted or not.
    last: AtomicI64,
    /// Not trusted before this moment.
    trusted: AtomicU64,
    /// Counts how often it was trusted and distrusted.
    edition: AtomicU64,
}

/// What became of the clock's standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockChange {
    /// It is trusted from now on.
    Trusted,
    /// It is not synchronised.
    Unsynchronised,
    /// It was set by so many nanoseconds.
    Stepped(i64),
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            offset: AtomicI64::new(UNKNOWN),
            last: AtomicI64::new(UNKNOWN),
            trusted: AtomicU64::new(0),
            edition: AtomicU64::new(0),
        }
    }
}

impl Clock {
    /// Tells what the wall clock says (nanoseconds since 1970, UTC) at `now`; a second apart or less. Returns what
    /// changed by that.
    pub fn tell(&self, now: Instant, wall: i64, synchronised: bool) -> Option<ClockChange> {
        let change = self.told(now, wall, synchronised);
        if change.is_some() {
            self.edition.fetch_add(1, Ordering::AcqRel);
        }
        change
    }

    /// Counts what [`Clock::tell`] returned.
    pub(super) fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    fn told(&self, now: Instant, wall: i64, synchronised: bool) -> Option<ClockChange> {
        let offset = wall.saturating_sub(i64::try_from(now.0).unwrap_or(i64::MAX));
        let before = self.last.swap(offset, Ordering::Relaxed);
        let moved = offset.saturating_sub(before);
        let known = self.offset.load(Ordering::Relaxed) != UNKNOWN;
        if before != UNKNOWN && moved.unsigned_abs() > STEP.as_nanos() as u64 {
            self.trusted.store((now + SETTLE).0, Ordering::Relaxed);
            self.offset.store(UNKNOWN, Ordering::Release);
            return Some(ClockChange::Stepped(moved));
        }
        if !synchronised {
            self.offset.store(UNKNOWN, Ordering::Release);
            return known.then_some(ClockChange::Unsynchronised);
        }
        if now.0 < self.trusted.load(Ordering::Relaxed) {
            return None;
        }
        self.offset.store(offset, Ordering::Release);
        (!known).then_some(ClockChange::Trusted)
    }

    /// Seconds since 1970, UTC, at `now`, rounded down; `None` while the clock cannot be trusted.
    pub fn wall(&self, now: Instant) -> Option<i64> {
        let offset = self.offset.load(Ordering::Acquire);
        let now = i64::try_from(now.0).unwrap_or(i64::MAX);
        (offset != UNKNOWN).then(|| offset.saturating_add(now).div_euclid(1_000_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;
    const NOON: i64 = 1_800_000_000;

    fn at(seconds: i64) -> Instant {
        Instant((seconds * SECOND).unsigned_abs())
    }

    #[test]
    fn a_clock_nobody_told_of_or_that_is_not_synchronised_says_nothing() {
        let clock = Clock::default();
        assert_eq!(clock.wall(at(1)), None);
        assert_eq!(clock.tell(at(1), NOON * SECOND, false), None);
        assert_eq!(clock.wall(at(1)), None);
        assert_eq!(clock.tell(at(2), (NOON + 1) * SECOND, true), Some(ClockChange::Trusted));
        assert_eq!(clock.wall(at(10)), Some(NOON + 9));
        assert_eq!(clock.tell(at(3), (NOON + 2) * SECOND, false), Some(ClockChange::Unsynchronised));
        assert_eq!(clock.wall(at(10)), None);
    }

    #[test]
    fn a_clock_that_was_set_is_trusted_again_when_it_ran_on_evenly() {
        let clock = Clock::default();
        clock.tell(at(1), NOON * SECOND, true);
        // Slewed by two seconds: still good.
        assert_eq!(clock.tell(at(2), (NOON + 3) * SECOND, true), None);
        assert_eq!(clock.wall(at(2)), Some(NOON + 3));
        assert_eq!(clock.tell(at(3), (NOON + 7) * SECOND, true), Some(ClockChange::Stepped(3 * SECOND)));
        assert_eq!(clock.tell(at(40), (NOON + 44) * SECOND, true), None);
        assert_eq!(clock.wall(at(40)), None);
        assert_eq!(clock.tell(at(64), (NOON + 68) * SECOND, true), Some(ClockChange::Trusted));
        assert_eq!(clock.wall(at(64)), Some(NOON + 68));
    }
}
