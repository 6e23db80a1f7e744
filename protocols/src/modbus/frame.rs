//! The MBAP header: where a message begins and ends, and whom it addresses.

use super::anomalies;
use crate::{Frame, Probe};
use sluice_model::Anomaly;

/// Bytes before the function code: transaction, protocol, length, unit.
pub(super) const HEADER: usize = 7;
/// Bytes that the header's length field does not count.
const BEFORE_LENGTH_COUNTS: usize = 6;
/// The length field counts the unit and at least a function code, at most the 253 bytes of a PDU.
const LENGTHS: core::ops::RangeInclusive<u16> = 2..=254;
/// The shortest message.
const SHORTEST: usize = 8;

/// The fields of a header that a message keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Pairs a response with its request.
    pub(super) transaction: u16,
    /// The device behind this connection.
    pub(super) unit: u8,
}

/// Finds the first message in `buffer`.
pub(super) fn frame(buffer: &[u8]) -> Frame {
    if let Some(&[_, _, a, b]) = buffer.first_chunk::<4>()
        && [a, b] != [0, 0]
    {
        return Frame::Bad(Anomaly::new(&anomalies::PROTOCOL_ID, 2));
    }
    let Some(&[_, _, _, _, a, b]) = buffer.first_chunk::<6>() else {
        return Frame::Need(SHORTEST);
    };
    let length = u16::from_be_bytes([a, b]);
    if !LENGTHS.contains(&length) {
        return Frame::Bad(Anomaly::new(&anomalies::LENGTH, 4));
    }
    let whole = BEFORE_LENGTH_COUNTS + usize::from(length);
    if buffer.len() < whole { Frame::Need(whole) } else { Frame::Unit(whole) }
}

/// Splits a framed message into header and PDU; the PDU holds at least a function code.
pub(super) fn split(unit: &[u8]) -> Result<(Header, &[u8]), Anomaly> {
    match frame(unit) {
        Frame::Unit(whole) if whole == unit.len() => {}
        Frame::Bad(anomaly) => return Err(anomaly),
        Frame::Unit(_) | Frame::Need(_) => return Err(Anomaly::new(&anomalies::LENGTH, 4)),
    }
    Ok((Header { transaction: u16::from_be_bytes([unit[0], unit[1]]), unit: unit[6] }, &unit[HEADER..]))
}

/// Whether a flow that begins with `head` can be Modbus/TCP: any function code counts, so that a flow cannot leave
/// inspection by beginning with a strange one.
pub(super) fn probe(head: &[u8]) -> Probe {
    match frame(head) {
        Frame::Bad(_) => Probe::No,
        _ if head.len() < SHORTEST => Probe::More,
        _ if head[HEADER] == 0 => Probe::No,
        _ => Probe::Yes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_as_long_as_its_header_says() {
        let two = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1, 0, 2, 0, 0, 0, 2, 1, 7];
        assert_eq!(frame(&two), Frame::Unit(12));
        assert_eq!(frame(&two[12..]), Frame::Unit(8));
        assert_eq!(frame(&two[..11]), Frame::Need(12));
        assert_eq!(frame(&two[..5]), Frame::Need(8));
        assert_eq!(frame(&[]), Frame::Need(8));
    }

    #[test]
    fn lengths_end_at_2_and_254() {
        for (length, good) in [(0, false), (1, false), (2, true), (254, true), (255, false), (0xFFFF, false)] {
            let [a, b] = u16::to_be_bytes(length);
            let bad = Frame::Bad(Anomaly::new(&anomalies::LENGTH, 4));
            assert_eq!(frame(&[0, 0, 0, 0, a, b]) != bad, good, "{length}");
        }
    }

    #[test]
    fn another_protocol_id_is_seen_before_the_header_is_whole() {
        assert_eq!(frame(&[0, 0, 0, 1]), Frame::Bad(Anomaly::new(&anomalies::PROTOCOL_ID, 2)));
    }

    #[test]
    fn a_flow_that_begins_with_umas_is_modbus() {
        assert_eq!(probe(&[0, 0, 0, 0, 0, 4, 1, 0x5A, 0, 2]), Probe::Yes);
        assert_eq!(probe(&[0, 0, 0, 0, 0, 4, 1]), Probe::More);
        assert_eq!(probe(b"GET / HTTP/1.1"), Probe::No);
        assert_eq!(probe(&[0; 12]), Probe::No);
    }
}
