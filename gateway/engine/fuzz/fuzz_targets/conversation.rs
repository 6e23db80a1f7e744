//! Two hostile peers around one connection under a small policy that changes: raw bytes and golden messages, whole, cut
//! and changed, both ways. What must hold stands in `drive`, which the engine's tests run too.

#![no_main]

#[path = "../../tests/conversation/drive.rs"]
mod drive;
#[allow(dead_code, reason = "the tests of streams use the rest of it")]
#[path = "../../tests/stream/sites.rs"]
mod sites;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|program: &[u8]| drive::program(program));
