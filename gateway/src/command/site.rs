//! Opening a site for a command.

use super::Terminal;
use super::failure::Failure;
use crate::policy::{self, Compiled, Rejected};
use sluice_policies::site::Site;
use std::path::Path;

/// The policy of the site in a folder; its warnings, or every mistake, are shown on standard error.
pub(super) fn load(folder: &Path, terminal: &mut Terminal) -> Result<Compiled, Failure> {
    load_approved(folder, None, terminal)
}

/// The same, of a site that was approved when the keys of those who approve are given.
pub(super) fn load_approved(folder: &Path, keys: Option<&Path>, terminal: &mut Terminal) -> Result<Compiled, Failure> {
    match policy::open_approved(folder, keys) {
        Ok((compiled, warnings)) => {
            terminal.report(&warnings);
            Ok(compiled)
        }
        Err(rejected) => {
            if let Rejected::Wrong(report) | Rejected::Unapproved(report) = &rejected {
                terminal.report(report);
            }
            Err(failure(folder, rejected))
        }
    }
}

/// What the files of the site in a folder say; its warnings, or every mistake, are shown on standard error.
pub(super) fn read(folder: &Path, terminal: &mut Terminal) -> Result<Site, Failure> {
    match policy::read(folder) {
        Ok((site, warnings)) => {
            terminal.report(&warnings);
            Ok(site)
        }
        Err(rejected) => {
            if let Rejected::Wrong(report) | Rejected::Unapproved(report) = &rejected {
                terminal.report(report);
            }
            Err(failure(folder, rejected))
        }
    }
}

/// Why the folder gives no policy; the mistakes in its files are shown elsewhere.
pub(super) fn failure(folder: &Path, rejected: Rejected) -> Failure {
    match rejected {
        Rejected::Folder(error) => Failure::File(folder.into(), error),
        Rejected::NoSite => Failure::NoSite(folder.into()),
        Rejected::Wrong(report) => Failure::BadSite(folder.into(), report.errors()),
        Rejected::Unapproved(report) => Failure::Unapproved(folder.into(), report.errors()),
        Rejected::NoKeys(error) => error.into(),
    }
}

/// The gateway to be: the one that was named, or the only one. Whether the name exists is for its start to say.
pub(super) fn gateway(compiled: &Compiled, named: Option<&str>) -> Result<String, Failure> {
    let known = || compiled.policy.site().gateways.iter().map(|g| g.name.clone());
    match (named, known().count()) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, 1) => Ok(known().collect()),
        (None, _) => Err(Failure::WhichGateway(known().collect())),
    }
}
