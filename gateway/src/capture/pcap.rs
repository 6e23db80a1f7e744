//! The older format, pcap: one header, then records of one link type (draft-ietf-opsawg-pcap).

use super::layout::Order;
use super::stop::Stop;
use super::window::Window;
use super::{PACKET_MAX, Record};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// The header of a record.
struct Head {
    /// Nanoseconds since 1970.
    at: u64,
    captured: usize,
    original_length: u32,
}

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
        if let Some(link) = self.link
            && let Some(Head { at, captured, original_length }) = self.whole(window.seen())
        {
            let record = window.pass(RECORD_HEADER + captured);
            return Ok(Some(Record { at, link, bytes: &record[RECORD_HEADER..], original_length }));
        }
        let link = match self.link {
            Some(link) => link,
            None => self.header(window)?,
        };
        let at = window.offset();
        let Some(header) = window.begin(RECORD_HEADER)?.and_then(|header| header.first_chunk()) else {
            return Ok(None);
        };
        let Head { at: time, captured, original_length } = self.head(header);
        if captured > PACKET_MAX {
            return Err(Stop::broken(
                at,
                format!("a packet of {captured} bytes is claimed, and none has more than {PACKET_MAX}"),
            ));
        }
        let record = window.take(RECORD_HEADER + captured)?;
        Ok(Some(Record { at: time, link, bytes: &record[RECORD_HEADER..], original_length }))
    }

    /// The header of the record that lies whole at the beginning of `seen`, if it is a record.
    fn whole(&self, seen: &[u8]) -> Option<Head> {
        let (header, rest) = seen.split_first_chunk::<RECORD_HEADER>()?;
        let head = self.head(header);
        (head.captured <= PACKET_MAX.min(rest.len())).then_some(head)
    }

    /// Reads a record's header.
    fn head(&self, header: &[u8; RECORD_HEADER]) -> Head {
        let number = |at| self.order.u32(header, at);
        let (seconds, fraction) = (u64::from(number(0)), u64::from(number(4)));
        Head {
            at: seconds * 1_000_000_000 + fraction * self.fraction,
            captured: number(8) as usize,
            original_length: number(12),
        }
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
