//! What statements grant on items: while tables are built, and as the tables keep it.

use crate::decision::StatementId;

/// No check: every value is good.
pub(super) const ANY_VALUE: u32 = u32::MAX;

/// One grant of one statement, while tables are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Claim {
    pub(super) statement: StatementId,
    pub(super) right: Right,
    /// What it grants under conditions, an index into those of the policy; [`ALWAYS`] without any.
    pub(super) under: u32,
}

/// No conditions.
pub(super) const ALWAYS: u32 = u32::MAX;

/// What is granted on each item of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Right {
    /// Each item by itself, with any value.
    Free,
    /// Whole elements whose values pass a check.
    Element {
        /// Items of one element.
        width: u16,
        /// Index into the policy's checks, or [`ANY_VALUE`].
        check: u32,
        /// The first item of the first element.
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

/// Consecutive items that are granted alike. Two fill a cache line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// The first item.
    pub(super) first: u64,
    /// The last item, included.
    pub(super) last: u64,
    pub(super) cover: Cover,
}

/// A [`Claim`] as a cell keeps it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cover {
    pub(super) statement: StatementId,
    pub(super) grant: Grant,
}

/// A [`Right`] as a cell keeps it, or where its many covers are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Grant {
    /// [`Right::Free`].
    Free,
    /// [`Right::Element`].
    Element {
        /// Items of one element.
        width: u16,
        /// How many items of the element that holds the cell's first item stand before it.
        phase: u16,
        /// Index into the policy's checks, or [`ANY_VALUE`].
        check: u32,
    },
    /// [`Right::Bit`].
    Bit {
        /// Which, 0 the least significant.
        bit: u8,
        /// Whether it may become 0, and 1.
        may_be: [bool; 2],
    },
    /// [`Right::Gap`].
    Gap,
    /// A right under conditions.
    Under {
        /// Index into those of the policy.
        at: u32,
    },
    /// Several covers, in the list of all tables, sorted by statement.
    Many {
        /// The first.
        from: u32,
        /// The one behind the last.
        to: u32,
    },
}

impl Cover {
    /// A claim on a cell that begins at `first`.
    pub(super) fn new(claim: Claim, first: u64) -> Self {
        let grant = match claim.right {
            _ if claim.under != ALWAYS => Grant::Under { at: claim.under },
            Right::Free => Grant::Free,
            Right::Element { width, check, base } => {
                Grant::Element { width, phase: ((first - base) % u64::from(width)) as u16, check }
            }
            Right::Bit { bit, may_be } => Grant::Bit { bit, may_be },
            Right::Gap => Grant::Gap,
        };
        Self { statement: claim.statement, grant }
    }
}

const _: () = assert!(size_of::<Cell>() == 32, "two cells fill a cache line");
