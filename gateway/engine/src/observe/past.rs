//! The newest bytes that were read of one direction of a connection, to tell a retransmission from a contradiction.

/// How many are remembered.
const REMEMBERED: usize = 1024;

/// The last [`REMEMBERED`] bytes, or all there were.
#[derive(Debug, Default)]
pub(super) struct Past {
    bytes: Vec<u8>,
    /// Where the oldest stands, once there are as many as are remembered.
    oldest: usize,
}

impl Past {
    /// Bytes that it keeps.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.oldest = 0;
    }

    /// The next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let newest = &bytes[bytes.len().saturating_sub(REMEMBERED)..];
        let (fits, rest) = newest.split_at(newest.len().min(REMEMBERED - self.bytes.len()));
        if !fits.is_empty() {
            self.grow(fits);
        }
        let (to_end, from_start) = rest.split_at(rest.len().min(self.bytes.len() - self.oldest));
        self.bytes[self.oldest..self.oldest + to_end.len()].copy_from_slice(to_end);
        self.bytes[..from_start.len()].copy_from_slice(from_start);
        self.oldest = (self.oldest + rest.len()) % REMEMBERED;
    }

    fn grow(&mut self, bytes: &[u8]) {
        let (length, whole) = (self.bytes.len(), self.bytes.len() + bytes.len());
        if whole > self.bytes.capacity() {
            self.bytes.reserve_exact((2 * length).clamp(whole, REMEMBERED) - length);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether bytes that began `back` before the end have other values than are remembered of them.
    pub(super) fn contradicts(&self, back: usize, bytes: &[u8]) -> bool {
        let forgotten = back.saturating_sub(self.bytes.len());
        let Some(again) = bytes.get(forgotten..) else { return false };
        let (newer, older) = self.bytes.split_at(self.oldest);
        let known = older.iter().chain(newer).skip(self.bytes.len() + forgotten - back);
        known.zip(again).any(|(known, again)| known != again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_knows_the_newest_and_never_contradicts_what_was_said(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..700), 1..12),
            back in 1..3000usize,
            length in 1..1500usize,
            flipped in 0..1500usize,
        ) {
            let mut past = Past::default();
            for piece in &pieces {
                past.push(piece);
            }
            let all = pieces.concat();
            prop_assert!(past.capacity() <= REMEMBERED);
            let Some(from) = all.len().checked_sub(back) else { return Ok(()) };
            let mut again = all[from..].to_vec();
            again.truncate(length);
            prop_assert!(!past.contradicts(back, &again));
            if let Some(byte) = again.get_mut(flipped) {
                *byte ^= 1;
                prop_assert_eq!(past.contradicts(back, &again), from + flipped + REMEMBERED >= all.len());
            }
        }
    }
}
