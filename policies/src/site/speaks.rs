//! The protocols that an asset speaks as a controller.

use super::{AssetId, Tag, WordOrder};
use sluice_model::Descriptor;
use std::sync::Arc;

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
    /// Whether it passes messages on to devices behind it, each an asset of its own.
    pub gateway: bool,
    /// Of a gateway, the assets that a message to every device at once reaches.
    pub broadcast: Vec<AssetId>,
    /// What becomes of a write of a part of a wide value.
    pub partial: Partial,
}

/// What becomes of a write of a part of a wide value (policy-semantics S1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Partial {
    /// It is denied.
    #[default]
    Deny,
    /// The value that it makes with the other part, as that was last seen, is judged.
    Compose,
}

impl Speaks {
    /// A protocol on its own ports, with the default device address and no tags.
    pub fn new(protocol: &'static Descriptor) -> Self {
        Self {
            protocol,
            devices: Devices::Listed(vec![protocol.device.default]),
            ports: protocol.ports.to_vec(),
            gaps: 0,
            words: WordOrder::default(),
            tags: Arc::default(),
            gateway: false,
            broadcast: Vec::new(),
            partial: Partial::default(),
        }
    }
}

impl core::fmt::Debug for Speaks {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Speaks")
            .field("protocol", &self.protocol.name)
            .field("devices", &self.devices)
            .field("ports", &self.ports)
            .field("tags", &self.tags.len())
            .field("gateway", &self.gateway)
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
