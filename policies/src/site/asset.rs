//! Assets, zones and gateways.

use super::{Location, Tag, WordOrder};
use sluice_model::Descriptor;
use std::net::{IpAddr, SocketAddr};
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
    /// The protocols it speaks as a controller.
    pub speaks: Vec<Speaks>,
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
    /// Its members.
    pub assets: Vec<AssetId>,
}

/// What a lost gateway does; every gateway states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLoss {
    /// Traffic continues, alarmed.
    Open,
    /// Nothing passes.
    Closed,
}

/// A gateway of the site.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub at: Location,
    /// What its loss does.
    pub on_loss: OnLoss,
    /// Its proxies.
    pub proxies: Vec<Proxy>,
}

/// One proxied asset: clients dial `listen`, the gateway dials `upstream`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The asset behind it.
    pub asset: AssetId,
    /// Where it is declared.
    pub at: Location,
    /// The address that clients dial.
    pub listen: SocketAddr,
    /// The asset's own address and port.
    pub upstream: SocketAddr,
    /// Index into the asset's `speaks` of the protocol on that port.
    pub speaks: usize,
}
