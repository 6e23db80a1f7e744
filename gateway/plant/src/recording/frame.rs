//! Bytes into TCP segments, IPv4 packets, Ethernet frames and the records of a pcap file.

use std::io::{self, Write};
use std::net::Ipv4Addr;

pub(super) const FIN: u8 = 0x01;
pub(super) const SYN: u8 = 0x02;
pub(super) const PUSH: u8 = 0x08;
pub(super) const ACK: u8 = 0x10;

/// When the recording begins, in seconds since 1970.
const BEGIN: u64 = 1_700_000_000;
/// Microseconds between two packets.
const BETWEEN: u64 = 50;

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) address: Ipv4Addr,
    pub(super) port: u16,
    /// The sequence number of its next byte.
    pub(super) next: u32,
}

/// Writes packets to a file.
pub(super) struct Packets<'w, W> {
    to: &'w mut W,
    count: u64,
    packet: Vec<u8>,
}

impl<'w, W: Write> Packets<'w, W> {
    /// Begins a file of Ethernet frames with microseconds.
    pub(super) fn begin(to: &'w mut W) -> io::Result<Self> {
        let mut head = 0xA1B2_C3D4_u32.to_le_bytes().to_vec();
        head.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        head.extend(65_535_u32.to_le_bytes());
        head.extend(1_u32.to_le_bytes());
        to.write_all(&head)?;
        Ok(Self { to, count: 0, packet: Vec::new() })
    }

    /// Packets so far.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// A segment with timestamps, as Linux sends them; `from` moves behind it.
    pub(super) fn segment(&mut self, from: &mut End, to: &End, flags: u8, bytes: &[u8]) -> io::Result<()> {
        let now = self.count * BETWEEN;
        let (seconds, microseconds) = (BEGIN + now / 1_000_000, now % 1_000_000);
        let length = 14 + 20 + 32 + bytes.len();
        self.packet.clear();
        for number in [seconds as u32, microseconds as u32, length as u32, length as u32] {
            self.packet.extend(number.to_le_bytes());
        }
        self.packet.extend(mac(to.address));
        self.packet.extend(mac(from.address));
        self.packet.extend([8, 0]);
        self.ip(from.address, to.address, (20 + 32 + bytes.len()) as u16);
        let at = self.packet.len();
        let acknowledged = if flags & ACK == 0 { 0 } else { to.next };
        self.packet.extend([from.port, to.port].map(u16::to_be_bytes).concat());
        self.packet.extend([from.next, acknowledged].map(u32::to_be_bytes).concat());
        self.packet.extend([0x80, flags, 1, 0xF6, 0, 0, 0, 0, 1, 1, 8, 10]);
        self.packet.extend([(now / 1000) as u32, (now / 1000) as u32].map(u32::to_be_bytes).concat());
        self.packet.extend(bytes);
        let pseudo = 6 + (32 + bytes.len()) as u64 + words(&from.address.octets()) + words(&to.address.octets());
        let sum = checksum(pseudo, &self.packet[at..]);
        self.packet[at + 16..at + 18].copy_from_slice(&sum);
        from.next = from.next.wrapping_add(bytes.len() as u32 + u32::from(flags & (SYN | FIN) != 0));
        self.count += 1;
        self.to.write_all(&self.packet)
    }

    fn ip(&mut self, from: Ipv4Addr, to: Ipv4Addr, length: u16) {
        let at = self.packet.len();
        let [high, low] = length.to_be_bytes();
        let [first, second] = (self.count as u16).to_be_bytes();
        self.packet.extend([0x45, 0, high, low, first, second, 0x40, 0, 64, 6, 0, 0]);
        self.packet.extend(from.octets());
        self.packet.extend(to.octets());
        let sum = checksum(0, &self.packet[at..]);
        self.packet[at + 10..at + 12].copy_from_slice(&sum);
    }
}

/// A hardware address of the range that anyone may use.
fn mac(address: Ipv4Addr) -> [u8; 6] {
    let [a, b, c, d] = address.octets();
    [2, 0, a, b, c, d]
}

/// The sum of 16-bit words.
fn words(bytes: &[u8]) -> u64 {
    let word = |pair: &[u8]| u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0));
    bytes.chunks(2).map(word).sum()
}

/// The internet checksum (RFC 1071).
fn checksum(pseudo: u64, bytes: &[u8]) -> [u8; 2] {
    let mut sum = pseudo + words(bytes);
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071_adds_up() {
        assert_eq!(checksum(0, &[0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]), (!0xDDF2_u16).to_be_bytes());
    }
}
