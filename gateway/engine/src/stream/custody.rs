//! The part of a message that has come so far, kept until the rest does.

use core::time::Duration;
use sluice_model::Instant;

/// What one direction holds: nothing, or the beginning of one message. A pointer while it is nothing, which it mostly is.
#[derive(Debug, Default)]
pub(super) struct Custody(Option<Box<Held>>);

#[derive(Debug)]
struct Held {
    bytes: Vec<u8>,
    /// No verdict before this many bytes are there.
    need: usize,
    /// When the first of them came.
    since: Instant,
}

impl Custody {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |held| &held.bytes)
    }

    /// Begins to hold `bytes`, of which there is at least one.
    pub(super) fn hold(&mut self, now: Instant, bytes: &[u8], need: usize) {
        self.0 = Some(Box::new(Held { bytes: bytes.to_vec(), need, since: now }));
    }

    /// Adds what is needed of `bytes` and returns the rest. Ask [`Custody::is_complete`] next.
    pub(super) fn add<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let Some(held) = &mut self.0 else { return bytes };
        let (taken, rest) = bytes.split_at(bytes.len().min(held.need.saturating_sub(held.bytes.len())));
        held.bytes.extend_from_slice(taken);
        rest
    }

    /// Whether as many bytes are there as were needed.
    pub(super) fn is_complete(&self) -> bool {
        self.0.as_ref().is_none_or(|held| held.bytes.len() >= held.need)
    }

    /// More is needed than was thought.
    pub(super) fn need(&mut self, need: usize) {
        if let Some(held) = &mut self.0 {
            held.need = need;
        }
    }

    /// Gives the bytes and the memory away.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.0.take().map_or_else(Vec::new, |held| held.bytes)
    }

    /// When the message has been incomplete for too long.
    pub(super) fn deadline(&self, stall: Duration) -> Option<Instant> {
        self.0.as_ref().map(|held| held.since + stall)
    }
}
