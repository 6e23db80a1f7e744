//! What people ordered: windows that are open, broken glass, a lockdown. All end by the monotonic clock, and with the
//! process, but for a lockdown, which stays.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use sluice_model::Instant;

/// Something that is open until a moment.
#[derive(Debug, Default)]
pub struct Opening(AtomicU64);

impl Opening {
    /// Opens it.
    pub(super) fn open(&self, until: Instant) {
        self.0.store(until.0, Ordering::Release);
    }

    /// Closes it; until when it would have stayed open.
    pub(super) fn close(&self) -> Option<Instant> {
        let until = self.0.swap(0, Ordering::AcqRel);
        (until != 0).then_some(Instant(until))
    }

    /// Until when it is open, if it is.
    pub fn until(&self, now: Instant) -> Option<Instant> {
        let until = self.0.load(Ordering::Acquire);
        (now.0 < until).then_some(Instant(until))
    }

    /// Whether its time ran out since somebody last asked; closes it for good then.
    pub(super) fn ran_out(&self, now: Instant) -> bool {
        let until = self.0.load(Ordering::Acquire);
        until != 0 && until <= now.0 && self.0.compare_exchange(until, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

/// A window that closed, or the glass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The window of this name.
    Window(String),
    /// The glass is whole again.
    BreakGlass,
}

/// What holds for the whole gateway.
#[derive(Debug, Default)]
pub struct Orders {
    edition: AtomicU64,
    pub(super) lockdown: AtomicBool,
    pub(super) broken: Opening,
}

impl Orders {
    /// Counts orders, and what ended by itself.
    pub(super) fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    /// Something was ordered, or ended.
    pub(super) fn changed(&self) {
        self.edition.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether the plant is locked down.
    pub fn lockdown(&self) -> bool {
        self.lockdown.load(Ordering::Acquire)
    }

    /// Whether anything is ordered that changes decisions.
    pub fn any(&self) -> bool {
        self.lockdown() || self.broken.0.load(Ordering::Acquire) != 0
    }

    /// How long the glass stays broken, if it is.
    pub fn broken(&self, now: Instant) -> Option<Duration> {
        self.broken.until(now).map(|until| until - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_closes_by_itself_and_says_so_once() {
        let opening = Opening::default();
        assert_eq!((opening.until(Instant(0)), opening.ran_out(Instant(9))), (None, false));
        opening.open(Instant(5));
        assert_eq!((opening.until(Instant(4)), opening.ran_out(Instant(4))), (Some(Instant(5)), false));
        assert_eq!(opening.until(Instant(5)), None);
        assert_eq!((opening.ran_out(Instant(5)), opening.ran_out(Instant(6))), (true, false));
        opening.open(Instant(9));
        assert_eq!((opening.close(), opening.close()), (Some(Instant(9)), None));
    }
}
