//! Frames that are to leave by one port, in order.

use super::offload::Offload;
use super::xdp::Xdp;
use super::{Batch, Port, Way};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, sendmmsg, sendmsg};
use std::io::IoSlice;

/// Frames of one call.
const MOST: usize = 16;

/// What waits to leave by one port. Emptied by [`Outbox::flush`].
#[derive(Debug, Default)]
pub struct Outbox {
    waiting: Vec<Waiting>,
    /// Frames that were built.
    built: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Waiting {
    /// So much of this one of the batch.
    Received(usize, usize),
    /// These bytes of `built`.
    Built(usize, usize),
}

impl Waiting {
    fn bytes<'a>(self, batch: &'a Batch, built: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Received(index, length) => {
                let bytes = batch.frame(index).bytes;
                &bytes[..length.min(bytes.len())]
            }
            Self::Built(start, end) => &built[start..end],
        }
    }
}

/// What became of frames that were to leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Frames that left.
    pub frames: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Frames that found no room, or were longer than the port takes.
    pub lost: u64,
}

impl Outbox {
    /// The first `length` bytes of the frame with this index of the batch that is being handled, as they came.
    pub fn forward(&mut self, index: usize, length: usize) {
        self.waiting.push(Waiting::Received(index, length));
    }

    /// A frame that is whole: checksums filled in, no longer than the port's MTU allows.
    pub fn send(&mut self, frame: &[u8]) {
        let start = self.built.len();
        self.built.extend_from_slice(frame);
        self.waiting.push(Waiting::Built(start, self.built.len()));
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sends everything by `port`; what finds no room is lost, as on every bridge. `batch` is the one that
    /// [`Outbox::forward`] spoke of.
    pub fn flush(&mut self, port: &Port, batch: &Batch) -> Sent {
        let mut sent = Sent::default();
        match &port.way {
            Way::Packets(socket) => self.to_socket(socket.as_fd(), batch, &mut sent),
            Way::Xdp(xdp) => self.to_ring(xdp, batch, &mut sent),
        }
        self.waiting.clear();
        self.built.clear();
        sent
    }

    fn to_ring(&self, xdp: &Xdp, batch: &Batch, sent: &mut Sent) {
        let frames = self.waiting.iter().map(|one| one.bytes(batch, &self.built));
        xdp.send(frames, |length, room| {
            if room {
                sent.frames += 1;
                sent.bytes += length as u64;
            } else {
                sent.lost += 1;
            }
        });
    }

    fn to_socket(&self, socket: BorrowedFd<'_>, batch: &Batch, sent: &mut Sent) {
        let mut rest = self.waiting.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(MOST));
            self.some(now, socket, batch, sent);
            rest = later;
        }
    }

    fn some(&self, waiting: &[Waiting], socket: BorrowedFd<'_>, batch: &Batch, sent: &mut Sent) {
        let none = Offload::default();
        let mut parts = [[IoSlice::new(none.bytes()), IoSlice::new(&[])]; MOST];
        let mut lengths = [0; MOST];
        let offloads: [Offload; MOST] = core::array::from_fn(|i| match waiting.get(i) {
            Some(Waiting::Received(index, _)) => batch.frame(*index).offload,
            _ => none,
        });
        for (place, one) in waiting.iter().enumerate() {
            let bytes = one.bytes(batch, &self.built);
            parts[place] = [IoSlice::new(offloads[place].bytes()), IoSlice::new(bytes)];
            lengths[place] = bytes.len();
        }
        let mut first = 0;
        while first < waiting.len() {
            let left = match pass(socket, &parts[first..waiting.len()]) {
                Ok(count) if count > 0 => count,
                // The first one cannot leave; the others may.
                _ => {
                    sent.lost += 1;
                    first += 1;
                    continue;
                }
            };
            sent.frames += left as u64;
            sent.bytes += lengths[first..first + left].iter().map(|l| *l as u64).sum::<u64>();
            first += left;
        }
    }
}

/// Hands frames to the kernel; how many it took.
fn pass(socket: BorrowedFd<'_>, frames: &[[IoSlice<'_>; 2]]) -> Result<usize, Errno> {
    if let [frame] = frames {
        return sendmsg(socket, frame, &mut SendAncillaryBuffer::default(), SendFlags::DONTWAIT).map(|_| 1);
    }
    let mut controls = [const { None::<SendAncillaryBuffer<'_, '_, '_>> }; MOST];
    let mut headers: Vec<MMsgHdr<'_>> = Vec::with_capacity(frames.len());
    for (frame, control) in frames.iter().zip(&mut controls) {
        headers.push(MMsgHdr::new(frame, control.insert(SendAncillaryBuffer::default())));
    }
    sendmmsg(socket, &mut headers, SendFlags::DONTWAIT)
}
