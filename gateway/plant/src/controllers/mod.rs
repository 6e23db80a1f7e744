//! The controllers: Modbus/TCP servers over the process. [`crate::Plant`] starts them; nobody else needs this folder,
//! except for what their [`witness`] saw.
//!
//! The register maps are those of the tag lists in `policies/examples/waterworks/tags`. A controller is as trusting as
//! a real one: it takes any value, from anyone, stops on a UMAS stop and restarts on function 8/1.

mod chlorination;
mod identity;
mod intake;
mod memory;
mod pumping;
mod server;
mod service;
mod tap;
pub mod witness;

pub(crate) use server::Server;

use std::fmt;

/// One of the plant's controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Controller {
    /// `plc-intake`: tank level, flow meter, outlet valve.
    Intake,
    /// `plc-pump`: the pump's drive.
    Pump,
    /// `plc-dosing`: chlorine and alum.
    Dosing,
}

impl Controller {
    /// All of them, in the order that every array of this crate uses.
    pub const ALL: [Self; 3] = [Self::Intake, Self::Pump, Self::Dosing];

    /// Its asset name in the example site.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intake => "plc-intake",
            Self::Pump => "plc-pump",
            Self::Dosing => "plc-dosing",
        }
    }

    /// Its place in [`Controller::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The units that it answers to (the last one is how some clients address "the device itself").
    pub const fn units(self) -> [u8; 2] {
        [1, 255]
    }

    fn memory(self) -> &'static dyn memory::Memory {
        match self {
            Self::Intake => &intake::Intake,
            Self::Pump => &pumping::Pumping,
            Self::Dosing => &chlorination::Dosing,
        }
    }
}

impl fmt::Display for Controller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
