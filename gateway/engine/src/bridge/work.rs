//! What a direction keeps while something is under way, and the memory for it, which is used again.

use super::edits::Edits;
use super::ring::Ring;
use super::seq::Seq;
use super::store::Store;
use sluice_model::Instant;

/// What a direction keeps while something is under way; a direction at rest has none.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) edits: Edits,
    pub(super) ring: Ring,
    /// What came and is not judged: the beginning of a message, or more while no edit can be taken.
    pub(super) held: Vec<u8>,
    /// No verdict before this many bytes are held.
    pub(super) need: usize,
    /// When the first of them came.
    pub(super) since: Instant,
    pub(super) store: Store,
    pub(super) timer: Timer,
}

/// When output was sent, and when it is to be sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Timer {
    /// When to send again what the receiver did not acknowledge and nobody else will send again.
    pub(super) due: Option<Instant>,
    /// How often that was done in vain.
    pub(super) attempts: u8,
    /// Acknowledgements in a row that said nothing new.
    pub(super) duplicates: u8,
    /// Losses are being made good until this output is acknowledged (RFC 6582).
    pub(super) recover: Option<Seq>,
    /// An acknowledgement of this output tells the round trip since then.
    pub(super) timed: Option<(Seq, Instant)>,
}

impl Work {
    pub(super) fn is_idle(&self) -> bool {
        self.edits.is_empty() && self.ring.len() == 0 && self.held.is_empty() && self.store.is_empty()
    }

    fn reset(&mut self) {
        self.edits.clear();
        self.ring.clear();
        self.ring.shrink(Spare::BYTES);
        self.held.clear();
        self.held.shrink_to(Spare::BYTES);
        self.store = Store::default();
        (self.need, self.since, self.timer) = (0, Instant::default(), Timer::default());
    }
}

/// Memory of directions that are at rest, for the next that are not: one for each worker. Without it, each message
/// would take memory and give it back.
#[derive(Debug, Default)]
#[allow(clippy::vec_box, reason = "what is used again is the box itself")]
pub struct Spare(Vec<Box<Work>>);

impl Spare {
    /// Most directions whose memory is kept.
    const MOST: usize = 64;
    /// Most bytes of one buffer that are kept.
    const BYTES: usize = 2048;

    pub(super) fn take(&mut self) -> Box<Work> {
        self.0.pop().unwrap_or_default()
    }

    pub(super) fn give(&mut self, mut work: Box<Work>) {
        if self.0.len() < Self::MOST {
            work.reset();
            self.0.push(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_empty() {
        let mut spare = Spare::default();
        for _ in 0..2 * Spare::MOST {
            let mut work = Box::new(Work::default());
            work.ring.push(&vec![7; 100_000]);
            work.held = vec![7; 100_000];
            (work.need, work.timer.attempts) = (5, 6);
            spare.give(work);
        }
        assert_eq!(spare.0.len(), Spare::MOST);
        let work = spare.take();
        assert!(work.is_idle() && work.need == 0 && work.timer == Timer::default());
        assert!(work.held.capacity() <= Spare::BYTES);
    }
}
