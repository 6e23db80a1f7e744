//! A network that loses, doubles and reorders, in simulated time, by a seed.

use sluice_engine::bridge::{Options, Segment, Seq};
use sluice_engine::frames::TcpFlags;

/// A segment under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub sequence: Seq,
    pub acknowledgement: Seq,
    pub flags: TcpFlags,
    pub window: u16,
    pub options: Options,
    pub payload: Vec<u8>,
}

impl Packet {
    pub fn segment(&self) -> Segment<'_> {
        let Self { sequence, acknowledgement, flags, window, options, .. } = *self;
        Segment { sequence, acknowledgement, flags, window, options, payload: &self.payload }
    }
}

impl From<&Segment<'_>> for Packet {
    fn from(s: &Segment<'_>) -> Self {
        let Segment { sequence, acknowledgement, flags, window, options, payload } = *s;
        Self { sequence, acknowledgement, flags, window, options, payload: payload.to_vec() }
    }
}

/// Numbers by a seed (xorshift64*).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// 0 .. `sides`, exclusive.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    /// True `percent` times out of a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
}
