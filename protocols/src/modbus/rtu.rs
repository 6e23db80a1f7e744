//! RTU frames in a stream: address, body, CRC (Modbus over Serial Line V1.02, 2.5.1), as serial servers carry them over TCP.
//!
//! Nothing in an RTU frame says how long it is; on a line, silence does. In a stream the function code does, for every
//! function whose body the standard lays down; what else a frame may hold ends where its CRC is right.

use super::anomalies;
use super::pdu::response::EXCEPTION;
use crate::{Frame, Probe};
use sluice_model::{Anomaly, Direction};

/// Bytes before the function code: the address.
pub(super) const HEADER: usize = 1;
const CRC: usize = 2;
/// An address, a function code, a CRC.
const SHORTEST: usize = HEADER + 1 + CRC;
/// The address, 253 bytes of body, the CRC.
const LONGEST: usize = 256;

/// Where a frame ends.
enum Length {
    /// Behind so many bytes.
    Known(usize),
    /// It cannot be told before so many bytes are there.
    Later(usize),
    /// Where the CRC says so, behind so many bytes at least.
    ByCrc(usize),
}

/// Remainders of the polynomial 0xA001 (2.5.1.2).
const TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut rest, mut bit) = (byte as u16, 0);
        while bit < 8 {
            rest = if rest & 1 == 0 { rest >> 1 } else { rest >> 1 ^ 0xA001 };
            bit += 1;
        }
        table[byte] = rest;
        byte += 1;
    }
    table
};

/// The CRC with one byte more.
const fn step(crc: u16, byte: u8) -> u16 {
    crc >> 8 ^ TABLE[(crc as u8 ^ byte) as usize]
}

/// The CRC of `bytes` as it follows them.
pub(super) fn crc(bytes: &[u8]) -> [u8; 2] {
    bytes.iter().fold(u16::MAX, |crc, byte| step(crc, *byte)).to_le_bytes()
}

/// Finds the first message in `buffer`.
pub(super) fn frame(direction: Direction, buffer: &[u8]) -> Frame {
    let length = match direction {
        Direction::ToServer => request(buffer),
        Direction::ToClient => response(buffer),
    };
    match length {
        Length::Known(n) | Length::Later(n) | Length::ByCrc(n) if n > LONGEST => {
            Frame::Bad(Anomaly::new(&anomalies::LENGTH, buffer.len().min(2)))
        }
        Length::Later(n) => Frame::Need(n),
        Length::Known(n) if buffer.len() < n => Frame::Need(n),
        Length::Known(n) if is_sound(&buffer[..n]) => Frame::Unit(n),
        Length::Known(n) => Frame::Bad(Anomaly::new(&anomalies::CRC, n - CRC)),
        Length::ByCrc(least) => by_crc(buffer, least),
    }
}

/// The address and the body of a framed message.
pub(super) fn split(unit: &[u8]) -> Result<(u8, &[u8]), Anomaly> {
    if !(SHORTEST..=LONGEST).contains(&unit.len()) {
        return Err(Anomaly::new(&anomalies::LENGTH, 0));
    }
    if !is_sound(unit) {
        return Err(Anomaly::new(&anomalies::CRC, unit.len() - CRC));
    }
    Ok((unit[0], &unit[HEADER..unit.len() - CRC]))
}

/// Whether a flow that begins with `head` can be Modbus RTU: a frame of a function that the standard lays down, with a
/// right CRC.
pub(super) fn probe(direction: Direction, head: &[u8]) -> Probe {
    if head.get(HEADER).is_some_and(|code| !matches!(code & !EXCEPTION, 1..=8 | 11 | 12 | 15..=17 | 20..=24 | 43)) {
        return Probe::No;
    }
    match frame(direction, head) {
        Frame::Unit(_) => Probe::Yes,
        Frame::Need(_) => Probe::More,
        Frame::Bad(_) => Probe::No,
    }
}

fn is_sound(frame: &[u8]) -> bool {
    frame.split_last_chunk::<CRC>().is_some_and(|(covered, stored)| crc(covered) == *stored)
}

/// The shortest frame of at least `least` bytes whose CRC is right.
fn by_crc(buffer: &[u8], least: usize) -> Frame {
    let mut crc = u16::MAX;
    for (at, pair) in buffer.windows(CRC).take(LONGEST - 1).enumerate() {
        if at + CRC >= least && pair == crc.to_le_bytes() {
            return Frame::Unit(at + CRC);
        }
        crc = step(crc, pair[0]);
    }
    if buffer.len() < LONGEST {
        Frame::Need(least.max(buffer.len() + 1))
    } else {
        Frame::Bad(Anomaly::new(&anomalies::CRC, LONGEST - CRC))
    }
}

/// A frame whose byte at `count` says how many follow before the CRC.
fn counted(buffer: &[u8], count: usize) -> Length {
    match buffer.get(count) {
        Some(n) => Length::Known(count + 1 + usize::from(*n) + CRC),
        None => Length::Later(count + 1 + CRC),
    }
}

fn request(buffer: &[u8]) -> Length {
    let Some(&code) = buffer.get(HEADER) else { return Length::Later(SHORTEST) };
    match code {
        1..=6 => Length::Known(8),
        7 | 11 | 12 | 17 => Length::Known(4),
        8 => diagnostics(buffer),
        15 | 16 => counted(buffer, 6),
        20 | 21 => counted(buffer, 2),
        22 => Length::Known(10),
        23 => counted(buffer, 10),
        24 => Length::Known(6),
        43 => match buffer.get(2) {
            Some(14) => Length::Known(7),
            Some(_) => Length::ByCrc(SHORTEST + 1),
            None => Length::Later(SHORTEST + 1),
        },
        _ => Length::ByCrc(SHORTEST),
    }
}

fn response(buffer: &[u8]) -> Length {
    let Some(&code) = buffer.get(HEADER) else { return Length::Later(SHORTEST) };
    match code {
        0x80.. | 7 => Length::Known(5),
        1..=4 | 12 | 17 | 20 | 21 | 23 => counted(buffer, 2),
        5 | 6 | 11 | 15 | 16 => Length::Known(8),
        8 => diagnostics(buffer),
        22 => Length::Known(10),
        24 => match buffer.get(2..4) {
            Some(count) => Length::Known(4 + usize::from(u16::from_be_bytes([count[0], count[1]])) + CRC),
            None => Length::Later(4 + CRC),
        },
        43 => identification(buffer),
        _ => Length::ByCrc(SHORTEST),
    }
}

/// Every sub-function carries two bytes, but for the one that returns whatever it was sent (6.8).
fn diagnostics(buffer: &[u8]) -> Length {
    match buffer.get(2..4) {
        Some([0, 0]) => Length::ByCrc(6),
        Some(_) => Length::Known(8),
        None => Length::Later(6),
    }
}

/// Walks the objects of a device identification (6.21).
fn identification(buffer: &[u8]) -> Length {
    const OBJECTS: usize = 8;
    match buffer.get(2) {
        Some(14) => {}
        Some(_) => return Length::ByCrc(SHORTEST + 1),
        None => return Length::Later(SHORTEST + 1),
    }
    let Some(count) = buffer.get(OBJECTS - 1) else { return Length::Later(OBJECTS + CRC) };
    let mut at = OBJECTS;
    for _ in 0..*count {
        let Some(length) = buffer.get(at + 1) else { return Length::Later(at + 2 + CRC) };
        at += 2 + usize::from(*length);
    }
    Length::Known(at + CRC)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: [u8; 8] = [0x11, 3, 0, 0x6B, 0, 3, 0x76, 0x87];

    #[test]
    fn the_crc_is_that_of_the_specification() {
        assert_eq!(crc(&[2, 7]), [0x41, 0x12]);
        assert_eq!(crc(&READ[..6]), READ[6..]);
    }

    #[test]
    fn a_frame_ends_where_its_function_says_and_only_with_its_crc() {
        let mut two = [READ, READ].concat();
        assert_eq!(frame(Direction::ToServer, &two), Frame::Unit(8));
        assert_eq!(frame(Direction::ToServer, &two[..7]), Frame::Need(8));
        two[6] ^= 1;
        assert_eq!(frame(Direction::ToServer, &two), Frame::Bad(Anomaly::new(&anomalies::CRC, 6)));
    }

    #[test]
    fn what_the_standard_does_not_lay_down_ends_with_its_crc() {
        let mut own = vec![1, 100, 9, 8, 7];
        own.extend(crc(&own));
        assert_eq!(frame(Direction::ToServer, &[&own[..], &READ].concat()), Frame::Unit(7));
        assert_eq!(frame(Direction::ToServer, &own[..6]), Frame::Need(7));
        let never = Frame::Bad(Anomaly::new(&anomalies::CRC, 254));
        assert_eq!(frame(Direction::ToServer, &[100; 400]), never);
    }

    #[test]
    fn only_a_right_crc_makes_it_modbus() {
        assert_eq!(probe(Direction::ToServer, &READ), Probe::Yes);
        assert_eq!(probe(Direction::ToServer, &READ[..5]), Probe::More);
        assert_eq!(probe(Direction::ToServer, &[0x11, 3, 0, 0x6B, 0, 3, 0x76, 0x86]), Probe::No);
        assert_eq!(probe(Direction::ToServer, &[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]), Probe::No);
    }
}
