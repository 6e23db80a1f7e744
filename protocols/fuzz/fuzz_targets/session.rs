//! Every protocol under an arbitrary conversation in both directions: golden messages with some of their bytes changed,
//! raw bytes, and time that passes; delivered or withheld. The invariants stand in `drive`, which the contract tests
//! run too. A find becomes a described test beside those.

#![no_main]

#[path = "../../tests/contract/drive.rs"]
mod drive;
#[allow(dead_code, reason = "the contract tests use the rest of it")]
#[path = "../../tests/contract/golden.rs"]
mod golden;

use libfuzzer_sys::fuzz_target;
use sluice_model::Direction;
use sluice_protocols::registry;
use std::path::Path;
use std::sync::LazyLock;

/// The golden messages of each registry entry.
static MESSAGES: LazyLock<Vec<Vec<(Direction, Vec<u8>)>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let text = |descriptor| golden::text(&folder, descriptor);
    let messages = |text: String| golden::exchanges(&text).iter().flat_map(drive::messages).collect();
    registry::parsers().map(|p| text(p.descriptor())).map(messages).collect()
});

fuzz_target!(|program: &[u8]| {
    for (protocol, messages) in registry::parsers().zip(MESSAGES.iter()) {
        drive::program(protocol, messages, program);
    }
});
