//! One direction of a connection against an obviously right, slow oracle.

use super::Limits;
use super::tcp::{Half, Piece};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What came of a direction.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    bytes: Vec<u8>,
    gaps: usize,
    conflicts: usize,
}

impl Heard {
    fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Bytes { bytes, .. } => self.bytes.extend_from_slice(bytes),
            Piece::Gap => self.gaps += 1,
            Piece::Conflict => self.conflicts += 1,
        }
    }
}

const ROOMY: usize = usize::MAX;

fn limits(segments: usize) -> Limits {
    Limits { segments, segment_bytes: ROOMY, ..Limits::default() }
}

/// Cuts of a stream of `length` bytes: pieces that cover all of it, and pieces that repeat some of it, in any order.
fn cuts(length: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    let points = prop::collection::vec(0..=length, 0..20);
    let again = prop::collection::vec((0..length, 1..=length), 0..20);
    (points, again).prop_flat_map(move |(mut points, again)| {
        points.extend([0, length]);
        points.sort_unstable();
        let once = points.windows(2).map(|w| (w[0], w[1])).filter(|(from, to)| from < to);
        let again = again.into_iter().map(|(from, more)| (from, (from + more).min(length)));
        Just(once.chain(again).collect::<Vec<_>>()).prop_shuffle()
    })
}

proptest! {
    #[test]
    fn segments_in_any_cut_and_order_give_the_stream(
        stream in prop::collection::vec(any::<u8>(), 1..3000),
        seed in any::<u32>(),
        cuts in (1usize..3000).prop_flat_map(cuts),
    ) {
        let first = seed.wrapping_add(u32::MAX - 1000);
        let (mut half, mut heard) = (Half::default(), Heard::default());
        half.open(first);
        // The cuts were made for a stream of another length: what lies beyond this one's end is not sent.
        for (from, to) in cuts.into_iter().chain([(0, stream.len())]) {
            let to = to.min(stream.len());
            if from < to {
                half.segment(first.wrapping_add(from as u32), &stream[from..to], &limits(ROOMY), &mut |p| heard.take(p));
            }
        }
        prop_assert_eq!(heard, Heard { bytes: stream, gaps: 0, conflicts: 0 });
        half.rest();
        prop_assert_eq!(half.cost(), 0);
    }

    #[test]
    fn the_first_copy_wins_and_gaps_are_counted(
        segments in prop::collection::vec((0usize..64, prop::collection::vec(0u8..4, 1..12)), 1..24),
        first in prop_oneof![any::<u32>(), u32::MAX - 70..=u32::MAX],
    ) {
        let (mut half, mut heard) = (Half::default(), Heard::default());
        half.open(first);
        let mut oracle: BTreeMap<usize, u8> = BTreeMap::new();
        let mut conflicts = 0;
        for (from, bytes) in &segments {
            let before = heard.conflicts;
            half.segment(first.wrapping_add(*from as u32), bytes, &limits(ROOMY), &mut |p| heard.take(p));
            let mut conflict = false;
            for (at, byte) in (*from..).zip(bytes) {
                conflict |= oracle.get(&at).is_some_and(|known| known != byte);
                oracle.entry(at).or_insert(*byte);
            }
            conflicts += usize::from(conflict);
            prop_assert_eq!(heard.conflicts > before, conflict);
        }
        half.flush(&mut |p| heard.take(p));
        let places: Vec<usize> = oracle.keys().copied().collect();
        let gaps = usize::from(places[0] != 0) + places.windows(2).filter(|w| w[0] + 1 != w[1]).count();
        prop_assert_eq!(heard.bytes, oracle.into_values().collect::<Vec<_>>());
        prop_assert_eq!(heard.gaps, gaps);
        prop_assert!(heard.conflicts >= conflicts);
    }

    #[test]
    fn what_waits_is_bounded(
        segments in prop::collection::vec((any::<u16>(), 1usize..200), 1..200),
    ) {
        let mut half = Half::default();
        half.open(0);
        let limits = Limits { segments: 5, segment_bytes: 500, ..Limits::default() };
        for (from, length) in segments {
            half.segment(from.into(), &vec![0; length], &limits, &mut |_| {});
            prop_assert!(half.cost() <= 500 + 5 * 40 + 2 * 1024);
        }
    }
}

#[test]
fn a_gap_is_given_up_once_the_receiver_acknowledged_what_lies_behind_it() {
    let (mut half, mut heard) = (Half::default(), Heard::default());
    let mut hear = |half: &mut Half, at, bytes: &[u8]| {
        half.segment(at, bytes, &limits(ROOMY), &mut |p| heard.take(p));
    };
    hear(&mut half, 100, b"ab");
    hear(&mut half, 104, b"ef");
    half.acknowledge(103, &mut |p| heard.take(p));
    assert_eq!(heard, Heard { bytes: b"ab".to_vec(), gaps: 0, conflicts: 0 });
    half.acknowledge(106, &mut |p| heard.take(p));
    assert_eq!(heard, Heard { bytes: b"abef".to_vec(), gaps: 1, conflicts: 0 });
}

#[test]
fn a_probe_for_life_is_no_content() {
    let mut half = Half::default();
    half.open(100);
    assert!(half.is_probe(99, &[0]));
    assert!(!half.is_probe(99, &[0, 0]));
    assert!(!half.is_probe(100, &[0]));
}
