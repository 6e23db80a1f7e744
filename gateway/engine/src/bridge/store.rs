//! Segments that came ahead of a gap wait here, within bounds, for what is missing.

use super::seq::Seq;

/// Most bytes that wait in one direction.
const BYTES: usize = 64 * 1024;
/// Most pieces that they come in.
const PIECES: usize = 64;

/// Pieces in order, without overlaps: of two copies of a byte, the first is kept.
#[derive(Debug, Default)]
pub(super) struct Store(Vec<(Seq, Vec<u8>)>);

impl Store {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pieces, in order.
    pub(super) fn pieces(&self) -> &[(Seq, Vec<u8>)] {
        &self.0
    }

    /// Keeps what is new of `bytes`, which lie at `at`. Past the bounds the furthest go; a sender sends them again.
    /// Returns false if a byte that is already here differs.
    pub(super) fn insert(&mut self, at: Seq, bytes: &[u8]) -> bool {
        let mut agrees = true;
        let (mut at, mut rest) = (at, bytes);
        let mut place = 0;
        while !rest.is_empty() {
            let Some((start, piece)) = self.0.get(place) else {
                self.0.push((at, rest.to_vec()));
                break;
            };
            let (start, end) = (*start, *start + piece.len() as u32);
            if at.before(start) {
                let (new, behind) = rest.split_at(rest.len().min(start.past(at) as usize));
                self.0.insert(place, (at, new.to_vec()));
                (at, rest) = (start, behind);
            } else if at.before(end) {
                let kept = &piece[at.past(start) as usize..];
                let common = kept.len().min(rest.len());
                agrees &= kept[..common] == rest[..common];
                (at, rest) = (at + common as u32, &rest[common..]);
            }
            place += 1;
        }
        self.bound();
        agrees
    }

    /// Takes the first piece if it begins at `next` or before, less what lies before.
    pub(super) fn take(&mut self, next: Seq) -> Option<Vec<u8>> {
        while self.0.first().is_some_and(|(at, _)| !next.before(*at)) {
            let (at, mut bytes) = self.0.remove(0);
            bytes.drain(..bytes.len().min(next.past(at) as usize));
            if !bytes.is_empty() {
                return Some(bytes);
            }
        }
        None
    }

    fn bound(&mut self) {
        let mut bytes: usize = self.0.iter().map(|(_, p)| p.len()).sum();
        while bytes > BYTES || self.0.len() > PIECES {
            bytes -= self.0.pop().map_or(0, |(_, p)| p.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn the_first_copy_of_every_byte_is_kept(pieces in vec((1..60_u32, vec(0..3_u8, 1..12)), 0..20)) {
            let base = Seq(u32::MAX - 30);
            let (mut store, mut model) = (Store::default(), BTreeMap::new());
            for (at, bytes) in &pieces {
                let mut agrees = true;
                for (i, byte) in (*at..).zip(bytes) {
                    agrees &= model.entry(i).or_insert(*byte) == byte;
                }
                prop_assert_eq!(store.insert(base + *at, bytes), agrees);
            }
            // The gaps are filled one byte at a time.
            for i in 1..80 {
                if let Some(byte) = model.get(&i).copied() {
                    let mut taken = store.take(base + i).expect("a byte that was kept").into_iter();
                    prop_assert_eq!(taken.next(), Some(byte));
                    let rest: Vec<_> = taken.collect();
                    store.insert(base + i + 1, &rest);
                }
            }
            prop_assert!(store.is_empty());
        }
    }

    #[test]
    fn the_furthest_goes_first() {
        let mut store = Store::default();
        for i in (0..200).rev() {
            store.insert(Seq(2 * i), &[7]);
        }
        assert_eq!(store.0.len(), PIECES);
        assert_eq!(store.0[0].0, Seq(0));
        store.insert(Seq(1000), &vec![0; BYTES + 1]);
        assert!(store.0.iter().all(|(_, p)| p.len() == 1));
    }
}
