//! P031: one pair, two modes.

use super::common;
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::site::{Conduit, Site};
use sluice_model::Descriptor;

pub(super) fn check(site: &Site, diagnostics: &mut Diagnostics) {
    for (index, second) in site.conduits.iter().enumerate() {
        for first in site.conduits[..index].iter().filter(|c| c.mode != second.mode) {
            if let Some(wrong) = conflict(site, first, second) {
                diagnostics.push(wrong);
            }
        }
    }
}

fn conflict(site: &Site, first: &Conduit, second: &Conduit) -> Option<Diagnostic> {
    let protocol = shared_protocol(first, second)?;
    let from = &site.asset(common(&first.from, &second.from)?).name;
    let to = &site.asset(common(&first.to, &second.to)?).name;
    let message = format!(
        "two modes for {from} -> {to} ({}): {} ({}) and {} ({})",
        protocol.name,
        first.mode.name(),
        site.show(&first.at),
        second.mode.name(),
        site.show(&second.at)
    );
    Some(
        Diagnostic::error("P031", &second.at, message)
            .label(second.mode.name())
            .also(&first.at, first.mode.name())
            .help("one mode a pair and protocol"),
    )
}

fn shared_protocol(first: &Conduit, second: &Conduit) -> Option<&'static Descriptor> {
    let speaks = |p: &Descriptor| second.statements.iter().any(|s| s.protocol.id == p.id);
    first.statements.iter().map(|s| s.protocol).find(|p| speaks(p))
}
