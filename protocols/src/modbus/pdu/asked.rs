//! What must be remembered of a request to know its response: small, and with a heap only for what must be echoed.

use super::Block;
use super::request::{Body, Request};
use crate::modbus::codes::{COIL, HOLDING};
use sluice_model::{Code, Function, SpaceId};

/// The question that a response must answer.
#[derive(Clone, Debug)]
pub(in crate::modbus) struct Asked {
    /// What it was.
    pub(in crate::modbus) function: &'static Function,
    /// Its function code.
    pub(in crate::modbus) number: u8,
    sub: Option<u16>,
    /// What its response must agree with.
    pub(in crate::modbus) fields: Fields,
}

/// The fields of a request that bind its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::modbus) enum Fields {
    /// 1, 2: as many bits.
    ReadBits(Block),
    /// 3, 4: as many words.
    ReadWords(Block),
    /// 5, 6, 15, 16: the four bytes that come back, and what they wrote.
    Write { space: SpaceId, block: Block, echo: [u8; 4] },
    /// 22: all three fields come back.
    MaskWrite { address: u16, echo: [u8; 6] },
    /// 23: as many words as were to be read.
    ReadWrite { read: Block, write: Block },
    /// 20: the groups of 7 bytes.
    ReadFiles(Box<[u8]>),
    /// 21: the groups with their words; all come back.
    WriteFiles(Box<[u8]>),
    /// 24: nothing; the queue decides.
    ReadFifo(u16),
    /// 8: the sub-function, and for some the data.
    Diagnostics(u16, Box<[u8]>),
    /// 7, 11, 12, 17: nothing.
    Bare,
    /// 43/14: the kind of access.
    DeviceId { read_code: u8 },
    /// Nothing that is known.
    Opaque,
}

impl Asked {
    /// What to remember of `request`.
    pub(in crate::modbus) fn of(request: &Request<'_>) -> Self {
        let Code { function: number, sub } = request.code;
        Self { function: request.function, number: number as u8, sub, fields: fields(request.body) }
    }

    /// The raw code of the request.
    pub(in crate::modbus) fn code(&self) -> Code {
        Code { function: u16::from(self.number), sub: self.sub }
    }
}

impl Asked {
    /// A request that asks the same; what it writes is zero where no response repeats it.
    pub(in crate::modbus) fn again(&self) -> Vec<u8> {
        let mut pdu = vec![self.number];
        match &self.fields {
            Fields::ReadBits(block) | Fields::ReadWords(block) => pdu.extend(block.wire()),
            Fields::Write { block, echo, .. } => {
                pdu.extend(echo);
                match self.number {
                    15 => zeros(&mut pdu, block.bytes_of_bits()),
                    16 => zeros(&mut pdu, block.bytes_of_words()),
                    _ => {}
                }
            }
            Fields::MaskWrite { echo, .. } => pdu.extend(echo),
            Fields::ReadWrite { read, write } => {
                pdu.extend(read.wire());
                pdu.extend(write.wire());
                zeros(&mut pdu, write.bytes_of_words());
            }
            Fields::ReadFiles(groups) | Fields::WriteFiles(groups) => {
                pdu.push(groups.len() as u8);
                pdu.extend(groups);
            }
            Fields::ReadFifo(address) => pdu.extend(address.to_be_bytes()),
            Fields::Diagnostics(sub, data) => {
                pdu.extend(sub.to_be_bytes());
                pdu.extend(data);
            }
            Fields::Bare => {}
            Fields::DeviceId { read_code } => pdu.extend([14, *read_code, 0]),
            Fields::Opaque => pdu.extend(self.opaque()),
        }
        pdu
    }

    /// The sub-function of a request that a vendor alone can read, where it stands.
    fn opaque(&self) -> Vec<u8> {
        match (self.number, self.sub) {
            (43, Some(mei)) => vec![mei as u8],
            // UMAS: a session byte comes first.
            (_, Some(function)) => vec![0, function as u8],
            (_, None) => Vec::new(),
        }
    }
}

/// A byte count, and as many zeros.
fn zeros(pdu: &mut Vec<u8>, count: usize) {
    pdu.push(count as u8);
    pdu.resize(pdu.len() + count, 0);
}

/// Two fields as they stand on the wire.
fn pair(first: u16, second: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (first.to_be_bytes(), second.to_be_bytes());
    [a, b, c, d]
}

fn fields(body: Body<'_>) -> Fields {
    let one = |address| Block { address, quantity: 1 };
    let many = |space, block: Block| Fields::Write { space, block, echo: pair(block.address, block.quantity) };
    match body {
        Body::ReadBits(block) => Fields::ReadBits(block),
        Body::ReadWords(block) => Fields::ReadWords(block),
        Body::WriteBit(address, bit) => {
            let value = u16::from_be_bytes([bit.first().copied().unwrap_or(0), 0]);
            Fields::Write { space: COIL, block: one(address), echo: pair(address, value) }
        }
        Body::WriteWord(address, word) => {
            let value = word.first_chunk::<2>().map_or(0, |w| u16::from_be_bytes(*w));
            Fields::Write { space: HOLDING, block: one(address), echo: pair(address, value) }
        }
        Body::WriteBits(block, _) => many(COIL, block),
        Body::WriteWords(block, _) => many(HOLDING, block),
        Body::MaskWrite { address, and, or } => {
            let (head, tail) = (pair(address, and), or.to_be_bytes());
            Fields::MaskWrite { address, echo: [head[0], head[1], head[2], head[3], tail[0], tail[1]] }
        }
        Body::ReadWrite { read, write, .. } => Fields::ReadWrite { read, write },
        Body::ReadFiles(groups) => Fields::ReadFiles(groups.into()),
        Body::WriteFiles(groups) => Fields::WriteFiles(groups.into()),
        Body::ReadFifo(address) => Fields::ReadFifo(address),
        Body::Diagnostics(sub, data) => Fields::Diagnostics(sub, data.into()),
        Body::Bare => Fields::Bare,
        Body::DeviceId { read_code } => Fields::DeviceId { read_code },
        Body::Opaque => Fields::Opaque,
    }
}
