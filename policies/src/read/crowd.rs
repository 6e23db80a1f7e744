//! WHO of a guarantee: assets and strangers, so that `{ not = "engineering" }` includes every address that is no asset.

use super::fields::{Fields, Shape};
use super::plant::Plant;
use super::reader::Reader;
use super::tree::{Node, Value};
use super::who::who;
use crate::site::{AssetId, Crowd, Strangers};

/// How deep `not` and lists may be nested.
const DEPTH: u32 = 8;

/// Everyone there is.
pub(super) fn anyone(plant: &Plant) -> Crowd {
    Crowd { assets: all(plant), strangers: Strangers::anyone(), without: Vec::new() }
}

/// Reads a WHO; `None` when a part of it was not understood, so that nothing can be said about it.
pub(super) fn crowd(reader: &mut Reader<'_>, plant: &Plant, key: &str, node: &Node) -> Option<Crowd> {
    read(reader, plant, key, node, DEPTH)
}

fn read(reader: &mut Reader<'_>, plant: &Plant, key: &str, node: &Node, depth: u32) -> Option<Crowd> {
    match &node.value {
        Value::List(items) if depth > 0 => {
            let mut both = Some(Crowd::default());
            for item in items {
                let more = read(reader, plant, key, item, depth - 1);
                both = both.zip(more).map(|(a, b)| together(a, b));
            }
            both
        }
        Value::Table(table) if depth > 0 && table.entry("not").is_some() => {
            let mut fields = Fields::of(table, &node.at);
            let without = fields.take("not").and_then(|e| read(reader, plant, key, &e.node, depth - 1));
            let shape = Shape { what: "a WHO", header: String::new(), keys: &["not"], later: &[], above: &[] };
            fields.finish(reader, &shape);
            let without = without.filter(|_| !plant.more_assets)?;
            let mut assets = all(plant);
            assets.retain(|id| without.assets.binary_search(id).is_err());
            let strangers = without.strangers.others();
            Some(Crowd { assets, strangers, without: vec![(without.assets, node.at.clone())] })
        }
        _ => {
            let named = who(reader, plant, key, node);
            let mut strangers = Strangers::of_nets(&named.outside.nets);
            if named.outside.anyone {
                strangers = Strangers::anyone();
            }
            named.whole.then_some(Crowd { assets: named.assets, strangers, without: Vec::new() })
        }
    }
}

fn all(plant: &Plant) -> Vec<AssetId> {
    (0..plant.assets.len() as u32).map(AssetId).collect()
}

fn together(mut a: Crowd, b: Crowd) -> Crowd {
    a.assets.extend(b.assets);
    a.assets.sort_unstable();
    a.assets.dedup();
    a.without.extend(b.without);
    // Whom one part leaves out and another names is not left out.
    for (left, _) in &mut a.without {
        left.retain(|id| a.assets.binary_search(id).is_err());
    }
    Crowd { strangers: a.strangers.or(&b.strangers), ..a }
}
