//! What a controller's memory looks like to its server, and how engineering values become registers.

use crate::process::Waterworks;
use std::ops::Range;

/// The registers and bits of one controller.
pub(super) trait Memory: Sync {
    /// The holding registers that exist; unused ones among them read as 0.
    fn holdings(&self) -> Range<u16>;
    /// The value of an existing holding register.
    fn holding(&self, works: &Waterworks, address: u16) -> u16;
    /// Whether an existing holding register can be written.
    fn writable(&self, address: u16) -> bool;
    /// Writes a writable holding register.
    fn write(&self, works: &mut Waterworks, address: u16, value: u16);
    /// The input registers, from 0.
    fn inputs(&self, _works: &Waterworks) -> Vec<u16> {
        Vec::new()
    }
    /// The discrete inputs, from 0.
    fn discretes(&self, _works: &Waterworks) -> Vec<bool> {
        Vec::new()
    }
    /// What happens to the process when the controller's program stops.
    fn halt(&self, works: &mut Waterworks);
    /// What its program sets when it starts.
    fn start(&self, works: &mut Waterworks);
}

/// An engineering value as an unsigned register: `value / scale`, rounded, held at the register's ends.
#[expect(clippy::cast_sign_loss, reason = "clamped to the register's range")]
pub(super) fn unsigned(value: f64, scale: f64) -> u16 {
    (value / scale).round().clamp(0.0, f64::from(u16::MAX)) as u16
}

/// The same for a signed register, as its bits.
pub(super) fn signed(value: f64, scale: f64) -> u16 {
    let raw = (value / scale).round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16;
    raw.cast_unsigned()
}

/// A 32-bit float as two registers, high word first (`ABCD`).
pub(super) fn float(value: f64) -> [u16; 2] {
    let bits = (value as f32).to_bits();
    [(bits >> 16) as u16, bits as u16]
}

/// A 32-bit counter as two registers, high word first; it wraps as the meter's does.
#[expect(clippy::cast_sign_loss, reason = "a meter's total is not negative")]
pub(super) fn counter(value: f64) -> [u16; 2] {
    let bits = value as u64 as u32;
    [(bits >> 16) as u16, bits as u16]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rounded_and_held_at_the_ends() {
        assert_eq!(unsigned(36.004, 0.01), 3_600);
        assert_eq!(unsigned(-3.0, 0.1), 0);
        assert_eq!(unsigned(9_999.0, 0.1), u16::MAX);
        assert_eq!(signed(-1.2, 0.1), 0xFFF4);
    }

    #[test]
    fn wide_values_have_their_high_word_first() {
        assert_eq!(float(1.0), [0x3F80, 0x0000]);
        assert_eq!(counter(184_300.7), [0x0002, 0xCFEC]);
        assert_eq!(counter(4_294_967_297.0), [0, 1]);
    }
}
