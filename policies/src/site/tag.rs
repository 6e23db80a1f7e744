//! Tags: named process values with their address, type and engineering unit.

use super::Location;
use sluice_model::{SpaceId, Span};
use std::sync::Arc;

/// The type of a tag's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One bit: a coil, a discrete input, or a bit of a register.
    Bool,
    /// A signed integer of this many bits: 16, 32 or 64.
    Signed(u8),
    /// An unsigned integer of this many bits: 16, 32 or 64.
    Unsigned(u8),
    /// An IEEE 754 number of this many bits: 32 or 64.
    Float(u8),
    /// Text of this many bytes, two in a register.
    Text {
        /// Bytes.
        bytes: u16,
        /// Whether the two bytes of a register are swapped.
        swapped: bool,
    },
}

/// The order in which the registers of a wide value are sent, and of the bytes in them; `ABCD` is big-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WordOrder {
    /// Big-endian.
    #[default]
    Abcd,
    /// Words swapped: the low word first.
    Cdab,
    /// Bytes swapped in each word.
    Badc,
    /// Both: little-endian.
    Dcba,
}

/// An exact decimal number: `mantissa * 10^-places`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The digits.
    pub mantissa: i128,
    /// How many of them stand after the point, at most 18.
    pub places: u32,
}

/// Engineering value = raw * scale + offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scaling {
    /// Never zero.
    pub scale: Decimal,
    /// Added after scaling.
    pub offset: Decimal,
}

/// Whether a tag is meant to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read only: a write statement that names it is an error, and a glob leaves it out.
    Read,
    /// Write only.
    Write,
    /// Both.
    ReadWrite,
}

/// What the raw values of a tag mean in the plant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Engineering {
    /// Raw to engineering values; `None` for bits, text, and tags whose raw value is the engineering value.
    pub scaling: Option<Scaling>,
    /// The engineering unit; empty if none.
    pub unit: String,
    /// The least and greatest engineering value that any write may carry; policy can only narrow it.
    pub bounds: (Option<Decimal>, Option<Decimal>),
    /// Named states, raw value and name; numbers are not accepted in policy then.
    pub states: Vec<(i128, String)>,
}

/// A tag.
#[derive(Clone, Debug)]
pub struct Tag {
    /// Its name, unique in its list.
    pub name: String,
    /// Where it is declared (its line of the CSV).
    pub at: Location,
    /// The space.
    pub space: SpaceId,
    /// The first item of its first element.
    pub first: u64,
    /// A bit of that item, 0 the least significant, for a tag that is a bit of a register.
    pub bit: Option<u8>,
    /// Items of one element: 1, 2 or 4 registers, half its bytes for text.
    pub items: u64,
    /// Elements; 1 unless the tag is an array.
    pub count: u64,
    /// The type of one element.
    pub kind: Kind,
    /// The order of its words.
    pub words: WordOrder,
    /// What its values mean; shared by tags that mean the same.
    pub engineering: Arc<Engineering>,
    /// Whether it is meant to be written.
    pub access: Access,
    /// The comment.
    pub comment: Box<str>,
}

impl Tag {
    /// The items of its elements `from ..= to`.
    pub const fn span(&self, from: u64, to: u64) -> Span {
        Span { space: self.space, first: self.first + from * self.items, last: self.first + (to + 1) * self.items - 1 }
    }

    /// All of its items.
    pub const fn whole(&self) -> Span {
        self.span(0, self.count - 1)
    }
}
