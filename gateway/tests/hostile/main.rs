//! Hostile input over real sockets: a fake controller that keeps every byte, a gateway between, and a client that does
//! what no client should, while a well-behaved one must notice nothing.
//!
//! Each test wants three things: the outcome that the metrics name, no byte of a denied message at the controller, and
//! the neighbour undisturbed; the tests in `load` want bounded memory besides.
#![allow(clippy::unwrap_used, missing_docs)]
#![allow(clippy::print_stderr)] // what the gateway said when a test failed

mod answers;
mod bodies;
mod framing;
mod load;
#[path = "../rig/mod.rs"]
mod rig;
mod service;
mod site;
