//! Frames, built by hand.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const ACK: u8 = 16;

/// Ones' complement of the ones' complement sum.
pub(crate) fn checksum(parts: &[&[u8]]) -> [u8; 2] {
    let all = parts.concat();
    let mut sum: u32 = all.chunks(2).map(|c| (u32::from(c[0]) << 8) | u32::from(*c.get(1).unwrap_or(&0))).sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

/// Puts the checksum over addresses and content where it belongs.
pub(crate) fn sealed(protocol: u8, from: IpAddr, to: IpAddr, mut content: Vec<u8>, at: usize) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    let sum = checksum(&[&octets(from), &octets(to), &length, &[0, 0, 0, protocol], &content]);
    content[at..at + 2].copy_from_slice(&sum);
    content
}

/// A segment.
#[derive(Clone, Copy)]
pub(crate) struct Segment<'a> {
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) flags: u8,
    pub(crate) options: &'a [u8],
    pub(crate) bytes: &'a [u8],
}

pub(crate) fn tcp(s: &Segment<'_>) -> Vec<u8> {
    let mut content = Vec::new();
    content.extend(s.from.port().to_be_bytes());
    content.extend(s.to.port().to_be_bytes());
    content.extend(s.sequence.to_be_bytes());
    content.extend(s.acknowledgement.to_be_bytes());
    content.extend([(((20 + s.options.len()) / 4) << 4) as u8, s.flags, 0x20, 0, 0, 0, 0, 0]);
    content.extend(s.options);
    content.extend(s.bytes);
    sealed(6, s.from.ip(), s.to.ip(), content, 16)
}

pub(crate) fn udp(from: SocketAddr, to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u16 + 8).to_be_bytes();
    let head = [from.port().to_be_bytes(), to.port().to_be_bytes(), length, [0, 0]].concat();
    sealed(17, from.ip(), to.ip(), [&head, bytes].concat(), 6)
}

/// An IP packet of the version that its addresses have.
pub(crate) fn ip(protocol: u8, from: IpAddr, to: IpAddr, content: &[u8]) -> Vec<u8> {
    if let (IpAddr::V4(from), IpAddr::V4(to)) = (from, to) {
        return ipv4(protocol, from, to, [0, 0], &[], content);
    }
    let mut head = vec![0x60, 0, 0, 0];
    head.extend((content.len() as u16).to_be_bytes());
    head.extend([protocol, 64]);
    [head, octets(from), octets(to), content.to_vec()].concat()
}

/// An IPv4 packet with the two bytes of flags and offset, and options.
pub(crate) fn ipv4(
    protocol: u8,
    from: Ipv4Addr,
    to: Ipv4Addr,
    [a, b]: [u8; 2],
    options: &[u8],
    content: &[u8],
) -> Vec<u8> {
    let [x, y] = ((20 + options.len() + content.len()) as u16).to_be_bytes();
    let version = 0x40 | ((20 + options.len()) / 4) as u8;
    let mut head = vec![version, 0, x, y, 0x12, 0x34, a, b, 64, protocol, 0, 0];
    head.extend(from.octets());
    head.extend(to.octets());
    head.extend(options);
    let sum = checksum(&[&head]);
    head[10..12].copy_from_slice(&sum);
    [&head, content].concat()
}

/// In an Ethernet frame, behind `tags` (Ethertype and control information of each).
pub(crate) fn ethernet(tags: &[u8], packet: &[u8]) -> Vec<u8> {
    let kind: &[u8] = if packet[0] >> 4 == 4 { &[8, 0] } else { &[0x86, 0xDD] };
    [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], tags, kind, packet].concat()
}

/// A segment in an Ethernet frame.
pub(crate) fn frame(segment: &Segment<'_>) -> Vec<u8> {
    ethernet(&[], &ip(6, segment.from.ip(), segment.to.ip(), &tcp(segment)))
}
