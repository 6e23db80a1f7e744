//! The internet checksum (RFC 1071) and what a stored one says.

use core::net::IpAddr;

/// What a checksum says of the bytes that it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Checksum {
    /// They are what was sent.
    Right,
    /// They are not.
    Wrong,
    /// The capturing host left it to its network card: it covers the addresses alone.
    Partial,
    /// Nothing: none was sent, or not everything that it covers was captured.
    Unverified,
}

/// The ones' complement sum of `bytes` in 16-bit words, added to `sum`.
pub(crate) fn sum(sum: u64, bytes: &[u8]) -> u64 {
    sum + u64::from(u16::from_be(fold(own(bytes))))
}

/// The same in the machine's byte order, in which it differs from that of the wire by its own byte order alone (RFC 1071
/// 2 B); a sum of all ones is the same in both.
pub(super) fn own(bytes: &[u8]) -> u64 {
    let (words, mut rest) = bytes.as_chunks::<8>();
    let mut own = 0_u64;
    for word in words {
        let (sum, carry) = own.overflowing_add(u64::from_ne_bytes(*word));
        own = sum + u64::from(carry);
    }
    let mut last = 0;
    if let Some((word, behind)) = rest.split_first_chunk::<4>() {
        last += u64::from(u32::from_ne_bytes(*word));
        rest = behind;
    }
    if let Some((word, behind)) = rest.split_first_chunk::<2>() {
        last += u64::from(u16::from_ne_bytes(*word));
        rest = behind;
    }
    if let [byte] = rest {
        last += u64::from(u16::from_ne_bytes([*byte, 0]));
    }
    let (sum, carry) = own.overflowing_add(last);
    sum + u64::from(carry)
}

/// Folded to 16 bits.
pub(crate) const fn fold(sum: u64) -> u16 {
    let sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
    let sum = (sum & 0xFFFF) + (sum >> 16 & 0xFFFF) + (sum >> 32);
    let sum = (sum & 0xFFFF) + (sum >> 16);
    ((sum & 0xFFFF) + (sum >> 16)) as u16
}

/// The sum over addresses, protocol and length that TCP, UDP and `ICMPv6` include (RFC 9293 3.1, RFC 8200 8.1).
pub(crate) fn pseudo(source: IpAddr, destination: IpAddr, protocol: u8, length: usize) -> u64 {
    let address = |so_far, ip| match ip {
        IpAddr::V4(ip) => sum(so_far, &ip.octets()),
        IpAddr::V6(ip) => sum(so_far, &ip.octets()),
    };
    address(address(length as u64 + u64::from(protocol), source), destination)
}

/// Verifies `bytes`, whose checksum `stored` lies among them, together with the sum `pseudo`.
pub(super) fn verify(pseudo: u64, bytes: &[u8], stored: u16) -> Checksum {
    if fold(sum(pseudo, bytes)) == 0xFFFF {
        Checksum::Right
    } else if stored == fold(pseudo) {
        Checksum::Partial
    } else {
        Checksum::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071_adds_up() {
        assert_eq!(fold(sum(0, &[0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7])), 0xDDF2);
        assert_eq!(fold(sum(0, &[0xFF])), 0xFF00);
        assert_eq!(fold(sum(0, &vec![0xFF; 65_536])), 0xFFFF);
        for length in 0..=40_u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(77) ^ 0xA5).collect();
            let word = |pair: &[u8]| u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0));
            assert_eq!(fold(sum(5, &bytes)), fold(5 + bytes.chunks(2).map(word).sum::<u64>()), "{length} bytes");
        }
    }
}
