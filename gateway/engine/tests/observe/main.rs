//! What the views make of frames, and a passive observer of packets.
#![allow(clippy::unwrap_used)]

mod build;
mod captures;
mod conditions;
mod deaf;
mod forms;
mod fragments;
mod hostile;
mod listening;
mod program;
mod repeats;
#[allow(dead_code, unreachable_pub, reason = "the tests of streams use the rest of it")]
#[path = "../stream/sites.rs"]
mod sites;
mod views;
mod wire;
