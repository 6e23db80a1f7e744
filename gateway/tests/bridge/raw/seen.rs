//! What is in a frame that came: just what the crafted client needs, read by the tests' own eyes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A TCP segment that came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
    pub(crate) from_port: u16,
    pub(crate) to_port: u16,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) flags: u8,
    pub(crate) options: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// Ethertype and packet behind the tags.
pub(crate) fn unframed(frame: &[u8]) -> Option<(u16, &[u8])> {
    let mut at = 12;
    while matches!(word(frame, at)?, 0x8100 | 0x88A8) {
        at += 4;
    }
    Some((word(frame, at)?, frame.get(at + 2..)?))
}

impl Seen {
    /// The segment in a frame; `None` for everything else.
    pub(crate) fn read(frame: &[u8]) -> Option<Self> {
        let (kind, packet) = unframed(frame)?;
        let (from, to, content) = match kind {
            0x0800 if *packet.get(9)? == 6 => {
                let at = |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?));
                let header = usize::from(packet[0] & 15) * 4;
                let content = packet.get(header..usize::from(word(packet, 2)?))?;
                (IpAddr::from(at(12)?), IpAddr::from(at(16)?), content)
            }
            0x86DD if *packet.get(6)? == 6 => {
                let at = |at: usize| Some(Ipv6Addr::from(<[u8; 16]>::try_from(packet.get(at..at + 16)?).ok()?));
                let content = packet.get(40..40 + usize::from(word(packet, 4)?))?;
                (IpAddr::from(at(8)?), IpAddr::from(at(24)?), content)
            }
            _ => return None,
        };
        let header = usize::from(*content.get(12)? >> 4) * 4;
        Some(Self {
            from,
            to,
            from_port: word(content, 0)?,
            to_port: word(content, 2)?,
            sequence: long(content, 4)?,
            acknowledgement: long(content, 8)?,
            flags: *content.get(13)?,
            options: content.get(20..header)?.to_vec(),
            payload: content.get(header..)?.to_vec(),
        })
    }

    /// The body of option `kind`.
    pub(crate) fn option(&self, kind: u8) -> Option<&[u8]> {
        let mut rest = self.options.as_slice();
        loop {
            match *rest.first()? {
                0 => return None,
                1 => rest = &rest[1..],
                k => {
                    let length = usize::from(*rest.get(1)?).max(2);
                    let body = rest.get(2..length)?;
                    if k == kind {
                        return Some(body);
                    }
                    rest = &rest[length..];
                }
            }
        }
    }

    /// The timestamp, RFC 7323.
    pub(crate) fn stamp(&self) -> Option<u32> {
        long(self.option(8)?, 0)
    }
}
