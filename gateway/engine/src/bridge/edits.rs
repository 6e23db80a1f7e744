//! What the bridge took out of one direction and put into it, and where every byte lies on either side of it.

use super::seq::Seq;

/// Most edits that are open at once; one more message has to wait until some are acknowledged.
pub(super) const MOST: usize = 16;

/// How far the oldest open edit may lie behind: half of what sequence numbers can tell apart.
const REACH: u32 = 1 << 30;

/// At input position `at`, `deleted` bytes are left out and `inserted` bytes stand in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) at: Seq,
    pub(super) deleted: u32,
    pub(super) inserted: u32,
}

impl Edit {
    fn end(&self) -> Seq {
        self.at + self.deleted
    }

    /// How many of its deleted bytes lie before `x`.
    fn deleted_before(&self, x: Seq) -> u32 {
        x.past(self.at).min(self.deleted)
    }

    const fn shift(&self) -> u32 {
        self.inserted.wrapping_sub(self.deleted)
    }
}

/// The edits of one direction that are not acknowledged on both sides, oldest first. Those that are live on in the
/// distance between input and output alone, which the caller keeps (`shift`), because a flow without open edits has
/// no `Edits`.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<Edit>);

impl Edits {
    /// No edits.
    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    /// Whether none is open.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Oldest first.
    pub(super) fn all(&self) -> &[Edit] {
        &self.0
    }

    /// Those that were exported; None if no edits can be these.
    pub(super) fn restored(edits: Vec<Edit>) -> Option<Self> {
        let in_order = edits.windows(2).all(|pair| !pair[1].at.before(pair[0].end()));
        (edits.len() <= MOST && in_order).then_some(Self(edits))
    }

    /// The parts of the input in `[from, to)` that leave as they came, each with where it lies in the output.
    pub(super) fn kept(&self, mut shift: u32, from: Seq, to: Seq) -> impl Iterator<Item = (Seq, Seq, Seq)> {
        let mut x = from;
        let last = Edit { at: to, deleted: 0, inserted: 0 };
        self.0.iter().copied().chain([last]).filter_map(move |edit| {
            let (start, end) = (x, edit.at.earlier(to));
            let out = start + shift;
            x = x.later(edit.end());
            shift = shift.wrapping_add(edit.shift());
            start.before(end).then_some((start, end, out))
        })
    }

    /// Whether bytes that were put in are still to be acknowledged.
    pub(super) fn inserts(&self) -> bool {
        self.0.iter().any(|e| e.inserted > 0)
    }

    /// Whether any edit at `at` can be taken.
    pub(super) fn room(&self, at: Seq) -> bool {
        self.0.len() < MOST && self.0.first().is_none_or(|e| at.past(e.at) < REACH)
    }

    /// Takes an edit that lies behind all others. Adjacent ones become one where no position map changes by it: a
    /// deletion joins whatever ends there, an insertion joins what deletes nothing.
    pub(super) fn push(&mut self, edit: Edit) {
        match self.0.last_mut() {
            Some(last) if last.end() == edit.at && (edit.inserted == 0 || last.deleted == 0) => {
                last.deleted += edit.deleted;
                last.inserted += edit.inserted;
            }
            _ => self.0.push(edit),
        }
    }

    /// Drops the edits that the receiver acknowledged up to output `una` and that the sender knows to be acknowledged
    /// up to input `acked`; returns the new shift.
    pub(super) fn retire(&mut self, mut shift: u32, una: Seq, acked: Seq) -> u32 {
        let mut done = 0;
        for edit in &self.0 {
            if una.before(edit.at + shift + edit.inserted) || acked.before(edit.end()) {
                break;
            }
            shift = shift.wrapping_add(edit.shift());
            done += 1;
        }
        self.0.drain(..done);
        shift
    }

    /// The output position of input `x`, before what was put in there.
    pub(super) fn lo(&self, shift: u32, x: Seq) -> Seq {
        self.image(shift, x, |edit| edit.at.before(x))
    }

    /// The output position of input `x`, behind what was put in there.
    pub(super) fn hi(&self, shift: u32, x: Seq) -> Seq {
        self.image(shift, x, |edit| !x.before(edit.at))
    }

    /// The greatest input position that is wholly covered by the output below `y`: the place of an insertion that `y`
    /// lies in, the end of a deletion that `y` lies at.
    pub(super) fn inv(&self, mut shift: u32, y: Seq) -> Seq {
        for edit in &self.0 {
            let start = edit.at + shift;
            if y.before(start) {
                break;
            }
            if y.before(start + edit.inserted) {
                return edit.at;
            }
            shift = shift.wrapping_add(edit.shift());
        }
        y - shift
    }

    fn image(&self, shift: u32, x: Seq, counts: impl Fn(&Edit) -> bool) -> Seq {
        let counted = self.0.iter().take_while(|e| counts(e));
        counted.fold(x + shift, |y, e| y + e.inserted - e.deleted_before(x))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// The obviously correct model: every output byte, with the input byte that it is, if it is one.
    struct Model {
        start: Seq,
        output: Vec<Option<u32>>,
        /// Whether input byte `i` is deleted.
        deleted: Vec<bool>,
        /// (input offset, output offset of its first byte, length) of every insertion.
        inserted: Vec<(u32, usize, u32)>,
    }

    impl Model {
        fn out(&self, at: usize) -> Seq {
            self.start + u32::try_from(at).unwrap()
        }

        /// Output offset at which the first byte that is input `i` or later stands, insertions at `i` before it or not.
        fn image(&self, i: u32, behind: bool) -> usize {
            let kept = (0..i).filter(|i| !self.deleted[*i as usize]).count();
            let counts = |at: u32| if behind { at <= i } else { at < i };
            kept + self.inserted.iter().filter(|(at, ..)| counts(*at)).map(|(.., m)| *m as usize).sum::<usize>()
        }

        /// Greatest input offset all of whose bytes, and all insertions before whose end, lie below output `y`.
        fn inv(&self, y: usize) -> u32 {
            let covered = |x: u32| {
                let bytes = (0..x).all(|i| self.deleted[i as usize] || self.output[..y].contains(&Some(i)));
                let inside = self.inserted.iter().all(|(at, first, m)| *at >= x || first + *m as usize <= y);
                bytes && inside
            };
            (0..=u32::try_from(self.deleted.len()).unwrap()).rev().find(|x| covered(*x)).unwrap()
        }
    }

    /// (kept before, deleted, inserted) of each edit.
    fn build(start: Seq, steps: &[(u32, u32, u32)]) -> (Edits, Model) {
        let mut edits = Edits::default();
        let mut model = Model { start, output: vec![], deleted: vec![], inserted: vec![] };
        for (keep, deleted, inserted) in steps {
            for _ in 0..*keep {
                model.output.push(Some(u32::try_from(model.deleted.len()).unwrap()));
                model.deleted.push(false);
            }
            let at = u32::try_from(model.deleted.len()).unwrap();
            edits.push(Edit { at: start + at, deleted: *deleted, inserted: *inserted });
            if *inserted > 0 {
                model.inserted.push((at, model.output.len(), *inserted));
            }
            model.output.extend(std::iter::repeat_n(None, *inserted as usize));
            model.deleted.extend(std::iter::repeat_n(true, *deleted as usize));
        }
        (edits, model)
    }

    fn steps() -> impl Strategy<Value = Vec<(u32, u32, u32)>> {
        let edit =
            prop_oneof![(0..4_u32, 1..6_u32, Just(0)), (0..4_u32, Just(0), 1..6_u32), (0..4_u32, 1..6_u32, 1..6_u32),];
        vec(edit, 0..10)
    }

    proptest! {
        #[test]
        fn every_position_maps_as_in_a_list_of_bytes(start in prop_oneof![Just(7_u32), Just(u32::MAX - 9)], steps in steps()) {
            let (edits, model) = build(Seq(start), &steps);
            for i in 0..=u32::try_from(model.deleted.len()).unwrap() {
                prop_assert_eq!(edits.lo(0, Seq(start) + i), model.out(model.image(i, false)), "lo of {}", i);
                prop_assert_eq!(edits.hi(0, Seq(start) + i), model.out(model.image(i, true)), "hi of {}", i);
            }
            for y in 0..=model.output.len() {
                prop_assert_eq!(edits.inv(0, model.out(y)), Seq(start) + model.inv(y), "inv of {}", y);
            }
        }

        #[test]
        fn what_is_kept_is_where_the_maps_say(steps in steps(), from in 0..30_u32, length in 0..30_u32) {
            let start = u32::MAX - 20;
            let (edits, model) = build(Seq(start), &steps);
            let (from, to) = (Seq(start) + from, Seq(start) + from + length);
            let kept: Vec<_> = edits.kept(0, from, to).flat_map(|(a, b, out)| (0..b.past(a)).map(move |i| (a + i, out + i))).collect();
            for i in 0..u32::try_from(model.deleted.len()).unwrap() {
                let x = Seq(start) + i;
                let inside = !x.before(from) && x.before(to) && !model.deleted[i as usize];
                prop_assert_eq!(kept.iter().find(|(a, _)| *a == x).map(|(_, y)| *y), inside.then(|| edits.hi(0, x)));
            }
        }

        #[test]
        fn what_is_retired_maps_on_through_the_shift(steps in steps(), una in 0..40_u32) {
            let start = Seq(u32::MAX - 20);
            let (whole, model) = build(start, &steps);
            let (mut edits, _) = build(start, &steps);
            let una = model.out(model.output.len().min(una as usize));
            let acked = whole.inv(0, una);
            let shift = edits.retire(0, una, acked);
            for i in 0..=u32::try_from(model.deleted.len()).unwrap() {
                let x = start + i;
                if !x.before(acked) {
                    prop_assert_eq!(edits.hi(shift, x), whole.hi(0, x));
                }
            }
            for y in (0..=model.output.len()).map(|y| model.out(y)).filter(|y| !y.before(una)) {
                prop_assert_eq!(edits.inv(shift, y), whole.inv(0, y));
            }
        }
    }

    #[test]
    fn room_ends_with_the_sixteenth_edit_and_with_the_reach() {
        let mut edits = Edits::default();
        for i in 0..16 {
            assert!(edits.room(Seq(10 * i)));
            edits.push(Edit { at: Seq(10 * i), deleted: 3, inserted: 0 });
        }
        assert!(!edits.room(Seq(160)));
        edits.retire(0, Seq(0), Seq(3));
        assert!(edits.room(Seq(160)) && !edits.room(Seq(10) + REACH));
    }
}
