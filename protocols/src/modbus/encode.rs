//! The only message that the gateway writes itself: the exception response (clause 7).

use super::pdu::response::EXCEPTION;
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
