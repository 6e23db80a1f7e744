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
    assert!(seen >= 7);
}

/// The text of every file of the examples.
fn examples(folder: &Path, texts: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            examples(&path, texts);
        } else {
            texts.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn what_the_guide_shows_stands_in_the_examples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (guide, mut texts) = (std::fs::read_to_string(folder.join("README.md")).unwrap(), String::new());
    examples(&folder.join("examples"), &mut texts);
    let mut shown = 0;
    for block in guide.split("\n```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').unwrap();
        // What is tried stands in no example: they enforce.
        if ["toml", "csv"].contains(&language) && !text.contains("mode = \"alert\"") {
            assert!(texts.contains(text), "no example has\n{text}");
            shown += 1;
        }
    }
    assert!(shown >= 10, "{shown}");
}

/// The three sites of the language's design, where they are at hand.
fn design_sites() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/sites");
    let folder = std::env::var_os("SLUICE_SITES").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// What of the design's water works is about the site's structure, Modbus and services is understood: all that is left are
/// parts of the language that come later. Of the others it is that and their protocols.
#[test]
fn of_the_design_s_sites_only_what_is_not_enforced_yet_is_refused() {
    use std::io::Write;
    let Some(folder) = design_sites() else {
        let _ = writeln!(std::io::stderr(), "skipped: set SLUICE_SITES to the folder of the design's sites");
        return;
    };
    let structure =
        ["kinds", "assets-from", "within", "via", "relays", "hides", "seen-as", "realm", "identity", "serial"];
    for site in ["water", "substation", "carbody"] {
        let report = open(&folder.join(site)).map_or_else(|report| report, |(_, warnings)| warnings);
        for diagnostic in report.diagnostics().iter().filter(|d| d.severity == Severity::Error) {
            let shown = report.render_one(diagnostic, false);
            // Of a site whose protocols are not read, only its structure is looked at.
            if site == "water" || diagnostic.code.starts_with(['A', 'G', 'I', 'K', 'M', 'S']) {
                assert_eq!(diagnostic.code, "S009", "{site}: {shown}");
            }
            assert!(
                !structure.iter().any(|key| diagnostic.message.starts_with(&format!("`{key}`"))),
                "{site}: {shown}"
            );
        }
    }
}
