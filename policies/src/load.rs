//! From files to a checked site.

use crate::check;
use crate::diagnose::{Diagnostic, Diagnostics, Report, Severity};
use crate::prove::{self, Guarantees, Places};
use crate::read::{self, Reader};
use crate::site::Site;
use crate::source::Files;
use jiff::Timestamp;
use sluice_model::Descriptor;

/// Reads and checks the site whose site.toml is among `files`, for the protocols of `catalogue`; `now`, in the site's own
/// time zone, decides which dates have passed. Returns the site with its warnings, or every mistake of every file at once.
pub fn load(files: &dyn Files, catalogue: &[&'static Descriptor], now: Timestamp) -> Result<(Site, Report), Report> {
    let mut reader = Reader::new(files, catalogue, now);
    let site = read::site(&mut reader);
    let mut diagnostics = core::mem::take(&mut reader.diagnostics);
    diagnostics.once_per_syntax_error();
    let Some(site) = site else { return Err(Report::of(&reader.sources, diagnostics)) };
    if site.conduits.len() >= usize::from(u16::MAX) {
        let message = format!("{} conduits; a site has fewer than {}", site.conduits.len(), u16::MAX);
        diagnostics.push(Diagnostic::nowhere("S014", message));
    } else {
        check::site(&site, &reader.raw_places, &mut diagnostics);
    }
    let wrong = |diagnostics: &Diagnostics| diagnostics.kept.iter().any(|d| d.severity == Severity::Error);
    let places = Places { raw: &reader.raw_places, stated: &reader.stated };
    // Of a site that is not wholly understood nothing can be proven.
    let guarantees =
        if wrong(&diagnostics) { Guarantees::default() } else { prove::report(&site, &places, now, &mut diagnostics) };
    let broken = wrong(&diagnostics);
    let report = Report::of(&site.files, diagnostics).with(guarantees);
    if broken { Err(report) } else { Ok((site, report)) }
}
