//! Ranges of items, sorted so that those which meet another range are found without walking over all.

use super::meet;
use sluice_model::{SpaceId, Span};

/// Ranges, each with what belongs to it.
pub(crate) struct Ranges<T> {
    /// Sorted by their first item.
    sorted: Vec<(Span, T)>,
    /// The last item of any range up to this one.
    reach: Vec<(SpaceId, u64)>,
}

impl<T> Ranges<T> {
    pub(crate) fn of(ranges: impl IntoIterator<Item = (Span, T)>) -> Self {
        let mut sorted: Vec<(Span, T)> = ranges.into_iter().collect();
        sorted.sort_by_key(|(s, _)| (s.space, s.first));
        let mut reach: Vec<(SpaceId, u64)> = Vec::with_capacity(sorted.len());
        for (span, _) in &sorted {
            let own = (span.space, span.last);
            reach.push(reach.last().map_or(own, |before| own.max(*before)));
        }
        Self { sorted, reach }
    }

    /// Those that share an item with `span`, by their first item.
    pub(crate) fn meeting(&self, span: Span) -> impl Iterator<Item = &(Span, T)> {
        let from = self.reach.partition_point(|reach| *reach < (span.space, span.first));
        let to = self.sorted.partition_point(|(s, _)| (s.space, s.first) <= (span.space, span.last));
        self.sorted[from.min(to)..to].iter().filter(move |(own, _)| meet(*own, span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_those_that_meet_are_found() {
        let span = |space, first, last| Span { space: SpaceId(space), first, last };
        let all = [
            span(0, 5, 5),
            span(0, 0, 9),
            span(1, 3, 4),
            span(0, 7, 20),
            span(1, 0, 100),
            span(2, 4, 4),
            span(1, 50, 60),
            span(0, 10, 12),
        ];
        let ranges = Ranges::of(all.iter().map(|s| (*s, ())));
        for space in 0..4 {
            for (first, last) in (0..25).flat_map(|a| [(a, a), (a, a + 1), (a, a + 7), (a, 200)]) {
                let asked = span(space, first, last);
                let mut found: Vec<Span> = ranges.meeting(asked).map(|(s, ())| *s).collect();
                let mut wanted: Vec<Span> = all.iter().copied().filter(|s| meet(*s, asked)).collect();
                found.sort_by_key(|s| (s.first, s.last));
                wanted.sort_by_key(|s| (s.first, s.last));
                assert_eq!(found, wanted, "{asked:?}");
            }
        }
    }
}
