//! The layout of netlink messages, netlink(7): headers and attributes, aligned to four bytes, in the machine's byte order.

use rustix::io::Errno;
use std::io;

const ALIGN: usize = 4;
const HEADER: usize = 16;

const ERROR: u16 = 2;
const DONE: u16 = 3;

/// Flags of a request.
pub(super) mod flag {
    pub(in super::super) const REQUEST: u16 = 1;
    pub(in super::super) const ACK: u16 = 4;
    pub(in super::super) const DUMP: u16 = 0x300;
    pub(in super::super) const REPLACE: u16 = 0x100;
    pub(in super::super) const EXCLUSIVE: u16 = 0x200;
    pub(in super::super) const CREATE: u16 = 0x400;
}

/// A request being written.
pub(super) struct Message(Vec<u8>);

impl Message {
    /// A request of this kind with its fixed part.
    pub(super) fn new(kind: u16, flags: u16, fixed: &[u8]) -> Self {
        let mut bytes = vec![0; HEADER];
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes[6..8].copy_from_slice(&(flag::REQUEST | flags).to_ne_bytes());
        bytes.extend_from_slice(fixed);
        let mut message = Self(bytes);
        message.close(0);
        message
    }

    /// With one attribute more.
    pub(super) fn with(mut self, kind: u16, value: &[u8]) -> Self {
        self.attribute(kind, value);
        self.close(0);
        self
    }

    /// With an attribute whose value is attributes.
    pub(super) fn nesting(mut self, kind: u16, inner: &[(u16, &[u8])]) -> Self {
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        for (kind, value) in inner {
            self.attribute(*kind, value);
        }
        let length = (self.0.len() - start) as u16;
        self.0[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        self.0[start + 2..start + 4].copy_from_slice(&kind.to_ne_bytes());
        self.close(0);
        self
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn attribute(&mut self, kind: u16, value: &[u8]) {
        self.0.extend_from_slice(&((value.len() + 4) as u16).to_ne_bytes());
        self.0.extend_from_slice(&kind.to_ne_bytes());
        self.0.extend_from_slice(value);
        self.0.resize(self.0.len().next_multiple_of(ALIGN), 0);
    }

    /// Writes the length of everything from `start` on.
    fn close(&mut self, start: usize) {
        let length = (self.0.len() - start) as u32;
        self.0[start..start + 4].copy_from_slice(&length.to_ne_bytes());
    }
}

/// One message of an answer.
pub(super) struct Reply<'a> {
    pub(super) kind: u16,
    /// What follows the header.
    pub(super) body: &'a [u8],
}

impl Reply<'_> {
    /// How the request ended, when this says so.
    pub(super) fn outcome(&self) -> Option<io::Result<()>> {
        match self.kind {
            DONE => Some(Ok(())),
            ERROR => {
                let code = self.body.first_chunk().map_or(-libc::EBADMSG, |c| i32::from_ne_bytes(*c));
                Some(if code == 0 { Ok(()) } else { Err(Errno::from_raw_os_error(-code).into()) })
            }
            _ => None,
        }
    }

    /// The attributes behind a fixed part of this many bytes.
    pub(super) fn attributes(&self, fixed: usize) -> impl Iterator<Item = (u16, &[u8])> {
        attributes(self.body.get(fixed..).unwrap_or_default())
    }
}

/// The messages of what was read; one that is cut ends them.
pub(super) fn replies(mut bytes: &[u8]) -> impl Iterator<Item = Reply<'_>> {
    core::iter::from_fn(move || {
        let length = u32::from_ne_bytes(*bytes.first_chunk()?) as usize;
        let kind = u16::from_ne_bytes(*bytes.get(4..)?.first_chunk()?);
        let body = bytes.get(HEADER..length)?;
        bytes = bytes.get(length.next_multiple_of(ALIGN)..).unwrap_or_default();
        Some(Reply { kind, body })
    })
}

/// Attributes in a row; one that is cut ends them.
pub(super) fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    core::iter::from_fn(move || {
        let length = usize::from(u16::from_ne_bytes(*bytes.first_chunk()?));
        let kind = u16::from_ne_bytes(*bytes.get(2..)?.first_chunk()?) & 0x3FFF;
        let value = bytes.get(4..length)?;
        bytes = bytes.get(length.next_multiple_of(ALIGN)..).unwrap_or_default();
        Some((kind, value))
    })
}

/// A word of the machine's byte order at the start of `bytes`.
pub(super) fn word(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|w| u32::from_ne_bytes(*w))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let message = Message::new(18, flag::ACK, &[7; 16]).with(3, b"eth0\0").nesting(2, &[(6, &[1, 2, 3, 4])]);
        let replies: Vec<Reply<'_>> = replies(message.bytes()).collect();
        assert_eq!(replies.len(), 1);
        assert_eq!((replies[0].kind, &replies[0].body[..16]), (18, &[7; 16][..]));
        let found: Vec<(u16, &[u8])> = replies[0].attributes(16).collect();
        assert_eq!(found[0], (3, &b"eth0\0"[..]));
        assert_eq!(found[1].0, 2);
        assert_eq!(attributes(found[1].1).collect::<Vec<_>>(), [(6, &[1, 2, 3, 4][..])]);
    }

    #[test]
    fn cut_and_hostile_lengths_end_the_walk() {
        let whole = Message::new(16, 0, &[0; 16]).with(3, &[9; 40]);
        for cut in 0..whole.bytes().len() {
            for reply in replies(&whole.bytes()[..cut]) {
                assert!(reply.attributes(16).count() <= 1);
            }
        }
        assert_eq!(replies(&[0; 64]).take(1000).count(), 0, "a length of 0 must not be walked for ever");
        assert_eq!(attributes(&[0; 64]).take(1000).count(), 0);
        assert_eq!(attributes(&[3, 0, 1, 0, 5, 5, 5, 5]).count(), 0);
    }
}
