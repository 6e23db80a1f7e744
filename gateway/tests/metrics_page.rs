//! Keeps `docs/METRICS.md` what the catalogue says.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

/// `SLUICE_WRITE_DOCS=1 cargo test -p sluice --test metrics_page` writes it anew.
#[test]
fn the_reference_page_is_the_catalogue() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/METRICS.md");
    let page = sluice::metrics::page();
    if std::env::var_os("SLUICE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == page, "docs/METRICS.md is behind the catalogue: write it anew");
}
