//! The proxy plane on loopback: real sockets, a controller that keeps a witness of every byte, the gateway in-process.
#![allow(clippy::unwrap_used, missing_docs)]

mod bounds;
mod client;
mod controller;
mod endings;
mod events;
mod rig;
mod service;
mod swap;
mod units;
mod verdicts;
