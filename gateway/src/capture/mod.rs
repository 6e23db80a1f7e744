//! Capture files: pcap and pcapng, plain or compressed, whole, still being written, or broken.
//!
//! [`Capture`] hands out one [`Record`] after the other, borrowed from a window of fixed size, so that a file of any
//! length and any content is read in the same memory. Where a file ends otherwise than it should, [`Stop`] says at which
//! byte and why, and what came before stays good. Called by `dataplane::inspect` and the commands; knows no protocol.

mod compression;
mod layout;
mod pcap;
mod pcapng;
mod stop;
mod window;

#[cfg(test)]
mod tests;

pub use stop::{Refused, Stop, Why};

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use window::Window;

/// Most bytes of one packet, as libpcap has it; a record that claims more is broken.
pub const PACKET_MAX: usize = 262_144;

/// One packet as it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'c> {
    /// When, in nanoseconds since 1970. A record without a time has that of the one before.
    pub at: u64,
    /// The number of its link type in the list of tcpdump.org.
    pub link: u16,
    /// What was kept of it.
    pub bytes: &'c [u8],
    /// How many bytes it had on the wire; more than `bytes` when the snap length cut it.
    pub original_length: u32,
}

/// A capture file that is being read.
pub struct Capture {
    window: Window,
    format: Format,
    read: Arc<AtomicU64>,
    over: bool,
}

enum Format {
    Pcap(pcap::Reader),
    Pcapng(pcapng::Reader),
}

impl Capture {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be read or is no capture.
    pub fn open(path: &Path) -> Result<Self, Refused> {
        Self::read(File::open(path).map_err(Refused::Unreadable)?)
    }

    /// Reads a capture from wherever its bytes come from.
    ///
    /// # Errors
    /// When they cannot be read or are no capture.
    pub fn read(source: impl Read + Send + 'static) -> Result<Self, Refused> {
        let read = Arc::new(AtomicU64::new(0));
        let mut source = Counted { source, read: Arc::clone(&read) };
        let head = first_bytes(&mut source).map_err(Refused::Unreadable)?;
        let mut plain = compression::open(&head, Box::new(Cursor::new(head.clone()).chain(source)));
        let magic = first_bytes(&mut plain).map_err(Refused::Unreadable)?;
        let format = match <[u8; 4]>::try_from(magic.as_slice()) {
            Err(_) if magic.is_empty() => return Err(Refused::Empty),
            Err(_) => return Err(Refused::Foreign(magic)),
            Ok(pcapng::SECTION) => Format::Pcapng(pcapng::Reader::new()),
            Ok(bytes) => Format::Pcap(pcap::Reader::new(bytes).ok_or(Refused::Foreign(magic.clone()))?),
        };
        Ok(Self { window: Window::new(Box::new(Cursor::new(magic).chain(plain))), format, read, over: false })
    }

    /// The next packet; `None` at the end of the file, and ever after a [`Stop`].
    ///
    /// # Errors
    /// When the file ends in the middle of a record, or goes on with something that is none.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, Stop> {
        if self.over {
            return Ok(None);
        }
        let next = match &mut self.format {
            Format::Pcap(reader) => reader.next(&mut self.window),
            Format::Pcapng(reader) => reader.next(&mut self.window),
        };
        self.over = !matches!(next, Ok(Some(_)));
        next
    }

    /// How many bytes of the file, as it stands on the disk, are read.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// What tells formats apart: four bytes, or fewer if there are no more.
fn first_bytes(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(4);
    match source.take(4).read_to_end(&mut head) {
        // Compressed data that ends here: what format it would have been is not known.
        Err(error) if compression::is_cut(&error) => Ok(head),
        result => result.map(|_| head),
    }
}

/// Counts what passes.
struct Counted<R> {
    source: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.source.read(buffer)?;
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}
