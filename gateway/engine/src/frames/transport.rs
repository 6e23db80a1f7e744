//! What an IP packet carries: TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792, RFC 4443).

use super::anomalies::{Oddities, Oddity, TCP_HEADER_LENGTH, UDP_LENGTH};
use super::checksum::{Checksum, pseudo, verify};
use super::ip::IpHead;
use super::options;
use super::reader::{Reader, word};
use core::net::IpAddr;
use core::ops::BitOr;
use sluice_model::Anomaly;

const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;
const TCP_HEADER: usize = 20;
const UDP_HEADER: usize = 8;

/// The content of an IP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport<'p> {
    /// A TCP segment.
    Tcp(Tcp<'p>),
    /// A UDP datagram.
    Udp(Udp<'p>),
    /// A message of the internet layer about itself.
    Icmp(Icmp<'p>),
    /// A part of a datagram; what it is of is known when it is whole.
    Fragment(&'p [u8]),
    /// Another protocol.
    Other(&'p [u8]),
}

/// A TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp<'p> {
    /// The sender's port.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
    /// The sequence number of its first byte; a SYN counts as one.
    pub sequence: u32,
    /// The next byte that the sender waits for, if [`TcpFlags::ACK`] is set.
    pub acknowledgement: u32,
    /// Its flags.
    pub flags: TcpFlags,
    /// How many bytes the sender takes, before scaling.
    pub window: u16,
    /// Its options; read them with [`Tcp::options`].
    pub(super) options: &'p [u8],
    /// Its content.
    pub payload: &'p [u8],
    /// Whether it is what was sent.
    pub checksum: Checksum,
}

impl<'p> Tcp<'p> {
    /// Its options, up to the first that does not add up.
    pub fn options(&self) -> impl Iterator<Item = options::TcpOption<'p>> {
        options::Options::new(self.options).map_while(Result::ok)
    }

    /// How much further the sender's sequence is after it.
    pub fn advance(&self) -> u32 {
        let edge = |flag| u32::from(self.flags.has(flag));
        (self.payload.len() as u32) + edge(TcpFlags::SYN) + edge(TcpFlags::FIN)
    }
}

/// The flags of a TCP segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// The sender has no more to say.
    pub const FIN: Self = Self(1);
    /// A connection opens.
    pub const SYN: Self = Self(2);
    /// A connection is gone.
    pub const RST: Self = Self(4);
    /// What came should be handed on at once.
    pub const PSH: Self = Self(8);
    /// The acknowledgement counts.
    pub const ACK: Self = Self(16);
    /// The urgent pointer counts.
    pub const URG: Self = Self(32);
    /// A mark of congestion came (RFC 3168).
    pub const ECE: Self = Self(64);
    /// The sender slowed down for it.
    pub const CWR: Self = Self(128);
    /// Both words about congestion.
    pub const MARKS: Self = Self(64 | 128);

    /// Whether all of `flags` are set.
    pub const fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Those of them that are among `flags`.
    #[must_use]
    pub const fn only(self, flags: Self) -> Self {
        Self(self.0 & flags.0)
    }

    /// Whether no sender has a use for them together.
    const fn contradict(self) -> bool {
        let edges = self.0 & (Self::SYN.0 | Self::FIN.0 | Self::RST.0);
        // Whatever is neither an opening nor a reset acknowledges.
        edges.count_ones() > 1 || (edges & !Self::FIN.0 == 0 && !self.has(Self::ACK))
    }
}

impl BitOr for TcpFlags {
    type Output = Self;

    fn bitor(self, rhs: Self) -> Self {
        Self(self.0 | rhs.0)
    }
}

/// A UDP datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Udp<'p> {
    /// The sender's port.
    pub source: u16,
    /// The receiver's port.
    pub destination: u16,
    /// Its content.
    pub payload: &'p [u8],
    /// Whether it is what was sent.
    pub checksum: Checksum,
}

/// An ICMP message of either version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp<'p> {
    /// What it is about.
    pub kind: u8,
    /// Closer.
    pub code: u8,
    /// What follows type, code and checksum.
    pub payload: &'p [u8],
    /// Whether it is what was sent.
    pub checksum: Checksum,
}

/// Reads what a whole IP packet, or a datagram put together from fragments, carries.
pub(super) fn transport<'p>(
    head: &IpHead,
    reader: Reader<'p>,
    cut: bool,
) -> Result<(Transport<'p>, Oddities), Anomaly> {
    let (transport, checksum, mut oddities) = match (head.protocol, head.source) {
        (TCP, _) => tcp(head, reader, cut)?,
        (UDP, _) => udp(head, reader, cut)?,
        (ICMP, IpAddr::V4(_)) | (ICMPV6, IpAddr::V6(_)) => icmp(head, reader, cut)?,
        _ => return Ok((Transport::Other(reader.rest), Oddities::default())),
    };
    oddities.note(Oddity::BadTransportChecksum, checksum == Checksum::Wrong);
    Ok((transport, oddities))
}

/// A transport, its checksum and its oddities.
type Found<'p> = (Transport<'p>, Checksum, Oddities);

fn tcp<'p>(head: &IpHead, mut reader: Reader<'p>, cut: bool) -> Result<Found<'p>, Anomaly> {
    let start = reader;
    let fields = reader.array::<TCP_HEADER>()?;
    let header = usize::from(fields[12] >> 4) * 4;
    if header < TCP_HEADER || (header > start.rest.len() && !cut) {
        return Err(Anomaly::new(&TCP_HEADER_LENGTH, start.at + 12));
    }
    let options = reader.take(header - TCP_HEADER)?;
    let checksum = if cut {
        Checksum::Unverified
    } else {
        verify(pseudo(head.source, head.destination, TCP, start.rest.len()), start.rest, word(fields, 16))
    };
    let long = |at: usize| u32::from_be_bytes([fields[at], fields[at + 1], fields[at + 2], fields[at + 3]]);
    let flags = TcpFlags(fields[13]);
    let tcp = Tcp {
        source: word(fields, 0),
        destination: word(fields, 2),
        sequence: long(4),
        acknowledgement: long(8),
        flags,
        window: word(fields, 14),
        options,
        payload: reader.rest,
        checksum,
    };
    let mut oddities = Oddities::default();
    oddities.note(Oddity::BadTcpOptions, options::Options::new(options).any(|o| o.is_err()));
    oddities.note(Oddity::TcpFlags, flags.contradict());
    oddities.note(Oddity::SynData, flags.has(TcpFlags::SYN) && !tcp.payload.is_empty());
    oddities.note(Oddity::Urgent, flags.has(TcpFlags::URG));
    oddities.note(Oddity::PortZero, tcp.source == 0 || tcp.destination == 0);
    Ok((Transport::Tcp(tcp), checksum, oddities))
}

fn udp<'p>(head: &IpHead, mut reader: Reader<'p>, cut: bool) -> Result<Found<'p>, Anomaly> {
    let start = reader;
    let fields = reader.array::<UDP_HEADER>()?;
    let length = usize::from(word(fields, 4));
    // A length of 0 stands for "all of it" in IPv6 packets longer than the field can say (RFC 2675 4).
    let length = if length == 0 && head.source.is_ipv6() { start.rest.len() } else { length };
    if length < UDP_HEADER || (length > start.rest.len() && !cut) {
        return Err(Anomaly::new(&UDP_LENGTH, start.at + 4));
    }
    let trailing = reader.limit(length - UDP_HEADER);
    let stored = word(fields, 6);
    let checksum = if cut || (stored == 0 && head.source.is_ipv4()) {
        Checksum::Unverified
    } else {
        verify(pseudo(head.source, head.destination, UDP, length), &start.rest[..length], stored)
    };
    let udp = Udp { source: word(fields, 0), destination: word(fields, 2), payload: reader.rest, checksum };
    let mut oddities = Oddities::default();
    oddities.note(Oddity::UdpTrailing, trailing > 0);
    oddities.note(Oddity::PortZero, udp.destination == 0);
    Ok((Transport::Udp(udp), checksum, oddities))
}

fn icmp<'p>(head: &IpHead, mut reader: Reader<'p>, cut: bool) -> Result<Found<'p>, Anomaly> {
    let start = reader.rest;
    let &[kind, code, a, b] = reader.array()?;
    let covered = if head.protocol == ICMPV6 { pseudo(head.source, head.destination, ICMPV6, start.len()) } else { 0 };
    let checksum = if cut { Checksum::Unverified } else { verify(covered, start, u16::from_be_bytes([a, b])) };
    Ok((Transport::Icmp(Icmp { kind, code, payload: reader.rest, checksum }), checksum, Oddities::default()))
}
