//! Where the programs that we did not write are, and whether they are there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Set by `make test`: then a peer that is missing is a failure.
const REQUIRED: &str = "SLUICE_PEERS";

/// A file under the build folder, where `make setup` puts the peers.
pub(crate) fn built(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../build").join(name)
}

/// A file beside this one.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name)
}

/// The Python of the virtual environment with pymodbus in it.
pub(crate) fn python() -> PathBuf {
    built("venv/bin/python")
}

/// Whether every one of `programs` can be run; says which cannot, and fails when they must be there.
pub(crate) fn installed(programs: &[PathBuf]) -> bool {
    let runs = |p: &PathBuf| {
        p.exists() || {
            let tried = Command::new(p).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status();
            p.components().count() == 1 && tried.is_ok()
        }
    };
    let missing: Vec<_> = programs.iter().filter(|p| !runs(p)).map(|p| p.display().to_string()).collect();
    if missing.is_empty() {
        return true;
    }
    let required = std::env::var(REQUIRED).is_ok_and(|v| v == "required");
    assert!(!required, "missing: {}", missing.join(", "));
    eprintln!("SKIPPED: {} is not installed; `make setup` installs it", missing.join(", "));
    false
}
