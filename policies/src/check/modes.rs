//! P031, P032: one pair and protocol, two modes or two answers to what is denied.

use super::meeting::Meeting;
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::site::{Conduit, Site};
use sluice_model::Descriptor;

/// What a pair and protocol may have one of.
struct One {
    code: &'static str,
    /// `two modes for`.
    two: &'static str,
    help: &'static str,
    of: fn(&Conduit) -> &'static str,
}

static ONE: [One; 2] = [
    One { code: "P031", two: "two modes for", help: "one mode a pair and protocol", of: |conduit| conduit.mode.name() },
    One {
        code: "P032",
        two: "two answers to what is denied for",
        help: "one `on-deny` a pair and protocol",
        of: |conduit| conduit.on_deny.name(),
    },
];

pub(super) fn check(site: &Site, diagnostics: &mut Diagnostics) {
    for (index, second) in site.conduits.iter().enumerate() {
        for first in &site.conduits[..index] {
            for one in ONE.iter().filter(|one| (one.of)(first) != (one.of)(second)) {
                if let Some(wrong) = conflict(site, one, first, second) {
                    diagnostics.push(wrong);
                }
            }
        }
    }
}

fn conflict(site: &Site, one: &One, first: &Conduit, second: &Conduit) -> Option<Diagnostic> {
    let protocol = shared_protocol(first, second)?;
    let meeting = Meeting::of(site, first, second)?;
    let (from, to) = (&site.asset(meeting.source).name, &site.asset(*meeting.to.first()?).name);
    let (before, after) = ((one.of)(first), (one.of)(second));
    let message = format!(
        "{} {from} -> {to} ({}): {before} ({}) and {after} ({})",
        one.two,
        protocol.name,
        site.show(&first.at),
        site.show(&second.at)
    );
    let wrong = Diagnostic::error(one.code, &second.at, message).label(after);
    Some(wrong.also(&first.at, before).help(one.help))
}

fn shared_protocol(first: &Conduit, second: &Conduit) -> Option<&'static Descriptor> {
    let speaks = |p: &Descriptor| second.statements.iter().any(|s| s.protocol.id == p.id);
    first.statements.iter().map(|s| s.protocol).find(|p| speaks(p))
}
