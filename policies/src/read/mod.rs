//! TOML files to the site model: what each table may hold, what its values mean, and a message for every mistake in it.
//! Called by `load`; `tags` borrows the [`Reader`] to report what it finds.
//!
//! Every mistake of every file is reported in one run: a part that is wrong is left out, and whatever it leaves
//! unknown is not reported a second time.

mod assets;
mod conditions;
mod conduits;
mod crowd;
mod emergency;
mod facts;
mod fields;
mod functions;
mod gateways;
mod grants;
mod items;
mod keys;
mod kinds;
mod ledger;
mod limits;
mod links;
mod memory;
pub(crate) mod names;
mod never_tags;
mod nevers;
mod picks;
mod plant;
mod ports;
mod reader;
mod resolve;
mod roster;
mod scenes;
mod schema;
mod sections;
mod serial;
mod services;
mod settings;
mod speaks;
mod statement;
mod tests;
mod times;
mod traits;
mod tree;
mod who;
mod zones;

pub(crate) use ledger::approvals;
pub(crate) use reader::Reader;
pub use schema::schema;
pub(crate) use tree::{Table, Value};

use crate::diagnose::Diagnostics;
use crate::site::{Location, Site, SiteZone};
use sections::Sections;
use sluice_model::Span;
use std::collections::HashMap;

/// Where the raw ranges of statements stand, by the statement's own place: what a message about them points at.
pub(crate) type RawPlaces = HashMap<Location, Vec<(Span, Location)>>;

/// One file by itself, as a tree.
pub(crate) fn tree_of(text: &str, diagnostics: &mut Diagnostics) -> Table {
    tree::parse(0, text, diagnostics)
}

/// Reads a whole site. What is wrong stands in the reader's messages; the site is usable when none of them is an error.
pub(crate) fn site(reader: &mut Reader<'_>) -> Option<Site> {
    let documents = sections::documents(reader)?;
    let sections = Sections::of(reader, &documents);
    let name = settings::name(reader, &documents[0]);
    let unmatched = settings::unmatched(reader, &sections);
    let defaults = settings::defaults(reader, &sections);
    let (mut plant, pending) = assets::read(reader, &sections);
    zones::read(reader, &sections, &mut plant);
    times::read(reader, &sections, &mut plant);
    let gateways = gateways::read(reader, &sections);
    let whole = gateways.len() == sections.gateways.len();
    links::resolve(reader, &mut plant, pending, &gateways, whole);
    let gateways = gateways::proxies(reader, &plant, gateways);
    let conduits = conduits::read(reader, &sections, &plant, defaults);
    let break_glass = emergency::break_glass(reader, &sections, &conduits);
    let lockdown = emergency::lockdown(reader, &sections, &conduits);
    let approvals = emergency::approvals(reader, &sections);
    let tests = tests::read(reader, &sections, &plant);
    let nevers = nevers::read(reader, &sections, &plant);
    Some(Site {
        name,
        files: core::mem::take(&mut reader.sources),
        unmatched,
        gateways,
        assets: plant.assets,
        zones: plant.zones,
        conduits,
        read_at: reader.now.timestamp(),
        time_zone: SiteZone(reader.now.time_zone().clone()),
        calendars: plant.times.calendars,
        windows: plant.times.windows,
        break_glass,
        lockdown,
        approvals,
        clock_lost: defaults.clock_lost,
        tests,
        nevers,
    })
}
