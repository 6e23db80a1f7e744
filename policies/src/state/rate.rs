//! How often something was let through, exactly: a leaky bucket would admit nearly twice a limit in one of its spans.

use core::time::Duration;
use sluice_model::Instant;

/// The moments of the last messages that were forwarded, as many as the greatest limit on them counts.
#[derive(Debug, Default)]
pub(super) struct Ring {
    stamps: Box<[Instant]>,
    /// Where the next one goes.
    next: usize,
    /// How many there are.
    used: usize,
    /// The turn that has already counted itself.
    pub(super) turn: u64,
}

impl Ring {
    /// How many moments it can keep.
    pub(super) fn room(&self) -> usize {
        self.stamps.len()
    }

    /// Makes room for a limit that counts further.
    pub(super) fn grow(&mut self, room: usize) {
        if room > self.stamps.len() {
            let mut kept: Vec<Instant> = self.stamps().collect();
            (self.next, self.used) = (kept.len() % room, kept.len());
            kept.resize(room, Instant::default());
            self.stamps = kept.into();
        }
    }

    /// Whether one more may pass at `now` without there being more than `count` in any span of length `per`.
    pub(super) fn admits(&self, count: usize, per: Duration, now: Instant) -> bool {
        match self.back(count) {
            Some(earlier) => now.0 >= (earlier + per).0,
            // Fewer passed; a limit that counts further than there is room for is never kept.
            None => count > 0 && count <= self.stamps.len(),
        }
    }

    /// The `n`th moment from the end, from 1 on.
    fn back(&self, n: usize) -> Option<Instant> {
        let room = self.stamps.len();
        (n > 0 && n <= self.used).then(|| self.stamps[(self.next + room - n) % room])
    }

    /// One passed.
    pub(super) fn passed(&mut self, now: Instant) {
        if self.stamps.is_empty() {
            return;
        }
        // Workers' clocks are one, but the one that reads it first may come second.
        let now = self.back(1).map_or(now, |last| last.max(now));
        self.stamps[self.next] = now;
        self.next = (self.next + 1) % self.stamps.len();
        self.used = (self.used + 1).min(self.stamps.len());
    }

    /// What passed is not known: as many as there may be passed at `now`.
    pub(super) fn fill(&mut self, now: Instant) {
        self.stamps.fill(now);
        self.used = self.stamps.len();
    }

    /// Every moment, the oldest first.
    pub(super) fn stamps(&self) -> impl Iterator<Item = Instant> + '_ {
        (1..=self.used).rev().filter_map(|n| self.back(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PER: Duration = Duration::from_nanos(100);

    fn ring(room: usize) -> Ring {
        let mut ring = Ring::default();
        ring.grow(room);
        ring
    }

    #[test]
    fn the_seventh_in_a_minute_does_not_pass_and_the_eighth_a_minute_later_does() {
        let mut ring = ring(6);
        for now in 0..6 {
            assert!(ring.admits(6, PER, Instant(now)));
            ring.passed(Instant(now));
        }
        assert!(!ring.admits(6, PER, Instant(99)));
        assert!(ring.admits(6, PER, Instant(100)));
        ring.passed(Instant(100));
        assert!(!ring.admits(6, PER, Instant(100)));
        assert!(ring.admits(6, PER, Instant(101)));
    }

    #[test]
    fn without_room_nothing_passes_and_growing_forgets_nothing() {
        assert!(!Ring::default().admits(1, PER, Instant(0)));
        let mut ring = ring(2);
        (10..13).for_each(|now| ring.passed(Instant(now)));
        ring.grow(5);
        assert_eq!(ring.stamps().map(|s| s.0).collect::<Vec<_>>(), [11, 12]);
        ring.passed(Instant(20));
        assert!(!ring.admits(3, PER, Instant(110)) && ring.admits(3, PER, Instant(111)));
        ring.fill(Instant(50));
        assert!(!ring.admits(5, PER, Instant(149)) && ring.admits(5, PER, Instant(150)));
    }

    proptest! {
        #[test]
        fn never_more_than_the_limit_in_any_span(count in 1usize..8, gaps in prop::collection::vec(0u64..60, 1..80)) {
            let (mut ring, mut now, mut passed) = (ring(count), 0, Vec::new());
            for gap in gaps {
                now += gap;
                let recent = passed.iter().filter(|at: &&u64| **at + 100 > now).count();
                prop_assert_eq!(ring.admits(count, PER, Instant(now)), recent < count);
                if recent < count {
                    ring.passed(Instant(now));
                    passed.push(now);
                }
            }
        }
    }
}
