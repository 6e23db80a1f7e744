//! Industrial protocols: bytes to operations.
//!
//! No I/O, no clock, and no allocation for a message. [`contract`] says what a protocol is, [`registry`] lists them,
//! each folder is one. Imported by `sluice-engine` and `sluice`; imports the model and nom.

pub mod contract;
pub mod handover;
mod modbus;
pub mod registry;

pub use contract::{
    Carrier, Cx, Form, Frame, Opened, Outcome, Probe, Protocol, RECENT, Refusal, Room, Session, Sink, Ticket,
};
