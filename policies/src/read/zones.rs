//! `[zones]`: assets under one set of requirements.

use super::fields::{Fields, Shape};
use super::keys;
use super::plant::{Named, Plant};
use super::reader::Reader;
use super::sections::Sections;
use super::settings::site_keys;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::{AssetId, Net, NoNet, Zone};

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
        let mut zone =
            Zone { name: entry.key.clone(), at: entry.key_at.clone(), assets: Vec::new(), net: None, owner: None };
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
    let open = fields.has_any(keys::ZONE_LATER);
    let (assets, net) = (fields.take("assets"), fields.take("net"));
    let mut whole = !open;
    if let Some(assets) = assets {
        whole &= members(reader, plant, "assets", &assets.node, zone);
    }
    if let Some(net) = net {
        zone.net = self::net(reader, &net.node);
        whole &= zone.net.is_some();
        inside(plant, zone);
    }
    if assets.is_none() && net.is_none() && !open {
        let message = format!("zone {} has no assets", entry.key);
        reader.report(Diagnostic::error("S005", &entry.key_at, message).help("add assets = [\"plc-3\"]"));
        whole = false;
    }
    documented(reader, &mut fields, zone);
    let header = format!("[zones.{}]", entry.key);
    let shape = Shape { what: "a zone", header, keys: keys::ZONE, later: keys::ZONE_LATER, above: &[site_keys()] };
    fields.finish(reader, &shape);
    whole
}

/// Who owns the zone, and its security level (IEC 62443-3-3): that is for readers, nothing follows from it.
fn documented(reader: &mut Reader<'_>, fields: &mut Fields<'_>, zone: &mut Zone) {
    if let Some(owner) = fields.take("owner") {
        zone.owner = reader.text("owner", &owner.node).map(String::from);
    }
    if let Some(level) = fields.take("sl")
        && !matches!(level.node.value, Value::Text(_))
    {
        let _ = reader.integer("sl", &level.node, 0..=4);
    }
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
