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
pub(crate) fn sum(mut sum: u64, bytes: &[u8]) -> u64 {
    let (words, last) = bytes.as_chunks::<4>();
    for word in words {
        sum += u64::from(u32::from_be_bytes(*word));
    }
    let mut padded = [0; 4];
    padded[..last.len()].copy_from_slice(last);
    sum + u64::from(u32::from_be_bytes(padded))
}

/// Folded to 16 bits.
pub(crate) const fn fold(mut sum: u64) -> u16 {
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    sum as u16
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
    }
}
