//! The vocabulary that protocols and policies share.
//!
//! A protocol parser turns a message into one or more [`Operation`]s; the policy judges operations and never sees
//! bytes. Everything static about a protocol (its functions, spaces, address notations) is one [`Descriptor`], from
//! which parsing, policy validation, metric labels and documentation all come.
//!
//! Imported by `sluice-protocols`, `sluice-policies` and everything above; imports `core` and `alloc` alone.

#![no_std]
extern crate alloc;

mod action;
mod address;
mod anomaly;
mod code;
mod descriptor;
mod operation;
mod time;
mod values;

pub use action::{Action, ActionSet};
pub use address::{Address, AddressError, Notation, Space, SpaceId, Span};
pub use anomaly::{Anomaly, AnomalyKind, Blame, Fault};
pub use code::Code;
pub use descriptor::{Descriptor, Device, Function, ProtocolId};
pub use operation::{Direction, Operation};
pub use time::Instant;
pub use values::Values;
