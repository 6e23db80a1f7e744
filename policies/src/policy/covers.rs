//! What one statement grants on the items of an interval.

use crate::decision::StatementId;

/// No check: every value is good.
pub(super) const ANY_VALUE: u32 = u32::MAX;

/// One grant on every item of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Cover {
    pub(super) statement: StatementId,
    pub(super) grant: Grant,
}

/// What is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Grant {
    /// Each item by itself, with any value.
    Free,
    /// Whole elements of `width` items, the first of them at `base`, whose values pass a check.
    Element {
        /// Items of one element.
        width: u16,
        /// Index into the policy's checks, or [`ANY_VALUE`].
        check: u32,
        /// The first item of the first element granted.
        base: u64,
    },
    /// One bit of the item.
    Bit {
        /// Which, 0 the least significant.
        bit: u8,
        /// Whether it may become 0, and 1.
        may_be: [bool; 2],
    },
    /// Nothing, but a read may span it between items that it may read.
    Gap,
}
