//! The tests that the example sites carry, judged by the real parsers.
#![allow(clippy::unwrap_used)]

use sluice_engine::Parsers;
use sluice_policies::source::Folder;
use sluice_policies::{Policy, load, run_tests};
use std::path::Path;

#[test]
fn every_test_of_every_example_passes() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/examples");
    let mut passed = 0;
    for entry in std::fs::read_dir(&examples).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !examples.join(&name).join("site.toml").exists() {
            continue;
        }
        let folder = Folder::open(&examples.join(&name)).unwrap();
        let now = "2026-11-24T04:00:00Z".parse().unwrap();
        let (site, warnings) = load(&folder, &sluice_protocols::registry::descriptors(), now)
            .unwrap_or_else(|report| panic!("{}", report.render(false)));
        assert!(warnings.is_empty(), "{}", warnings.render(false));
        for test in run_tests(&Policy::compile(site), &Parsers) {
            assert!(test.pass, "{name}: {} ({}): wanted {}, got {}", test.name, test.at, test.wanted, test.got);
            passed += 1;
        }
    }
    assert!(passed >= 40, "{passed}");
}
