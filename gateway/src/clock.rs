//! The process's clock: monotonic time since its start for decisions, wall time for reports.

use sluice_model::Instant;
use std::time::{SystemTime, UNIX_EPOCH};

/// Monotonic time whose zero is the moment the clock was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(std::time::Instant);

impl Clock {
    /// A clock whose zero is now.
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// The time since its zero.
    pub(crate) fn now(&self) -> Instant {
        Instant(u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

/// Milliseconds since 1970.
pub(crate) fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
