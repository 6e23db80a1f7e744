//! The part of a message that has come so far, kept until the rest does.

use core::time::Duration;
use sluice_model::Instant;

/// What one direction holds: nothing, or the beginning of one message.
#[derive(Debug, Default)]
pub(super) struct Custody {
    bytes: Vec<u8>,
    /// No verdict before this many bytes are there.
    need: usize,
    /// When the first of them came.
    since: Instant,
}

impl Custody {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Begins to hold `bytes`.
    pub(super) fn hold(&mut self, now: Instant, bytes: &[u8], need: usize) {
        *self = Self { bytes: bytes.to_vec(), need, since: now };
    }

    /// Adds what is needed of `bytes` and returns the rest. Ask [`Custody::is_complete`] next.
    pub(super) fn add<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let (taken, rest) = bytes.split_at(bytes.len().min(self.need.saturating_sub(self.bytes.len())));
        self.bytes.extend_from_slice(taken);
        rest
    }

    /// Whether as many bytes are there as were needed.
    pub(super) fn is_complete(&self) -> bool {
        self.bytes.len() >= self.need
    }

    /// More is needed than was thought.
    pub(super) fn need(&mut self, need: usize) {
        self.need = need;
    }

    /// Gives the bytes and the memory away.
    pub(super) fn take(&mut self) -> Vec<u8> {
        core::mem::take(self).bytes
    }

    /// When the message has been incomplete for too long.
    pub(super) fn deadline(&self, stall: Duration) -> Option<Instant> {
        (!self.is_empty()).then(|| self.since + stall)
    }
}
