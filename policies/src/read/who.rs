//! WHO: a zone, an asset, a list of them, `{ not = WHO }`, `everyone`; for services `anyone` and nets too.

use super::fields::{Fields, Shape};
use super::plant::{Named, Plant};
use super::reader::Reader;
use super::tree::{Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::{AssetId, Location, Outside};

/// How deep `not` and lists may be nested.
const DEPTH: u32 = 8;

/// Assets, each once, in their order, and who else.
#[derive(Debug, Default)]
pub(super) struct Who {
    pub(super) assets: Vec<AssetId>,
    pub(super) outside: Outside,
    /// Where `outside` is named: what, and the place.
    pub(super) strangers: Vec<(Stranger, Location)>,
    /// Whether every name was understood; if not, an empty list or a missing tag is no mistake of its own.
    pub(super) whole: bool,
}

/// A name that means more than assets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stranger {
    Anyone,
    /// A zone with a net.
    Zone(String),
}

impl Who {
    /// A005, A008: strangers at an end of a conduit whose statements speak a protocol.
    pub(super) fn services_only(&self, reader: &mut Reader<'_>) {
        for (stranger, at) in &self.strangers {
            let wrong = match stranger {
                Stranger::Anyone => {
                    let message = "`anyone` includes addresses that are no asset, and is for services alone";
                    Diagnostic::error("A005", at, message).help("write \"everyone\" for all assets")
                }
                Stranger::Zone(name) => {
                    let message = format!("zone {name} is a net, which is for services alone");
                    let help =
                        "nobody unknown commands a controller: name the assets that do, in a conduit of their own";
                    Diagnostic::error("A008", at, message).help(help)
                }
            };
            reader.report(wrong);
        }
    }
}

/// Reads a WHO. A list without assets is reported (A007).
pub(super) fn who(reader: &mut Reader<'_>, plant: &Plant, key: &str, node: &Node) -> Who {
    let mut who = Who { whole: true, ..Who::default() };
    add(reader, plant, key, node, &mut who, DEPTH);
    who.assets.sort_unstable();
    who.assets.dedup();
    if who.assets.is_empty() && who.strangers.is_empty() && who.whole {
        reader.report(Diagnostic::error("A007", &node.at, format!("`{key}` names no asset")));
    }
    who
}

fn add(reader: &mut Reader<'_>, plant: &Plant, key: &str, node: &Node, who: &mut Who, depth: u32) {
    match &node.value {
        Value::Text(name) => named(reader, plant, name, &node.at, who),
        Value::List(items) if depth > 0 => items.iter().for_each(|i| add(reader, plant, key, i, who, depth - 1)),
        Value::Table(table) if depth > 0 => {
            let mut fields = Fields::of(table, &node.at);
            let mut without = Who { whole: true, ..Who::default() };
            match fields.take("not") {
                Some(entry) => add(reader, plant, key, &entry.node, &mut without, depth - 1),
                None => reader.wants(key, node, "a zone, an asset, a list of them, or { not = WHO }"),
            }
            // Whoever `not` could not name would be let in: then nobody is.
            who.whole &= without.whole && !plant.more_assets;
            if without.whole {
                let all = (0..plant.assets.len() as u32).map(AssetId);
                who.assets.extend(all.filter(|id| !without.assets.contains(id)));
            }
            let shape = Shape { what: "a WHO", header: String::new(), keys: &["not"], later: &[], above: &[] };
            fields.finish(reader, &shape);
        }
        _ => {
            reader.wants(key, node, "a zone, an asset, a list of them, or { not = WHO }");
            who.whole = false;
        }
    }
}

fn named(reader: &mut Reader<'_>, plant: &Plant, name: &str, at: &Location, who: &mut Who) {
    match (name, plant.names.get(name)) {
        ("everyone", _) => {
            who.assets.extend((0..plant.assets.len() as u32).map(AssetId));
            who.whole &= !plant.more_assets;
        }
        ("anyone", _) => {
            who.assets.extend((0..plant.assets.len() as u32).map(AssetId));
            who.outside.anyone = true;
            who.strangers.push((Stranger::Anyone, at.clone()));
            who.whole &= !plant.more_assets;
        }
        (_, Some(Named::Asset(id))) => who.assets.push(*id),
        (_, Some(Named::Zone(index))) => {
            let zone = &plant.zones[*index];
            who.assets.extend(&zone.assets);
            if let Some(net) = zone.net {
                who.outside.nets.push(net);
                who.strangers.push((Stranger::Zone(zone.name.clone()), at.clone()));
            }
            who.whole &= !plant.partial_zones.contains(index);
        }
        (_, None) => {
            plant.unknown(reader, "zone or asset", name, at);
            who.whole = false;
        }
    }
}
