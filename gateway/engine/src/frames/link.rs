//! What lies before the network layer.

/// What a capture's packets begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkType {
    /// Ethernet II or IEEE 802.3, with or without tags.
    Ethernet,
    /// An IPv4 or IPv6 packet, by its version.
    RawIp,
    /// Linux cooked capture, version 1.
    LinuxCooked,
    /// Linux cooked capture, version 2.
    LinuxCooked2,
    /// BSD loopback: an address family of four bytes, in the order of the host that captured.
    Null,
    /// The number of a link type that is not read here.
    Other(u32),
}

impl LinkType {
    /// By its number in capture files (`LINKTYPE_` of the libpcap project; some systems write their own `DLT_` number
    /// for raw IP).
    pub const fn from_number(number: u32) -> Self {
        match number {
            0 | 108 => Self::Null,
            1 => Self::Ethernet,
            12 | 14 | 101 | 228 | 229 => Self::RawIp,
            113 => Self::LinuxCooked,
            276 => Self::LinuxCooked2,
            other => Self::Other(other),
        }
    }
}
