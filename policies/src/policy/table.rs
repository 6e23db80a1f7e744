//! The grants of one space as sorted, disjoint cells.

use super::covers::{Cell, Claim, Cover, Grant, Right};
use super::index::{Index, Place, Pool};
use crate::decision::StatementId;
use core::slice;
use std::collections::BTreeSet;

/// The tables of a policy.
#[derive(Debug, Default)]
pub(super) struct Tables {
    list: Vec<Entry>,
    pool: Pool,
    many: Vec<Cover>,
}

#[derive(Debug)]
struct Entry {
    place: Place,
    /// Where its covers begin and end in `many`.
    many: (u32, u32),
}

/// What a set of statements grants in one space of one device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'p> {
    pub(super) index: Index<'p>,
    /// The covers of cells that have several.
    many: &'p [Cover],
}

/// One grant on the items `first ..= last`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Granted {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) claim: Claim,
}

impl Tables {
    /// With room for so many cells.
    pub(super) fn with_room(cells: usize) -> Self {
        Self { pool: Pool::with_room(cells), ..Self::default() }
    }

    /// Cuts overlapping grants into disjoint cells, and joins neighbours that are granted alike. Holes of at most `gaps`
    /// items of which `loose` says that a read may span them become gaps. Returns the number of the new table.
    pub(super) fn add(&mut self, granted: &[Granted], gaps: u64, loose: impl Fn(u64, u64) -> bool) -> u32 {
        let mut sweep = Sweep::default();
        let mut edges: Vec<(u64, bool, u32)> = Vec::with_capacity(2 * granted.len());
        for (index, grant) in (0..).zip(granted) {
            edges.push((grant.first, true, index));
            if let Some(after) = grant.last.checked_add(1) {
                edges.push((after, false, index));
            }
        }
        edges.sort_unstable();
        let mut edges = edges.as_slice();
        while let Some((first, ..)) = edges.first().copied() {
            let here = edges.partition_point(|(at, ..)| *at == first);
            for (_, opens, index) in &edges[..here] {
                sweep.turn(*opens, *index, granted[*index as usize].claim);
            }
            edges = &edges[here..];
            let last = edges.first().map_or(u64::MAX, |(next, ..)| next - 1);
            sweep.emit(first, last);
        }
        sweep.bridge(gaps, loose);
        let from = self.many.len() as u32;
        let cells = sweep.cells(&mut self.many);
        let entry = Entry { place: self.pool.add(cells), many: (from, self.many.len() as u32) };
        self.list.push(entry);
        (self.list.len() - 1) as u32
    }

    /// The table of a number.
    pub(super) fn at(&self, number: u32) -> Table<'_> {
        let Entry { place, many: (from, to) } = &self.list[number as usize];
        Table { index: self.pool.index(place), many: &self.many[*from as usize..*to as usize] }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.list.shrink_to_fit();
        self.pool.shrink_to_fit();
        self.many.shrink_to_fit();
    }
}

impl<'p> Table<'p> {
    /// The covers of a cell.
    pub(super) fn covers(self, cell: &'p Cell) -> &'p [Cover] {
        match cell.cover.grant {
            Grant::Many { from, to } => self.many.get(from as usize..to as usize).unwrap_or(&[]),
            _ => slice::from_ref(&cell.cover),
        }
    }
}

/// Consecutive items under the same claims.
struct Stretch {
    first: u64,
    last: u64,
    /// Where they are in the sweep's list; never none.
    claims: (usize, usize),
}

/// Walks over the edges of grants from low to high.
#[derive(Default)]
struct Sweep {
    /// Grants without conditions that are open; the first makes all others superfluous.
    free: BTreeSet<(Claim, u32)>,
    other: BTreeSet<(Claim, u32)>,
    stretches: Vec<Stretch>,
    claims: Vec<Claim>,
}

impl Sweep {
    fn turn(&mut self, opens: bool, index: u32, claim: Claim) {
        let set = if claim.right == Right::Free { &mut self.free } else { &mut self.other };
        if opens {
            set.insert((claim, index));
        } else {
            set.remove(&(claim, index));
        }
    }

    fn emit(&mut self, first: u64, last: u64) {
        let from = self.claims.len();
        match self.free.first() {
            Some((free, _)) => self.claims.push(*free),
            None => {
                for (claim, _) in &self.other {
                    // The same claim twice says nothing more.
                    if self.claims[from..].last() != Some(claim) {
                        self.claims.push(*claim);
                    }
                }
            }
        }
        let claims = &self.claims[from..];
        match self.stretches.last_mut() {
            _ if claims.is_empty() => {}
            Some(before)
                if before.last.checked_add(1) == Some(first) && self.claims[before.claims.0..from] == *claims =>
            {
                before.last = last;
                self.claims.truncate(from);
            }
            _ => self.stretches.push(Stretch { first, last, claims: (from, self.claims.len()) }),
        }
    }

    /// Fills the holes that reads may span.
    fn bridge(&mut self, gaps: u64, loose: impl Fn(u64, u64) -> bool) {
        if gaps == 0 {
            return;
        }
        let gap = (self.claims.len(), self.claims.len() + 1);
        self.claims.push(Claim { statement: StatementId(u32::MAX), right: Right::Gap });
        for next in core::mem::take(&mut self.stretches) {
            if let Some(before) = self.stretches.last() {
                let (first, last) = (before.last.saturating_add(1), next.first.saturating_sub(1));
                if first <= last && last - first < gaps && loose(first, last) {
                    self.stretches.push(Stretch { first, last, claims: gap });
                }
            }
            self.stretches.push(next);
        }
    }

    /// The cells; covers of those that have several are added to `many`.
    fn cells(self, many: &mut Vec<Cover>) -> Vec<Cell> {
        let begin = many.len();
        let mut cells = Vec::with_capacity(self.stretches.len());
        for Stretch { first, last, claims } in self.stretches {
            let cover = |claim: &Claim| Cover::new(*claim, first);
            let cover = match &self.claims[claims.0..claims.1] {
                [only] => cover(only),
                all => {
                    let from = (many.len() - begin) as u32;
                    many.extend(all.iter().map(cover));
                    let to = (many.len() - begin) as u32;
                    Cover { statement: all[0].statement, grant: Grant::Many { from, to } }
                }
            };
            cells.push(Cell { first, last, cover });
        }
        cells
    }
}
