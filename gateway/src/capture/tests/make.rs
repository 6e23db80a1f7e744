//! Writes captures, independently of the readers.

/// Little (`false`) or big (`true`) byte order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer(pub(super) bool);

pub(super) const BOTH: [Writer; 2] = [Writer(false), Writer(true)];

impl Writer {
    pub(super) fn u16(self, n: u16) -> Vec<u8> {
        if self.0 { n.to_be_bytes().to_vec() } else { n.to_le_bytes().to_vec() }
    }

    pub(super) fn u32(self, n: u32) -> Vec<u8> {
        if self.0 { n.to_be_bytes().to_vec() } else { n.to_le_bytes().to_vec() }
    }

    /// A pcap file's header.
    pub(super) fn pcap(self, magic: u32, link: u32) -> Vec<u8> {
        let version = [self.u16(2), self.u16(4)].concat();
        [self.u32(magic), version, self.u32(0), self.u32(0), self.u32(65_535), self.u32(link)].concat()
    }

    /// A record of a pcap file.
    pub(super) fn record(self, seconds: u32, fraction: u32, bytes: &[u8], original: u32) -> Vec<u8> {
        let head = [self.u32(seconds), self.u32(fraction), self.u32(bytes.len() as u32), self.u32(original)];
        [head.concat(), bytes.to_vec()].concat()
    }

    /// A block of a pcapng file around a body, which is padded.
    pub(super) fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
        let length = self.u32((12 + body.len() + padding.len()) as u32);
        [self.u32(kind), length.clone(), body.to_vec(), padding, length].concat()
    }

    /// A section's header.
    pub(super) fn section(self) -> Vec<u8> {
        let version = [self.u16(1), self.u16(0)].concat();
        self.block(0x0a0d_0d0a, &[self.u32(0x1a2b_3c4d), version, vec![0xff; 8]].concat())
    }

    /// An option, padded.
    pub(super) fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let padding = vec![0; value.len().next_multiple_of(4) - value.len()];
        [self.u16(code), self.u16(value.len() as u16), value.to_vec(), padding].concat()
    }

    /// An interface with options.
    pub(super) fn interface(self, link: u16, snap: u32, options: &[u8]) -> Vec<u8> {
        self.block(1, &[self.u16(link), self.u16(0), self.u32(snap), options.to_vec()].concat())
    }

    /// An Enhanced Packet Block.
    pub(super) fn enhanced(self, interface: u32, time: u64, bytes: &[u8], original: u32) -> Vec<u8> {
        let time = [self.u32((time >> 32) as u32), self.u32(time as u32)].concat();
        let lengths = [self.u32(bytes.len() as u32), self.u32(original)].concat();
        let comment = self.option(1, b"seen by hand");
        let padding = vec![0; bytes.len().next_multiple_of(4) - bytes.len()];
        let end = self.option(0, b"");
        self.block(6, &[self.u32(interface), time, lengths, bytes.to_vec(), padding, comment, end].concat())
    }
}
