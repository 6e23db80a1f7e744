//! Bounds on what one connection can make the gateway keep.

use core::time::Duration;

/// What one connection may hold at most; each bound says what happens when it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests that may wait for their responses; one more is refused as busy ([`crate::Cause::OutstandingFull`]).
    /// Default 128; controllers serve a few at a time.
    pub outstanding: usize,
    /// How long a request waits for its response before it is forgotten; a later response is denied.
    /// Default 30 s, longer than a serial gateway's own time-out.
    pub patience: Duration,
    /// Bytes of one incomplete message, in each direction ([`crate::Cause::HeldFull`]). Default 64 KiB; a protocol's own
    /// maximum lies below it (Modbus: 260 bytes).
    pub held_bytes: usize,
    /// How long a message may stay incomplete after its first byte ([`crate::Cause::Stalled`]). Default 30 s.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            outstanding: 128,
            patience: Duration::from_secs(30),
            held_bytes: 64 * 1024,
            stall: Duration::from_secs(30),
        }
    }
}
