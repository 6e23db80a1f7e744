//! Where an asset stands: beyond which port, behind what, under which other address, and by what it is known.

use super::{AssetId, GatewayId, Location, Mac};
use std::net::IpAddr;

/// A port of one gateway, beyond which an asset stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetPort {
    /// The gateway.
    pub gateway: GatewayId,
    /// Index into its `ports`.
    pub port: usize,
    /// Where the asset says so.
    pub at: Location,
}

/// What stands before an asset that has no address of its own on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// A gateway of its protocol (Modbus/TCP to serial): its address is dialled, and the device address tells which of
    /// the assets behind it is meant.
    Asset {
        /// The gateway.
        gateway: AssetId,
        /// Where the asset says so.
        at: Location,
    },
    /// A serial line of one of our own gateways.
    Line {
        /// The gateway.
        gateway: GatewayId,
        /// Index into its `serial`.
        line: usize,
        /// Where the asset says so.
        at: Location,
    },
}

/// An address under which a gateway sees an asset on one of its sides, through an address translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenAs {
    /// The gateway and its side.
    pub port: AssetPort,
    /// The address.
    pub ip: IpAddr,
}

/// By what an asset without an address of its own is known: everything that stands here must agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Where it is declared.
    pub at: Location,
    /// Its MAC address.
    pub mac: Option<Mac>,
    /// The server that leases it its address.
    pub dhcp: Option<AssetId>,
    /// The port beyond which it stands.
    pub port: Option<AssetPort>,
    /// The name in its certificate.
    pub cert: Option<Box<str>>,
    /// The user who must be logged in.
    pub user: Option<Box<str>>,
}

impl Identity {
    /// Whether it is known by its MAC address alone, which anybody can set.
    pub fn is_weak(&self) -> bool {
        self.cert.is_none() && (self.dhcp.is_none() || self.port.is_none())
    }
}
