//! A TCP segment in its packet in its frame, every field at the test's will.

use std::net::IpAddr;

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const PSH: u8 = 8;
pub(crate) const ACK: u8 = 16;
pub(crate) const URG: u8 = 32;

/// The Ethernet part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link {
    pub(crate) to: [u8; 6],
    pub(crate) from: [u8; 6],
    /// Bytes between the addresses and the Ethertype.
    pub(crate) tags: Vec<u8>,
    /// LLC and SNAP in place of the Ethertype.
    pub(crate) snap: bool,
    /// Bytes behind the packet.
    pub(crate) trailer: Vec<u8>,
}

/// The IP part.
#[derive(Clone, Debug)]
pub(crate) struct Ip {
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
    pub(crate) protocol: u8,
    /// Time to live, or hop limit.
    pub(crate) ttl: u8,
    pub(crate) id: u16,
    /// Version 4: flags and fragment offset.
    pub(crate) fragment: u16,
    /// Version 4: options, a multiple of four bytes.
    pub(crate) options: Vec<u8>,
    /// Version 6: extension headers, each with its number; the first byte of the body becomes the next header's number.
    pub(crate) extensions: Vec<(u8, Vec<u8>)>,
    /// Added to the length field.
    pub(crate) length_error: i16,
    /// Version 4: mixed into the checksum.
    pub(crate) checksum_error: u16,
}

/// The TCP part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tcp {
    pub(crate) from: u16,
    pub(crate) to: u16,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) flags: u8,
    /// The four bits before the flags.
    pub(crate) reserved: u8,
    pub(crate) window: u16,
    pub(crate) urgent: u16,
    /// Padded to a multiple of four bytes.
    pub(crate) options: Vec<u8>,
    /// Added to the header length, in units of four bytes.
    pub(crate) header_error: i8,
    /// Mixed into the checksum.
    pub(crate) checksum_error: u16,
    pub(crate) payload: Vec<u8>,
}

/// All of it.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) link: Link,
    pub(crate) ip: Ip,
    pub(crate) tcp: Tcp,
}

/// Ones' complement sum of all parts as one string of bytes, RFC 1071.
pub(crate) fn checksum(parts: &[&[u8]]) -> u16 {
    let all = parts.concat();
    let mut sum: u64 = all.chunks(2).map(|c| (u64::from(c[0]) << 8) | u64::from(*c.get(1).unwrap_or(&0))).sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    !(sum as u16)
}

pub(crate) fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

/// The checksum of a transport's content, RFC 9293 3.1 and RFC 8200 8.1.
pub(crate) fn transport_checksum(from: IpAddr, to: IpAddr, protocol: u8, content: &[u8]) -> u16 {
    let length = (content.len() as u32).to_be_bytes();
    checksum(&[&octets(from), &octets(to), &length, &[0, 0, 0, protocol], content])
}

impl Tcp {
    /// Header and payload.
    pub(crate) fn bytes(&self, from: IpAddr, to: IpAddr) -> Vec<u8> {
        let mut options = self.options.clone();
        options.resize(options.len().next_multiple_of(4), 0);
        let words = (5 + options.len() as i8 / 4).saturating_add(self.header_error);
        let mut out = Vec::new();
        out.extend(self.from.to_be_bytes());
        out.extend(self.to.to_be_bytes());
        out.extend(self.sequence.to_be_bytes());
        out.extend(self.acknowledgement.to_be_bytes());
        out.extend([(words.cast_unsigned() << 4) | self.reserved, self.flags]);
        out.extend(self.window.to_be_bytes());
        out.extend([0, 0]);
        out.extend(self.urgent.to_be_bytes());
        out.extend(options);
        out.extend(&self.payload);
        let sum = transport_checksum(from, to, 6, &out) ^ self.checksum_error;
        out[16..18].copy_from_slice(&sum.to_be_bytes());
        out
    }
}

impl Ip {
    /// A plain header between two addresses.
    pub(crate) fn new(from: IpAddr, to: IpAddr, protocol: u8) -> Self {
        Self {
            from,
            to,
            protocol,
            ttl: 64,
            id: 0x5157,
            fragment: 0x4000,
            options: Vec::new(),
            extensions: Vec::new(),
            length_error: 0,
            checksum_error: 0,
        }
    }

    /// The header and `content` behind it.
    pub(crate) fn around(&self, content: &[u8]) -> Vec<u8> {
        if self.from.is_ipv4() { self.version4(content) } else { self.version6(content) }
    }

    fn version4(&self, content: &[u8]) -> Vec<u8> {
        let header = 20 + self.options.len();
        let length = ((header + content.len()) as u16).wrapping_add_signed(self.length_error);
        let mut out = vec![0x40 | (header / 4) as u8, 0];
        out.extend(length.to_be_bytes());
        out.extend(self.id.to_be_bytes());
        out.extend(self.fragment.to_be_bytes());
        out.extend([self.ttl, self.protocol, 0, 0]);
        out.extend(octets(self.from));
        out.extend(octets(self.to));
        out.extend(&self.options);
        let sum = checksum(&[&out]) ^ self.checksum_error;
        out[10..12].copy_from_slice(&sum.to_be_bytes());
        out.extend(content);
        out
    }

    fn version6(&self, content: &[u8]) -> Vec<u8> {
        let mut body = content.to_vec();
        let mut next = self.protocol;
        for (number, extension) in self.extensions.iter().rev() {
            let mut extension = extension.clone();
            extension[0] = next;
            next = *number;
            body.splice(0..0, extension);
        }
        let length = (body.len() as u16).wrapping_add_signed(self.length_error);
        let mut out = vec![0x60, 0, 0, 0];
        out.extend(length.to_be_bytes());
        out.extend([next, self.ttl]);
        out.extend(octets(self.from));
        out.extend(octets(self.to));
        out.extend(body);
        out
    }
}

impl Link {
    /// A frame around a packet of the version that its first byte says, or of another Ethertype.
    pub(crate) fn around(&self, packet: &[u8], kind: Option<u16>) -> Vec<u8> {
        let kind = kind.unwrap_or(if packet[0] >> 4 == 6 { 0x86DD } else { 0x0800 });
        let mut out = [self.to, self.from].concat();
        out.extend(&self.tags);
        if self.snap {
            out.extend((packet.len() as u16 + 8).to_be_bytes());
            out.extend([0xAA, 0xAA, 3, 0, 0, 0]);
        }
        out.extend(kind.to_be_bytes());
        out.extend(packet);
        out.extend(&self.trailer);
        out
    }
}

impl Packet {
    /// The frame.
    pub(crate) fn frame(&self) -> Vec<u8> {
        self.link.around(&self.ip.around(&self.tcp.bytes(self.ip.from, self.ip.to)), None)
    }

    /// One fragment of it: bytes of the transport's content at `offset`, and whether more come.
    pub(crate) fn fragment(&self, offset: usize, content: &[u8], more: bool) -> Vec<u8> {
        let mut ip = self.ip.clone();
        let field = offset as u16 & !7;
        if ip.from.is_ipv4() {
            ip.fragment = (field >> 3) | if more { 0x2000 } else { 0 };
        } else {
            let [high, low] = (field | u16::from(more)).to_be_bytes();
            let [a, b] = ip.id.to_be_bytes();
            ip.extensions.push((44, vec![0, 0, high, low, 0, 0, a, b]));
        }
        self.link.around(&ip.around(content), None)
    }
}
