//! Addresses of frames and of networks.

use core::fmt;
use core::str::FromStr;
use std::net::IpAddr;

/// An address of Ethernet (IEEE 802 EUI-48), as it stands in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// Whether it is a group's: multicast or broadcast.
    pub const fn is_group(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// Whether it can be that of one device.
    pub fn is_single(self) -> bool {
        !self.is_group() && self.0 != [0; 6]
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, rest @ ..] = self.0;
        write!(f, "{first:02x}")?;
        rest.iter().try_for_each(|byte| write!(f, ":{byte:02x}"))
    }
}

/// The text is no address of Ethernet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMac;

impl FromStr for Mac {
    type Err = NoMac;

    /// `02:00:5e:00:53:11` or `02-00-5E-00-53-11`.
    fn from_str(text: &str) -> Result<Self, NoMac> {
        let separator = if text.contains('-') { '-' } else { ':' };
        let mut parts = text.split(separator);
        let mut bytes = [0; 6];
        for byte in &mut bytes {
            let digits = parts.next().filter(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()));
            *byte = u8::from_str_radix(digits.ok_or(NoMac)?, 16).map_err(|_| NoMac)?;
        }
        if parts.next().is_some() { Err(NoMac) } else { Ok(Self(bytes)) }
    }
}

/// A network: addresses that have their first bits in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Net {
    first: IpAddr,
    bits: u8,
}

/// Why a text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoNet {
    /// It is not written `192.0.2.0/24`.
    Shape,
    /// The address has bits set behind the prefix; this network was most likely meant.
    Host(Net),
}

impl FromStr for Net {
    type Err = NoNet;

    fn from_str(text: &str) -> Result<Self, NoNet> {
        let (address, bits) = text.split_once('/').ok_or(NoNet::Shape)?;
        let address: IpAddr = address.parse().map_err(|_| NoNet::Shape)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let digits = bits.bytes().all(|b| b.is_ascii_digit());
        let bits: u8 = bits.parse().ok().filter(|b| *b <= width && digits).ok_or(NoNet::Shape)?;
        let net = Self { first: masked(address, bits), bits };
        if net.first == address { Ok(net) } else { Err(NoNet::Host(net)) }
    }
}

impl Net {
    /// Whether an address belongs to it; those of IPv4 never belong to one of IPv6.
    pub fn contains(&self, ip: IpAddr) -> bool {
        ip.is_ipv4() == self.first.is_ipv4() && masked(ip, self.bits) == self.first
    }

    /// Its first and last address.
    pub fn range(&self) -> (IpAddr, IpAddr) {
        let last = match self.first {
            IpAddr::V4(ip) => IpAddr::V4((ip.to_bits() | u32::MAX.checked_shr(self.bits.into()).unwrap_or(0)).into()),
            IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() | u128::MAX.checked_shr(self.bits.into()).unwrap_or(0)).into()),
        };
        (self.first, last)
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

fn masked(ip: IpAddr, bits: u8) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => IpAddr::V4((ip.to_bits() & !u32::MAX.checked_shr(bits.into()).unwrap_or(0)).into()),
        IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() & !u128::MAX.checked_shr(bits.into()).unwrap_or(0)).into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn macs_are_read_in_both_spellings() {
        let mac = Mac([2, 0, 0x5e, 0, 0x53, 0x11]);
        assert_eq!("02:00:5e:00:53:11".parse(), Ok(mac));
        assert_eq!("02-00-5E-00-53-11".parse(), Ok(mac));
        assert_eq!(mac.to_string(), "02:00:5e:00:53:11");
        for wrong in
            ["02:00:5e:00:53", "02:00:5e:00:53:11:22", "2:0:5e:0:53:11", "02:00:5e:00:53:1g", "02:00-5e:00:53:11", ""]
        {
            assert_eq!(wrong.parse::<Mac>(), Err(NoMac), "{wrong}");
        }
        assert!(Mac([1, 0, 0x5e, 0, 0, 1]).is_group() && !Mac([0; 6]).is_single());
    }

    #[test]
    fn networks_hold_their_addresses_and_no_others() {
        let net: Net = "198.51.100.16/28".parse().unwrap();
        let holds = |ip: &str| net.contains(ip.parse().unwrap());
        assert!(holds("198.51.100.16") && holds("198.51.100.31"));
        assert!(!holds("198.51.100.15") && !holds("198.51.100.32") && !holds("::ffff:198.51.100.16"));
        assert_eq!(net.range(), ("198.51.100.16".parse().unwrap(), "198.51.100.31".parse().unwrap()));
        let all: Net = "::/0".parse().unwrap();
        assert!(all.contains("2001:db8::1".parse().unwrap()) && !all.contains("192.0.2.1".parse().unwrap()));
        assert_eq!("192.0.2.9/24".parse::<Net>(), Err(NoNet::Host("192.0.2.0/24".parse().unwrap())));
        for wrong in ["192.0.2.0", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/+8", "x/8"] {
            assert_eq!(wrong.parse::<Net>(), Err(NoNet::Shape), "{wrong}");
        }
    }
}
