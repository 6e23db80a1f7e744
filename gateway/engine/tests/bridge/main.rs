//! The bridge between two TCP ends on a simulated network: what each end receives, whatever the network does.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod case;
mod cases;
mod end;
mod found;
mod hand;
mod handover;
mod hostile;
mod losses;
mod modbus;
mod network;
mod never;
mod program;
mod property;
#[path = "../stream/recorder.rs"]
#[allow(dead_code, reason = "the tests of streams use the rest of it")]
mod recorder;
mod rows;
#[path = "../stream/sites.rs"]
#[allow(dead_code, reason = "the tests of streams use the rest of it")]
mod sites;
#[path = "../stream/toy/mod.rs"]
#[allow(dead_code, reason = "the tests of streams use the rest of it")]
mod toy;
