//! The schema that `sluice policy schema` prints, in the hands of a validator that we did not write.
#![allow(clippy::unwrap_used, missing_docs)]
#![allow(clippy::print_stderr)] // what was skipped
#![allow(dead_code)] // of the peers, Python alone is called

#[path = "../peers/programs.rs"]
mod programs;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The validator's complaints about files.
fn complaints(files: &[PathBuf]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("schema.json");
    let printed = Command::new(env!("CARGO_BIN_EXE_sluice")).args(["policy", "schema"]).output().unwrap();
    assert!(printed.status.success());
    std::fs::write(&schema, printed.stdout).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schema/validate.py");
    let run = Command::new(programs::python()).arg(script).arg(&schema).args(files).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Every TOML file below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension() == Some(OsStr::new("toml")) {
            found.push(path);
        }
    }
}

#[test]
fn every_example_is_as_the_schema_says() {
    if !programs::installed(&[programs::python()]) {
        return;
    }
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/examples"), &mut found);
    found.retain(|path| path.file_name() != Some(OsStr::new("box.toml")));
    assert!(found.len() >= 4);
    let water = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sites/water");
    if water.is_dir() {
        files(&water, &mut found);
    } else {
        eprintln!("SKIPPED: there is no ../shared/sites/water to hold the schema to");
    }
    assert_eq!(complaints(&found), [""; 0]);
}

#[test]
fn slips_are_found_where_they_stand() {
    if !programs::installed(&[programs::python()]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let head = "sluice = 1\nsite = \"a\"\ntime-zone = \"UTC\"\n";
    for (wrong, complaint) in [
        ("[unmatched]\nmode = \"enforced\"\n", "unmatched/mode: 'enforced' is not one of"),
        ("[assets]\nhmi-1 = { ipp = \"192.0.2.1\" }\n", "assets/hmi-1: Additional properties are not allowed ('ipp'"),
        (
            "[assets]\nplc = { ip = \"192.0.2.1\", modbus = { unit = 300 } }\n",
            "assets/plc/modbus/unit: 300 is not valid",
        ),
        ("[conduit.c]\nfrom = \"a\"\n", "conduit/c: 'to' is a required property"),
        (
            "[conduit.c]\nfrom = \"a\"\nto = \"b\"\n[[conduit.c.allow]]\nid = \"x\"\non-deny = \"drop\"\n",
            "conduit/c/allow/0: Additional",
        ),
        ("[[test]]\nname = \"t\"\nto = \"b\"\n", "test/0: 'expect' is a required property"),
    ] {
        let path = folder.path().join("site.toml");
        std::fs::write(&path, format!("{head}{wrong}")).unwrap();
        let said = complaints(&[path]);
        assert!(said.len() == 1 && said[0].contains(complaint), "{wrong}: {said:?}");
    }
}
