//! How long messages take, counted by each worker for itself and told to the program now and then.
//!
//! At every message the workers would contend for the same counters.

use crate::metrics::Metrics;
use prometheus::local::LocalHistogram;
use sluice_model::Instant;
use std::time::Duration;

/// How long what was counted is known to its worker alone.
const DELAY: Duration = Duration::from_millis(100);

/// The counters of one worker.
pub(super) struct Timings {
    inspection: LocalHistogram,
    added_latency: LocalHistogram,
    /// When it is to be told; none when there is nothing.
    pub(super) due: Option<Instant>,
}

impl Timings {
    pub(super) fn new(metrics: &Metrics) -> Self {
        let [inspection, added_latency] = metrics.timings();
        Self { inspection, added_latency, due: None }
    }

    /// What a read brought was decoded and decided.
    pub(super) fn inspected(&mut self, received: Instant, decided: Instant) {
        self.inspection.observe((decided - received).as_secs_f64());
        self.due.get_or_insert(decided + DELAY);
    }

    /// What a read let out was sent.
    pub(super) fn sent(&mut self, received: Instant, sent: Instant) {
        self.added_latency.observe((sent - received).as_secs_f64());
        self.due.get_or_insert(sent + DELAY);
    }

    /// Tells if it is time.
    pub(super) fn tell(&mut self, now: Instant) {
        if self.due.is_some_and(|due| due <= now) {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.inspection.flush();
        self.added_latency.flush();
        self.due = None;
    }
}

/// Nothing is lost with a worker that ends.
impl Drop for Timings {
    fn drop(&mut self) {
        self.flush();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sluice_protocols::registry;

    fn count(metrics: &Metrics) -> u64 {
        let text = String::from_utf8(metrics.text()).unwrap();
        let family = "sluice_added_latency_seconds_count{plane=\"proxy\"} ";
        text.lines().find_map(|line| line.strip_prefix(family)).unwrap().parse().unwrap()
    }

    #[test]
    fn what_is_counted_is_told_after_a_moment_and_at_the_end() {
        let metrics = Metrics::new(&registry::descriptors()).unwrap();
        let mut timings = Timings::new(&metrics);
        timings.sent(Instant(0), Instant(5));
        timings.tell(Instant(6));
        assert_eq!(count(&metrics), 0);
        timings.tell(Instant(5) + DELAY);
        assert_eq!((count(&metrics), timings.due), (1, None));
        timings.sent(Instant(0), Instant(5));
        drop(timings);
        assert_eq!(count(&metrics), 2);
    }
}
