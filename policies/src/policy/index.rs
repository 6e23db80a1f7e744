//! Finds the cell of an item in a time that does not grow with their number.

use super::covers::Cell;

/// A sorted list of disjoint cells, and buckets of equal width over their range of which each holds about one.
#[derive(Debug, Default)]
pub(super) struct Index {
    cells: Box<[Cell]>,
    base: u64,
    shift: u32,
    /// For each bucket, the first cell that ends in it or later; one more than there are buckets.
    buckets: Box<[u32]>,
}

impl Index {
    pub(super) fn new(cells: Vec<Cell>) -> Self {
        let (Some(first), Some(last)) = (cells.first(), cells.last()) else { return Self::default() };
        let base = first.first;
        let range = last.last - base;
        let mut shift = 0;
        while range >> shift >= 2 * cells.len() as u64 {
            shift += 1;
        }
        let count = (range >> shift) + 1;
        let mut buckets = Vec::with_capacity(count as usize + 1);
        let mut at = 0;
        for bucket in 0..count {
            let start = base + (bucket << shift);
            while cells.get(at).is_some_and(|i| i.last < start) {
                at += 1;
            }
            buckets.push(at as u32);
        }
        buckets.push(cells.len() as u32);
        Self { cells: cells.into(), base, shift, buckets: buckets.into() }
    }

    /// The position of the first cell that ends at `item` or later.
    pub(super) fn seek(&self, item: u64) -> usize {
        let bucket = (item.saturating_sub(self.base) >> self.shift) as usize;
        let Some([from, to]) = self.buckets.get(bucket..).and_then(|b| b.first_chunk::<2>()) else {
            return self.cells.len();
        };
        let (from, to) = (*from as usize, (*to as usize + 1).min(self.cells.len()));
        from + self.cells[from..to].partition_point(|i| i.last < item)
    }

    /// The cell at a position.
    pub(super) fn at(&self, position: usize) -> Option<&Cell> {
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
            let index = Index::new(cells.clone());
            for item in [item, at, at.saturating_sub(1), 0, u64::MAX] {
                let scan = cells.iter().position(|i| i.last >= item).unwrap_or(cells.len());
                prop_assert_eq!(index.seek(item), scan);
            }
        }
    }

    #[test]
    fn the_greatest_address_is_found() {
        let all = [cell(0, u64::MAX)];
        assert_eq!(Index::new(all.to_vec()).seek(u64::MAX), 0);
    }
}
