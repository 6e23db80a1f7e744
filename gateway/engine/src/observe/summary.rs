//! What an observer knows in the end.

use core::fmt;
use sluice_model::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Everything that an observer counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Packets handed in; the sum of `classes`.
    pub packets: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
    /// The times of the earliest and of the latest packet; captures that were put together are not in order.
    pub span: Option<(Instant, Instant)>,
    /// What became of the packets; every packet is in exactly one class.
    pub classes: BTreeMap<Class, u64>,
    /// By protocol name.
    pub protocols: BTreeMap<&'static str, Spoken>,
    /// Anomalies of frames, fragments and flows, and bounds that were reached, by name. Those of messages are in
    /// [`Spoken::anomalies`].
    pub anomalies: BTreeMap<&'static str, u64>,
    /// Packets with content that no protocol here reads.
    pub unidentified: BTreeMap<Content, u64>,
    /// Every address that sent something, at most [`Limits::devices`](super::Limits::devices).
    pub devices: BTreeMap<IpAddr, Device>,
    /// Verdicts on messages; `None` without a policy.
    pub verdicts: Option<Verdicts>,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// It carried bytes of a protocol that is read here.
    Protocol,
    /// It carried something that no protocol here reads.
    Unidentified,
    /// A segment of a TCP connection without content: handshake, acknowledgement, keep-alive, end.
    Control,
    /// Content that was seen before: a retransmission, or the same packet captured twice.
    Repeated,
    /// A piece of a datagram that is not whole yet, or never was.
    Fragment,
    /// Address resolution.
    Arp,
    /// Messages of the internet layer about itself: ICMP.
    Icmp,
    /// It could not be read, or no receiver would take it; `anomalies` say why.
    Rejected,
}

impl Class {
    /// Every class, in the order of their discriminants.
    pub const ALL: [Self; 8] = [
        Self::Protocol,
        Self::Unidentified,
        Self::Control,
        Self::Repeated,
        Self::Fragment,
        Self::Arp,
        Self::Icmp,
        Self::Rejected,
    ];

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Unidentified => "unidentified",
            Self::Control => "control",
            Self::Repeated => "repeated",
            Self::Fragment => "fragment",
            Self::Arp => "arp",
            Self::Icmp => "icmp",
            Self::Rejected => "rejected",
        }
    }
}

/// What was said in one protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spoken {
    /// Whole messages, allowed or not, well-formed or not.
    pub messages: u64,
    /// By facet name (`request`), then by key (`3`, or `3/2`).
    pub counts: BTreeMap<&'static str, BTreeMap<Key, u64>>,
    /// Anomalies of messages, by name.
    pub anomalies: BTreeMap<&'static str, u64>,
    /// Responses whose requests came before the capture, or were lost from it; no anomaly.
    pub unpaired: u64,
}

/// The key of a facet's count: one code, or a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(pub u32, pub Option<u32>);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(second) => write!(f, "{}/{second}", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

/// Content that no protocol here reads, by what its carrier says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// The Ethertype of a frame.
    Ether(u16),
    /// The destination service access point of an IEEE 802.3 frame.
    Llc(u8),
    /// The protocol number of an IP packet.
    Ip(u8),
    /// The server's TCP port.
    Tcp(u16),
    /// The server's UDP port.
    Udp(u16),
    /// What came after the table was full.
    Other,
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ether(kind) => write!(f, "ether/0x{kind:04x}"),
            Self::Llc(point) => write!(f, "llc/0x{point:02x}"),
            Self::Ip(number) => write!(f, "ip/{number}"),
            Self::Tcp(port) => write!(f, "tcp/{port}"),
            Self::Udp(port) => write!(f, "udp/{port}"),
            Self::Other => write!(f, "other"),
        }
    }
}

/// One address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The hardware address that it was last seen with; that of a router, if one stands between.
    pub mac: Option<[u8; 6]>,
    /// Whether it asked, in a protocol that is read here.
    pub client: bool,
    /// Whether it answered, in a protocol that is read here.
    pub server: bool,
    /// Names of the protocols that it speaks.
    pub protocols: BTreeSet<&'static str>,
}

/// Verdicts on messages, and on stretches in which no message can be found, which are denied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Would pass.
    pub allow: u64,
    /// Pass and would be denied if their conduit enforced.
    pub alert: u64,
    /// Would be denied.
    pub deny: u64,
    /// Responses to requests that would be denied: they would not exist.
    pub moot: u64,
}
