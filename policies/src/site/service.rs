//! What passes beside the protocols: services by name, ports, Ethertypes.

use super::{Conditions, Location, Net};
use crate::services::Preset;

/// One allow statement about what is not inspected: `service`, `tcp`, `udp` or `ethertype`.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its id inside the conduit; events say `conduit.id`.
    pub id: String,
    /// Where it is declared.
    pub at: Location,
    /// Why it exists, if stated.
    pub why: Option<String>,
    /// What it lets pass.
    pub passes: Vec<Passes>,
    /// What must hold besides.
    pub conditions: Conditions,
}

/// What a service statement lets pass.
#[derive(Clone, Debug)]
pub enum Passes {
    /// A service that has a name.
    Preset(&'static Preset),
    /// A TCP port of the one who is dialled, whatever is said on it.
    Tcp(ServicePort),
    /// A UDP port of the one who is asked, whatever is said on it.
    Udp(ServicePort),
    /// An Ethertype, whatever it carries.
    Ethertype(u16),
}

/// A port with the name that its author gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// The port.
    pub port: u16,
    /// The name, if it has one.
    pub name: Option<String>,
}

/// Who opens the connections of a conduit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Opens {
    /// `from` does.
    #[default]
    From,
    /// `to` does.
    To,
    /// Both may.
    Either,
}

/// Who else stands at an end of a conduit, beside assets. For services alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Every single address, asset or not (`anyone`).
    pub anyone: bool,
    /// Every address of these.
    pub nets: Vec<Net>,
}
