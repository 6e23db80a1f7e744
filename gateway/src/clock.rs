//! The process's clock: monotonic time for decisions, wall time for reports.

use sluice_model::Instant;
use std::time::{SystemTime, UNIX_EPOCH};

/// Monotonic time since the machine was started: the same in every thread, and in the process that takes over.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock;

impl Clock {
    /// The time since the machine was started.
    #[allow(clippy::unused_self)] // whoever has no clock cannot know the time
    pub(crate) fn now(self) -> Instant {
        Instant(sluice_hardware::monotonic())
    }
}

/// Milliseconds since 1970.
pub(crate) fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
