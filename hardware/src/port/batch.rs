//! Frames that were read in one go.

use super::offload::{HEADER, Offload};
use super::xdp::Xdp;
use crate::sys::packet::{self, MOST, Received};
use rustix::fd::BorrowedFd;
use std::io;

/// Bytes of a VLAN tag.
const TAG: usize = 4;
/// Both addresses of a frame, before which its tags stand.
const ADDRESSES: usize = 12;
/// Room for one frame: the longest IP packet with two tags, its link header and the kernel's header, in whole cache lines.
const ROOM: usize = (HEADER + 14 + 2 * TAG + 65_535_usize).next_multiple_of(64);
/// Frames that are asked for when little comes: each one costs its preparation.
const FEW: usize = 4;

/// The buffers of one worker for one port, and what is in them.
#[derive(Debug)]
pub struct Batch {
    storage: Vec<u8>,
    received: Box<[Received; MOST]>,
    frames: Vec<Place>,
    wanted: usize,
    unfit: u64,
}

/// Where a frame lies in the storage.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: usize,
    end: usize,
    offload: Offload,
}

/// A frame as it arrived, its VLAN tags in place.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// From the destination address on, without the frame check sequence.
    pub bytes: &'a [u8],
    /// What its sender left to do.
    pub offload: Offload,
}

impl core::fmt::Debug for Received {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} bytes", self.length)
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

impl Batch {
    /// Empty buffers. The system gives them memory when frames first come.
    pub fn new() -> Self {
        let received = Box::new([Received::default(); MOST]);
        Self { storage: vec![0; ROOM * MOST], received, frames: Vec::with_capacity(MOST), wanted: FEW, unfit: 0 }
    }

    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// One of them; `index` is below [`Batch::len`].
    pub fn frame(&self, index: usize) -> Frame<'_> {
        let Place { start, end, offload } = self.frames[index];
        Frame { bytes: &self.storage[start..end], offload }
    }

    /// Frames so far that were longer than any frame may be, or of a kind that cannot be passed on, and are lost.
    pub fn unfit(&self) -> u64 {
        self.unfit
    }

    /// Reads anew; how many frames came.
    pub(super) fn fill(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        self.frames.clear();
        let count = match packet::receive(socket, &mut self.storage, ROOM, self.wanted, &mut self.received) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            // A super-frame of a kind that the kernel cannot describe.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                self.unfit += 1;
                0
            }
            Err(error) => return Err(error),
        };
        // Under load many are asked for at once; one after the other is cheapest when they come so.
        self.wanted = if count == self.wanted { (2 * count).min(MOST) } else { FEW };
        for index in 0..count {
            self.place(index);
        }
        Ok(self.frames.len())
    }

    /// Reads anew, through `AF_XDP`; how many frames came.
    pub(super) fn fill_from(&mut self, xdp: &Xdp) -> io::Result<usize> {
        let Self { storage, frames, .. } = self;
        frames.clear();
        let offload = Offload::default();
        let rooms = storage.chunks_exact_mut(ROOM);
        xdp.receive(rooms, |length| {
            let start = frames.len() * ROOM;
            frames.push(Place { start, end: start + length, offload });
        })?;
        Ok(self.frames.len())
    }

    fn place(&mut self, index: usize) {
        let Received { length, truncated, vlan } = self.received[index];
        if truncated || length < HEADER + ADDRESSES {
            self.unfit += u64::from(truncated);
            return;
        }
        let first = index * ROOM;
        let buffer = &mut self.storage[first..first + length];
        let mut offload = Offload::read(*buffer.first_chunk().unwrap_or(&[0; HEADER]));
        let mut start = HEADER;
        if let Some((kind, control)) = vlan {
            // The tag goes where it was: the addresses make room for it, over the kernel's header.
            start -= TAG;
            buffer.copy_within(HEADER..HEADER + ADDRESSES, start);
            buffer[start + ADDRESSES..start + ADDRESSES + 2].copy_from_slice(&kind.to_be_bytes());
            buffer[start + ADDRESSES + 2..start + ADDRESSES + 4].copy_from_slice(&control.to_be_bytes());
            offload = offload.shifted(TAG as u16);
        }
        self.frames.push(Place { start: first + start, end: first + length, offload });
    }
}
