//! Sequence numbers, which wrap.

use core::ops::{Add, AddAssign, Sub};

/// A place in one direction of a TCP connection, modulo 2^32 (RFC 9293 3.4). Two of them can be compared while they
/// lie within 2^31 of each other; there is no order over all of them, hence no `Ord`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seq(pub u32);

impl Seq {
    /// Whether it lies before `other`.
    pub const fn before(self, other: Self) -> bool {
        self.0.wrapping_sub(other.0).cast_signed() < 0
    }

    /// How far it lies past `earlier`, zero if it does not.
    pub const fn past(self, earlier: Self) -> u32 {
        if self.before(earlier) { 0 } else { self.0.wrapping_sub(earlier.0) }
    }

    /// The later of the two.
    #[must_use]
    pub const fn later(self, other: Self) -> Self {
        if self.before(other) { other } else { self }
    }

    /// The earlier of the two.
    #[must_use]
    pub const fn earlier(self, other: Self) -> Self {
        if self.before(other) { self } else { other }
    }
}

impl Add<u32> for Seq {
    type Output = Self;

    fn add(self, rhs: u32) -> Self {
        Self(self.0.wrapping_add(rhs))
    }
}

impl AddAssign<u32> for Seq {
    fn add_assign(&mut self, rhs: u32) {
        *self = *self + rhs;
    }
}

impl Sub<u32> for Seq {
    type Output = Self;

    fn sub(self, rhs: u32) -> Self {
        Self(self.0.wrapping_sub(rhs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_distance_survive_the_wrap() {
        let (early, late) = (Seq(u32::MAX - 1), Seq(3));
        assert!(early.before(late) && !late.before(early) && !late.before(late));
        assert_eq!((late.past(early), early.past(late)), (5, 0));
        assert_eq!((early.later(late), early.earlier(late)), (late, early));
        assert_eq!((early + 5, late - 5), (late, early));
    }
}
