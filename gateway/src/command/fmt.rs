//! `sluice policy fmt`.

use super::call::Fmt;
use super::failure::Failure;
use super::{Outcome, Terminal};
use crate::replace::replace;
use sluice_policies::fmt;
use sluice_policies::source::{Files, Folder};

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
                    let file = call.site.join(&path);
                    replace(&file, &formatted).map_err(|error| Failure::Unwritten(file, error))?;
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
