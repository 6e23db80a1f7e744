//! approvals.toml.

use crate::diagnose::{Diagnostic, Report};
use crate::read::Reader;
use crate::site::{Location, SourceFile};
use crate::source::Files;
use jiff::Timestamp;

/// The file beside site.toml.
pub const FILE: &str = "approvals.toml";

/// One approval.
#[derive(Clone, Debug)]
pub struct Entry {
    /// How what is approved was called; for readers, the identity counts.
    pub statement: String,
    /// Its identity.
    pub meaning: String,
    /// Who approves.
    pub person: String,
    /// In which role.
    pub role: String,
    /// On which day: `2026-11-24`.
    pub date: String,
    /// The signature, as its maker writes it.
    pub signature: String,
    /// Where it stands.
    pub at: Location,
    /// Where its signature stands.
    pub signature_at: Location,
}

/// Every approval, with the file that they stand in.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The approvals, in the order of the file.
    pub entries: Vec<Entry>,
    pub(super) file: Option<SourceFile>,
}

impl Ledger {
    /// Reads approvals.toml; without one, nothing is approved.
    pub fn read(files: &dyn Files) -> Result<Self, Report> {
        if files.matching(FILE).is_ok_and(|found| found.is_empty()) {
            return Ok(Self::default());
        }
        let mut reader = Reader::new(files, &[], Timestamp::UNIX_EPOCH);
        let entries = crate::read::approvals(&mut reader);
        let diagnostics = core::mem::take(&mut reader.diagnostics);
        if diagnostics.kept.is_empty() {
            return Ok(Self { entries, file: reader.sources.pop() });
        }
        Err(Report::of(&reader.sources, diagnostics))
    }

    /// What is signed by an entry for the site of this name.
    pub(super) fn message(entry: &Entry, site: &str) -> String {
        message(site, &entry.meaning, &entry.person, &entry.role, &entry.date)
    }
}

/// What a person signs.
pub fn message(site: &str, meaning: &str, person: &str, role: &str, date: &str) -> String {
    format!("sluice approval 1\nsite {site}\nmeaning {meaning}\nperson {person}\nrole {role}\ndate {date}\n")
}

/// V009: the entry cannot be read.
pub(crate) fn unreadable(at: &Location, message: impl Into<String>) -> Diagnostic {
    let help = "entries are written by `sluice policy sign` and `sluice policy approve`; take it out and sign again";
    Diagnostic::error("V009", at, message).help(help)
}
