//! What a frame carries, as far as a report names it.

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Traffic {
    /// A TCP segment: the ports of its sender and its receiver.
    Tcp(u16, u16),
    /// A UDP datagram: the ports of its sender and its receiver.
    Udp(u16, u16),
    /// An ICMP message of either version: type and code.
    Icmp(u8, u8),
    /// Another protocol over IP, or a part of a packet, by its number.
    Ip(u8),
    /// Address resolution: its operation.
    Arp(u16),
    /// Another Ethertype.
    Ether(u16),
    /// An 802.2 frame, by its destination service access point.
    Llc(u8),
    /// It could not be read.
    Unread,
}

impl Traffic {
    /// The same without the port that its sender chose.
    pub(super) const fn service(self) -> Self {
        match self {
            Self::Tcp(_, port) => Self::Tcp(0, port),
            Self::Udp(_, port) => Self::Udp(0, port),
            other => other,
        }
    }
}
