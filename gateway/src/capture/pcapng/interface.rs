//! Interfaces: the link type and how times are to be read.

use super::super::layout::Order;

/// The type of an Interface Description Block.
pub(super) const DESCRIPTION: u32 = 1;

const END_OF_OPTIONS: u16 = 0;
const RESOLUTION: u16 = 9;
const OFFSET: u16 = 14;

/// An interface of a section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interface {
    /// The link type of its packets.
    pub(super) link: u16,
    /// Most bytes that it keeps of a packet; 0 for no bound.
    pub(super) snap: u32,
    unit: Unit,
    /// Seconds to add to every time.
    offset: i64,
}

/// The unit in which an interface counts time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// So many nanoseconds.
    Nanoseconds(u64),
    /// So many of them make a nanosecond.
    PerNanosecond(u64),
    /// Two to the power of it make a second.
    Binary(u8),
    /// Too short for 64 bits to reach a nanosecond.
    Nothing,
}

impl Interface {
    /// Reads a block without its last length.
    pub(super) fn read(block: &[u8], order: Order) -> Result<Self, String> {
        if block.len() < 16 {
            return Err("the description of an interface ends before its snap length".to_owned());
        }
        let mut interface =
            Self { link: order.u16(block, 8), snap: order.u32(block, 12), unit: Unit::Nanoseconds(1_000), offset: 0 };
        let mut options = &block[16..];
        while options.len() >= 4 {
            let (code, length) = (order.u16(options, 0), usize::from(order.u16(options, 2)));
            if code == END_OF_OPTIONS {
                break;
            }
            let value = options.get(4..4 + length).ok_or("an option of an interface reaches beyond its block")?;
            match (code, value) {
                (RESOLUTION, [exponent]) => interface.unit = Unit::of(*exponent),
                (RESOLUTION | OFFSET, value) if value.len() != if code == OFFSET { 8 } else { 1 } => {
                    return Err(format!("option {code} of an interface has {length} bytes"));
                }
                (OFFSET, value) => interface.offset = order.i64(value.try_into().unwrap_or_default()),
                _ => {}
            }
            options = options.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        }
        Ok(interface)
    }

    /// Nanoseconds since 1970 of a time of this interface; what lies outside of 64 bits becomes the nearest that does not.
    pub(super) fn time(&self, count: u64) -> u64 {
        let time = self.unit.nanoseconds(count);
        if self.offset == 0 {
            return time;
        }
        let shifted = i128::from(time) + i128::from(self.offset) * 1_000_000_000;
        u64::try_from(shifted.max(0)).unwrap_or(u64::MAX)
    }
}

impl Unit {
    /// Of option `if_tsresol`: a power of two when its first bit is set, of ten otherwise.
    fn of(exponent: u8) -> Self {
        match exponent {
            0x80.. => Self::Binary(exponent & 0x7f),
            0..=9 => Self::Nanoseconds(10_u64.pow(9 - u32::from(exponent))),
            10..=28 => Self::PerNanosecond(10_u64.pow(u32::from(exponent) - 9)),
            _ => Self::Nothing,
        }
    }

    fn nanoseconds(self, count: u64) -> u64 {
        match self {
            Self::Nanoseconds(each) => count.saturating_mul(each),
            Self::PerNanosecond(many) => count / many,
            Self::Binary(exponent) => {
                // Below 2^94, and no shift of 128 bits or more.
                let time = (u128::from(count) * 1_000_000_000) >> exponent;
                u64::try_from(time).unwrap_or(u64::MAX)
            }
            Self::Nothing => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resolution_gives_nanoseconds() {
        for (exponent, count, nanoseconds) in [
            (6, 1_700_000_000_000_001, 1_700_000_000_000_001_000),
            (9, 1_700_000_000_000_000_001, 1_700_000_000_000_000_001),
            (0, 3, 3_000_000_000),
            (3, 3, 3_000_000),
            (12, 5_999, 5),
            (28, u64::MAX, 1),
            (29, u64::MAX, 0),
            (0x7f, u64::MAX, 0),
            (0x80, 2, 2_000_000_000),
            (0x8a, 1_536, 1_500_000_000),
            (0xff, u64::MAX, 0),
            (0, u64::MAX, u64::MAX),
        ] {
            assert_eq!(Unit::of(exponent).nanoseconds(count), nanoseconds, "{exponent:#x} {count}");
        }
    }
}
