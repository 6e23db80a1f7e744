//! Gateways: their ports, what they bridge, what they listen to, what they proxy.

use super::{AssetId, Location};
use std::net::SocketAddr;

/// A gateway of the site, an index into [`super::Site::gateways`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GatewayId(pub u16);

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
    /// Its ports, in the order of the file.
    pub ports: Vec<Port>,
    /// The two ports that it joins, if it stands in the path.
    pub bridge: Option<BridgePorts>,
    /// The ports that it only listens to; none of them is bridged.
    pub monitor: Vec<Port>,
    /// Its serial lines.
    pub serial: Vec<SerialLine>,
    /// Its proxies.
    pub proxies: Vec<Proxy>,
}

/// A serial line of a gateway. Read and checked; no data plane carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialLine {
    /// Its name: `filters`.
    pub name: String,
    /// The device: `ttyS1`.
    pub line: String,
    /// Its speed in bits a second.
    pub baud: u32,
    /// Its parity.
    pub parity: Parity,
    /// How messages are told apart on it.
    pub framing: Framing,
    /// Where it is declared.
    pub at: Location,
}

/// The parity of a serial line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parity {
    /// Even: what Modbus asks for when nothing is said (Modbus over Serial Line 2.5.1).
    #[default]
    Even,
    /// Odd.
    Odd,
    /// None; then there are two stop bits.
    None,
}

/// How messages are told apart on a serial line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// By silence (RTU).
    #[default]
    Rtu,
    /// By a colon and a line end (ASCII).
    Ascii,
}

/// One port of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The side of the plant that it leads to: `control`.
    pub name: String,
    /// The network interface: `eth1`.
    pub interface: String,
    /// Where it is declared.
    pub at: Location,
}

/// Two ports between which frames pass when the policy allows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgePorts {
    /// The two, in the order of the file.
    pub sides: [Port; 2],
    /// Where it is said: the key `bridge`, or `ports` when it goes without saying.
    pub at: Location,
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
