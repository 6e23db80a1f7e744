//! Whole sites from folders: the examples, and sites written before there was a compiler.
#![allow(clippy::unwrap_used)]

use sluice_policies::diagnose::{Report, Severity};
use sluice_policies::load;
use sluice_policies::site::Site;
use sluice_policies::source::Folder;
use std::path::{Path, PathBuf};

fn open(path: &Path) -> Result<(Site, Report), Report> {
    let catalogue = sluice_protocols::registry::descriptors();
    load(&Folder::open(path).unwrap(), &catalogue, "2026-11-24T04:00:00Z".parse().unwrap())
}

#[test]
fn the_examples_have_no_mistakes_and_no_warnings() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.join("site.toml").exists() {
            let (site, warnings) = open(&path).unwrap_or_else(|report| panic!("{}", report.render(false)));
            assert!(warnings.is_empty(), "{}", warnings.render(false));
            assert!(!site.conduits.is_empty() && !site.tests.is_empty(), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 2);
}

/// The three sites of the language's design, where they are at hand.
fn design_sites() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sites");
    let folder = std::env::var_os("SLUICE_SITES").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[test]
fn of_the_design_s_sites_only_what_is_not_enforced_yet_is_refused() {
    use std::io::Write;
    let Some(folder) = design_sites() else {
        let _ = writeln!(std::io::stderr(), "skipped: set SLUICE_SITES to the folder of the design's sites");
        return;
    };
    for site in ["water", "substation", "carbody"] {
        let report = open(&folder.join(site)).unwrap_err();
        assert!(report.errors() > 20);
        for diagnostic in report.diagnostics().iter().filter(|d| d.severity == Severity::Error) {
            assert_eq!(diagnostic.code, "S009", "{site}: {}", report.render_one(diagnostic, false));
        }
    }
}
