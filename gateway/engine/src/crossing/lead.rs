//! What frames of one direction begin with: the newest header of the link, and how the network layer is filled in.

use super::build::Fields;
use crate::frames::{IpHead, Packet};

/// Two addresses, at most two tags, the Ethertype.
const LINK_MAX: usize = 22;
/// A header of the link without tags.
const LINK: usize = 14;
const TAG: usize = 4;
const DONT_FRAGMENT: u8 = 0x40;

/// How frames of one direction begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lead {
    link: [u8; LINK_MAX],
    length: u8,
    /// The hop limit of its packets; never another one for one flow, so that no segment dies on a way that others survive.
    pub(super) hops: u8,
    /// Traffic class, without the two bits of explicit congestion notification.
    class: u8,
    /// Packets may not be cut (IPv4).
    whole: bool,
}

/// How long the header of the link is.
pub(super) fn link_length(packet: &Packet<'_>) -> usize {
    LINK + TAG * packet.link.vlans.tags().len()
}

impl Lead {
    /// Of a frame that carries an IP packet.
    pub(super) fn of(frame: &[u8], packet: &Packet<'_>, hops: u8) -> Self {
        let length = link_length(packet);
        let mut link = [0; LINK_MAX];
        link[..length].copy_from_slice(&frame[..length]);
        let network = &frame[length..];
        let (class, whole) = if network[0] >> 4 == 4 {
            (network[1], network[6] & DONT_FRAGMENT != 0)
        } else {
            (network[0] << 4 | network[1] >> 4, true)
        };
        Self { link, length: length as u8, hops, class: class & !3, whole }
    }

    /// The way back, as long as nothing came from there.
    #[must_use]
    pub(super) fn turned(mut self, hops: u8) -> Self {
        let (destination, rest) = self.link.split_at_mut(6);
        destination.swap_with_slice(&mut rest[..6]);
        self.hops = hops;
        self
    }

    /// The header of the link.
    pub(super) fn link(&self) -> &[u8] {
        &self.link[..usize::from(self.length)]
    }

    /// Begins a frame in `frame` with an IP packet that carries `length` bytes.
    pub(super) fn begin(&self, frame: &mut Vec<u8>, head: &IpHead, id: u16, length: usize) {
        frame.extend_from_slice(self.link());
        super::build::ip(frame, head, &Fields { id, length, ..self.fields() });
    }

    /// What its IP headers say of themselves.
    pub(super) const fn fields(&self) -> Fields {
        Fields { class: self.class, hops: self.hops, whole: self.whole, id: 0, length: 0 }
    }

    /// Bytes of an exported one.
    pub(super) const STATE: usize = LINK_MAX + 4;

    pub(super) fn export(&self) -> [u8; Self::STATE] {
        let mut state = [0; Self::STATE];
        state[..LINK_MAX].copy_from_slice(&self.link);
        state[LINK_MAX..].copy_from_slice(&[self.length, self.hops, self.class, u8::from(self.whole)]);
        state
    }

    /// What was exported, if it is one.
    pub(super) fn import(state: &[u8; Self::STATE]) -> Option<Self> {
        let (link, rest) = state.split_first_chunk()?;
        let &[length, hops, class, whole] = rest else { return None };
        let readable = matches!(usize::from(length), LINK | 18 | LINK_MAX) && whole <= 1;
        readable.then_some(Self { link: *link, length, hops, class, whole: whole == 1 })
    }
}
