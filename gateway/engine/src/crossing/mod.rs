//! One worker of a transparent bridge: frames in by two ports, frames out, nothing that the policy does not allow.
//!
//! [`Bridge::frame`] is handed every frame with its time and the policy in force, and answers with what became of it.
//! There is no clock, no thread and no I/O here: whoever owns the ports also calls [`Bridge::tick`] when
//! [`Bridge::deadline`] has come. Several workers each own a bridge; frames between two IP addresses belong to one of
//! them, whatever the direction. Connections that speak an inspected protocol are handed to [`crate::bridge::Flow`].

mod anomalies;
mod bounds;
mod bridge;
mod build;
mod census;
mod clock;
mod errors;
mod flow;
mod followed;
mod frame;
mod guard;
mod handover;
mod key;
mod lead;
mod leaving;
mod notices;
mod plain;
mod questions;
mod resolution;
mod scratch;
mod segments;
mod side;
mod slab;
mod snmp;
mod table;
mod tcp;
mod traffic;
mod why;

pub use anomalies::FRAME_ANOMALIES;
pub use bounds::{Bound, Bounds, BridgeOptions};
pub use bridge::Bridge;
pub use census::Census;
pub use leaving::{Leaving, Notice, Outcome, Party};
pub use side::{Offload, Side};
pub use traffic::Traffic;
pub use why::Why;
