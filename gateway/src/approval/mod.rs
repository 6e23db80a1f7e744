//! Approvals on disk: keys of people, signatures, and whether a site may be put in force. Used by `sluice policy key`,
//! `sign`, `approve`, `verify`, and by a gateway that was started with `--require-approval`.
//!
//! Keys and signatures are those of minisign (Ed25519), so that keys which people have already serve, and a signature can be
//! checked without this program.

mod keys;
mod ledger;

pub use keys::{KeyError, Trust, create, open_secret};
pub use ledger::{append, sign};

use crate::policy::Rejected;
use jiff::Timestamp;
use sluice_policies::diagnose::Report;
use sluice_policies::meaning::approval::{Ledger, Standing, leaving_lockdown, standing};
use sluice_policies::meaning::{Clause, clauses};
use sluice_policies::site::Site;
use sluice_policies::source::{Files, Folder};
use std::path::Path;

/// Where every clause of a site stands.
///
/// # Errors
/// When approvals.toml cannot be read.
pub fn verify(site: &Site, files: &dyn Files, trust: &Trust) -> Result<(Vec<Standing>, Report), Report> {
    let ledger = Ledger::read(files)?;
    Ok(standing(site, clauses(site), &ledger, trust))
}

/// Lets a site pass that is approved as a whole.
///
/// # Errors
/// Everything that is not, with its name and place.
pub fn require(site: &Site, files: &dyn Files, trust: &Trust) -> Result<(), Report> {
    let (standings, report) = verify(site, files, trust)?;
    if Standing::all_hold(&standings, &report) { Ok(()) } else { Err(report) }
}

/// Whether a lockdown that began at a time may be left: it takes the approvals of a change of the policy (S6), in the
/// approvals.toml of the site. Called by the control socket.
///
/// # Errors
/// What is missing.
pub fn lockdown_may_end(folder: &Path, site: &Site, began: Timestamp, trust: &Trust) -> Result<(), Rejected> {
    let files = Folder::open(folder).map_err(Rejected::Folder)?;
    let ledger = Ledger::read(&files).map_err(Rejected::Wrong)?;
    let clause: Clause = leaving_lockdown(&site.name, began);
    let (standings, report) = standing(site, [clause].into_iter(), &ledger, trust);
    if standings.iter().all(|s| s.approved) { Ok(()) } else { Err(Rejected::Wrong(report)) }
}
