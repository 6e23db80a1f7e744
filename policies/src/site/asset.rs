//! Assets and zones.

use super::{AssetId, AssetPort, Identity, Location, Mac, Net, Outside, SeenAs, Speaks, Via};
use std::net::IpAddr;
use std::sync::Arc;

/// A device on the network.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its name.
    pub name: String,
    /// Where it is declared: its key, or its line of a table of assets.
    pub at: Location,
    /// Its addresses; no two assets of one realm share one.
    pub addresses: Vec<IpAddr>,
    /// The MAC addresses that its frames come from; empty when the site does not say.
    pub macs: Vec<Mac>,
    /// The VLAN that its frames belong to, 0 for none; `None` when the site does not say.
    pub vlan: Option<u16>,
    /// The port of a gateway on whose side it stands; `None` when the site does not say.
    pub port: Option<AssetPort>,
    /// The protocols it speaks as a controller.
    pub speaks: Vec<Speaks>,
    /// The kind that gives it what it does not say itself.
    pub kind: Option<Arc<str>>,
    /// The cell that it belongs to: what a conduit `within = "cell"` keeps together.
    pub cell: Option<Arc<str>>,
    /// What it is in its cell: `plc`, `panel`.
    pub role: Option<Arc<str>>,
    /// The realm of its addresses; assets of different realms may share one.
    pub realm: Option<Arc<str>>,
    /// The addresses under which gateways see it through an address translation.
    pub seen_as: Vec<SeenAs>,
    /// The assets whose packets may come from its address (source address translation). Whatever they may do, its
    /// address may do: conduits that name them name it.
    pub hides: Vec<AssetId>,
    /// Who may act as this asset: it is a jump host for them. For proofs; nothing is judged by it.
    pub relays: Option<Box<Relays>>,
    /// What stands before it: a gateway of its protocol, whose address it is reached at, or a serial line.
    pub via: Option<Via>,
    /// How it is recognised when it has no address of its own.
    pub identity: Option<Box<Identity>>,
    /// The name in its certificate; nothing is judged by it.
    pub cert: Option<Box<str>>,
}

impl Asset {
    /// An asset of which only its name, place and addresses are known.
    pub fn new(name: impl Into<String>, at: Location, addresses: Vec<IpAddr>) -> Self {
        Self {
            name: name.into(),
            at,
            addresses,
            macs: Vec::new(),
            vlan: None,
            port: None,
            speaks: Vec::new(),
            kind: None,
            cell: None,
            role: None,
            realm: None,
            seen_as: Vec::new(),
            hides: Vec::new(),
            relays: None,
            via: None,
            identity: None,
            cert: None,
        }
    }

    /// The gateway of its protocol that it stands behind.
    pub fn behind(&self) -> Option<AssetId> {
        match self.via {
            Some(Via::Asset { gateway, .. }) => Some(gateway),
            _ => None,
        }
    }
}

/// Who acts through a jump host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relays {
    /// Assets, sorted.
    pub assets: Vec<AssetId>,
    /// Who else.
    pub outside: Outside,
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
    /// Its security level (IEC 62443-3-3), if stated.
    pub level: Option<String>,
}
