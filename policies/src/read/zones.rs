//! `[zones]`: assets under one set of requirements.

use super::fields::{Fields, Shape};
use super::keys;
use super::plant::{Named, Plant};
use super::reader::Reader;
use super::sections::Sections;
use super::settings::site_keys;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Asset, AssetId, Net, NoNet, Zone};
use std::collections::HashSet;

/// Reads every zone into `plant`.
pub(super) fn read(reader: &mut Reader<'_>, sections: &Sections<'_>, plant: &mut Plant) {
    for entry in &sections.zones {
        let index = plant.zones.len();
        reader.name("a zone", &entry.key, &entry.key_at);
        let reserved = entry.key == "everyone" || entry.key == "anyone";
        if reserved {
            let message = format!("`{}` is a word of the language and no name", entry.key);
            reader.report(Diagnostic::error("S013", &entry.key_at, message));
        }
        if !plant.declare(reader, &entry.key, &entry.key_at, Named::Zone(index)) {
            continue;
        }
        let (name, at) = (entry.key.clone(), entry.key_at.clone());
        let mut zone = Zone { name, at, assets: Vec::new(), net: None, owner: None, level: None };
        if !fill(reader, plant, entry, &mut zone) {
            plant.partial_zones.insert(index);
        }
        plant.zones.push(zone);
    }
}

/// Reads one zone's members; whether all of them were understood.
fn fill(reader: &mut Reader<'_>, plant: &Plant, entry: &Entry, zone: &mut Zone) -> bool {
    let Value::Table(table) = &entry.node.value else {
        return members(reader, plant, &entry.key, &entry.node, zone);
    };
    let mut fields = Fields::of(table, &entry.node.at);
    let (assets, net) = (fields.take("assets"), fields.take("net"));
    let mut whole = true;
    if let Some(assets) = assets {
        whole &= members(reader, plant, "assets", &assets.node, zone);
    }
    if let Some(net) = net {
        zone.net = self::net(reader, &net.node);
        whole &= zone.net.is_some();
        inside(plant, zone);
    }
    let selectors: Vec<&Entry> = keys::SELECTORS.iter().filter_map(|key| fields.take(key)).collect();
    if !selectors.is_empty() {
        whole &= selected(reader, plant, &selectors, zone);
    }
    if assets.is_none() && net.is_none() && selectors.is_empty() {
        let message = format!("zone {} has no assets", entry.key);
        reader.report(Diagnostic::error("S005", &entry.key_at, message).help("add assets = [\"plc-3\"]"));
        whole = false;
    }
    documented(reader, &mut fields, zone);
    let header = format!("[zones.{}]", entry.key);
    fields.finish(reader, &Shape { what: "a zone", header, keys: keys::ZONE, later: &[], above: &[site_keys()] });
    whole
}

/// Adds the assets that are everything the selectors say; A013 when none is.
fn selected(reader: &mut Reader<'_>, plant: &Plant, selectors: &[&Entry], zone: &mut Zone) -> bool {
    let mut wanted: Vec<(&str, Vec<&str>)> = Vec::new();
    for entry in selectors {
        let texts = reader.texts(&entry.key, &entry.node).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        if texts.len() != Reader::list(&entry.node).len() || texts.is_empty() {
            return false;
        }
        wanted.push((&entry.key, texts));
    }
    let is = |asset: &Asset, (key, texts): &(&str, Vec<&str>)| {
        let own = match *key {
            "kind" => &asset.kind,
            "cell" => &asset.cell,
            _ => &asset.role,
        };
        own.as_ref().is_some_and(|own| texts.contains(&&**own))
    };
    let all = (0..).map(AssetId).zip(&plant.assets);
    let found: Vec<AssetId> = all.filter(|(_, a)| wanted.iter().all(|w| is(a, w))).map(|(id, _)| id).collect();
    if found.is_empty() && !plant.more_assets && !plant.unplaced {
        let said: Vec<String> = wanted.iter().map(|(key, texts)| format!("{key} = {}", texts.join(" or "))).collect();
        let message = format!("no asset is {}, so zone {} has none of them", said.join(" and "), zone.name);
        let mut wrong = Diagnostic::error("A013", &selectors[0].node.at, message);
        let key = |asset: &Asset| match &*selectors[0].key {
            "kind" => asset.kind.clone(),
            "cell" => asset.cell.clone(),
            _ => asset.role.clone(),
        };
        let mut known: Vec<_> = plant.assets.iter().filter_map(key).collect();
        known.sort_unstable();
        known.dedup();
        let near = reader.nearest(wanted[0].1[0], known.iter().map(|k| &**k)).filter(|near| *near != wanted[0].1[0]);
        wrong.help = near.map(|near| format!("did you mean \"{near}\"?"));
        reader.report(wrong);
        return false;
    }
    let known: HashSet<AssetId> = zone.assets.iter().copied().collect();
    zone.assets.extend(found.into_iter().filter(|id| !known.contains(id)));
    !plant.more_assets && !plant.unplaced
}

/// Who owns the zone, and its security level (IEC 62443-3-3).
fn documented(reader: &mut Reader<'_>, fields: &mut Fields<'_>, zone: &mut Zone) {
    zone.owner = fields.take("owner").and_then(|e| reader.text("owner", &e.node)).map(Into::into);
    zone.level = fields.take("sl").and_then(|level| match &level.node.value {
        Value::Text(text) => Some(text.clone()),
        _ => reader.integer("sl", &level.node, 0..=4).map(|level: i128| level.to_string()),
    });
}

/// A011: `192.0.2.0/24`.
fn net(reader: &mut Reader<'_>, node: &Node) -> Option<Net> {
    let text = reader.text("net", node)?;
    let (message, help) = match text.parse() {
        Ok(net) => return Some(net),
        Err(NoNet::Host(meant)) => {
            (format!("`{text}` is an address inside of a net, not a net"), format!("did you mean {meant}?"))
        }
        Err(NoNet::Shape) => (format!("`{text}` is no net"), "write 198.51.100.0/28 or 2001:db8::/64".into()),
    };
    reader.report(Diagnostic::error("A011", &node.at, message).help(help));
    None
}

/// Adds the assets whose every address lies in the zone's net: an address does not leave it by having a name.
fn inside(plant: &Plant, zone: &mut Zone) {
    let Some(net) = zone.net else { return };
    let all = (0..).map(AssetId).zip(&plant.assets);
    let inside = all.filter(|(_, a)| !a.addresses.is_empty() && a.addresses.iter().all(|ip| net.contains(*ip)));
    let new: Vec<AssetId> = inside.map(|(id, _)| id).filter(|id| !zone.assets.contains(id)).collect();
    zone.assets.extend(new);
}

fn members(reader: &mut Reader<'_>, plant: &Plant, key: &str, node: &Node, zone: &mut Zone) -> bool {
    let texts = reader.texts(key, node);
    let mut whole = texts.len() == Reader::list(node).len();
    for (name, item) in texts {
        let found: Option<AssetId> = match plant.names.get(name) {
            Some(Named::Zone(_)) => {
                let message = format!("`{name}` is a zone; a zone lists assets");
                reader.report(Diagnostic::error("A001", &item.at, message));
                None
            }
            _ => plant.asset(reader, name, &item.at),
        };
        whole &= found.is_some();
        zone.assets.extend(found.filter(|id| !zone.assets.contains(id)));
    }
    if zone.assets.is_empty() && whole {
        reader.report(Diagnostic::warning("A007", &node.at, format!("zone {} has no assets", zone.name)));
    }
    whole
}
