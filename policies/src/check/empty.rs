//! P042: statements that allow nothing.

use crate::diagnose::{Diagnostic, Diagnostics, Severity};
use crate::site::{Items, Site};

/// Looks only at sites without mistakes: what was left out because of one is not empty by its author's will.
pub(super) fn check(site: &Site, diagnostics: &mut Diagnostics) {
    if diagnostics.kept.iter().any(|d| d.severity == Severity::Error) {
        return;
    }
    for conduit in &site.conduits {
        for statement in &conduit.statements {
            if matches!(&statement.items, Items::Tags(grants) if grants.is_empty()) {
                let message = format!("{}.{} allows nothing: no tag is left", conduit.name, statement.id);
                let help = "patterns that write leave out what is read only, and what is wider than their functions write; \
                            patterns that read leave out what is write only";
                diagnostics.push(Diagnostic::warning("P042", &statement.at, message).help(help));
            }
        }
    }
}
