//! Finds the cell of an item in a time that does not grow with their number.

use super::covers::Cell;
use std::sync::Arc;

/// The cells of every table of a policy, in two long arrays: a thousand devices with arrays of their own would take more,
/// and leave holes in the memory that the next policy takes.
#[derive(Debug, Default)]
pub(super) struct Pool {
    cells: Vec<Cell>,
    buckets: Vec<u32>,
}

/// Where the cells of one table lie in the pool.
#[derive(Debug)]
pub(super) struct Place {
    cells: (u32, u32),
    buckets: (u32, u32),
    base: u64,
    shift: u32,
}

impl Pool {
    /// With room for so many cells; what is not needed is never touched.
    pub(super) fn with_room(cells: usize) -> Self {
        Self { cells: Vec::with_capacity(cells), buckets: Vec::with_capacity(2 * cells) }
    }

    /// Adds sorted, disjoint cells, and buckets of equal width over their range of which each holds about one.
    pub(super) fn add(&mut self, cells: Vec<Cell>) -> Place {
        let from = (self.cells.len() as u32, self.buckets.len() as u32);
        let mut place = Place { cells: (from.0, from.0), buckets: (from.1, from.1), base: 0, shift: 0 };
        let (Some(first), Some(last)) = (cells.first(), cells.last()) else { return place };
        place.base = first.first;
        let range = last.last - place.base;
        while range >> place.shift >= 2 * cells.len() as u64 {
            place.shift += 1;
        }
        let count = (range >> place.shift) + 1;
        let mut at = 0;
        for bucket in 0..count {
            let start = place.base + (bucket << place.shift);
            while cells.get(at).is_some_and(|i| i.last < start) {
                at += 1;
            }
            self.buckets.push(at as u32);
        }
        self.buckets.push(cells.len() as u32);
        self.cells.extend(cells);
        (place.cells.1, place.buckets.1) = (self.cells.len() as u32, self.buckets.len() as u32);
        place
    }

    /// The arrays, of just the length that is needed.
    pub(super) fn done(self) -> Cells {
        Cells { cells: self.cells.into(), buckets: self.buckets.into() }
    }
}

/// The cells of every table, as a policy keeps them.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    cells: Arc<[Cell]>,
    buckets: Arc<[u32]>,
}

impl Cells {
    /// Those of one table.
    pub(super) fn index(&self, place: &Place) -> Index<'_> {
        Index {
            cells: &self.cells[place.cells.0 as usize..place.cells.1 as usize],
            buckets: &self.buckets[place.buckets.0 as usize..place.buckets.1 as usize],
            base: place.base,
            shift: place.shift,
        }
    }
}

/// The cells of one table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index<'p> {
    cells: &'p [Cell],
    base: u64,
    shift: u32,
    /// For each bucket, the first cell that ends in it or later; one more than there are buckets.
    buckets: &'p [u32],
}

impl<'p> Index<'p> {
    /// The position of the first cell that ends at `item` or later.
    pub(super) fn seek(self, item: u64) -> usize {
        let bucket = (item.saturating_sub(self.base) >> self.shift) as usize;
        let Some([from, to]) = self.buckets.get(bucket..).and_then(|b| b.first_chunk::<2>()) else {
            return self.cells.len();
        };
        let (from, to) = (*from as usize, (*to as usize + 1).min(self.cells.len()));
        from + self.cells[from..to].partition_point(|i| i.last < item)
    }

    /// The cell at a position.
    pub(super) fn at(self, position: usize) -> Option<&'p Cell> {
        self.cells.get(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::StatementId;
    use crate::policy::covers::{Cover, Grant};
    use proptest::prelude::*;

    fn cell(first: u64, last: u64) -> Cell {
        Cell { first, last, cover: Cover { statement: StatementId(0), grant: Grant::Free } }
    }

    proptest! {
        #[test]
        fn seek_agrees_with_a_scan(gaps in prop::collection::vec((0u64..5000, 0u64..40), 0..60), item in 0u64..200_000) {
            let mut cells = Vec::new();
            let mut at = 7;
            for (gap, length) in gaps {
                cells.push(cell(at + gap, at + gap + length));
                at += gap + length + 1;
            }
            let mut pool = Pool::default();
            let other = pool.add(vec![cell(3, 9)]);
            let place = pool.add(cells.clone());
            let cells_of_all = pool.done();
            let index = cells_of_all.index(&place);
            prop_assert_eq!(cells_of_all.index(&other).seek(9), 0);
            for item in [item, at, at.saturating_sub(1), 0, u64::MAX] {
                let scan = cells.iter().position(|i| i.last >= item).unwrap_or(cells.len());
                prop_assert_eq!(index.seek(item), scan);
            }
        }
    }

    #[test]
    fn the_greatest_address_is_found() {
        let all = [cell(0, u64::MAX)];
        let mut pool = Pool::default();
        let place = pool.add(all.to_vec());
        assert_eq!(pool.done().index(&place).seek(u64::MAX), 0);
    }
}
