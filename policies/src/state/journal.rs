//! What outlives the process: how often things were done, and a lockdown. What devices were last seen to hold does not:
//! after a restart it is unknown until it is read.

use super::State;
use core::sync::atomic::Ordering;
use core::time::Duration;
use serde::{Deserialize, Serialize};
use sluice_model::Instant;
use std::collections::BTreeMap;

/// Moments of rates that a journal holds at most; of more, none is kept, and every rate counts as full.
pub(super) const MOST: usize = 1 << 16;

/// The part of a state that is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// Whether the plant was locked down.
    pub lockdown: bool,
    /// Of every rate, how long ago (in nanoseconds) what counts in it passed, the oldest first; `None` when that is not
    /// known, because the process did not end by itself, or because there is too much of it.
    pub rates: Option<BTreeMap<String, Vec<u64>>>,
}

impl State {
    /// What is to be written down at `now`. A process that goes on writes down that it did not end by itself: `ended` is
    /// false.
    pub fn export(&self, now: Instant, ended: bool) -> Journal {
        Journal { lockdown: self.orders.lockdown(), rates: if ended { self.export_rates(now) } else { None } }
    }

    fn export_rates(&self, now: Instant) -> Option<BTreeMap<String, Vec<u64>>> {
        let names = self.names();
        let ledger = self.ledger();
        let mut rates: BTreeMap<String, Vec<u64>> =
            names.waiting.iter().map(|(name, stamps)| (name.to_string(), ages(stamps.iter().copied(), now))).collect();
        rates.extend(names.rates.iter().filter_map(|(name, number)| {
            let ring = ledger.rates.get(number as usize)?;
            Some((name.to_owned(), ages(ring.stamps(), now)))
        }));
        rates.retain(|_, ages| !ages.is_empty());
        (rates.values().map(Vec::len).sum::<usize>() <= MOST).then_some(rates)
    }

    /// Goes on at `now` where a process ended, `away` before. Without a journal, or with one whose process did not end by
    /// itself, every rate counts as full. To be called before a policy is bound.
    pub fn import(&self, journal: Option<&Journal>, away: Duration, now: Instant) {
        let mut names = self.names();
        self.orders.lockdown.store(journal.is_some_and(|j| j.lockdown), Ordering::Release);
        match journal.and_then(|j| j.rates.as_ref()) {
            Some(rates) => {
                let before = |age: &u64| Instant(now.0.saturating_sub(age.saturating_add(away.as_nanos() as u64)));
                names.waiting = rates
                    .iter()
                    .map(|(name, ages)| (name.as_str().into(), ages.iter().map(before).collect()))
                    .collect();
                names.full = None;
            }
            None => names.full = Some(now),
        }
    }
}

fn ages(stamps: impl Iterator<Item = Instant>, now: Instant) -> Vec<u64> {
    stamps.map(|stamp| now.0.saturating_sub(stamp.0)).collect()
}
