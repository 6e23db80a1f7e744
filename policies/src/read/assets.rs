//! `[assets]`: devices, their addresses, the protocols they speak, their tags.

use super::fields::{Fields, Shape};
use super::keys;
use super::plant::{Named, Plant};
use super::reader::Reader;
use super::sections::Sections;
use super::settings::site_keys;
use super::tree::{Entry, Node, Table, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Asset, AssetId, Devices, Location, Mac, Speaks, Tag};
use crate::tags::{self, TagList};
use sluice_model::Descriptor;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Tag lists by path and protocol: one that two assets share is read once.
type TagLists = HashMap<(String, &'static str), TagList>;

/// Reads every asset.
pub(super) fn read(reader: &mut Reader<'_>, sections: &Sections<'_>) -> Plant {
    let mut plant = Plant { more_assets: sections.more_assets, ..Plant::default() };
    let mut lists = TagLists::new();
    let mut addresses: HashMap<IpAddr, (String, Location)> = HashMap::new();
    let mut macs: HashMap<Mac, (String, Location)> = HashMap::new();
    for entry in &sections.assets {
        let Value::Table(table) = &entry.node.value else {
            reader.wants(&entry.key, &entry.node, "a table: { ip = \"192.0.2.31\" }");
            continue;
        };
        let id = AssetId(plant.assets.len() as u32);
        let reserved = entry.key == "everyone" || entry.key == "anyone";
        if reserved {
            let message = format!("`{}` is a word of the language and no name", entry.key);
            reader.report(Diagnostic::error("S013", &entry.key_at, message));
        }
        reader.name("an asset", &entry.key, &entry.key_at);
        if !plant.declare(reader, &entry.key, &entry.key_at, Named::Asset(id)) {
            continue;
        }
        let (asset, whole) = asset(reader, &mut lists, entry, table);
        shared(reader, &mut addresses, &asset);
        same_mac(reader, &mut macs, &asset);
        if let Some(entry) = table.entry("port")
            && let Some(text) = reader.text("port", &entry.node)
        {
            plant.asset_ports.push((id, text.into(), entry.node.at.clone()));
        }
        if !whole {
            plant.partial.insert(id);
        }
        plant.assets.push(asset);
    }
    plant
}

/// A003: two assets with one address.
fn shared(reader: &mut Reader<'_>, addresses: &mut HashMap<IpAddr, (String, Location)>, asset: &Asset) {
    for address in &asset.addresses {
        if let Some((name, at)) = addresses.insert(*address, (asset.name.clone(), asset.at.clone())) {
            let message = format!("{} and {name} have the same address {address}", asset.name);
            reader.report(Diagnostic::error("A003", &asset.at, message).also(&at, "the other one"));
        }
    }
}

/// A010: two assets with one MAC address.
fn same_mac(reader: &mut Reader<'_>, macs: &mut HashMap<Mac, (String, Location)>, asset: &Asset) {
    for mac in &asset.macs {
        if let Some((name, at)) = macs.insert(*mac, (asset.name.clone(), asset.at.clone())) {
            let message = format!("{} and {name} have the same MAC address {mac}", asset.name);
            let wrong = Diagnostic::warning("A010", &asset.at, message).also(&at, "the other one");
            reader
                .report(wrong.help("right only when both stand behind one router; neither is recognised by it alone"));
        }
    }
}

/// One asset, and whether all of it was understood.
fn asset(reader: &mut Reader<'_>, lists: &mut TagLists, entry: &Entry, table: &Table) -> (Asset, bool) {
    let mut fields = Fields::of(table, &entry.key_at);
    let mut asset = Asset::new(entry.key.as_str(), entry.key_at.clone(), Vec::new());
    match fields.take("ip") {
        Some(ip) => asset.addresses = addresses(reader, &ip.node),
        None if fields.has_any(&["identity", "mac", "via", "kind"]) => {}
        None => {
            let message = format!("asset {} has no address", entry.key);
            let help = "add ip = \"192.0.2.31\", or mac = \"02:00:5e:00:53:31\" for one without IP";
            reader.report(Diagnostic::error("A004", &entry.key_at, message).help(help));
        }
    }
    if let Some(entry) = fields.take("mac") {
        asset.macs = macs(reader, &entry.node);
    }
    if let Some(entry) = fields.take("vlan") {
        asset.vlan = reader.integer("vlan", &entry.node, 0..=4094);
    }
    let mut whole = !fields.has_any(&["kind"]);
    for protocol in reader.catalogue {
        if let Some(entry) = fields.take(protocol.name) {
            let (speaks, complete) = speaks(reader, lists, protocol, entry);
            asset.speaks.extend(speaks);
            whole &= complete;
        }
    }
    let _ = fields.take("port");
    let known: Vec<&str> = keys::ASSET.iter().copied().chain(reader.catalogue.iter().map(|p| p.name)).collect();
    let later: Vec<&str> = keys::ASSET_LATER.iter().chain(keys::PROTOCOLS).copied().collect();
    let header = format!("[assets.{}]", entry.key);
    fields.finish(reader, &Shape { what: "an asset", header, keys: &known, later: &later, above: &[site_keys()] });
    (asset, whole)
}

/// Whether an address can be that of one device.
fn is_single(ip: IpAddr) -> bool {
    !ip.is_unspecified() && !ip.is_multicast() && ip != IpAddr::V4(Ipv4Addr::BROADCAST)
}

fn addresses(reader: &mut Reader<'_>, node: &Node) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for (text, item) in reader.texts("ip", node) {
        match text.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            Ok(ip) if is_single(ip) && !addresses.contains(&ip) => addresses.push(ip),
            _ => {
                let message = format!("`{text}` is no address of a single device, or stands twice");
                reader.report(Diagnostic::error("A002", &item.at, message).help("write 192.0.2.31 or 2001:db8::31"));
            }
        }
    }
    addresses
}

/// The MAC addresses of one device, each once.
fn macs(reader: &mut Reader<'_>, node: &Node) -> Vec<Mac> {
    let mut macs = Vec::new();
    for (text, item) in reader.texts("mac", node) {
        match text.parse::<Mac>() {
            Ok(mac) if mac.is_single() && !macs.contains(&mac) => macs.push(mac),
            _ => {
                let message = format!("`{text}` is no MAC address of a single device, or stands twice");
                reader.report(Diagnostic::error("A009", &item.at, message).help("write 02:00:5e:00:53:31"));
            }
        }
    }
    macs
}

/// One protocol of an asset, and whether all of it was understood.
fn speaks(
    reader: &mut Reader<'_>,
    lists: &mut TagLists,
    protocol: &'static Descriptor,
    entry: &Entry,
) -> (Option<Speaks>, bool) {
    let Value::Table(table) = &entry.node.value else {
        reader.wants(protocol.name, &entry.node, &format!("a table: {{ {} = 1 }}", protocol.device.key));
        return (None, false);
    };
    let mut fields = Fields::of(table, &entry.key_at);
    let mut speaks = Speaks {
        protocol,
        devices: Devices::Listed(vec![protocol.device.default]),
        ports: protocol.ports.to_vec(),
        gaps: 0,
        words: crate::site::WordOrder::default(),
        tags: Arc::default(),
    };
    if let Some(entry) = fields.take(protocol.device.key) {
        speaks.devices = devices(reader, protocol, entry);
    }
    if let Some(entry) = fields.take("ports") {
        let listed = ports(reader, entry);
        if !listed.is_empty() {
            speaks.ports = listed;
        }
    }
    if let Some(entry) = fields.take("gaps") {
        speaks.gaps = reader.integer("gaps", &entry.node, 0..=65535).unwrap_or(0);
    }
    if let Some(entry) = fields.take("words") {
        speaks.words = words(reader, &entry.node);
    }
    let mut whole = true;
    if let Some(entry) = fields.take("tags") {
        (speaks.tags, whole) = tag_list(reader, lists, protocol, entry, speaks.words);
    }
    let known: Vec<&str> = core::iter::once(protocol.device.key).chain(keys::SPEAKS.iter().copied()).collect();
    let header = format!("the `{}` table", protocol.name);
    let shape = Shape { what: "a protocol of an asset", header, keys: &known, later: keys::SPEAKS_LATER, above: &[] };
    fields.finish(reader, &shape);
    (Some(speaks), whole)
}

fn ports(reader: &mut Reader<'_>, entry: &Entry) -> Vec<u16> {
    let nodes = Reader::list(&entry.node);
    if nodes.is_empty() {
        let message = "`ports` lists nothing, so nothing reaches the asset";
        reader.report(Diagnostic::error("S014", &entry.node.at, message));
    }
    nodes.iter().filter_map(|n| reader.integer("ports", n, 1..=65535)).collect()
}

fn words(reader: &mut Reader<'_>, node: &Node) -> crate::site::WordOrder {
    let names = ["ABCD", "CDAB", "BADC", "DCBA"];
    let words: Vec<_> = names.iter().filter_map(|n| Some((*n, tags::words(n)?))).collect();
    reader.word("words", node, &words).unwrap_or_default()
}

fn devices(reader: &mut Reader<'_>, protocol: &'static Descriptor, entry: &Entry) -> Devices {
    let key = protocol.device.key;
    if matches!(&entry.node.value, Value::Text(text) if text == "any") {
        let message = format!("{key} = \"any\": every {key} behind this address counts as this asset");
        let help = format!("list the {key}s that it has, unless it is certain that no other device answers there");
        reader.report(Diagnostic::warning("M007", &entry.node.at, message).help(help));
        return Devices::Any;
    }
    if let Value::Text(_) = &entry.node.value {
        reader.wants(key, &entry.node, "a number, a list of numbers, or \"any\"");
        return Devices::Listed(Vec::new());
    }
    let range = protocol.device.range.clone();
    let nodes = Reader::list(&entry.node);
    let mut listed: Vec<u32> = Vec::new();
    for node in nodes {
        let Some(device) = reader.integer(key, node, range.clone()) else { continue };
        if listed.contains(&device) {
            reader.report(Diagnostic::error("S014", &node.at, format!("{key} {device} stands twice")));
        } else {
            listed.push(device);
        }
    }
    if nodes.is_empty() {
        reader.report(Diagnostic::error(
            "S014",
            &entry.node.at,
            format!("`{key}` lists nothing, so nothing reaches the asset"),
        ));
    }
    listed.sort_unstable();
    Devices::Listed(listed)
}

fn tag_list(
    reader: &mut Reader<'_>,
    lists: &mut TagLists,
    protocol: &'static Descriptor,
    entry: &Entry,
    words: crate::site::WordOrder,
) -> (Arc<[Tag]>, bool) {
    let Some(path) = reader.text("tags", &entry.node) else { return (Arc::default(), false) };
    let list =
        lists.entry((path.into(), protocol.name)).or_insert_with(|| tags::read(reader, path, &entry.node.at, protocol));
    (list.with_words(words), list.whole)
}
