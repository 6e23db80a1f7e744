//! Packets and their ends, as the policy is asked about them.

use super::{Carries, Group, Leg};
use crate::site::{AssetId, Mac, Passes};
use core::fmt;
use std::net::IpAddr;

/// One end of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// An asset.
    Asset(AssetId),
    /// An IP address that no asset has: a stranger's, or a group's.
    Address(IpAddr),
    /// A MAC address that no asset is known by, in a frame without IP: a stranger's, or a group's.
    Mac(Mac),
}

/// A packet that opens something: the first of a connection, a question, a frame on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet {
    /// A segment that opens a connection.
    Tcp {
        /// The port that is dialled.
        port: u16,
    },
    /// A datagram.
    Udp {
        /// The port that it comes from.
        source: u16,
        /// The port that it goes to.
        port: u16,
    },
    /// A datagram that does nothing but read, by the parser of its service.
    Reading {
        /// The port that it comes from.
        source: u16,
        /// The port that it goes to.
        port: u16,
    },
    /// ICMP of IPv4. Only the types of questions are ever allowed; answers and errors belong to what they answer.
    Icmp {
        /// The type.
        kind: u8,
    },
    /// ICMP of IPv6; the same.
    Icmp6 {
        /// The type.
        kind: u8,
    },
    /// A frame with an Ethertype that is neither IP nor ARP.
    Ethertype(u16),
    /// A frame with IEEE 802.2 LLC; both service access points are the same, or nothing allows it.
    Llc {
        /// Destination service access point.
        destination: u8,
        /// Source service access point.
        source: u8,
    },
}

impl From<IpAddr> for End {
    fn from(ip: IpAddr) -> Self {
        Self::Address(ip.to_canonical())
    }
}

impl From<Group> for End {
    /// The group's address, the first of several.
    fn from(group: Group) -> Self {
        match group {
            Group::Ip(ip) => Self::Address(ip),
            Group::Macs(first, _) => Self::Mac(first),
        }
    }
}

/// `tcp port 22`, `ICMP type 8`.
impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { port } => write!(f, "TCP to port {port}"),
            Self::Udp { source, port } => write!(f, "UDP from port {source} to port {port}"),
            Self::Reading { source, port } => write!(f, "UDP that reads from port {source} to port {port}"),
            Self::Icmp { kind } => write!(f, "ICMP type {kind}"),
            Self::Icmp6 { kind } => write!(f, "ICMPv6 type {kind}"),
            Self::Ethertype(number) => write!(f, "Ethertype 0x{number:04X}"),
            Self::Llc { destination, source } => write!(f, "LLC 0x{destination:02X} from 0x{source:02X}"),
        }
    }
}

/// A port from which clients ask (RFC 6335 6).
const EPHEMERAL: u16 = 49152;

/// What a client sends to use what is named, and the group that it sends it to when not to the other end itself.
pub fn asked(passes: &Passes) -> Vec<(Packet, Option<Group>)> {
    match passes {
        Passes::Tcp(port) => vec![(Packet::Tcp { port: port.port }, None)],
        Passes::Udp(port) => vec![(Packet::Udp { source: EPHEMERAL, port: port.port }, None)],
        Passes::Ethertype(number) => vec![(Packet::Ethertype(*number), None)],
        Passes::Preset(preset) => {
            preset.legs.iter().filter(|leg| leg.way == super::Way::Ask).flat_map(of_leg).collect()
        }
    }
}

fn of_leg(leg: &Leg) -> Vec<(Packet, Option<Group>)> {
    let packets: Vec<Packet> = match leg.carries {
        Carries::Tcp(ports) => ports.iter().map(|port| Packet::Tcp { port: *port }).collect(),
        Carries::Udp { source, ports } => {
            let source = source.unwrap_or(EPHEMERAL);
            ports.iter().map(|port| Packet::Udp { source, port: *port }).collect()
        }
        Carries::Reads(ports) => ports.iter().map(|port| Packet::Reading { source: EPHEMERAL, port: *port }).collect(),
        Carries::Moves(ports) => ports.iter().map(|port| Packet::Udp { source: EPHEMERAL, port: *port }).collect(),
        Carries::Icmp(asks, _) => vec![Packet::Icmp { kind: asks }],
        Carries::Icmp6(asks, _) => vec![Packet::Icmp6 { kind: asks }],
        Carries::Ethertype(number) => vec![Packet::Ethertype(number)],
        Carries::Llc(point) => vec![Packet::Llc { destination: point, source: point }],
    };
    let group = leg.groups.first().copied().filter(|_| !leg.single);
    packets.into_iter().map(|packet| (packet, group)).collect()
}
