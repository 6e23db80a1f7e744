//! Groups of file records (6.14, 6.15): reference type, file, first record, how many.

use super::{Parsed, anomalies, ensure};
use crate::modbus::codes::{FILE, LAST_RECORD};
use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u16};
use sluice_model::Span;

/// The only reference type.
const REFERENCE_TYPE: u8 = 6;

/// Consecutive records of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::modbus) struct Records {
    file: u16,
    first: u16,
    /// How many, at least 1; a record is one 16-bit word.
    pub(in crate::modbus) length: u16,
}

impl Records {
    /// The records as items: `file << 16 | record`.
    pub(in crate::modbus) fn span(self) -> Span {
        let first = u64::from(self.file) << 16 | u64::from(self.first);
        Span { space: FILE, first, last: first + u64::from(self.length) - 1 }
    }

    /// How many bytes their words fill.
    pub(in crate::modbus) fn bytes(self) -> usize {
        usize::from(self.length) * 2
    }
}

/// The 7 bytes that name records.
fn records(input: &[u8]) -> Parsed<'_, Records> {
    let (at_file, reference) = be_u8(input)?;
    ensure(reference == REFERENCE_TYPE, &anomalies::REFERENCE_TYPE, input)?;
    let (at_first, file) = be_u16(at_file)?;
    ensure(file != 0, &anomalies::FILE_NUMBER, at_file)?;
    let (at_length, first) = be_u16(at_first)?;
    let (rest, length) = be_u16(at_length)?;
    let past = u32::from(first) + u32::from(length);
    ensure(length != 0 && past <= u32::from(LAST_RECORD) + 1, &anomalies::RECORD_RANGE, at_first)?;
    Ok((rest, Records { file, first, length }))
}

/// The reference type that stands before the records of a response.
pub(super) fn reference_type(input: &[u8]) -> Parsed<'_, ()> {
    let (rest, reference) = be_u8(input)?;
    ensure(reference == REFERENCE_TYPE, &anomalies::REFERENCE_TYPE, input)?;
    Ok((rest, ()))
}

/// One group of a read request.
pub(super) fn read_group(input: &[u8]) -> Parsed<'_, Records> {
    records(input)
}

/// One group of a write request: the records and their words.
pub(super) fn write_group(input: &[u8]) -> Parsed<'_, (Records, &[u8])> {
    let (rest, records) = records(input)?;
    let (rest, words) = take(records.bytes())(rest)?;
    Ok((rest, (records, words)))
}

/// The groups of a read request that was checked.
pub(in crate::modbus) fn reads(mut groups: &[u8]) -> impl Iterator<Item = Records> {
    core::iter::from_fn(move || {
        let (rest, group) = read_group(groups).ok()?;
        groups = rest;
        Some(group)
    })
}

/// The groups of a write request that was checked.
pub(in crate::modbus) fn writes(mut groups: &[u8]) -> impl Iterator<Item = (Records, &[u8])> {
    core::iter::from_fn(move || {
        let (rest, group) = write_group(groups).ok()?;
        groups = rest;
        Some(group)
    })
}
