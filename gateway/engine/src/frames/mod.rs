//! Strict views of captured or received frames: borrowed descriptions of what is there, or the name of what is wrong.
//!
//! A view keeps no state and leaves it to its caller what to do about a packet: [`Packet::read`] answers with what the
//! packet is and with everything odd about it, or with the one reason for which it cannot be read. [`Reassembly`] alone
//! remembers: it puts fragments together. Used by [`crate::observe`]; a bridge reads its frames through the same views.

mod anomalies;
mod arp;
pub(crate) mod checksum;
mod fragments;
mod ip;
mod link;
mod options;
mod plain;
mod reader;
mod transport;

pub use anomalies::{Oddities, Oddity, UNREADABLE};
pub use arp::Arp;
pub use checksum::Checksum;
pub use fragments::{Bounds, FRAGMENT_EVENTS, FragmentKey, Reassembly};
pub use ip::{Fragment, Ip, IpHead};
pub use link::{Link, LinkType, Llc, Vlans};
pub use options::TcpOption;
pub use transport::{Icmp, Tcp, TcpFlags, Transport, Udp};

pub(crate) use anomalies::kind;
pub(crate) use plain::{Plain, plain};

use anomalies::{CUT_SHORT, IP_VERSION, TRUNCATED};
use link::Carried;
use reader::Reader;
use sluice_model::Anomaly;

/// What one frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'p> {
    /// The hardware side.
    pub link: Link,
    /// What it carries.
    pub network: Network<'p>,
    /// How many bytes lie behind the IP packet's own length: padding, or something hidden. They belong to nothing.
    pub trailing: usize,
    /// Whether the capture did not keep the whole packet.
    pub cut: bool,
    /// Everything odd about it.
    pub oddities: Oddities,
}

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network<'p> {
    /// Address resolution.
    Arp(Arp),
    /// An IP packet.
    Ip(Ip<'p>),
    /// Another Ethertype and its content, padding included.
    Ether(u16, &'p [u8]),
    /// An 802.2 frame and its content.
    Llc(Llc, &'p [u8]),
}

impl<'p> Packet<'p> {
    /// Reads a frame of `link` that was `original` bytes long, of which `bytes` are there.
    ///
    /// # Errors
    /// With the reason for which it cannot be read, one of [`UNREADABLE`].
    pub fn read(link: LinkType, bytes: &'p [u8], original: usize) -> Result<Self, Anomaly> {
        let cut = bytes.len() < original;
        Self::parse(link, bytes, cut).map_err(|flaw| {
            // What is missing was there on the wire.
            if cut && *flaw.kind == TRUNCATED { Anomaly::new(&CUT_SHORT, flaw.offset) } else { flaw }
        })
    }

    fn parse(kind: LinkType, bytes: &'p [u8], cut: bool) -> Result<Self, Anomaly> {
        let mut reader = Reader::new(bytes);
        let (link, carried) = link::link(kind, &mut reader, cut)?;
        let read = match carried {
            Carried::Ip => ip::ip(&mut reader, cut)?,
            Carried::Ether(link::IPV4) => ip::ipv4(&mut reader, cut)?,
            Carried::Ether(link::IPV6) => ip::ipv6(&mut reader, cut)?,
            other => {
                let network = match other {
                    Carried::Ether(link::ARP) => Network::Arp(arp::arp(&mut reader)?),
                    Carried::Ether(ethertype) => Network::Ether(ethertype, reader.rest),
                    Carried::Llc(llc) => Network::Llc(llc, reader.rest),
                    Carried::Ip => return Err(reader.flaw(&IP_VERSION, 0)),
                };
                return Ok(Self { link, network, trailing: 0, cut, oddities: Oddities::default() });
            }
        };
        let ip::Read { ip, oddities, trailing } = read;
        Ok(Self { link, network: Network::Ip(ip), trailing, cut, oddities })
    }
}

/// Reads the content of a datagram that was put together from fragments.
///
/// # Errors
/// With the reason for which it cannot be read; offsets count from the start of `bytes`.
pub fn reassembled<'p>(head: &IpHead, bytes: &'p [u8]) -> Result<(Transport<'p>, Oddities), Anomaly> {
    transport::transport(head, Reader::new(bytes), false)
}
