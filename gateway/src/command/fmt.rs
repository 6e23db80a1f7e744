//! `sluice policy fmt`.

use super::call::Fmt;
use super::failure::Failure;
use super::{Outcome, Terminal};
use sluice_policies::fmt;
use sluice_policies::source::{Files, Folder};
use std::fs;
use std::path::Path;

pub(super) fn fmt(call: &Fmt, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let folder = Folder::open(&call.site).map_err(|error| Failure::File(call.site.clone(), error))?;
    if !call.site.join("site.toml").exists() {
        return Err(Failure::NoSite(call.site.clone()));
    }
    let unread = |path: &str, why: String| Failure::Call(format!("{path}: {why}"));
    let (mut other, mut broken) = (0, 0);
    for path in fmt::files(&folder).map_err(|why| unread("site.toml", why))? {
        let text = folder.read(&path).map_err(|why| unread(&path, why))?;
        match fmt::format(&path, &text) {
            Err(report) => {
                terminal.report(&report);
                broken += report.errors();
            }
            Ok(formatted) if formatted == text => {}
            Ok(formatted) => {
                other += 1;
                if !call.check {
                    write(&call.site.join(&path), &formatted)?;
                }
                terminal.line(&path)?;
            }
        }
    }
    if broken > 0 {
        return Err(Failure::BadSite(call.site.clone(), broken));
    }
    Ok(if call.check && other > 0 { Outcome::Fails } else { Outcome::Holds })
}

/// Puts the new text in the place of the old, so that the file is one or the other whatever happens meanwhile.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let unwritten = |error| Failure::Unwritten(path.to_owned(), error);
    let aside = path.with_extension("toml.new");
    fs::write(&aside, text).map_err(unwritten)?;
    let kept = fs::metadata(path).and_then(|old| fs::set_permissions(&aside, old.permissions()));
    kept.and_then(|()| fs::rename(&aside, path)).map_err(|error| {
        let _ = fs::remove_file(&aside);
        unwritten(error)
    })
}
