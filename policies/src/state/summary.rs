//! How the state stands, for metrics and `status`.

use super::State;
use core::time::Duration;
use sluice_model::Instant;

/// How the state stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Facts that are known and that some condition still trusts.
    pub fresh: usize,
    /// Facts that are known, and too old for every condition.
    pub stale: usize,
    /// Facts that are not known.
    pub unknown: usize,
    /// Messages that hold something until they are answered.
    pub held: usize,
    /// The windows that are open, with how long they stay so.
    pub windows: Vec<(String, Duration)>,
    /// How long the glass stays broken, if it is.
    pub broken: Option<Duration>,
    /// Whether the plant is locked down.
    pub lockdown: bool,
    /// Whether the wall clock is trusted.
    pub clock: bool,
}

impl State {
    /// How it stands at `now`.
    pub fn summary(&self, now: Instant) -> Summary {
        let names = self.names();
        let mut summary = Summary {
            held: self.ledger().held(),
            broken: self.orders.broken(now),
            lockdown: self.orders.lockdown(),
            clock: self.clock.wall(now).is_some(),
            ..Summary::default()
        };
        for fact in names.facts.values() {
            match fact.read() {
                None => summary.unknown += 1,
                Some(observed) if fact.is_stale(observed, now) => summary.stale += 1,
                Some(_) => summary.fresh += 1,
            }
        }
        let open = names.windows.iter().filter_map(|(name, window)| Some((name.to_string(), window.until(now)? - now)));
        summary.windows = open.collect();
        summary
    }
}
