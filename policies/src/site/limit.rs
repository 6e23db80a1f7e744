//! Limits on values, in raw terms, so that a decision compares integers.

/// What a written value must lie in.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// Sorted, disjoint, inclusive ranges of raw integers (bits are 0 and 1); engineering limits were rounded inward.
    Integers(Vec<(i128, i128)>),
    /// Sorted, disjoint, inclusive ranges of finite raw numbers; not-a-number and infinities lie in none.
    Floats(Vec<(f64, f64)>),
    /// Text.
    Text(Text),
}

/// What a written text must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its greatest length in bytes; the rest of the field must be NUL.
    pub max: u16,
    /// The bytes it may hold.
    pub charset: Charset,
}

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charset(pub [u64; 4]);

impl Charset {
    /// Adds a byte.
    pub const fn insert(&mut self, byte: u8) {
        self.0[(byte >> 6) as usize] |= 1 << (byte & 63);
    }

    /// Whether a byte is in it.
    pub const fn contains(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] & 1 << (byte & 63) != 0
    }
}
