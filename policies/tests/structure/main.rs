//! What the structure of a site means: who belongs to a zone and to a cell, which pairs a conduit joins, and where a
//! message to a gateway of Modbus goes.
#![allow(clippy::unwrap_used)]

mod cells;
mod gateways;
mod members;
mod realms;

use sluice_policies::source::Memory;
use sluice_policies::{Policy, load};

/// The policy of a site that is one file beside its tables.
fn policy(site: &str, more: &[(&str, &str)]) -> Policy {
    let head = "sluice = 1\nsite = \"s\"\ntime-zone = \"UTC\"\n";
    let files = Memory::new().with("site.toml", format!("{head}{site}"));
    let files = more.iter().fold(files, |files, (path, text)| files.with(path, *text));
    let loaded = load(&files, &sluice_protocols::registry::descriptors(), "2026-11-24T04:00:00Z".parse().unwrap());
    let (site, _) = loaded.unwrap_or_else(|report| panic!("{}", report.render(false)));
    Policy::compile(site)
}
