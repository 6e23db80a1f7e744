//! Takes fields off the front of a frame and knows how far into it they stand.

use super::anomalies::TRUNCATED;
use sluice_model::{Anomaly, AnomalyKind};

/// What is left of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'p> {
    /// The bytes that are left.
    pub(super) rest: &'p [u8],
    /// Where they stand in the frame.
    pub(super) at: usize,
}

impl<'p> Reader<'p> {
    pub(super) const fn new(bytes: &'p [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<&'p [u8; N], Anomaly> {
        let Some((taken, rest)) = self.rest.split_first_chunk::<N>() else { return Err(self.short()) };
        *self = Self { rest, at: self.at + N };
        Ok(taken)
    }

    /// The next `n` bytes.
    pub(super) fn take(&mut self, n: usize) -> Result<&'p [u8], Anomaly> {
        let Some((taken, rest)) = self.rest.split_at_checked(n) else { return Err(self.short()) };
        *self = Self { rest, at: self.at + n };
        Ok(taken)
    }

    /// The next two bytes as a number.
    pub(super) fn word(&mut self) -> Result<u16, Anomaly> {
        self.array().map(|b| u16::from_be_bytes(*b))
    }

    /// Forgets what lies behind the next `n` bytes, and says how many bytes that were.
    pub(super) fn limit(&mut self, n: usize) -> usize {
        let (kept, behind) = self.rest.split_at(n.min(self.rest.len()));
        self.rest = kept;
        behind.len()
    }

    /// `kind`, `back` bytes before here.
    pub(super) const fn flaw(&self, kind: &'static AnomalyKind, back: usize) -> Anomaly {
        Anomaly::new(kind, self.at.saturating_sub(back))
    }

    /// More was needed than is there.
    pub(super) const fn short(&self) -> Anomaly {
        Anomaly::new(&TRUNCATED, self.at + self.rest.len())
    }
}

/// Two bytes of a header as a number.
pub(super) const fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}
