//! Who is who in the laboratory: one subnet, addresses and hardware addresses that policies can name.

use super::Namespace;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One end of the laboratory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) mac: [u8; 6],
    pub(crate) ip4: Ipv4Addr,
    pub(crate) ip6: Ipv6Addr,
}

const fn place(last: u8) -> Place {
    Place {
        mac: [2, 0, 0, 0, 0, last],
        ip4: Ipv4Addr::new(192, 0, 2, last),
        ip6: Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, last as u16),
    }
}

/// The client with the kernel's own stack.
pub(crate) const CLIENT: Place = place(11);
/// The client that we craft segment by segment. It has no stack.
pub(crate) const CRAFTED: Place = place(66);
/// The controller.
pub(crate) const SERVER: Place = place(31);
/// Clients without a stack by the dozen: [`CROWDS`] addresses from this one on, behind one hardware address.
pub(crate) const CROWD: Place = place(201);
pub(crate) const CROWDS: u8 = 12;
/// Nobody: no policy names it.
pub(crate) const STRANGER: Place = place(99);

impl Place {
    /// The version 4 address that comes `n` after its own.
    pub(crate) fn after(&self, n: u8) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.ip4) + u32::from(n))
    }

    /// Its address of the version wanted.
    pub(crate) fn ip(&self, six: bool) -> IpAddr {
        if six { self.ip6.into() } else { self.ip4.into() }
    }

    /// Its hardware address in the usual writing.
    pub(crate) fn mac_text(&self) -> String {
        self.mac.map(|b| format!("{b:02x}")).join(":")
    }
}

/// Gives a link the addresses of `place`.
pub(crate) fn assign(namespace: &Namespace, link: &str, place: &Place) {
    namespace.ip(&format!("link set dev {link} address {}", place.mac_text()));
    namespace.ip(&format!("addr add {}/24 dev {link}", place.ip4));
    namespace.ip(&format!("addr add {}/64 dev {link} nodad", place.ip6));
}

/// Tells a namespace where `place` is, so that no test begins by waiting for an answer that a bridge might drop.
pub(crate) fn know(namespace: &Namespace, link: &str, place: &Place) {
    for ip in [place.ip(false), place.ip(true)] {
        namespace.ip(&format!("neigh replace {ip} lladdr {} dev {link} nud permanent", place.mac_text()));
    }
}
