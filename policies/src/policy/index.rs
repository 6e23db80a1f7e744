//! Finds the interval of an item in a time that does not grow with their number.

/// A sorted list of disjoint intervals, and buckets of equal width over their range of which each holds about one.
#[derive(Debug, Default)]
pub(super) struct Index {
    intervals: Box<[Interval]>,
    base: u64,
    shift: u32,
    /// For each bucket, the first interval that ends in it or later; one more than there are buckets.
    buckets: Box<[u32]>,
}

/// Consecutive items that the same covers hold for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interval {
    /// The first item.
    pub(super) first: u64,
    /// The last item, included.
    pub(super) last: u64,
    /// Where its covers are, in the table's list.
    pub(super) covers: (u32, u32),
}

impl Index {
    pub(super) fn new(intervals: Vec<Interval>) -> Self {
        let (Some(first), Some(last)) = (intervals.first(), intervals.last()) else { return Self::default() };
        let base = first.first;
        let range = last.last - base;
        let mut shift = 0;
        while range >> shift >= 2 * intervals.len() as u64 {
            shift += 1;
        }
        let count = (range >> shift) + 1;
        let mut buckets = Vec::with_capacity(count as usize + 1);
        let mut at = 0;
        for bucket in 0..count {
            let start = base + (bucket << shift);
            while intervals.get(at).is_some_and(|i| i.last < start) {
                at += 1;
            }
            buckets.push(at as u32);
        }
        buckets.push(intervals.len() as u32);
        Self { intervals: intervals.into(), base, shift, buckets: buckets.into() }
    }

    /// The position of the first interval that ends at `item` or later.
    pub(super) fn seek(&self, item: u64) -> usize {
        let bucket = (item.saturating_sub(self.base) >> self.shift) as usize;
        let Some([from, to]) = self.buckets.get(bucket..).and_then(|b| b.first_chunk::<2>()) else {
            return self.intervals.len();
        };
        let (from, to) = (*from as usize, (*to as usize + 1).min(self.intervals.len()));
        from + self.intervals[from..to].partition_point(|i| i.last < item)
    }

    /// The interval at a position.
    pub(super) fn at(&self, position: usize) -> Option<&Interval> {
        self.intervals.get(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn seek_agrees_with_a_scan(gaps in prop::collection::vec((0u64..5000, 0u64..40), 0..60), item in 0u64..200_000) {
            let mut intervals = Vec::new();
            let mut at = 7;
            for (gap, length) in gaps {
                intervals.push(Interval { first: at + gap, last: at + gap + length, covers: (0, 0) });
                at += gap + length + 1;
            }
            let index = Index::new(intervals.clone());
            for item in [item, at, at.saturating_sub(1), 0, u64::MAX] {
                let scan = intervals.iter().position(|i| i.last >= item).unwrap_or(intervals.len());
                prop_assert_eq!(index.seek(item), scan);
            }
        }
    }

    #[test]
    fn the_greatest_address_is_found() {
        let all = [Interval { first: 0, last: u64::MAX, covers: (0, 0) }];
        assert_eq!(Index::new(all.to_vec()).seek(u64::MAX), 0);
    }
}
