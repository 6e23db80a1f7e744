//! What the sending side left for hardware to do: `struct virtio_net_hdr` (VIRTIO 1.2, 5.1.6), little more than a frame's
//! unfinished checksum and the size of the segments that a super-frame is to be cut into.

/// Bytes of the header.
pub(super) const HEADER: usize = 10;

const NEEDS_CHECKSUM: u8 = 1;
const KIND: usize = 1;
const HEADER_LENGTH: usize = 2;
const SEGMENT: usize = 4;
const CHECKSUM_START: usize = 6;

/// What is left to do for one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offload([u8; HEADER]);

impl Offload {
    /// As the kernel wrote it before the frame.
    pub(super) const fn read(bytes: [u8; HEADER]) -> Self {
        Self(bytes)
    }

    pub(super) const fn bytes(&self) -> &[u8; HEADER] {
        &self.0
    }

    /// Whether the transport checksum covers the pseudo-header alone, for the interface to complete. Only a virtual port
    /// of the same machine sends such frames; nothing that came over a cable is so marked.
    pub const fn partial(&self) -> bool {
        self.0[0] & NEEDS_CHECKSUM != 0
    }

    /// Where in the frame the bytes begin that such a checksum covers, and how far behind that it will be written: over
    /// whatever stands there. Hold it to the frame's own headers.
    pub const fn unfinished(&self) -> Option<(u16, u16)> {
        if self.partial() { Some((self.word(CHECKSUM_START), self.word(CHECKSUM_START + 2))) } else { None }
    }

    /// The payload of each segment that the frame is to be cut into; `None` for a frame that is whole.
    pub const fn segment(&self) -> Option<u16> {
        if self.0[KIND] == 0 { None } else { Some(self.word(SEGMENT)) }
    }

    /// After a VLAN tag was put back in: everything that is counted from the frame's start lies further behind.
    pub(super) fn shifted(mut self, by: u16) -> Self {
        if self.partial() {
            self.set(CHECKSUM_START, self.word(CHECKSUM_START).wrapping_add(by));
        }
        if self.segment().is_some() {
            self.set(HEADER_LENGTH, self.word(HEADER_LENGTH).wrapping_add(by));
        }
        self
    }

    const fn word(&self, at: usize) -> u16 {
        u16::from_ne_bytes([self.0[at], self.0[at + 1]])
    }

    fn set(&mut self, at: usize, value: u16) {
        self.0[at..at + 2].copy_from_slice(&value.to_ne_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_moves_what_is_counted_from_the_start() {
        let mut bytes = [0; HEADER];
        bytes[0] = NEEDS_CHECKSUM;
        bytes[KIND] = 1;
        bytes[2..4].copy_from_slice(&54_u16.to_ne_bytes());
        bytes[4..6].copy_from_slice(&1448_u16.to_ne_bytes());
        bytes[6..8].copy_from_slice(&34_u16.to_ne_bytes());
        bytes[8..10].copy_from_slice(&16_u16.to_ne_bytes());
        let moved = Offload::read(bytes).shifted(4);
        assert_eq!((moved.unfinished(), moved.segment()), (Some((38, 16)), Some(1448)));
        assert_eq!((moved.word(HEADER_LENGTH), moved.word(CHECKSUM_START)), (58, 38));
        assert_eq!(Offload::default().shifted(4), Offload::default(), "nothing to do stays nothing to do");
    }
}
