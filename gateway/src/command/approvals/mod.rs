//! `sluice policy key`, `meaning`, `sign`, `approve`, `verify`: who agrees to what a site means.

mod key;
mod show;
mod sign;
mod verify;

pub(super) use key::{Key, key};
pub(super) use show::{Meaning, meaning};
pub(super) use sign::{Approve, Sign, approve, sign};
pub(super) use verify::{Verify, verify};

use super::failure::Failure;
use super::{Terminal, site};
use crate::approval::{KeyError, Trust};
use sluice_policies::diagnose::Report;
use sluice_policies::meaning::Clause;
use sluice_policies::site::Site;
use sluice_policies::source::Folder;
use std::path::Path;

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::Call(error.to_string())
    }
}

/// A site with its folder, for what stands beside site.toml.
fn open(folder: &Path, terminal: &mut Terminal) -> Result<(Site, Folder), Failure> {
    let site = site::read(folder, terminal)?;
    let files = Folder::open(folder).map_err(|e| Failure::File(folder.into(), e))?;
    Ok((site, files))
}

/// Those of the clauses that are named, all without names; a name that there is not is an error.
fn named(all: impl Iterator<Item = Clause>, names: &[String]) -> Result<Vec<Clause>, Failure> {
    let mut found: Vec<Clause> = all.collect();
    if let Some(missing) = names.iter().find(|name| found.iter().all(|c| c.name != **name)) {
        let near = found.iter().map(|c| c.name.as_str());
        let near = near.max_by(|a, b| strsim::jaro_winkler(a, missing).total_cmp(&strsim::jaro_winkler(b, missing)));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Failure::Call(format!("the site has no statement and no setting `{missing}`{near}")));
    }
    if !names.is_empty() {
        found.retain(|c| names.contains(&c.name));
    }
    Ok(found)
}

/// approvals.toml cannot be read.
fn unreadable(folder: &Path, report: &Report, terminal: &mut Terminal) -> Failure {
    terminal.report(report);
    Failure::BadSite(folder.into(), report.errors())
}

/// The keys in a folder.
fn trust(folder: &Path) -> Result<Trust, Failure> {
    Ok(Trust::open(folder)?)
}
