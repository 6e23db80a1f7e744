//! The grants of one space as sorted, disjoint cells.

use super::covers::{ALWAYS, Cell, Claim, Cover, Grant, Right};
use super::index::{Cells, Index, Place, Pool};
use crate::decision::StatementId;
use core::slice;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Makes the tables of a policy.
#[derive(Debug, Default)]
pub(super) struct Builder {
    list: Vec<Place>,
    pool: Pool,
    many: Vec<Cover>,
}

/// The tables of a policy. What a decision asks is one step away from the policy itself.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    list: Arc<[Place]>,
    cells: Cells,
    /// The covers of cells that have several.
    many: Arc<[Cover]>,
}

impl Tables {
    /// The table of a number.
    pub(super) fn at(&self, number: u32) -> Table<'_> {
        Table { index: self.cells.index(&self.list[number as usize]), many: &self.many }
    }
}

/// What a set of statements grants in one space of one device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'p> {
    pub(super) index: Index<'p>,
    /// The covers of cells that have several, of all tables.
    many: &'p [Cover],
}

/// One grant on the items `first ..= last`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Granted {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) claim: Claim,
}

impl Builder {
    /// With room for so many cells.
    pub(super) fn with_room(cells: usize) -> Self {
        Self { pool: Pool::with_room(cells), ..Self::default() }
    }

    /// Cuts overlapping grants into disjoint cells, and joins neighbours that are granted alike. Holes of at most `gaps`
    /// items of which `loose` says that a read may span them become gaps. Returns the number of the new table.
    pub(super) fn add(
        &mut self,
        granted: &[Granted],
        wider: &BTreeSet<StatementId>,
        gaps: u64,
        loose: impl Fn(u64, u64) -> bool,
    ) -> u32 {
        let mut sweep = Sweep { wider: wider.clone(), ..Sweep::default() };
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
        let cells = sweep.cells(&mut self.many);
        self.list.push(self.pool.add(cells));
        (self.list.len() - 1) as u32
    }

    /// The tables, of just the size that is needed.
    pub(super) fn done(self) -> Tables {
        Tables { list: self.list.into(), cells: self.pool.done(), many: self.many.into() }
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
    /// Grants of anything, always, that are open; the first makes all others superfluous that say no more.
    free: BTreeSet<(Claim, u32)>,
    other: BTreeSet<(Claim, u32)>,
    stretches: Vec<Stretch>,
    claims: Vec<Claim>,
    /// Statements that allow what other ones never do.
    wider: BTreeSet<StatementId>,
}

impl Sweep {
    fn turn(&mut self, opens: bool, index: u32, claim: Claim) {
        let set = if claim.right == Right::Free && claim.under == ALWAYS { &mut self.free } else { &mut self.other };
        if opens {
            set.insert((claim, index));
        } else {
            set.remove(&(claim, index));
        }
    }

    fn emit(&mut self, first: u64, last: u64) {
        let from = self.claims.len();
        match self.free.first() {
            Some((free, _)) => {
                self.claims.push(*free);
                // A statement for several devices at once says more.
                let more = self.other.iter().filter(|(claim, _)| self.wider.contains(&claim.statement));
                self.claims.extend(more.map(|(claim, _)| *claim));
            }
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
        self.claims.push(Claim { statement: StatementId(u32::MAX), right: Right::Gap, under: ALWAYS });
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
        let mut cells = Vec::with_capacity(self.stretches.len());
        for Stretch { first, last, claims } in self.stretches {
            let cover = |claim: &Claim| Cover::new(*claim, first);
            let cover = match &self.claims[claims.0..claims.1] {
                [only] => cover(only),
                all => {
                    let from = many.len() as u32;
                    many.extend(all.iter().map(cover));
                    Cover { statement: all[0].statement, grant: Grant::Many { from, to: many.len() as u32 } }
                }
            };
            cells.push(Cell { first, last, cover });
        }
        cells
    }
}
