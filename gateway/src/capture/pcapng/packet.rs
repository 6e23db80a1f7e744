//! The three kinds of block that hold a packet.

use super::super::layout::Order;
use super::super::{PACKET_MAX, Record};
use super::interface::Interface;
use core::ops::Range;

/// The type of an Enhanced Packet Block.
pub(super) const ENHANCED: u32 = 6;
/// The type of a Simple Packet Block: no time, and always of the first interface.
pub(super) const SIMPLE: u32 = 3;
/// The type of the Packet Block that older writers use.
pub(super) const OBSOLETE: u32 = 2;

/// A packet and where its bytes stand in its block.
pub(super) struct Packet {
    /// Its time, if the block has one.
    pub(super) at: Option<u64>,
    link: u16,
    bytes: Range<usize>,
    original_length: u32,
}

impl Packet {
    /// The packet in its block, whose time is `at`.
    pub(super) fn record(self, block: &[u8], at: u64) -> Record<'_> {
        Record { at, link: self.link, bytes: &block[self.bytes], original_length: self.original_length }
    }
}

/// Reads a block of kind `kind` without its last length.
pub(super) fn read(kind: u32, block: &[u8], order: Order, interfaces: &[Interface]) -> Result<Packet, String> {
    let start = if kind == SIMPLE { 12 } else { 28 };
    let room = block.len().checked_sub(start).ok_or("a packet's block ends before the packet begins")?;
    let number = match kind {
        ENHANCED => order.u32(block, 8),
        OBSOLETE => u32::from(order.u16(block, 8)),
        _ => 0,
    };
    let interface = interfaces
        .get(number as usize)
        .ok_or_else(|| format!("a packet came in on interface {number}, which is not described before it"))?;
    let (captured, original_length, at) = if kind == SIMPLE {
        let original = order.u32(block, 8);
        let snap = if interface.snap == 0 { u32::MAX } else { interface.snap };
        // What is kept is not said; it is the whole packet or what the snap length left of it.
        (original.min(snap) as usize, original, None)
    } else {
        let at = interface.time(order.halves(block, 12));
        (order.u32(block, 20) as usize, order.u32(block, 24), Some(at))
    };
    if captured > room {
        return Err(format!("a packet of {captured} bytes is claimed in a block with room for {room}"));
    }
    if captured > PACKET_MAX {
        return Err(format!("a packet of {captured} bytes is claimed, and none has more than {PACKET_MAX}"));
    }
    Ok(Packet { at, link: interface.link, bytes: start..start + captured, original_length })
}
