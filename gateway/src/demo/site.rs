//! The site that the demonstration enforces: `policies/examples/waterworks`, as it stands in the source.

use sluice_policies::source::Memory;

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        [$(($path, include_str!(concat!("../../../policies/examples/waterworks/", $path)))),*]
    };
}

const FILES: [(&str, &str); 8] = files![
    "site.toml",
    "assets.toml",
    "conduits.toml",
    "tags/plc-intake.csv",
    "tags/plc-pump.csv",
    "tags/plc-dosing.csv",
    "tests/operators.toml",
    "tests/others.toml",
];

/// The name of its gateway.
pub(super) const GATEWAY: &str = "gw-1";

/// Its files.
pub(super) fn files() -> Memory {
    FILES.into_iter().fold(Memory::new(), |files, (path, text)| files.with(path, text))
}
