//! The whole bridge: real frames in by two ports, what comes out of the other.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

#[path = "../observe/build.rs"]
#[allow(dead_code, reason = "the tests of observers use the rest of it")]
mod build;
mod changes;
mod edges;
#[path = "../bridge/end.rs"]
#[allow(dead_code, reason = "the tests of the core use the rest of it")]
mod end;
mod floods;
mod fragments;
mod hosts;
#[path = "../bridge/network.rs"]
#[allow(dead_code, reason = "the tests of the core use the rest of it")]
mod network;
mod never;
mod passes;
mod plant;
mod program;
mod random;
mod rig;
mod services;
mod succession;
mod wire;
