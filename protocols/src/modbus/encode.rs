//! Messages that the gateway writes itself: the exception response (clause 7), and for the tools a request in its frame.

use super::pdu::response::EXCEPTION;
use super::rtu;
use sluice_model::Fault;

/// The exception code that says `fault`.
pub(super) const fn code(fault: Fault) -> u8 {
    match fault {
        Fault::Function => 1,
        Fault::Address => 2,
        Fault::Value => 3,
        Fault::Busy => 6,
        Fault::Target => 11,
    }
}

/// Appends an exception response to the request with these fields.
pub(super) fn exception(transaction: u16, unit: u8, function: u8, code: u8, out: &mut Vec<u8>) {
    let [high, low] = transaction.to_be_bytes();
    out.extend_from_slice(&[high, low, 0, 0, 0, 3, unit, function | EXCEPTION, code]);
}

/// Appends an exception response in an RTU frame.
pub(super) fn rtu_exception(unit: u8, function: u8, code: u8, out: &mut Vec<u8>) {
    let covered = [unit, function | EXCEPTION, code];
    out.extend_from_slice(&covered);
    out.extend_from_slice(&rtu::crc(&covered));
}

/// A request in an RTU frame; empty for a unit past 255.
pub(super) fn rtu_request(device: u32, body: &[u8]) -> Vec<u8> {
    let Ok(unit) = u8::try_from(device) else { return Vec::new() };
    let covered = [&[unit], body].concat();
    let crc = rtu::crc(&covered);
    [covered.as_slice(), &crc].concat()
}

/// A request with transaction 0. Units past 255 and bodies past the greatest length get a length of 0, which no parser
/// takes.
pub(super) fn request(device: u32, body: &[u8]) -> Vec<u8> {
    let (unit, length) = match (u8::try_from(device), u16::try_from(body.len() + 1)) {
        (Ok(unit), Ok(length)) => (unit, length),
        _ => (0, 0),
    };
    let [high, low] = length.to_be_bytes();
    [&[0, 0, 0, 0, high, low, unit], body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_framed_for_its_unit() {
        assert_eq!(request(17, &[3, 0, 1, 0, 2]), [0, 0, 0, 0, 0, 6, 17, 3, 0, 1, 0, 2]);
    }

    #[test]
    fn an_rtu_frame_ends_with_its_crc() {
        assert_eq!(rtu_request(0x11, &[3, 0, 0x6B, 0, 3]), [0x11, 3, 0, 0x6B, 0, 3, 0x76, 0x87]);
        assert_eq!(rtu_request(256, &[3]), []);
    }

    #[test]
    fn what_does_not_fit_is_no_message() {
        for (device, body) in [(256, vec![3]), (1, vec![3; 65_535])] {
            let unit = request(device, &body);
            assert!(matches!(super::super::frame::frame(&unit), crate::Frame::Bad(_)));
        }
    }
}
