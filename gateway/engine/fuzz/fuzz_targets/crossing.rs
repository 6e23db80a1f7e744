//! A stream of frames through a bridge with tight bounds: waits, swaps and hand-overs among them. What must hold stands in
//! `program`, which the engine's tests run too.

#![no_main]

#[allow(dead_code, reason = "the tests of observers use the rest of it")]
#[path = "../../tests/observe/build.rs"]
mod build;
#[allow(dead_code, reason = "the tests of the bridge use the rest of it")]
#[path = "../../tests/crossing/plant.rs"]
mod plant;
#[allow(dead_code, reason = "the tests of the bridge use the rest of it")]
#[path = "../../tests/crossing/program.rs"]
mod program;
#[allow(dead_code, reason = "the tests of the bridge use the rest of it")]
#[path = "../../tests/crossing/rig.rs"]
mod rig;
#[allow(dead_code, reason = "the tests of the bridge use the rest of it")]
#[path = "../../tests/crossing/wire.rs"]
mod wire;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| program::program(bytes));
