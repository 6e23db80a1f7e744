//! A statement about a protocol, as lines.

use super::clause::{Clause, ClauseKind};
use super::guard::Guard;
use super::{Lines, ends, items};
use crate::policy::{allows, codes, names};
use crate::site::{AssetId, Conditions, Conduit, Functions, Items, Site, Statement};
use sluice_model::{Action, Code, Descriptor, Function};

pub(super) fn clause(site: &Site, conduit: &Conduit, statement: &Statement) -> Clause {
    let mut lines = vec![format!("protocol {}", statement.protocol.name)];
    lines.extend(ends::lines(site, "from", &conduit.from, &conduit.from_outside));
    lines.extend(ends::lines(site, "to", &conduit.to, &conduit.to_outside));
    lines.extend(ends::within(conduit));
    let reads = functions(statement, &mut lines);
    for id in &conduit.to {
        let asset = site.asset(*id);
        for speaks in asset.speaks.iter().filter(|s| s.protocol.id == statement.protocol.id) {
            lines.push(format!("device {}", ends::listening(site, asset, speaks)));
            if reads && speaks.gaps > 0 && matches!(statement.items, Items::Tags(_)) {
                lines.push(items::gaps(asset, speaks));
            }
        }
    }
    items::lines(site, conduit, statement, &mut lines);
    conditions(site, conduit, &statement.conditions, &mut lines);
    let name = format!("{}.{}", conduit.name, statement.id);
    Clause::new(ClauseKind::Statement, "statement", name, Some(statement.at.clone()), lines)
}

/// What a statement means for one of its destinations: its functions, items and conditions there.
pub(super) fn towards(site: &Site, conduit: &Conduit, statement: &Statement, to: AssetId) -> Vec<String> {
    let mut lines = Vec::new();
    functions(statement, &mut lines);
    let asset = site.asset(to);
    for speaks in asset.speaks.iter().filter(|s| s.protocol.id == statement.protocol.id) {
        lines.push(ends::listening(site, asset, speaks));
        lines.push(items::gaps(asset, speaks));
    }
    items::lines_towards(site, conduit, statement, Some(to), &mut lines);
    lines.extend(Guard::of(site, conduit, &statement.conditions, None, to).0.into_iter().map(|atom| atom.shown));
    lines.sort_unstable();
    lines
}

/// A line for each action of each raw code; whether any of them reads.
fn functions(statement: &Statement, lines: &mut Lines) -> bool {
    let mut reads = false;
    for (code, declared) in codes(statement.protocol, &[&statement.functions]) {
        for action in declared.actions {
            if allows(&statement.functions, declared, code, *action) {
                lines.push(format!("function {}: {}", shown(statement.protocol, code, declared), action.name()));
                reads |= *action == Action::Read;
            }
        }
    }
    reads
}

/// The same of functions by their names alone, decoded or not.
pub(super) fn named(protocol: &'static Descriptor, named: &Functions, lines: &mut Lines) {
    for (code, declared) in codes(protocol, &[named]) {
        for action in declared.actions.iter().filter(|action| names(named, declared, code, **action)) {
            lines.push(format!("function {}: {}", shown(protocol, code, declared), action.name()));
        }
    }
}

/// `8/1 restart-communications`; `8/* diagnostics` for the sub-functions that are not listed.
fn shown(protocol: &Descriptor, code: Code, declared: &Function) -> String {
    let split = protocol.functions.iter().any(|f| f.codes.contains(&code.function) && f.sub.is_some());
    let rest = if code.sub.is_none() && split { "/*" } else { "" };
    format!("{code}{rest} {}", declared.name)
}

/// A line for each condition of the statement; a fact of each destination by itself where it is one's own.
pub(super) fn conditions(site: &Site, conduit: &Conduit, conditions: &Conditions, lines: &mut Lines) {
    let ends: &[AssetId] = if conduit.to.is_empty() { &[AssetId(0)] } else { &conduit.to };
    for to in ends {
        lines.extend(Guard::of(site, conduit, conditions, None, *to).0.into_iter().map(|atom| atom.shown));
    }
    if conditions.trial {
        lines.push("trial".into());
    }
}
