//! Aggregation at the source: the first of a kind at once, the same again counted for 10 s and told as one.
//!
//! Two lanes with their own bounds, and a share of each for one source, so that a flood of small things, or of one
//! attacker's, cannot displace the evidence of another. What finds no room is counted, by severity.

use super::event::Severity;
use sluice_model::Instant;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

/// How long the same again is counted before it is told.
pub(super) const WINDOW: Duration = Duration::from_secs(10);

/// What comes of one more occurrence.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It is the first of its kind: tell it.
    Now,
    /// It is counted and told at the end of its window.
    Later,
    /// There was no room to remember it: it is counted as lost.
    Lost,
}

/// Kinds under observation: `K` says when two occurrences are the same, `T` is what is told, `S` its source.
pub(super) struct Aggregator<K, S, T> {
    lanes: [Lane<K, S, T>; 2],
    lost: [u64; 5],
}

struct Lane<K, S, T> {
    entries: HashMap<K, Entry<S, T>>,
    /// Ends of windows, in order: every window has the same length.
    ends: VecDeque<(Instant, K)>,
    by_source: HashMap<S, usize>,
    room: usize,
}

struct Entry<S, T> {
    source: S,
    /// The latest of those that wait to be told.
    latest: Option<T>,
    count: u64,
}

impl<K: Hash + Eq + Clone, S: Hash + Eq + Clone, T> Aggregator<K, S, T> {
    /// With room for this many kinds of high severity, and as many again of the others four times over.
    pub(super) fn new(room: usize) -> Self {
        Self { lanes: [room, room * 4].map(Lane::new), lost: [0; 5] }
    }

    /// One more occurrence. `told` is kept only when it has to wait.
    pub(super) fn occurs(
        &mut self,
        now: Instant,
        severity: Severity,
        key: &K,
        source: &S,
        told: impl FnOnce() -> T,
    ) -> Told {
        let lane = &mut self.lanes[usize::from(severity < Severity::High)];
        if let Some(entry) = lane.entries.get_mut(key) {
            entry.count += 1;
            entry.latest = Some(told());
            return Told::Later;
        }
        if lane.open(now, key, source) {
            return Told::Now;
        }
        self.lost[severity as usize] += 1;
        Told::Lost
    }

    /// Ends the windows that are over and hands each kind that occurred again, with how often, to `tell`.
    pub(super) fn expire(&mut self, now: Instant, mut tell: impl FnMut(T, u64)) {
        for lane in &mut self.lanes {
            lane.expire(now, &mut tell);
        }
    }

    /// What found no room since the last call, by severity.
    pub(super) fn lost(&mut self) -> [u64; 5] {
        std::mem::take(&mut self.lost)
    }
}

impl<K: Hash + Eq + Clone, S: Hash + Eq + Clone, T> Lane<K, S, T> {
    fn new(room: usize) -> Self {
        Self { entries: HashMap::new(), ends: VecDeque::new(), by_source: HashMap::new(), room }
    }

    /// Begins a window; `false` when there is no room.
    fn open(&mut self, now: Instant, key: &K, source: &S) -> bool {
        let of_source = self.by_source.get(source).copied().unwrap_or(0);
        if self.entries.len() >= self.room || of_source >= self.room / 4 {
            return false;
        }
        self.by_source.insert(source.clone(), of_source + 1);
        self.entries.insert(key.clone(), Entry { source: source.clone(), latest: None, count: 0 });
        self.ends.push_back((now + WINDOW, key.clone()));
        true
    }

    fn expire(&mut self, now: Instant, tell: &mut impl FnMut(T, u64)) {
        while self.ends.front().is_some_and(|(end, _)| *end <= now) {
            let Some((_, key)) = self.ends.pop_front() else { return };
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            if let Some(latest) = entry.latest.take() {
                tell(latest, std::mem::take(&mut entry.count));
                self.ends.push_back((now + WINDOW, key));
            } else {
                self.close(&key);
            }
        }
    }

    fn close(&mut self, key: &K) {
        let Some(entry) = self.entries.remove(key) else { return };
        if let Some(count) = self.by_source.get_mut(&entry.source) {
            *count -= 1;
            if *count == 0 {
                self.by_source.remove(&entry.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant(seconds * 1_000_000_000)
    }

    fn expired(a: &mut Aggregator<u32, u32, &'static str>, now: u64) -> Vec<(&'static str, u64)> {
        let mut told = Vec::new();
        a.expire(at(now), |t, n| told.push((t, n)));
        told
    }

    #[test]
    fn the_first_at_once_then_a_count_each_ten_seconds() {
        let mut a = Aggregator::new(8);
        assert_eq!(a.occurs(at(0), Severity::Low, &1, &1, || "first"), Told::Now);
        assert_eq!(a.occurs(at(1), Severity::Low, &1, &1, || "second"), Told::Later);
        assert_eq!(a.occurs(at(2), Severity::Low, &1, &1, || "third"), Told::Later);
        assert_eq!(expired(&mut a, 9), []);
        assert_eq!(expired(&mut a, 10), [("third", 2)]);
        assert_eq!(a.occurs(at(15), Severity::Low, &1, &1, || "again"), Told::Later);
        assert_eq!(expired(&mut a, 20), [("again", 1)]);
        assert_eq!(expired(&mut a, 30), []);
        assert_eq!(a.occurs(at(31), Severity::Low, &1, &1, || "new"), Told::Now);
    }

    #[test]
    fn kinds_do_not_mix() {
        let mut a = Aggregator::new(8);
        assert_eq!(a.occurs(at(0), Severity::Low, &1, &1, || ""), Told::Now);
        assert_eq!(a.occurs(at(0), Severity::Low, &2, &1, || ""), Told::Now);
    }

    #[test]
    fn one_source_cannot_take_the_room_of_another_and_losses_are_counted() {
        let mut a: Aggregator<u32, u32, &str> = Aggregator::new(8);
        for key in 0..100 {
            a.occurs(at(0), Severity::High, &key, &1, || "flood");
        }
        assert_eq!(a.occurs(at(0), Severity::High, &1000, &2, || "evidence"), Told::Now);
        assert_eq!(a.lost(), [0, 0, 0, 98, 0]);
        assert_eq!(a.lost(), [0; 5]);
    }

    #[test]
    fn a_flood_of_small_things_leaves_the_lane_of_high_severity_alone() {
        let mut a: Aggregator<u32, u32, &str> = Aggregator::new(8);
        for key in 0..100 {
            a.occurs(at(0), Severity::Low, &key, &key, || "flood");
        }
        assert_eq!(a.occurs(at(0), Severity::High, &7, &7, || "write"), Told::Now);
        assert_eq!(a.lost()[Severity::Low as usize], 68);
    }
}
