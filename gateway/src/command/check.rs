//! `sluice policy check`.

use super::call::{Check, Format};
use super::failure::Failure;
use super::{Outcome, Terminal, site};
use crate::policy::{self, Compiled, Rejected};

pub(super) fn check(call: &Check, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let opened = policy::open(&call.site);
    let (Ok((_, report)) | Err(Rejected::Wrong(report))) = &opened else {
        return opened.map(|_| Outcome::Holds).map_err(|rejected| site::failure(&call.site, rejected));
    };
    match call.format {
        Format::Json => terminal.json(&report.json())?,
        Format::Text => terminal.print(report.render(terminal.is_coloured()))?,
    }
    match opened {
        Ok((compiled, report)) => {
            if call.format == Format::Text {
                terminal.line(summary(&compiled))?;
                report.guarantees().summary().into_iter().try_for_each(|line| terminal.line(line))?;
            }
            Ok(Outcome::Holds)
        }
        Err(rejected) => Err(site::failure(&call.site, rejected)),
    }
}

/// What the site holds, so that a reader notices a file that was left out.
fn summary(compiled: &Compiled) -> String {
    let site = compiled.policy.site();
    let statements: usize = site.conduits.iter().map(|c| c.statements.len() + c.services.len()).sum();
    format!(
        "site {}: {}, {}, {}, {}, {}: no errors",
        site.name,
        count(site.assets.len(), "asset"),
        count(compiled.policy.tags(), "tag"),
        count(site.conduits.len(), "conduit"),
        count(statements, "statement"),
        count(site.tests.len(), "test"),
    )
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
