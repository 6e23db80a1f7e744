//! TCP segments as the bridge reads and writes them: what it does not know by name does not survive being written.

use super::seq::Seq;
use crate::frames::{Tcp, TcpFlags, TcpOption};

/// MD5 signature and authentication (RFC 2385, 5925): whoever edits the segment breaks it.
const SEALED: [u8; 2] = [19, 29];

/// One TCP segment, without its ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'p> {
    /// Of its first byte; a SYN counts as one.
    pub sequence: Seq,
    /// The next byte that its sender waits for, if it says so ([`TcpFlags::ACK`]).
    pub acknowledgement: Seq,
    /// Its flags.
    pub flags: TcpFlags,
    /// The window as it stands in the header, not scaled.
    pub window: u16,
    /// Its options.
    pub options: Options,
    /// Its content.
    pub payload: &'p [u8],
}

/// The options that the bridge knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The greatest segment that the sender takes.
    pub maximum_segment: Option<u16>,
    /// How far the sender's windows are shifted.
    pub window_scale: Option<u8>,
    /// Selective acknowledgements are welcome.
    pub sack_permitted: bool,
    /// The sender's clock, and the newest that it has of the receiver's.
    pub timestamps: Option<(u32, u32)>,
    /// What came behind a gap, as `[from, to)`; those in use come first.
    pub sack: [Option<(Seq, Seq)>; 4],
    /// There are options that do not survive: multipath (a second path past the gateway, RFC 8684), fast open (data
    /// before the connection, RFC 7413) and whatever else is not named here.
    pub stripped: bool,
    /// The segment is signed: editing breaks it.
    pub sealed: bool,
}

impl<'p> From<&Tcp<'p>> for Segment<'p> {
    fn from(tcp: &Tcp<'p>) -> Self {
        Self {
            sequence: Seq(tcp.sequence),
            acknowledgement: Seq(tcp.acknowledgement),
            flags: tcp.flags,
            window: tcp.window,
            options: Options::read(tcp.options()),
            payload: tcp.payload,
        }
    }
}

impl Segment<'_> {
    /// Where it ends in its sender's sequence.
    pub fn end(&self) -> Seq {
        let edge = |flag| u32::from(self.flags.has(flag));
        self.sequence + self.payload.len() as u32 + edge(TcpFlags::SYN) + edge(TcpFlags::FIN)
    }
}

impl Options {
    fn read<'p>(options: impl Iterator<Item = TcpOption<'p>>) -> Self {
        let mut read = Self::default();
        for option in options {
            match option {
                TcpOption::MaximumSegment(bytes) => read.maximum_segment = Some(bytes),
                TcpOption::WindowScale(shift) => read.window_scale = Some(shift.min(14)),
                TcpOption::SackPermitted => read.sack_permitted = true,
                TcpOption::Timestamps(value, echo) => read.timestamps = Some((value, echo)),
                TcpOption::Sack(edges) => read.blocks(edges),
                TcpOption::Other(kind, _) if SEALED.contains(&kind) => read.sealed = true,
                TcpOption::Other(..) => read.stripped = true,
            }
        }
        read
    }

    fn blocks(&mut self, edges: &[u8]) {
        let (pairs, _) = edges.as_chunks::<8>();
        let edge = |b: &[u8]| Seq(b.iter().fold(0, |n, b| n << 8 | u32::from(*b)));
        for (block, pair) in self.sack.iter_mut().zip(pairs) {
            *block = Some((edge(&pair[..4]), edge(&pair[4..])));
        }
    }
}
