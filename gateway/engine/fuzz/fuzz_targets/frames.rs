//! A stream of frames before a passive observer with tight bounds. What must hold stands in `program`, which the engine's
//! tests run too.

#![no_main]

#[allow(dead_code, reason = "the tests of observers use the rest of it")]
#[path = "../../tests/observe/build.rs"]
mod build;
#[path = "../../tests/observe/deaf.rs"]
mod deaf;
#[path = "../../tests/observe/program.rs"]
mod program;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| program::program(bytes));
