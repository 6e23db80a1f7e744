//! Assets and zones.

use super::{GatewayId, Location, Mac, Net, Tag, WordOrder};
use sluice_model::Descriptor;
use std::net::IpAddr;
use std::sync::Arc;

/// An asset of the site, an index into [`super::Site::assets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AssetId(pub u32);

/// A device on the network.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub at: Location,
    /// Its addresses; no two assets share one.
    pub addresses: Vec<IpAddr>,
    /// The MAC addresses that its frames come from; empty when the site does not say.
    pub macs: Vec<Mac>,
    /// The VLAN that its frames belong to, 0 for none; `None` when the site does not say.
    pub vlan: Option<u16>,
    /// The port of a gateway on whose side it stands; `None` when the site does not say.
    pub port: Option<AssetPort>,
    /// The protocols it speaks as a controller.
    pub speaks: Vec<Speaks>,
}

impl Asset {
    /// An asset of which only its name, place and addresses are known.
    pub fn new(name: impl Into<String>, at: Location, addresses: Vec<IpAddr>) -> Self {
        let name = name.into();
        Self { name, at, addresses, macs: Vec::new(), vlan: None, port: None, speaks: Vec::new() }
    }
}

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

/// One protocol of an asset.
#[derive(Clone)]
pub struct Speaks {
    /// The protocol.
    pub protocol: &'static Descriptor,
    /// Its device addresses inside a connection.
    pub devices: Devices,
    /// The ports it listens on; the protocol's own when the file gives none.
    pub ports: Vec<u16>,
    /// How many consecutive items that belong to no tag a read may span between two tags that it may read.
    pub gaps: u64,
    /// The order of words in values wider than one register, for tags that give none.
    pub words: WordOrder,
    /// Its tags, sorted by name; shared by assets with the same list.
    pub tags: Arc<[Tag]>,
}

impl core::fmt::Debug for Speaks {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Speaks")
            .field("protocol", &self.protocol.name)
            .field("devices", &self.devices)
            .field("ports", &self.ports)
            .field("tags", &self.tags.len())
            .finish_non_exhaustive()
    }
}

/// Device addresses inside a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Devices {
    /// Every address is this asset.
    Any,
    /// These are.
    Listed(Vec<u32>),
}

/// A zone (IEC 62443): assets under one set of requirements.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub at: Location,
    /// Its members, and the assets whose every address lies in its net.
    pub assets: Vec<AssetId>,
    /// The addresses that belong to it whether or not an asset has them.
    pub net: Option<Net>,
    /// The role that owns it, if stated: one of its people is asked when what may be done to its assets changes.
    pub owner: Option<String>,
}
