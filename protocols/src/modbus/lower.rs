//! From what a message says to what it does: one PDU becomes one or more operations.

use super::ID;
use super::codes::{COIL, FIFO, HOLDING};
use super::pdu::asked::{Asked, Fields};
use super::pdu::files;
use super::pdu::request::{Body, Request};
use super::pdu::response::{self, Answer};
use crate::Sink;
use sluice_model::{Action, Direction, Operation, SpaceId, Span, Values};

/// One item of a space.
fn one(space: SpaceId, address: u16) -> Span {
    let address = u64::from(address);
    Span { space, first: address, last: address }
}

/// Tells `out` the operations of a request, in the order in which the device performs them.
pub(super) fn request<'m>(unit: u8, request: &Request<'m>, out: &mut dyn Sink<'m>) {
    let mut tell = |action, target, values| {
        out.operation(&Operation {
            protocol: ID,
            direction: Direction::ToServer,
            device: u32::from(unit),
            action,
            code: request.code,
            function: request.function,
            target,
            values,
        });
    };
    let action = request.function.actions[0];
    match request.body {
        Body::ReadBits(block) | Body::ReadWords(block) => {
            tell(action, Some(block.span(request.function.spaces[0])), Values::None);
        }
        Body::WriteBit(address, bit) => tell(action, Some(one(COIL, address)), Values::Bits(bit)),
        Body::WriteWord(address, word) => tell(action, Some(one(HOLDING, address)), Values::Words(word)),
        Body::WriteBits(block, bits) => tell(action, Some(block.span(COIL)), Values::Bits(bits)),
        Body::WriteWords(block, words) => tell(action, Some(block.span(HOLDING)), Values::Words(words)),
        Body::MaskWrite { address, and, or } => {
            tell(action, Some(one(HOLDING, address)), Values::Mask { and, or });
        }
        // The write is performed before the read (6.17).
        Body::ReadWrite { read, write, words } => {
            tell(Action::Write, Some(write.span(HOLDING)), Values::Words(words));
            tell(Action::Read, Some(read.span(HOLDING)), Values::None);
        }
        Body::ReadFiles(groups) => files::reads(groups).for_each(|r| tell(action, Some(r.span()), Values::None)),
        Body::WriteFiles(groups) => {
            files::writes(groups).for_each(|(r, words)| tell(action, Some(r.span()), Values::Words(words)));
        }
        Body::ReadFifo(address) => tell(action, Some(one(FIFO, address)), Values::None),
        Body::Diagnostics(..) | Body::Bare | Body::DeviceId { .. } | Body::Opaque => tell(action, None, Values::None),
    }
}

/// Tells `out` the operations that `answer` reports done, or refused, at the addresses that were `asked` for.
pub(super) fn response<'m>(unit: u8, asked: &Asked, answer: Answer<'m>, out: &mut dyn Sink<'m>) {
    let mut tell = |action, target, values| {
        out.operation(&Operation {
            protocol: ID,
            direction: Direction::ToClient,
            device: u32::from(unit),
            action,
            code: asked.code(),
            function: asked.function,
            target,
            values,
        });
    };
    let action = asked.function.actions[0];
    let values = match answer {
        Answer::Bits(bits) => Values::Bits(bits),
        Answer::Words(words) => Values::Words(words),
        Answer::Files(_) | Answer::Done | Answer::Exception(_) => Values::None,
    };
    match &asked.fields {
        Fields::ReadBits(block) | Fields::ReadWords(block) => {
            tell(action, Some(block.span(asked.function.spaces[0])), values);
        }
        Fields::Write { space, block, .. } => tell(action, Some(block.span(*space)), Values::None),
        Fields::MaskWrite { address, .. } => tell(action, Some(one(HOLDING, *address)), Values::None),
        Fields::ReadWrite { read, write } => {
            tell(Action::Write, Some(write.span(HOLDING)), Values::None);
            tell(Action::Read, Some(read.span(HOLDING)), values);
        }
        Fields::ReadFiles(groups) => {
            let words = if let Answer::Files(groups) = answer { groups } else { &[] };
            let mut words = response::file_words(words);
            for records in files::reads(groups) {
                tell(action, Some(records.span()), words.next().map_or(Values::None, Values::Words));
            }
        }
        Fields::WriteFiles(groups) => {
            files::writes(groups).for_each(|(r, _)| tell(action, Some(r.span()), Values::None));
        }
        Fields::ReadFifo(address) => tell(action, Some(one(FIFO, *address)), Values::None),
        Fields::Diagnostics(..) | Fields::Bare | Fields::DeviceId { .. } | Fields::Opaque => {
            tell(action, None, Values::None);
        }
    }
}
