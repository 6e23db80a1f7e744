//! The older format, pcap: one header, then records of one link type (draft-ietf-opsawg-pcap).

use super::layout::Order;
use super::stop::Stop;
use super::window::Window;
use super::{PACKET_MAX, Record};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// Reads one file.
pub(super) struct Reader {
    order: Order,
    /// Nanoseconds of one unit of a record's fraction of a second.
    fraction: u64,
    /// The link type, once the file's header is read.
    link: Option<u16>,
}

impl Reader {
    /// For a file that begins with `magic`, if that is one of the format's.
    pub(super) fn new(magic: [u8; 4]) -> Option<Self> {
        let (order, fraction) = match magic {
            [0xd4, 0xc3, 0xb2, 0xa1] => (Order::Little, 1_000),
            [0xa1, 0xb2, 0xc3, 0xd4] => (Order::Big, 1_000),
            [0x4d, 0x3c, 0xb2, 0xa1] => (Order::Little, 1),
            [0xa1, 0xb2, 0x3c, 0x4d] => (Order::Big, 1),
            _ => return None,
        };
        Some(Self { order, fraction, link: None })
    }

    /// The next packet.
    pub(super) fn next<'w>(&mut self, window: &'w mut Window) -> Result<Option<Record<'w>>, Stop> {
        let link = match self.link {
            Some(link) => link,
            None => self.header(window)?,
        };
        let (at, order) = (window.offset(), self.order);
        let Some(header) = window.begin(RECORD_HEADER)? else { return Ok(None) };
        let (seconds, fraction) = (order.u32(header, 0), order.u32(header, 4));
        let (captured, original_length) = (order.u32(header, 8) as usize, order.u32(header, 12));
        if captured > PACKET_MAX {
            return Err(Stop::broken(
                at,
                format!("a packet of {captured} bytes is claimed, and none has more than {PACKET_MAX}"),
            ));
        }
        let record = window.take(RECORD_HEADER + captured)?;
        Ok(Some(Record {
            at: u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * self.fraction,
            link,
            bytes: &record[RECORD_HEADER..],
            original_length,
        }))
    }

    /// Reads the file's header for its link type, whose upper half holds other things.
    fn header(&mut self, window: &mut Window) -> Result<u16, Stop> {
        let at = window.offset();
        let header = window.take(FILE_HEADER)?;
        let version = (self.order.u16(header, 4), self.order.u16(header, 6));
        if version.0 != 2 {
            let (major, minor) = version;
            return Err(Stop::broken(
                at + 4,
                format!("version {major}.{minor} of pcap is not known, only 2.4 is in use"),
            ));
        }
        let link = self.order.u32(header, 20) as u16;
        self.link = Some(link);
        Ok(link)
    }
}
