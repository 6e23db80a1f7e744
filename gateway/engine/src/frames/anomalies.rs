//! Everything that can be wrong with a frame, by name.
//!
//! Two sorts: what makes a frame unreadable is returned as an error; what leaves it readable but would make a careful
//! receiver refuse it is an [`Oddity`], and the caller decides.

use sluice_model::AnomalyKind;

macro_rules! kind {
    ($name:literal, $blame:ident, $clause:literal, $meaning:literal) => {
        sluice_model::AnomalyKind {
            name: $name,
            blame: sluice_model::Blame::$blame,
            clause: $clause,
            meaning: $meaning,
            // Nobody answers a frame; the field matters for messages alone.
            fault: sluice_model::Fault::Value,
        }
    };
}
pub(crate) use kind;

macro_rules! anomalies {
    ($($constant:ident = $name:literal, $blame:ident, $clause:literal, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub(super) static $constant: AnomalyKind = kind!($name, $blame, $clause, $meaning);
        )*
        /// Every reason for which a frame cannot be read.
        pub static UNREADABLE: &[&AnomalyKind] = &[$(&$constant),*];
    };
}

anomalies! {
    LINK_TYPE = "link-type", Unsupported, "LINKTYPE", "Packets of this kind of link are not read here.";
    TRUNCATED = "truncated", Malformed, "RFC 791 3.1", "The frame ends before its own headers or lengths do.";
    CUT_SHORT = "cut-short", Bound, "pcap", "The capture kept too little of the packet to read its headers.";
    ETHER_LENGTH = "ether-length", Malformed, "IEEE 802.3 3.2.6", "The field behind the addresses is neither a length nor an Ethertype.";
    TOO_MANY_TAGS = "too-many-tags", Unsupported, "IEEE 802.1Q 9.6", "More than two VLAN tags stand before the content.";
    SNAP_IP = "snap-ip", Unsupported, "RFC 1042", "An IP packet or an address resolution is wrapped in an 802.2 SNAP header.";
    ARP_FORM = "arp-form", Malformed, "RFC 826", "An address resolution is not one of IPv4 addresses to Ethernet addresses.";
    IP_VERSION = "ip-version", Malformed, "RFC 791 3.1", "The version of an IP packet is not the one that its carrier announced.";
    IP_HEADER_LENGTH = "ip-header-length", Malformed, "RFC 791 3.1", "The header length of an IP packet is impossible.";
    IP_LENGTH = "ip-length", Malformed, "RFC 791 3.1", "The length of an IP packet is shorter than its own header.";
    IPV6_HEADERS = "ipv6-headers", Unsupported, "RFC 8200 4.1", "More extension headers follow each other than any sender needs.";
    FRAGMENT_RANGE = "fragment-range", Malformed, "RFC 791 3.2", "A fragment reaches past the greatest length of a packet.";
    FRAGMENT_SIZE = "fragment-size", Malformed, "RFC 791 3.2", "A fragment that others follow is empty or no multiple of 8 bytes.";
    TCP_HEADER_LENGTH = "tcp-header-length", Malformed, "RFC 9293 3.1", "The header length of a TCP segment is impossible.";
    UDP_LENGTH = "udp-length", Malformed, "RFC 768", "The length of a UDP datagram is shorter than its header, or longer than what carries it.";
}

macro_rules! oddities {
    ($($variant:ident = $name:literal, $blame:ident, $clause:literal, $meaning:literal;)*) => {
        /// Something about a readable packet that a careful receiver may refuse it for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Oddity {
            $(#[doc = $meaning] $variant,)*
        }

        impl Oddity {
            /// Every oddity.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name, blame, clause and meaning.
            pub const fn kind(self) -> &'static AnomalyKind {
                match self {
                    $(Self::$variant => {
                        static KIND: AnomalyKind = kind!($name, $blame, $clause, $meaning);
                        &KIND
                    })*
                }
            }
        }
    };
}

oddities! {
    BadIpChecksum = "bad-ip-checksum", Malformed, "RFC 791 3.1", "The checksum of an IP header is wrong.";
    BadTransportChecksum = "bad-checksum", Malformed, "RFC 9293 3.1", "The checksum of a TCP segment, UDP datagram or ICMP message is wrong.";
    IpOptions = "ip-options", Unsupported, "RFC 791 3.1", "An IPv4 header carries options.";
    ExtensionHeaders = "ipv6-extension-headers", Unsupported, "RFC 8200 4", "Extension headers other than a fragment header stand before the content.";
    ZeroLength = "ip-length-zero", Malformed, "RFC 791 3.1", "An IP packet gives its length as 0: a super-frame of the capturing host, or a trick.";
    ZeroHops = "ip-hops-zero", Malformed, "RFC 1812 5.3.1", "An IP packet that may travel no further is on the wire.";
    ReservedFlag = "ip-reserved-flag", Malformed, "RFC 791 3.1", "The reserved flag of an IPv4 header is set.";
    BadSource = "ip-source", Malformed, "RFC 1812 5.3.7", "The sender's address is a group's.";
    BadTcpOptions = "tcp-options", Malformed, "RFC 9293 3.1", "The options of a TCP header do not add up.";
    TcpFlags = "tcp-flags", Malformed, "RFC 9293 3.1", "The flags of a TCP segment contradict each other.";
    SynData = "tcp-syn-data", Unsupported, "RFC 7413", "A segment that opens a connection carries content.";
    Urgent = "tcp-urgent", Unsupported, "RFC 6093", "A TCP segment carries urgent data, which receivers read in different ways.";
    PortZero = "port-zero", Malformed, "RFC 6335", "A port number is 0.";
    AtomicFragment = "ipv6-atomic-fragment", Unsupported, "RFC 6946", "A whole IPv6 packet carries a fragment header.";
    UdpTrailing = "udp-trailing", Malformed, "RFC 768", "Bytes follow the end of a UDP datagram inside of its packet.";
}

/// A set of oddities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities(u16);

impl Oddities {
    /// Adds `oddity` if `condition` holds.
    pub(super) const fn note(&mut self, oddity: Oddity, condition: bool) {
        if condition {
            self.0 |= 1 << oddity as u16;
        }
    }

    /// Adds all of `other`.
    pub(super) const fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether `oddity` is among them.
    pub const fn holds(self, oddity: Oddity) -> bool {
        self.0 & 1 << oddity as u16 != 0
    }

    /// Those that it holds.
    pub fn iter(self) -> impl Iterator<Item = Oddity> {
        Oddity::ALL.iter().copied().filter(move |o| self.holds(*o))
    }
}
