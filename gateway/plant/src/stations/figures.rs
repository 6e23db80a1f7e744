//! What the stations experience: counts, and latency samples through the gateway and beside it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Latency samples that are kept; older ones make room.
const MOST_SAMPLES: usize = 8192;

/// The experience of one way (through the gateway, or direct), by all stations that use it.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    round_trips: AtomicU64,
    refused: AtomicU64,
    failures: AtomicU64,
    connects: AtomicU64,
    samples: Mutex<VecDeque<Duration>>,
}

impl Tally {
    pub(super) fn served(&self, took: Duration) {
        self.round_trips.fetch_add(1, Relaxed);
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() == MOST_SAMPLES {
            samples.pop_front();
        }
        samples.push_back(took);
    }

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failures.fetch_add(1, Relaxed);
    }

    pub(super) fn connected(&self) {
        self.connects.fetch_add(1, Relaxed);
    }

    fn summary(&self) -> Summary {
        let mut samples: Vec<Duration> =
            self.samples.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        samples.sort_unstable();
        Summary {
            round_trips: self.round_trips.load(Relaxed),
            refused: self.refused.load(Relaxed),
            failures: self.failures.load(Relaxed),
            connects: self.connects.load(Relaxed),
            p50: percentile(&samples, 50),
            p99: percentile(&samples, 99),
            samples,
        }
    }
}

/// Counts and latency of one way at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Requests that got their answer.
    pub round_trips: u64,
    /// Requests that got an exception.
    pub refused: u64,
    /// Requests without a usable answer, and connections that could not be made.
    pub failures: u64,
    /// Connections made; more than one a controller and station means reconnects.
    pub connects: u64,
    /// Median latency.
    pub p50: Option<Duration>,
    /// 99th percentile.
    pub p99: Option<Duration>,
    /// The latest samples (at most 8192), sorted.
    pub samples: Vec<Duration>,
}

/// The stations' experience; shared, counts on while it is read.
#[derive(Debug, Default)]
pub struct Figures {
    pub(crate) through: Tally,
    pub(crate) direct: Tally,
    pub(crate) others: Tally,
}

impl Figures {
    /// The HMI through the gateway.
    pub fn through(&self) -> Summary {
        self.through.summary()
    }

    /// The HMI beside the gateway: the same polls, each a moment before or after its twin.
    pub fn direct(&self) -> Summary {
        self.direct.summary()
    }

    /// Historian and engineering station, through the gateway.
    pub fn others(&self) -> Summary {
        self.others.summary()
    }

    /// What the gateway adds to a round trip: median and 99th percentile through it, less the same beside it.
    /// `None` until both ways have samples.
    pub fn added(&self) -> Option<(Duration, Duration)> {
        let (through, direct) = (self.through(), self.direct());
        Some((through.p50?.saturating_sub(direct.p50?), through.p99?.saturating_sub(direct.p99?)))
    }
}

/// The value below which `percent` of the sorted samples lie (nearest rank).
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let samples: Vec<_> = (1..=200).map(Duration::from_micros).collect();
        assert_eq!(percentile(&samples, 50), Some(Duration::from_micros(100)));
        assert_eq!(percentile(&samples, 99), Some(Duration::from_micros(198)));
        assert_eq!(percentile(&samples[..1], 99), Some(Duration::from_micros(1)));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn samples_are_bounded_and_the_latest_stay() {
        let figures = Figures::default();
        assert_eq!(figures.added(), None);
        for n in 0..10_000 {
            figures.through.served(Duration::from_micros(n));
            figures.direct.served(Duration::from_micros(1));
        }
        let through = figures.through();
        assert_eq!((through.round_trips, through.samples.len()), (10_000, MOST_SAMPLES));
        assert_eq!(through.samples[0], Duration::from_micros(10_000 - MOST_SAMPLES as u64));
        assert!(figures.added().is_some_and(|(p50, p99)| p50 < p99));
    }
}
