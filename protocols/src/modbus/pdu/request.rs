//! What a client asks.

use super::response::EXCEPTION;
use super::{Block, Flaw, Parsed, anomalies, block, end, ensure, files, flaw};
use crate::modbus::codes;
use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::rest;
use nom::number::complete::{be_u8, be_u16};
use sluice_model::{Code, Function};

/// The fields of a request. Every rule of the specification about them held when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::modbus) enum Body<'m> {
    /// 1, 2: read bits.
    ReadBits(Block),
    /// 3, 4: read words.
    ReadWords(Block),
    /// 5: write one coil; the first byte of its value, whose bit 0 is the coil's.
    WriteBit(u16, &'m [u8]),
    /// 6: write one register; its word.
    WriteWord(u16, &'m [u8]),
    /// 15: write coils.
    WriteBits(Block, &'m [u8]),
    /// 16: write registers.
    WriteWords(Block, &'m [u8]),
    /// 22: change bits of one register.
    MaskWrite { address: u16, and: u16, or: u16 },
    /// 23: write, then read.
    ReadWrite { read: Block, write: Block, words: &'m [u8] },
    /// 20: the groups, each of 7 bytes.
    ReadFiles(&'m [u8]),
    /// 21: the groups, each with its words.
    WriteFiles(&'m [u8]),
    /// 24: the queue's register.
    ReadFifo(u16),
    /// 8: the data field.
    Diagnostics(u16, &'m [u8]),
    /// 7, 11, 12, 17: the function code alone.
    Bare,
    /// 43/14: which objects, starting where.
    DeviceId { read_code: u8 },
    /// What a vendor alone can read.
    Opaque,
}

/// A request: what it is, and its fields.
#[derive(Clone, Copy, Debug)]
pub(in crate::modbus) struct Request<'m> {
    /// The raw code.
    pub(in crate::modbus) code: Code,
    /// What the descriptor says about it.
    pub(in crate::modbus) function: &'static Function,
    /// Its fields.
    pub(in crate::modbus) body: Body<'m>,
}

/// Reads a request's PDU.
pub(in crate::modbus) fn request(pdu: &[u8]) -> Result<Request<'_>, Flaw<'_>> {
    if let Some(request) = read(pdu) {
        return Ok(request);
    }
    let Some((&number, input)) = pdu.split_first() else {
        return Err(Flaw { kind: &anomalies::TOO_SHORT, rest: pdu });
    };
    let sub = sub_function(number, input)?;
    let code = Code { function: u16::from(number), sub };
    let Some(function) = codes::function(code) else {
        let exception = number & EXCEPTION != 0;
        let kind = if exception { &anomalies::EXCEPTION_AS_REQUEST } else { &anomalies::UNDEFINED_FUNCTION };
        return Err(Flaw { kind, rest: pdu });
    };
    let body = end(body(number, input))?;
    Ok(Request { code, function, body })
}

/// A well-formed read of bits or words, which nearly every request is, without the way through the parsers below.
fn read(pdu: &[u8]) -> Option<Request<'_>> {
    let &[number @ 1..=4, a, b, c, d] = pdu else { return None };
    let block = Block { address: u16::from_be_bytes([a, b]), quantity: u16::from_be_bytes([c, d]) };
    let (most, body) = if number < 3 { (2000, Body::ReadBits(block)) } else { (125, Body::ReadWords(block)) };
    let fits = (1..=most).contains(&block.quantity) && u32::from(block.address) + u32::from(block.quantity) <= 0x1_0000;
    let code = Code { function: u16::from(number), sub: None };
    codes::function(code).filter(|_| fits).map(|function| Request { code, function, body })
}

/// The sub-function, where the code has one.
fn sub_function(number: u8, input: &[u8]) -> Result<Option<u16>, Flaw<'_>> {
    let too_short = Flaw { kind: &anomalies::TOO_SHORT, rest: input };
    match (number, input) {
        (8, &[high, low, ..]) => Ok(Some(u16::from_be_bytes([high, low]))),
        (43, &[mei, ..]) => Ok(Some(u16::from(mei))),
        (8 | 43, _) => Err(too_short),
        // UMAS: a session byte, then the function that a rule can name; what is too short for it has none.
        (90, &[_, function, ..]) => Ok(Some(u16::from(function))),
        _ => Ok(None),
    }
}

/// The fields of a function that is defined.
fn body(number: u8, input: &[u8]) -> Parsed<'_, Body<'_>> {
    match number {
        1 | 2 => block(input, 2000).map(|(rest, b)| (rest, Body::ReadBits(b))),
        3 | 4 => block(input, 125).map(|(rest, b)| (rest, Body::ReadWords(b))),
        5 => write_bit(input),
        6 => write_word(input),
        7 | 11 | 12 | 17 => Ok((input, Body::Bare)),
        8 => diagnostics(input),
        15 => write_bits(input),
        16 => write_words(input),
        20 => read_files(input),
        21 => write_files(input),
        22 => mask_write(input),
        23 => read_write(input),
        24 => be_u16.map(Body::ReadFifo).parse(input),
        43 => encapsulated(input),
        _ => opaque(input),
    }
}

fn opaque(input: &[u8]) -> Parsed<'_, Body<'_>> {
    rest.map(|_: &[u8]| Body::Opaque).parse(input)
}

fn write_bit(input: &[u8]) -> Parsed<'_, Body<'_>> {
    let (at_value, address) = be_u16(input)?;
    let (rest, value) = take(2usize)(at_value)?;
    ensure(matches!(value, [0x00 | 0xFF, 0x00]), &anomalies::COIL_VALUE, at_value)?;
    Ok((rest, Body::WriteBit(address, &value[..1])))
}

fn write_word(input: &[u8]) -> Parsed<'_, Body<'_>> {
    let (rest, address) = be_u16(input)?;
    let (rest, word) = take(2usize)(rest)?;
    Ok((rest, Body::WriteWord(address, word)))
}

/// A byte count that must be `bytes`, and those bytes.
fn counted(input: &[u8], bytes: usize) -> Parsed<'_, &[u8]> {
    let (rest, count) = be_u8(input)?;
    ensure(usize::from(count) == bytes, &anomalies::BYTE_COUNT, input)?;
    take(bytes)(rest)
}

fn write_bits(input: &[u8]) -> Parsed<'_, Body<'_>> {
    let (rest, block) = block(input, 1968)?;
    let (rest, bits) = counted(rest, block.bytes_of_bits())?;
    let used = block.quantity % 8;
    if used != 0
        && let Some((last, _)) = bits.split_last()
    {
        let from_last = &input[input.len() - rest.len() - 1..];
        ensure(last >> used == 0, &anomalies::PADDING_BITS, from_last)?;
    }
    Ok((rest, Body::WriteBits(block, bits)))
}

fn write_words(input: &[u8]) -> Parsed<'_, Body<'_>> {
    let (rest, block) = block(input, 123)?;
    let (rest, words) = counted(rest, block.bytes_of_words())?;
    Ok((rest, Body::WriteWords(block, words)))
}

fn mask_write(input: &[u8]) -> Parsed<'_, Body<'_>> {
    let (rest, (address, and, or)) = (be_u16, be_u16, be_u16).parse(input)?;
    Ok((rest, Body::MaskWrite { address, and, or }))
}

fn read_write(input: &[u8]) -> Parsed<'_, Body<'_>> {
    let (rest, read) = block(input, 125)?;
    let (rest, write) = block(rest, 121)?;
    let (rest, words) = counted(rest, write.bytes_of_words())?;
    Ok((rest, Body::ReadWrite { read, write, words }))
}

/// The byte count of file groups, and the groups, which must be the rest of the body.
fn groups(input: &[u8], counts: core::ops::RangeInclusive<u8>) -> Parsed<'_, &[u8]> {
    let (rest, count) = be_u8(input)?;
    let agrees = counts.contains(&count) && usize::from(count) == rest.len();
    ensure(agrees, &anomalies::BYTE_COUNT, input)?;
    Ok((rest, rest))
}

fn read_files(input: &[u8]) -> Parsed<'_, Body<'_>> {
    let (mut rest, groups) = groups(input, 7..=245)?;
    let mut answer = 0;
    while !rest.is_empty() {
        let (next, records) = files::read_group(rest)?;
        // Of each group the response carries a length, a reference type and the words; all follow two more bytes.
        answer += 2 + records.bytes();
        ensure(answer <= 251, &anomalies::FILE_RESPONSE_SIZE, rest)?;
        rest = next;
    }
    Ok((rest, Body::ReadFiles(groups)))
}

fn write_files(input: &[u8]) -> Parsed<'_, Body<'_>> {
    let (mut rest, groups) = groups(input, 9..=251)?;
    while !rest.is_empty() {
        rest = files::write_group(rest)?.0;
    }
    Ok((rest, Body::WriteFiles(groups)))
}

fn diagnostics(input: &[u8]) -> Parsed<'_, Body<'_>> {
    let (data, sub) = be_u16(input)?;
    let sound = match (sub, data) {
        // Any whole number of words comes back as it went.
        (0, data) => !data.is_empty() && data.len() % 2 == 0,
        (1, data) => matches!(data, [0x00 | 0xFF, 0x00]),
        // The delimiter, then 0.
        (3, data) => matches!(data, [_, 0]),
        (2 | 4 | 10..=18 | 20, data) => data == [0, 0],
        _ => return Err(flaw(&anomalies::UNDEFINED_SUB_FUNCTION, input)),
    };
    ensure(sound, &anomalies::DIAGNOSTIC_DATA, data)?;
    Ok((&data[data.len()..], Body::Diagnostics(sub, data)))
}

fn encapsulated(input: &[u8]) -> Parsed<'_, Body<'_>> {
    let (data, mei) = be_u8(input)?;
    match mei {
        13 => opaque(data),
        14 => device_id(data),
        _ => Err(flaw(&anomalies::UNDEFINED_MEI_TYPE, input)),
    }
}

fn device_id(input: &[u8]) -> Parsed<'_, Body<'_>> {
    let (rest, (read_code, _object)) = (be_u8, be_u8).parse(input)?;
    ensure((1..=4).contains(&read_code), &anomalies::DEVICE_ID_CODE, input)?;
    Ok((rest, Body::DeviceId { read_code }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_takes_what_the_parsers_take_and_says_the_same() {
        for number in 0..=5 {
            for quantity in [0, 1, 2, 125, 126, 1999, 2000, 2001, u16::MAX] {
                for address in [0, 7, u16::MAX - 124, u16::MAX - 1, u16::MAX] {
                    let ([a, b], [c, d]) = (address.to_be_bytes(), quantity.to_be_bytes());
                    let pdu = [number, a, b, c, d];
                    let long = (1..=4).contains(&number).then(|| end(body(number, &pdu[1..])).ok()).flatten();
                    assert_eq!(read(&pdu).map(|request| request.body), long, "{pdu:?}");
                    assert!(read(&pdu[..4]).is_none() && read(&[number, a, b, c, d, 0]).is_none());
                }
            }
        }
    }
}
