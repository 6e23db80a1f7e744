//! Those who talk to the controllers by right: the operators' HMI, the historian and the engineering station.
//!
//! Each speaks from its own source address, so that a gateway can tell them apart, over one long-lived connection to
//! each controller, and counts what it experiences ([`Figures`]).

mod figures;
mod line;
mod operator;
mod reader;
pub mod traffic;

pub use figures::{Figures, Summary};
pub use line::Outcome;
pub use operator::{Operator, Order};
pub use reader::Reader;

pub(crate) use line::connect;

use crate::controllers::Controller;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Station {
    /// The operators' screen. The attacker uses its address too: a compromised HMI.
    Hmi,
    /// Collects values, never writes.
    Historian,
    /// The engineering station.
    Engineering,
    /// A machine that the plant does not know.
    Stranger,
    /// Nobody: the plant itself is judged.
    Plant,
}

impl fmt::Display for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hmi => "hmi-1",
            Self::Historian => "historian",
            Self::Engineering => "ews-1",
            Self::Stranger => "stranger",
            Self::Plant => "plant",
        })
    }
}

/// From which address each of them speaks.
#[derive(Clone, Copy, Debug)]
pub struct Sources {
    /// The HMI, and the attacker who took it over.
    pub hmi: IpAddr,
    /// The historian.
    pub historian: IpAddr,
    /// The engineering station.
    pub engineering: IpAddr,
    /// The unknown machine.
    pub stranger: IpAddr,
}

impl Sources {
    /// The addresses of `policies/examples/waterworks`: 127.0.0.11, .20, .40 and .66.
    pub const EXAMPLE: Self =
        Self { hmi: local(11), historian: local(20), engineering: local(40), stranger: local(66) };

    /// The address of a station; the plant itself speaks from none.
    pub fn of(&self, station: Station) -> IpAddr {
        match station {
            Station::Hmi => self.hmi,
            Station::Historian => self.historian,
            Station::Engineering => self.engineering,
            Station::Stranger => self.stranger,
            Station::Plant => IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }
}

const fn local(host: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, host))
}

const fn listener(host: u8) -> Door {
    Door { through: SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 2, host)), 1502), direct: None }
}

/// The way to one controller.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// The address that clients dial: the gateway's listener.
    pub through: SocketAddr,
    /// The controller itself (or its twin), to compare with; without it nothing is compared.
    pub direct: Option<SocketAddr>,
}

/// The ways to all controllers.
#[derive(Clone, Copy, Debug)]
pub struct Doors {
    /// To `plc-intake`.
    pub intake: Door,
    /// To `plc-pump`.
    pub pump: Door,
    /// To `plc-dosing`.
    pub dosing: Door,
}

impl Doors {
    /// The gateway's listeners in `policies/examples/waterworks`: 127.0.2.1 to 127.0.2.3, port 1502.
    pub const EXAMPLE: Self = Self { intake: listener(1), pump: listener(2), dosing: listener(3) };

    /// The way to one controller.
    pub fn to(&self, controller: Controller) -> Door {
        match controller {
            Controller::Intake => self.intake,
            Controller::Pump => self.pump,
            Controller::Dosing => self.dosing,
        }
    }
}
