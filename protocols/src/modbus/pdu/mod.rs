//! The body of a message, function code first: borrowed structures out of bytes, and every rule about their fields.
//!
//! Built from nom's `complete` parsers: a body can be wrong, it can never ask for more bytes. [`request`] reads what a
//! client asks, [`response`] what a device answers to a given question. Called by `lower` and `session` alone.

pub(super) mod asked;
pub(super) mod files;
pub(super) mod request;
pub(super) mod response;

use super::anomalies;
use nom::IResult;
use nom::error::{ErrorKind, ParseError};
use nom::number::complete::be_u16;
use sluice_model::{Anomaly, AnomalyKind, SpaceId, Span};

/// What is wrong with a body, and the bytes from there to its end.
#[derive(Debug)]
pub(super) struct Flaw<'m> {
    kind: &'static AnomalyKind,
    rest: &'m [u8],
}

impl Flaw<'_> {
    /// The anomaly, its offset counted from the start of the message, in which `body` begins at `at`.
    pub(super) fn within(&self, at: usize, body: &[u8]) -> Anomaly {
        Anomaly::new(self.kind, (at + body.len()).saturating_sub(self.rest.len()))
    }
}

impl<'m> ParseError<&'m [u8]> for Flaw<'m> {
    /// The only thing that a parser of plain numbers and byte strings can miss is bytes.
    fn from_error_kind(rest: &'m [u8], _: ErrorKind) -> Self {
        Self { kind: &anomalies::TOO_SHORT, rest }
    }

    fn append(_: &'m [u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// What a parser here returns.
type Parsed<'m, T> = IResult<&'m [u8], T, Flaw<'m>>;

/// What is wrong with the field that begins at `rest`.
fn flaw<'m>(kind: &'static AnomalyKind, rest: &'m [u8]) -> nom::Err<Flaw<'m>> {
    nom::Err::Failure(Flaw { kind, rest })
}

/// Holds a rule about the field that begins at `rest`.
fn ensure<'m>(holds: bool, kind: &'static AnomalyKind, rest: &'m [u8]) -> Result<(), nom::Err<Flaw<'m>>> {
    if holds { Ok(()) } else { Err(flaw(kind, rest)) }
}

/// The end of a body: nothing may follow.
fn end<T>(parsed: Parsed<'_, T>) -> Result<T, Flaw<'_>> {
    match parsed {
        Ok(([], value)) => Ok(value),
        Ok((rest, _)) => Err(Flaw { kind: &anomalies::TRAILING_BYTES, rest }),
        Err(nom::Err::Error(flaw) | nom::Err::Failure(flaw)) => Err(flaw),
        Err(nom::Err::Incomplete(_)) => Err(Flaw { kind: &anomalies::TOO_SHORT, rest: &[] }),
    }
}

/// Consecutive items: a start address and how many, checked against the function's limit and the end of the space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The first item.
    pub(super) address: u16,
    /// How many; at least 1, and `address + quantity <= 65536`.
    pub(super) quantity: u16,
}

impl Block {
    /// The items in `space`.
    pub(super) fn span(self, space: SpaceId) -> Span {
        let first = u64::from(self.address);
        Span { space, first, last: first + u64::from(self.quantity) - 1 }
    }

    /// Both fields as they stand on the wire.
    fn wire(self) -> [u8; 4] {
        let ([a, b], [c, d]) = (self.address.to_be_bytes(), self.quantity.to_be_bytes());
        [a, b, c, d]
    }

    /// How many bytes its bits fill.
    pub(super) fn bytes_of_bits(self) -> usize {
        usize::from(self.quantity).div_ceil(8)
    }

    /// How many bytes its words fill.
    pub(super) fn bytes_of_words(self) -> usize {
        usize::from(self.quantity) * 2
    }
}

/// A block of at most `most` items.
fn block(input: &[u8], most: u16) -> Parsed<'_, Block> {
    let (second, address) = be_u16(input)?;
    let (rest, quantity) = be_u16(second)?;
    ensure((1..=most).contains(&quantity), &anomalies::QUANTITY, second)?;
    ensure(u32::from(address) + u32::from(quantity) <= 0x1_0000, &anomalies::ADDRESS_RANGE, input)?;
    Ok((rest, Block { address, quantity }))
}
