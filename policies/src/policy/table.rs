//! The grants of one space as sorted, disjoint intervals.

use super::covers::{Cover, Grant};
use super::index::{Index, Interval};
use crate::decision::StatementId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a set of statements grants in one space of one device.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) index: Index,
    covers: Box<[Cover]>,
}

/// One grant on the items `first ..= last`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Granted {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) cover: Cover,
}

impl Table {
    /// Cuts overlapping grants into disjoint intervals, and joins neighbours that are granted alike. Holes of at most
    /// `gaps` items that `taken` says belong to no tag become gaps.
    pub(super) fn new(granted: &[Granted], gaps: u64, taken: impl Fn(u64, u64) -> bool) -> Self {
        let mut sweep = Sweep::default();
        let mut edges: BTreeMap<u64, Vec<(bool, usize)>> = BTreeMap::new();
        for (index, grant) in granted.iter().enumerate() {
            edges.entry(grant.first).or_default().push((true, index));
            if let Some(after) = grant.last.checked_add(1) {
                edges.entry(after).or_default().push((false, index));
            }
        }
        let mut edges = edges.into_iter().peekable();
        while let Some((first, changes)) = edges.next() {
            for (opens, index) in changes {
                sweep.turn(opens, index, granted[index].cover);
            }
            let last = edges.peek().map_or(u64::MAX, |(next, _)| next - 1);
            sweep.emit(first, last);
        }
        sweep.bridge(gaps, taken);
        Self { index: Index::new(sweep.intervals), covers: sweep.covers.into() }
    }

    /// The covers of an interval.
    pub(super) fn covers(&self, interval: &Interval) -> &[Cover] {
        let (from, to) = interval.covers;
        self.covers.get(from as usize..to as usize).unwrap_or(&[])
    }
}

/// Walks over the edges of grants from low to high.
#[derive(Default)]
struct Sweep {
    /// Grants without conditions that are open; the first makes all others superfluous.
    free: BTreeSet<(Cover, usize)>,
    other: BTreeSet<(Cover, usize)>,
    intervals: Vec<Interval>,
    covers: Vec<Cover>,
    known: HashMap<Vec<Cover>, (u32, u32)>,
}

impl Sweep {
    fn turn(&mut self, opens: bool, index: usize, cover: Cover) {
        let set = if cover.grant == Grant::Free { &mut self.free } else { &mut self.other };
        if opens {
            set.insert((cover, index));
        } else {
            set.remove(&(cover, index));
        }
    }

    fn emit(&mut self, first: u64, last: u64) {
        let mut covers: Vec<Cover> = match self.free.first() {
            Some((free, _)) => vec![*free],
            None => self.other.iter().map(|(cover, _)| *cover).collect(),
        };
        covers.dedup();
        if !covers.is_empty() {
            let covers = self.intern(covers);
            self.push(first, last, covers);
        }
    }

    fn push(&mut self, first: u64, last: u64, covers: (u32, u32)) {
        match self.intervals.last_mut() {
            Some(before) if before.covers == covers && before.last.checked_add(1) == Some(first) => before.last = last,
            _ => self.intervals.push(Interval { first, last, covers }),
        }
    }

    fn intern(&mut self, covers: Vec<Cover>) -> (u32, u32) {
        let list = &mut self.covers;
        *self.known.entry(covers).or_insert_with_key(|covers| {
            let from = list.len() as u32;
            list.extend_from_slice(covers);
            (from, list.len() as u32)
        })
    }

    /// Fills the holes that reads may span.
    fn bridge(&mut self, gaps: u64, taken: impl Fn(u64, u64) -> bool) {
        if gaps == 0 {
            return;
        }
        let gap = self.intern(vec![Cover { statement: StatementId(u32::MAX), grant: Grant::Gap }]);
        let granted = core::mem::take(&mut self.intervals);
        for interval in granted {
            if let Some(before) = self.intervals.last() {
                let (first, last) = (before.last.saturating_add(1), interval.first.saturating_sub(1));
                if first <= last && last - first < gaps && !taken(first, last) {
                    self.intervals.push(Interval { first, last, covers: gap });
                }
            }
            self.intervals.push(interval);
        }
    }
}
