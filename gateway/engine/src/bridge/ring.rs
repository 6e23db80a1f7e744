//! Output bytes that the receiver has not acknowledged: whatever leaves, leaves from here.

use super::seq::Seq;

/// What was acknowledged is moved out of the way when there is more of it than this, and than of the rest.
const SLACK: usize = 1024;

/// The bytes of `[start, start + len)` in one direction's output.
#[derive(Debug, Default)]
pub(super) struct Ring {
    bytes: Vec<u8>,
    /// How many of them are acknowledged.
    done: usize,
}

impl Ring {
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.done
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The first `bytes` are acknowledged; a FIN behind them counts as one more that is not here.
    pub(super) fn acknowledge(&mut self, bytes: u32) {
        self.done += self.len().min(bytes as usize);
        if self.done == self.bytes.len() {
            self.clear();
        } else if self.done > SLACK && self.done > self.len() {
            self.bytes.drain(..self.done);
            self.done = 0;
        }
    }

    /// What lies in `[from, to)`, of a ring that starts at `start`. A FIN, behind the last byte, is no byte.
    pub(super) fn slice(&self, start: Seq, from: Seq, to: Seq) -> &[u8] {
        let bytes = self.all();
        let (from, to) = (from.past(start) as usize, (to.past(start) as usize).min(bytes.len()));
        bytes.get(from..to).unwrap_or(&[])
    }

    /// All of them.
    pub(super) fn all(&self) -> &[u8] {
        &self.bytes[self.done..]
    }

    /// None is left; the memory stays.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.done = 0;
    }

    /// Gives memory past `most` bytes back.
    pub(super) fn shrink(&mut self, most: usize) {
        self.bytes.shrink_to(most);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_slice_is_what_was_pushed(steps in vec((vec(any::<u8>(), 0..900), 0..900_u32), 1..20), cut in (0..9000_u32, 0..9000_u32)) {
            let (mut ring, mut all, first) = (Ring::default(), Vec::new(), Seq(u32::MAX - 11));
            let mut start = first;
            for (bytes, acknowledged) in steps {
                ring.push(&bytes);
                all.extend(bytes);
                let acknowledged = acknowledged.min(u32::try_from(ring.len()).unwrap());
                ring.acknowledge(acknowledged);
                start += acknowledged;
            }
            let (from, to) = (start + cut.0.min(cut.1), start + cut.0.max(cut.1));
            let expected: Vec<u8> = (0..).zip(&all)
                .filter(|(i, _)| !(first + *i).before(from) && (first + *i).before(to))
                .map(|(_, b)| *b).collect();
            prop_assert_eq!(ring.slice(start, from, to), &expected[..]);
        }
    }
}
