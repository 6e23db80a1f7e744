//! What names a flow, whichever way its frames go.

use crate::frames::IpHead;
use sluice_model::Direction;
use std::net::IpAddr;

/// One end of a flow: an address, and a port or what stands for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) ip: IpAddr,
    pub(super) port: u16,
}

/// The two ends of a flow, the one who opened it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) client: Place,
    pub(super) server: Place,
    pub(super) protocol: u8,
}

/// Both ends in an order of their own, so that frames of both directions find the same flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    low: Place,
    high: Place,
    protocol: u8,
}

impl Ends {
    /// Of a packet whose sender would open the flow.
    pub(super) const fn of(head: &IpHead, source: u16, destination: u16) -> Self {
        Self {
            client: Place { ip: head.source, port: source },
            server: Place { ip: head.destination, port: destination },
            protocol: head.protocol,
        }
    }

    /// The same, opened by the other end.
    pub(super) const fn turned(self) -> Self {
        Self { client: self.server, server: self.client, protocol: self.protocol }
    }

    pub(super) fn key(&self) -> Key {
        let (low, high) = (self.client.min(self.server), self.client.max(self.server));
        Key { low, high, protocol: self.protocol }
    }

    /// The way of a packet that goes from `source`.
    pub(super) fn direction(&self, source: Place) -> Direction {
        if source == self.client { Direction::ToServer } else { Direction::ToClient }
    }

    /// The addresses and ports of packets that go in `direction`.
    pub(super) const fn heading(&self, direction: Direction) -> (IpHead, (u16, u16)) {
        let (from, to) = match direction {
            Direction::ToServer => (self.client, self.server),
            Direction::ToClient => (self.server, self.client),
        };
        (IpHead { source: from.ip, destination: to.ip, protocol: self.protocol }, (from.port, to.port))
    }
}
