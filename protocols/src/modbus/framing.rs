//! The two ways in which a message stands in a stream: behind an MBAP header, or as an RTU frame.

use super::frame::{self, Header};
use super::{ask, encode, rtu};
use crate::{Form, Frame, Probe};
use core::ops::Range;
use sluice_model::{Anomaly, Direction, Operation};

/// How messages are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// Behind the header of Modbus/TCP.
    Mbap,
    /// Between an address and a CRC; a response belongs to the oldest request that it fits.
    Rtu,
}

impl Framing {
    /// Finds the first message in `buffer`.
    pub(super) fn frame(self, direction: Direction, buffer: &[u8]) -> Frame {
        match self {
            Self::Mbap => frame::frame(buffer),
            Self::Rtu => rtu::frame(direction, buffer),
        }
    }

    /// Splits a framed message into its header and its body, which holds at least a function code. RTU has no
    /// transactions; all of its messages are of transaction 0.
    pub(super) fn split(self, unit: &[u8]) -> Result<(Header, &[u8]), Anomaly> {
        match self {
            Self::Mbap => frame::split(unit),
            Self::Rtu => rtu::split(unit).map(|(unit, pdu)| (Header { transaction: 0, unit }, pdu)),
        }
    }

    /// Where the transaction stands.
    pub(super) const fn pairing(self) -> Range<usize> {
        match self {
            Self::Mbap => 0..2,
            Self::Rtu => 0..0,
        }
    }

    /// Where the body begins; the address stands before it.
    pub(super) const fn body(self) -> usize {
        match self {
            Self::Mbap => frame::HEADER,
            Self::Rtu => rtu::HEADER,
        }
    }

    /// The form of responses to `request` whose bodies begin with `body` and go on with `bytes` more; only behind an
    /// MBAP header, since a CRC covers everything.
    pub(super) fn form(self, request: &[u8], body: [u8; 2], bytes: usize) -> Option<Form> {
        let (Self::Mbap, Some(&[.., unit])) = (self, request.first_chunk::<{ frame::HEADER }>()) else { return None };
        let [high, low] = ((1 + body.len() + bytes) as u16).to_be_bytes();
        let mut head = [0; 16];
        head[4..9].copy_from_slice(&[high, low, unit, body[0], body[1]]);
        Some(Form { head, known: 9, length: (frame::HEADER + body.len() + bytes) as u16 })
    }

    /// Whether a flow that begins with `head` can be Modbus in these frames.
    pub(super) fn probe(self, direction: Direction, head: &[u8]) -> Probe {
        match self {
            Self::Mbap => frame::probe(head),
            Self::Rtu => rtu::probe(direction, head),
        }
    }

    /// Appends an exception response.
    pub(super) fn exception(self, header: Header, function: u8, code: u8, out: &mut Vec<u8>) {
        match self {
            Self::Mbap => encode::exception(header.transaction, header.unit, function, code, out),
            Self::Rtu => encode::rtu_exception(header.unit, function, code, out),
        }
    }

    /// A request in its frame.
    pub(super) fn request(self, device: u32, body: &[u8]) -> Vec<u8> {
        match self {
            Self::Mbap => encode::request(device, body),
            Self::Rtu => encode::rtu_request(device, body),
        }
    }

    /// A request that asks for an operation, in its frame, with transaction 1 where there are transactions.
    pub(super) fn ask(self, operation: &Operation<'_>) -> Option<Vec<u8>> {
        u8::try_from(operation.device).ok()?;
        let mut unit = self.request(operation.device, &ask::pdu(operation)?);
        if self == Self::Mbap {
            unit[1] = 1;
        }
        Some(unit)
    }
}
