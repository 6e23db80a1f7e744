//! Who a frame comes from: its addresses, VLAN and side against what the site says of the asset. Answers the bridge's
//! guard against forged senders and forged ARP and neighbour claims.

use super::Policy;
use crate::site::{AssetId, GatewayId, Mac, Site};
use std::collections::HashMap;
use std::net::IpAddr;

/// What a frame, or a claim inside of one, says about a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its IP address; `None` for frames without one.
    pub ip: Option<IpAddr>,
    /// Its MAC address.
    pub mac: Mac,
    /// The VLAN of the only tag, 0 when there is none; [`Seen::STACKED`] for two tags.
    pub vlan: u16,
    /// The side of the gateway's bridge that the frame came in on: an index into [`crate::site::BridgePorts::sides`].
    pub side: u8,
}

impl Seen {
    /// The VLAN of frames with two tags: no asset that says its VLAN stands in it.
    pub const STACKED: u16 = u16::MAX;
}

/// Who a frame comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// This asset, and everything that the site says of it agrees.
    Known(AssetId),
    /// It has this asset's address, and is not where the site says that the asset is.
    Misplaced {
        /// The asset.
        asset: AssetId,
        /// What differs first.
        what: Misplaced,
    },
    /// No asset has the address.
    Unknown,
}

/// What of a frame disagrees with the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Misplaced {
    /// The MAC address.
    Mac,
    /// The VLAN.
    Vlan,
    /// The side it came in on.
    Port,
}

impl Misplaced {
    /// The word in metrics and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mac => "mac",
            Self::Vlan => "vlan",
            Self::Port => "port",
        }
    }
}

/// Where each asset is, as the site says.
#[derive(Debug, Default)]
pub(super) struct Seats {
    /// By [`AssetId`].
    rows: Box<[Row]>,
    /// The asset that a MAC address belongs to; `None` when it is several assets', so that it tells nobody apart.
    macs: HashMap<Mac, Option<AssetId>>,
}

#[derive(Debug)]
struct Row {
    macs: Box<[Mac]>,
    vlan: Option<u16>,
    /// The gateway whose port it stands beyond, and which side of the bridge that is; `None` for a port that is none.
    port: Option<(GatewayId, Option<u8>)>,
    /// The addresses under which gateways see it through an address translation.
    seen_as: Box<[(GatewayId, IpAddr)]>,
}

impl Seats {
    pub(super) fn of(site: &Site) -> Self {
        let mut macs: HashMap<Mac, Option<AssetId>> = HashMap::new();
        let owned = (0..).map(AssetId).zip(&site.assets).flat_map(|(id, a)| a.macs.iter().map(move |mac| (id, *mac)));
        for (id, mac) in owned {
            macs.entry(mac).and_modify(|owner| *owner = owner.filter(|o| *o == id)).or_insert(Some(id));
        }
        let side_of = |gateway: GatewayId, port: usize| {
            let gateway = site.gateways.get(usize::from(gateway.0))?;
            let name = &gateway.ports.get(port)?.name;
            let sides = &gateway.bridge.as_ref()?.sides;
            (0..).zip(sides).find(|(_, side)| side.name == *name).map(|(index, _)| index)
        };
        let row = |asset: &crate::site::Asset| Row {
            macs: asset.macs.as_slice().into(),
            vlan: asset.vlan,
            port: asset.port.as_ref().map(|at| (at.gateway, side_of(at.gateway, at.port))),
            seen_as: asset.seen_as.iter().map(|s| (s.port.gateway, s.ip.to_canonical())).collect(),
        };
        Self { rows: site.assets.iter().map(row).collect(), macs }
    }
}

/// Whether an address stands for nobody beyond one link, so that its MAC alone tells who has it: a device that asks for
/// an address, or one of IPv6's own.
fn is_of_the_link(ip: IpAddr) -> bool {
    ip.is_unspecified() || matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local())
}

impl Policy {
    /// Who a frame comes from, or who an ARP or neighbour message speaks of, on one gateway. Touches no heap.
    ///
    /// An IP address decides; a frame without one, and an address of the link alone that no asset has (`0.0.0.0`, `::`,
    /// `fe80::/10`), is told by its MAC address. What the site does not say of an asset is not checked; nor are the MAC
    /// address and the VLAN of one that the gateway sees through an address translation.
    pub fn seat(&self, gateway: GatewayId, seen: &Seen) -> Seat {
        let Some(asset) = self.owner(seen.ip, seen.mac) else { return Seat::Unknown };
        let row = &self.seats.rows[asset.0 as usize];
        // Behind an address translation its frames are those of the translator.
        let translated = |ip: IpAddr| row.seen_as.contains(&(gateway, ip.to_canonical()));
        let own = row.seen_as.is_empty() || !seen.ip.is_some_and(translated);
        let what = if own && !row.macs.is_empty() && !row.macs.contains(&seen.mac) {
            Misplaced::Mac
        } else if own && row.vlan.is_some_and(|vlan| vlan != seen.vlan) {
            Misplaced::Vlan
        } else if row.port.is_some_and(|(of, side)| of == gateway && side != Some(seen.side)) {
            Misplaced::Port
        } else {
            return Seat::Known(asset);
        };
        Seat::Misplaced { asset, what }
    }

    /// The asset that an address belongs to, or a MAC address where there is no address that tells.
    pub(super) fn owner(&self, ip: Option<IpAddr>, mac: Mac) -> Option<AssetId> {
        if let Some(ip) = ip {
            let of_address = self.asset_of(ip);
            if of_address.is_some() || !is_of_the_link(ip) {
                return of_address;
            }
        }
        self.asset_of_mac(mac)
    }

    /// The asset that a MAC address belongs to, when it is that of one asset alone.
    pub fn asset_of_mac(&self, mac: Mac) -> Option<AssetId> {
        self.seats.macs.get(&mac).copied().flatten()
    }

    /// The gateway called `name`, as [`Policy::seat`] wants it.
    pub fn gateway_id(&self, name: &str) -> Option<GatewayId> {
        let index = self.site.gateways.iter().position(|g| g.name == name)?;
        u16::try_from(index).ok().map(GatewayId)
    }
}
