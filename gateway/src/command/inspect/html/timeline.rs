//! Requests by time: equal stretches that grow with the capture, so that there are never many.

use sluice_model::{Action, Instant};
use std::collections::BTreeMap;

/// Most stretches.
const STRETCHES: u64 = 120;
/// The shortest, in nanoseconds.
const SHORTEST: u64 = 1_000_000;

/// Requests of one stretch, by the discriminant of their action.
pub(super) type Counts = [u64; Action::ALL.len()];

/// Counts over time. Captures that were put together are not in order.
pub(super) struct Timeline {
    /// Length of a stretch in nanoseconds.
    pub(super) width: u64,
    /// By time divided by `width`; those without any request are left out.
    pub(super) stretches: BTreeMap<u64, Counts>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { width: SHORTEST, stretches: BTreeMap::new() }
    }
}

impl Timeline {
    pub(super) fn add(&mut self, at: Instant, action: Action) {
        self.stretches.entry(at.0 / self.width).or_default()[action as usize] += 1;
        while self.range().is_some_and(|(first, last)| last - first >= STRETCHES) {
            self.merge();
        }
    }

    /// The first and the last stretch.
    pub(super) fn range(&self) -> Option<(u64, u64)> {
        let first = self.stretches.first_key_value()?;
        let last = self.stretches.last_key_value()?;
        Some((*first.0, *last.0))
    }

    /// Makes two stretches into one.
    fn merge(&mut self) {
        self.width *= 2;
        for (index, counts) in std::mem::take(&mut self.stretches) {
            let into = self.stretches.entry(index / 2).or_default();
            into.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_merge_and_lose_nothing_whatever_the_order() {
        let mut timeline = Timeline::default();
        for step in 0..10_000_u64 {
            timeline.add(Instant((step * 7_919 % 10_000) * 36_000_000_000), Action::Read);
        }
        timeline.add(Instant(u64::MAX), Action::Write);
        timeline.add(Instant(0), Action::Write);
        let sum = |action: Action| timeline.stretches.values().map(|c| c[action as usize]).sum::<u64>();
        assert_eq!((sum(Action::Read), sum(Action::Write)), (10_000, 2));
        assert!(timeline.stretches.len() as u64 <= STRETCHES);
        let (first, last) = timeline.range().unwrap_or_default();
        assert!(last - first < STRETCHES && (u64::MAX / timeline.width) == last);
    }
}
