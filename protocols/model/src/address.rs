//! Where the items of a protocol live, and how people write that down.

use alloc::string::String;

/// One address space of a protocol, an index into [`crate::Descriptor::spaces`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpaceId(pub u8);

/// One address space: coils, holding registers, file records, ...
#[derive(Debug)]
pub struct Space {
    /// Its index in [`crate::Descriptor::spaces`].
    pub id: SpaceId,
    /// The singular name that tag addresses and messages use: `holding`.
    pub name: &'static str,
    /// The key of an allow statement that lists raw ranges of it: `holdings`.
    pub key: &'static str,
    /// Bits of one item: 1 for coils, 16 for registers.
    pub bits: u8,
    /// Whether the protocol has any function that writes it.
    pub writable: bool,
    /// The greatest address.
    pub last: u64,
}

/// A validated, inclusive range of items in one space; `first <= last <= Space::last` always holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The space.
    pub space: SpaceId,
    /// The first item.
    pub first: u64,
    /// The last item, included.
    pub last: u64,
}

impl Span {
    /// How many items it holds.
    pub const fn items(self) -> u64 {
        self.last - self.first + 1
    }
}

/// An address as a tag list gives it: one item, or one bit of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The space.
    pub space: SpaceId,
    /// The first item of the tag.
    pub item: u64,
    /// A bit inside that item, 0 the least significant.
    pub bit: Option<u8>,
}

/// A way to write addresses that the first line of a tag list can declare: `# addresses = modicon`.
#[derive(Debug)]
pub struct Notation {
    /// Its name: `modicon`, `wire`.
    pub name: &'static str,
    /// An address in it, for messages: `40101`.
    pub example: &'static str,
}

/// Why a text is no address, in words for a plant engineer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError {
    /// What is wrong: `address 40101 in a column declared wire`.
    pub message: String,
    /// What was probably meant: `holding 100`.
    pub suggestion: Option<String>,
}
