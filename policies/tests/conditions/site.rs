//! The site.

use sluice_policies::source::Memory;
use sluice_policies::{Policy, load};
use sluice_protocols::registry;

pub(crate) fn policy() -> Policy {
    let files =
        Memory::new().with("site.toml", include_str!("site.toml")).with("tags/plc.csv", include_str!("plc.csv"));
    let now = "2026-11-24T04:00:00Z".parse().unwrap();
    let loaded = load(&files, &registry::descriptors(), now);
    let (site, _) = loaded.unwrap_or_else(|report| panic!("{}", report.render(false)));
    Policy::compile(site)
}
