//! One observed value: written by one at a time, read by anyone without waiting.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use sluice_model::Instant;

/// Stands for no time at all.
const NEVER: u64 = u64::MAX;
/// How often a reader begins anew while values arrive under its eyes; then it knows nothing, and what depends on the
/// value is denied as stale.
const TRIES: usize = 16;

/// The last known value of an element of a tag, or of a register. A sequence lock over two copies: a writer that is held
/// up half-way holds up nobody.
#[derive(Debug)]
pub struct Fact {
    /// Counts values; the copy of the present one is its parity.
    count: AtomicU32,
    copies: [Copy; 2],
    /// The longest age, in nanoseconds, at which a condition still trusts it.
    trusted: AtomicU64,
}

#[derive(Debug)]
struct Copy {
    raw: AtomicU64,
    at: AtomicU64,
}

/// A value that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The raw bits, most significant first, at most 64.
    pub raw: u64,
    /// When it arrived at the gateway.
    pub at: Instant,
}

impl Default for Fact {
    /// Unknown.
    fn default() -> Self {
        let copy = || Copy { raw: AtomicU64::new(0), at: AtomicU64::new(NEVER) };
        Self { count: AtomicU32::new(0), copies: [copy(), copy()], trusted: AtomicU64::new(0) }
    }
}

impl Fact {
    /// The last value; `None` while it is unknown.
    pub fn read(&self) -> Option<Observed> {
        for _ in 0..TRIES {
            let before = self.count.load(Ordering::Acquire);
            let copy = &self.copies[(before & 1) as usize];
            let (raw, at) = (copy.raw.load(Ordering::Relaxed), copy.at.load(Ordering::Relaxed));
            fence(Ordering::Acquire);
            if self.count.load(Ordering::Relaxed) == before {
                return (at != NEVER).then_some(Observed { raw, at: Instant(at) });
            }
        }
        None
    }

    /// Notes a value, unless a later one arrived already, or that it is no longer known. Only whoever holds the ledger's
    /// lock may call it: two at a time would mix their values.
    pub(super) fn write(&self, observed: Option<Observed>) {
        let count = self.count.load(Ordering::Relaxed);
        let later = self.copies[(count & 1) as usize].at.load(Ordering::Relaxed);
        if observed.is_some_and(|new| later != NEVER && new.at.0 < later) {
            return;
        }
        let next = count.wrapping_add(1);
        let copy = &self.copies[(next & 1) as usize];
        // Whoever still reads this copy sees that its count is over.
        fence(Ordering::Release);
        copy.raw.store(observed.map_or(0, |o| o.raw), Ordering::Relaxed);
        copy.at.store(observed.map_or(NEVER, |o| o.at.0), Ordering::Relaxed);
        self.count.store(next, Ordering::Release);
    }

    /// A condition trusts it for so long.
    pub(super) fn trust(&self, nanoseconds: u64) {
        self.trusted.fetch_max(nanoseconds, Ordering::Relaxed);
    }

    /// Whether no condition trusts it any more.
    pub(super) fn is_stale(&self, observed: Observed, now: Instant) -> bool {
        now.0.saturating_sub(observed.at.0) > self.trusted.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;

    #[test]
    fn the_latest_value_stands_until_it_is_forgotten() {
        let fact = Fact::default();
        assert_eq!(fact.read(), None);
        let (old, new) = (Observed { raw: 1, at: Instant(5) }, Observed { raw: 2, at: Instant(9) });
        fact.write(Some(new));
        fact.write(Some(old));
        assert_eq!(fact.read(), Some(new));
        fact.write(None);
        assert_eq!(fact.read(), None);
        fact.write(Some(old));
        assert_eq!(fact.read(), Some(old));
    }

    #[test]
    fn a_reader_never_sees_half_of_a_value() {
        let fact = Arc::new(Fact::default());
        let writer = std::thread::spawn({
            let fact = Arc::clone(&fact);
            move || (0..200_000).for_each(|n| fact.write(Some(Observed { raw: n * 3, at: Instant(n) })))
        });
        while !writer.is_finished() {
            if let Some(Observed { raw, at }) = fact.read() {
                assert_eq!(raw, at.0 * 3);
            }
        }
        writer.join().unwrap();
    }
}
