//! What a device answers to a given question.

use super::asked::{Asked, Fields};
use super::{Block, Flaw, Parsed, anomalies, end, ensure, files, flaw};
use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::rest;
use nom::number::complete::{be_u8, be_u16};

/// The bit of a function code that marks an exception.
pub(in crate::modbus) const EXCEPTION: u8 = 0x80;

/// What an answer carries beyond the repetition of its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::modbus) enum Answer<'m> {
    /// The bits asked for.
    Bits(&'m [u8]),
    /// The words asked for.
    Words(&'m [u8]),
    /// 20: for each group a length, a reference type and the words.
    Files(&'m [u8]),
    /// Nothing that has an address.
    Done,
    /// The device refuses, with this exception code.
    Exception(u8),
}

/// Reads a response's PDU as the answer to `asked`; its function code is that of `asked`, or the exception of it.
pub(in crate::modbus) fn response<'m>(asked: &Asked, pdu: &'m [u8]) -> Result<Answer<'m>, Flaw<'m>> {
    let Some((&number, input)) = pdu.split_first() else {
        return Err(Flaw { kind: &anomalies::TOO_SHORT, rest: pdu });
    };
    if number & EXCEPTION != 0 {
        return end(exception(input));
    }
    end(match &asked.fields {
        Fields::ReadBits(block) => values(input, block.bytes_of_bits()).map(|(rest, v)| (rest, Answer::Bits(v))),
        Fields::ReadWords(block) | Fields::ReadWrite { read: block, .. } => words(input, *block),
        Fields::Write { echo, .. } => echoed(input, echo),
        Fields::MaskWrite { echo, .. } => echoed(input, echo),
        Fields::ReadFiles(groups) => read_files(input, groups),
        Fields::WriteFiles(groups) => write_files(input, groups),
        Fields::ReadFifo(_) => fifo(input),
        Fields::Diagnostics(sub, data) => diagnostics(input, *sub, data),
        Fields::Bare => bare(number, input),
        Fields::DeviceId { read_code } => device_id(input, *read_code),
        Fields::Opaque if number == 43 => echoed(input, &[13]).and_then(|(data, _)| opaque(data)),
        Fields::Opaque => opaque(input),
    })
}

fn exception(input: &[u8]) -> Parsed<'_, Answer<'_>> {
    let (rest, code) = be_u8(input)?;
    ensure(matches!(code, 1..=6 | 8 | 10 | 11), &anomalies::EXCEPTION_CODE, input)?;
    Ok((rest, Answer::Exception(code)))
}

/// A byte count, and as many bytes, which must be `asked` of them.
fn values(input: &[u8], asked: usize) -> Parsed<'_, &[u8]> {
    let (rest, count) = be_u8(input)?;
    let (rest, values) = take(count)(rest)?;
    ensure(values.len() == asked, &anomalies::SIZE_MISMATCH, input)?;
    Ok((rest, values))
}

fn words(input: &[u8], block: Block) -> Parsed<'_, Answer<'_>> {
    values(input, block.bytes_of_words()).map(|(rest, words)| (rest, Answer::Words(words)))
}

/// Fields that must come back as they went.
fn echoed<'m>(input: &'m [u8], sent: &[u8]) -> Parsed<'m, Answer<'m>> {
    let (rest, back) = take(sent.len())(input)?;
    ensure(back == sent, &anomalies::ECHO_MISMATCH, input)?;
    Ok((rest, Answer::Done))
}

fn opaque(input: &[u8]) -> Parsed<'_, Answer<'_>> {
    rest.map(|_: &[u8]| Answer::Done).parse(input)
}

fn read_files<'m>(input: &'m [u8], asked: &[u8]) -> Parsed<'m, Answer<'m>> {
    let (groups, count) = be_u8(input)?;
    ensure(usize::from(count) == groups.len(), &anomalies::BYTE_COUNT, input)?;
    let mut rest = groups;
    for records in files::reads(asked) {
        let (next, _) = file_group(rest, records.bytes())?;
        rest = next;
    }
    Ok((rest, Answer::Files(groups)))
}

/// One group of a file response: a length that counts the reference type and the words.
fn file_group(input: &[u8], bytes: usize) -> Parsed<'_, &[u8]> {
    let (rest, length) = be_u8(input)?;
    ensure(usize::from(length) == bytes + 1, &anomalies::SIZE_MISMATCH, input)?;
    let (rest, ()) = files::reference_type(rest)?;
    take(bytes)(rest)
}

/// The words of each group of a file response that was checked, in order.
pub(in crate::modbus) fn file_words(mut groups: &[u8]) -> impl Iterator<Item = &[u8]> {
    core::iter::from_fn(move || {
        let (&length, rest) = groups.split_first()?;
        let (group, rest) = rest.split_at_checked(usize::from(length))?;
        groups = rest;
        group.get(1..)
    })
}

fn write_files<'m>(input: &'m [u8], asked: &[u8]) -> Parsed<'m, Answer<'m>> {
    let (rest, count) = be_u8(input)?;
    ensure(usize::from(count) == asked.len(), &anomalies::SIZE_MISMATCH, input)?;
    echoed(rest, asked)
}

fn fifo(input: &[u8]) -> Parsed<'_, Answer<'_>> {
    let (at_count, bytes) = be_u16(input)?;
    let (rest, count) = be_u16(at_count)?;
    ensure(count <= 31 && bytes == 2 + 2 * count, &anomalies::FIFO_COUNT, input)?;
    let (rest, _) = take(2 * count)(rest)?;
    Ok((rest, Answer::Done))
}

fn diagnostics<'m>(input: &'m [u8], sub: u16, data: &[u8]) -> Parsed<'m, Answer<'m>> {
    ensure(sub != 4, &anomalies::NO_RESPONSE_DUE, input)?;
    let (rest, _) = echoed(input, &sub.to_be_bytes())?;
    match sub {
        0 | 1 | 3 | 10 | 20 => echoed(rest, data),
        // A register or a counter.
        _ => be_u16.map(|_| Answer::Done).parse(rest),
    }
}

fn bare(number: u8, input: &[u8]) -> Parsed<'_, Answer<'_>> {
    match number {
        7 => be_u8.map(|_| Answer::Done).parse(input),
        11 => (status, be_u16).map(|_| Answer::Done).parse(input),
        12 => event_log(input),
        _ => server_id(input),
    }
}

fn status(input: &[u8]) -> Parsed<'_, ()> {
    let (rest, status) = be_u16(input)?;
    ensure(matches!(status, 0 | 0xFFFF), &anomalies::STATUS_WORD, input)?;
    Ok((rest, ()))
}

fn event_log(input: &[u8]) -> Parsed<'_, Answer<'_>> {
    let (rest, count) = be_u8(input)?;
    ensure((6..=70).contains(&count), &anomalies::EVENT_LOG, input)?;
    let (rest, _) = (status, be_u16, be_u16).parse(rest)?;
    let (rest, _events) = take(count - 6)(rest)?;
    Ok((rest, Answer::Done))
}

fn server_id(input: &[u8]) -> Parsed<'_, Answer<'_>> {
    let (rest, count) = be_u8(input)?;
    ensure(count > 0, &anomalies::SERVER_ID, input)?;
    let (rest, _) = take(count)(rest)?;
    Ok((rest, Answer::Done))
}

fn device_id(input: &[u8], asked: u8) -> Parsed<'_, Answer<'_>> {
    let (at_conformity, _) = echoed(input, &[14, asked])?;
    let (at_more, conformity) = be_u8(at_conformity)?;
    ensure(matches!(conformity, 1..=3 | 0x81..=0x83), &anomalies::CONFORMITY_LEVEL, at_conformity)?;
    let (at_count, more) = take(2usize)(at_more)?;
    ensure(matches!(more, [0x00, 0x00] | [0xFF, _]), &anomalies::MORE_FOLLOWS, at_more)?;
    let (mut rest, count) = be_u8(at_count)?;
    ensure(count > 0 && (asked != 4 || count == 1), &anomalies::OBJECT_LIST, at_count)?;
    for _ in 0..count {
        let (next, _object) = object(rest)?;
        rest = next;
    }
    Ok((rest, Answer::Done))
}

/// One identification object: its id, its length, its text.
fn object(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, (_id, length)) = (be_u8, be_u8).parse(input)?;
    match take::<_, _, Flaw<'_>>(length)(rest) {
        Ok(parsed) => Ok(parsed),
        Err(_) => Err(flaw(&anomalies::OBJECT_LIST, rest)),
    }
}
