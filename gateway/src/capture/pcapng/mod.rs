//! The newer format, pcapng: blocks in sections, each with its byte order and interfaces (draft-ietf-opsawg-pcapng).

mod interface;
mod packet;

use super::layout::Order;
use super::stop::Stop;
use super::window::Window;
use super::{PACKET_MAX, Record};
use interface::Interface;

/// The type of a section's header, which reads the same in both byte orders.
pub(super) const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Most bytes of a block that is looked into: a packet and generous options.
const BLOCK_MAX: u32 = PACKET_MAX as u32 + 128 * 1024;

/// Type and length before a block's body, length again behind it.
const FRAME: u32 = 12;

/// A section's header without options.
const SECTION_MIN: u32 = 28;

/// Most interfaces of one section.
const INTERFACES_MAX: usize = 65_536;

/// Reads one file.
pub(super) struct Reader {
    order: Order,
    interfaces: Vec<Interface>,
    /// The time of the last packet that had one.
    last: u64,
}

/// The head of a block.
#[derive(Clone, Copy)]
struct Block {
    /// Its offset in the file.
    at: u64,
    kind: u32,
    /// As it says, without the padding that some writers leave out of it.
    length: u32,
}

impl Block {
    /// With the padding to four bytes.
    fn padded(self) -> u64 {
        u64::from(self.length).next_multiple_of(4)
    }

    fn broken(self, why: impl Into<String>) -> Stop {
        Stop::broken(self.at, why)
    }
}

impl Reader {
    /// For a file that begins with [`SECTION`].
    pub(super) fn new() -> Self {
        Self { order: Order::Little, interfaces: Vec::new(), last: 0 }
    }

    /// The next packet.
    pub(super) fn next<'w>(&mut self, window: &'w mut Window) -> Result<Option<Record<'w>>, Stop> {
        loop {
            let Some(block) = self.block(window)? else { return Ok(None) };
            match block.kind {
                packet::ENHANCED | packet::SIMPLE | packet::OBSOLETE => {
                    let bytes = self.whole(block, window)?;
                    let packet = packet::read(block.kind, bytes, self.order, &self.interfaces)
                        .map_err(|why| block.broken(why))?;
                    self.last = packet.at.unwrap_or(self.last);
                    let bytes = window.take(block.padded() as usize)?;
                    return Ok(Some(packet.record(bytes, self.last)));
                }
                interface::DESCRIPTION => {
                    let bytes = self.whole(block, window)?;
                    let interface = Interface::read(bytes, self.order).map_err(|why| block.broken(why))?;
                    if self.interfaces.len() == INTERFACES_MAX {
                        return Err(block.broken(format!("a section has more than {INTERFACES_MAX} interfaces")));
                    }
                    self.interfaces.push(interface);
                    window.skip(block.padded())?;
                }
                _ => window.skip(block.padded())?,
            }
        }
    }

    /// The head of the next block; that of a section begins it.
    fn block(&mut self, window: &mut Window) -> Result<Option<Block>, Stop> {
        let at = window.offset();
        let Some(head) = window.begin(8)? else { return Ok(None) };
        if head[..4] == SECTION {
            return self.section(at, window).map(Some);
        }
        let block = Block { at, kind: self.order.u32(head, 0), length: self.order.u32(head, 4) };
        if block.length < FRAME {
            return Err(
                block.broken(format!("a block of {} bytes is claimed, and none has fewer than 12", block.length))
            );
        }
        Ok(Some(block))
    }

    /// Reads a section's header: its byte order holds for it and what follows, and interfaces are counted anew.
    fn section(&mut self, at: u64, window: &mut Window) -> Result<Block, Stop> {
        let header = window.peek(16)?;
        let order = match header[8..12] {
            [0x4d, 0x3c, 0x2b, 0x1a] => Order::Little,
            [0x1a, 0x2b, 0x3c, 0x4d] => Order::Big,
            _ => return Err(Stop::broken(at + 8, "a section does not say its byte order")),
        };
        let (length, major, minor) = (order.u32(header, 4), order.u16(header, 12), order.u16(header, 14));
        if major != 1 {
            return Err(Stop::broken(
                at + 12,
                format!("version {major}.{minor} of pcapng is not known, only 1.0 is in use"),
            ));
        }
        if length < SECTION_MIN {
            return Err(Stop::broken(
                at,
                format!("a section's header of {length} bytes is claimed, and none has fewer than 28"),
            ));
        }
        self.order = order;
        self.interfaces.clear();
        Ok(Block { at, kind: u32::from_be_bytes(SECTION), length })
    }

    /// The bytes of a block from its type to its last length, without moving behind it.
    fn whole<'w>(&self, block: Block, window: &'w mut Window) -> Result<&'w [u8], Stop> {
        let length = block.length;
        if length > BLOCK_MAX {
            return Err(block
                .broken(format!("a block of {length} bytes is claimed, and no packet needs more than {BLOCK_MAX}")));
        }
        let bytes = window.peek(block.padded() as usize)?;
        let told = self.order.u32(bytes, bytes.len() - 4);
        if told != length {
            return Err(block.broken(format!("a block of {length} bytes ends as one of {told}")));
        }
        // The last length is not part of what a body may fill; the padding before it may have been counted or not.
        Ok(&bytes[..(length - 4) as usize])
    }
}
