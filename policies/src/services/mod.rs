//! Services by name: what `service = "ntp"` lets pass. One table, from which the policy is compiled and
//! `sluice policy explain service` prints. Imported by `site`, `read`, `policy` and the command line.

mod packet;
mod table;

use crate::site::Mac;
use core::fmt;
pub use packet::{End, Packet, asked};
use std::net::IpAddr;
pub use table::presets;

/// A service with a name.
#[derive(Debug)]
pub struct Preset {
    /// The word in policies: `ntp`.
    pub name: &'static str,
    /// What it is, with the document that defines it.
    pub title: &'static str,
    /// What it sends.
    pub legs: &'static [Leg],
    /// Why this version cannot let exactly it pass, if it cannot.
    pub unbuilt: Option<&'static str>,
    /// What else an author should know.
    pub note: &'static str,
}

/// One kind of packet of a service.
#[derive(Debug)]
pub struct Leg {
    /// Who sends it.
    pub way: Way,
    /// What it is.
    pub carries: Carries,
    /// Whether it is sent to the other end itself.
    pub single: bool,
    /// The group addresses that it may be sent to.
    pub groups: &'static [Group],
}

/// Who sends a packet of a service that nothing asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// The one who opens: `from`, unless the conduit's `opens` says otherwise.
    Ask,
    /// The other one, unasked or to another address than the question's.
    Tell,
}

/// What a packet of a service is. What answers it on the same addresses and ports passes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// The TCP ports that are dialled.
    Tcp(&'static [u16]),
    /// UDP.
    Udp {
        /// The port that it must come from; any when `None`.
        source: Option<u16>,
        /// The ports that it goes to.
        ports: &'static [u16],
    },
    /// UDP to these ports, of which only what does nothing but read by the parser of its service.
    Reads(&'static [u16]),
    /// UDP to these ports. Each question may be answered once from another port, which the two go on with.
    Moves(&'static [u16]),
    /// ICMP of IPv4 (RFC 792): the type of the question and the type of its answer.
    Icmp(u8, u8),
    /// ICMP of IPv6 (RFC 4443): the same.
    Icmp6(u8, u8),
    /// An Ethertype.
    Ethertype(u16),
    /// The service access point of IEEE 802.2 LLC, source and destination alike.
    Llc(u8),
}

/// Group addresses that packets of a service are sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Of IP: multicast, or the broadcast of IPv4.
    Ip(IpAddr),
    /// Of Ethernet: every address from the first to the last.
    Macs(Mac, Mac),
}

/// The preset called `name`.
pub fn preset(name: &str) -> Option<&'static Preset> {
    presets().iter().find(|p| p.name == name)
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.title)?;
        for leg in self.legs {
            write!(f, "\n  {leg}")?;
        }
        if let Some(why) = self.unbuilt {
            write!(f, "\n  not enforced by this version: {why}")?;
        }
        if !self.note.is_empty() {
            write!(f, "\n  {}", self.note)?;
        }
        Ok(())
    }
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.way {
            Way::Ask => "from -> to",
            Way::Tell => "to -> from",
        };
        write!(f, "{way}  {}", self.carries)?;
        let groups: Vec<String> = self.groups.iter().map(ToString::to_string).collect();
        match (self.single, groups.as_slice()) {
            (_, []) => Ok(()),
            (true, groups) => write!(f, ", also to {}", groups.join(", ")),
            (false, groups) => write!(f, ", to {}", groups.join(", ")),
        }
    }
}

impl fmt::Display for Carries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(ports) => write!(f, "TCP to port {}, and what answers", list(ports)),
            Self::Udp { source: None, ports } => write!(f, "UDP to port {}, and what answers", list(ports)),
            Self::Udp { source: Some(source), ports } => write!(f, "UDP from port {source} to port {}", list(ports)),
            Self::Reads(ports) => write!(f, "UDP to port {} that reads, and what answers", list(ports)),
            Self::Moves(ports) => write!(f, "UDP to port {}, and what answers from whatever port", list(ports)),
            Self::Icmp(asks, answers) => write!(f, "ICMP type {asks}, answered by type {answers}"),
            Self::Icmp6(asks, answers) => write!(f, "ICMPv6 type {asks}, answered by type {answers}"),
            Self::Ethertype(number) => write!(f, "Ethertype 0x{number:04X}"),
            Self::Llc(point) => write!(f, "LLC service access point 0x{point:02X}"),
        }
    }
}

fn list(ports: &[u16]) -> String {
    ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => write!(f, "{ip}"),
            Self::Macs(first, last) if first == last => write!(f, "{first}"),
            Self::Macs(first, last) => write!(f, "{first} .. {last}"),
        }
    }
}
