//! The kernel's clocks.

use crate::sys::timex;
use rustix::time::{ClockId, clock_gettime};

/// `CLOCK_MONOTONIC` in nanoseconds: the same for every process since the machine was started, and for the programs of
/// [`crate::standby`].
pub fn monotonic() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs()
}

/// The wall clock: nanoseconds since 1970, UTC, and whether something keeps it right (NTP, PTP). A system that does not
/// say counts as one where nothing does.
pub fn wall() -> (i64, bool) {
    let now = clock_gettime(ClockId::Realtime);
    (now.tv_sec.saturating_mul(1_000_000_000).saturating_add(now.tv_nsec), timex::synchronised().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{SystemTime, UNIX_EPOCH};

    #[test]
    fn the_wall_clock_is_the_system_s() {
        let before = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let (now, _) = wall();
        let after = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        assert!((before..=after).contains(&u128::from(now.unsigned_abs())));
    }
}
