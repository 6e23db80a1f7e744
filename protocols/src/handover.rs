//! State as plain bytes, for a process that takes over from another: how it is read back.
//!
//! Numbers stand with their highest byte first. Whoever reads holds every rule that whoever made the state held, so that
//! bytes that were cut or changed end as [`Unreadable`] and never as a state that cannot be.

use core::fmt;

/// The bytes are not a state that could have been exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What was being read.
    pub what: &'static str,
    /// How many bytes were left there.
    pub left: usize,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the {} cannot be read, {} bytes before the end of the state", self.what, self.left)
    }
}

impl core::error::Error for Unreadable {}

/// Walks exported bytes.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'b> {
    rest: &'b [u8],
    what: &'static str,
}

impl<'b> Reader<'b> {
    /// Reads `bytes`, which are said to be a `what`.
    pub const fn new(bytes: &'b [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    /// What is not read yet.
    pub const fn rest(&self) -> &'b [u8] {
        self.rest
    }

    /// The error for what was read last.
    pub const fn unreadable(&self) -> Unreadable {
        Unreadable { what: self.what, left: self.rest.len() }
    }

    /// Holds a rule about what was read.
    pub const fn ensure(&self, holds: bool) -> Result<(), Unreadable> {
        if holds { Ok(()) } else { Err(self.unreadable()) }
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(self.unreadable())?;
        self.rest = rest;
        Ok(*array)
    }

    /// A number of one byte.
    pub fn u8(&mut self) -> Result<u8, Unreadable> {
        self.array().map(u8::from_be_bytes)
    }

    /// A number of two bytes.
    pub fn u16(&mut self) -> Result<u16, Unreadable> {
        self.array().map(u16::from_be_bytes)
    }

    /// A number of four bytes.
    pub fn u32(&mut self) -> Result<u32, Unreadable> {
        self.array().map(u32::from_be_bytes)
    }

    /// A number of eight bytes.
    pub fn u64(&mut self) -> Result<u64, Unreadable> {
        self.array().map(u64::from_be_bytes)
    }

    /// A byte that is 0 or 1.
    pub fn flag(&mut self) -> Result<bool, Unreadable> {
        let byte = self.u8()?;
        self.ensure(byte <= 1)?;
        Ok(byte == 1)
    }

    /// A length of four bytes, and as many bytes as it says.
    pub fn bytes(&mut self) -> Result<&'b [u8], Unreadable> {
        let length = self.u32()? as usize;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(self.unreadable())?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Nothing may follow.
    pub const fn end(self) -> Result<(), Unreadable> {
        self.ensure(self.rest.is_empty())
    }
}

/// Appends a length of four bytes, and `bytes`: what [`Reader::bytes`] reads.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u32).to_be_bytes());
    out.extend(bytes);
}
