//! Two hostile ends around one flow of the bridge: any segments in any order, hand-overs and time. What must hold stands in
//! `program`, which the engine's tests run too.

#![no_main]
#![allow(dead_code, reason = "the tests of the bridge use the rest of it")]

#[path = "../../tests/bridge/case.rs"]
mod case;
#[path = "../../tests/bridge/end.rs"]
mod end;
#[path = "../../tests/bridge/hand.rs"]
mod hand;
#[path = "../../tests/bridge/modbus.rs"]
mod modbus;
#[path = "../../tests/bridge/network.rs"]
mod network;
#[path = "../../tests/bridge/program.rs"]
mod program;
#[path = "../../tests/stream/recorder.rs"]
mod recorder;
#[path = "../../tests/stream/sites.rs"]
mod sites;
#[path = "../../tests/stream/toy/mod.rs"]
mod toy;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| program::program(bytes));
