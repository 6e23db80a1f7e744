//! Other people's captures: every file is read to its end, every packet is explained, and what is counted is what
//! another program counted.
//!
//! The captures are not part of this repository; the tests run where `SLUICE_CAPTURES` names their folder, or where it
//! stands beside the repository as `shared/captures`.
#![allow(clippy::unwrap_used, missing_docs)]

use serde_json::Value;
use sluice::capture::Capture;
use sluice::dataplane::inspect::{Watch, inspect};
use sluice_engine::observe::{Limits, Observer, Odd, Report, Seen};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_sluice");

/// Protocols whose every count must agree.
const COUNTED: [&str; 1] = ["modbus"];

/// The folder of captures, or a line that says past the harness why nothing is tested.
fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures");
    let folder = std::env::var_os("SLUICE_CAPTURES").map_or(beside, PathBuf::from);
    if folder.join("truth.json").is_file() {
        return Some(folder);
    }
    let _ = writeln!(std::io::stderr(), "skipped: set SLUICE_CAPTURES to a folder of captures with their truth.json");
    None
}

/// How many packets each capture has, by its path in the folder.
fn truth(folder: &Path) -> BTreeMap<String, u64> {
    let text = std::fs::read_to_string(folder.join("truth.json")).unwrap();
    let truth: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    truth.into_iter().map(|(name, entry)| (name, entry["_meta"]["packets"].as_u64().unwrap())).collect()
}

#[test]
fn every_capture_is_read_to_its_end_by_the_program() {
    let Some(folder) = folder() else { return };
    let truth = truth(&folder);
    let call = ["inspect", "--format", "json"];
    let output = Command::new(PROGRAM).args(call).args(truth.keys()).current_dir(&folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let found: BTreeMap<String, u64> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|file| (file["file"].as_str().unwrap().to_owned(), file["packets"].as_u64().unwrap()))
        .collect();
    assert!(truth.len() > 200, "{} captures are too few to prove anything", truth.len());
    assert_eq!(found, truth);
}

struct Silent;

impl Report for Silent {
    fn operation(&mut self, _: &Seen<'_>) {}
    fn anomaly(&mut self, _: &Odd<'_>) {}
}

impl Watch for Silent {
    fn goes_on(&mut self, _: u64) -> bool {
        true
    }
}

#[test]
fn every_packet_is_explained() {
    let Some(folder) = folder() else { return };
    for (name, packets) in truth(&folder) {
        let mut capture = Capture::open(&folder.join(&name)).unwrap();
        let mut observer = Observer::new(None, Limits::default());
        inspect(&mut capture, &mut observer, &mut Silent);
        let classes = observer.summary().classes;
        assert_eq!(classes.values().sum::<u64>(), packets, "{name}: {classes:?}");
    }
}

#[test]
fn what_is_counted_is_what_tshark_counts() {
    let Some(folder) = folder() else { return };
    let compare = folder.join("../tools/truth.py");
    if !compare.is_file() || Command::new("python3").arg("--version").output().is_err() {
        let _ = writeln!(std::io::stderr(), "skipped: {} cannot be run", compare.display());
        return;
    }
    let protocols = COUNTED.iter().flat_map(|name| ["--protocol", name]);
    let call = ["--sluice", PROGRAM, "--verbose", "--captures"];
    let output = Command::new("python3").arg(&compare).args(call).arg(&folder).args(protocols).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
