//! `modbus = { unit = 1, .. }`: a protocol that an asset speaks.

use super::fields::{Fields, Shape};
use super::keys;
use super::reader::Reader;
use super::traits::{Named, names};
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Devices, Location, Partial, Speaks, Tag, WordOrder};
use crate::tags::{self, TagList};
use sluice_model::Descriptor;
use std::collections::HashMap;
use std::sync::Arc;

/// Tag lists by path and protocol: one that two assets share is read once.
pub(super) type TagLists = HashMap<(String, &'static str), TagList>;

/// A protocol of an asset, before names are looked up.
#[derive(Clone)]
pub(super) struct Spoken {
    pub(super) protocol: &'static Descriptor,
    pub(super) speaks: Speaks,
    /// Where its device addresses are said.
    pub(super) devices_at: Option<Location>,
    pub(super) broadcast: Vec<Named>,
    /// Whether all of it was understood.
    pub(super) whole: bool,
}

/// Reads one protocol of an asset; `None` when it is no table.
pub(super) fn read(
    reader: &mut Reader<'_>,
    lists: &mut TagLists,
    protocol: &'static Descriptor,
    entry: &Entry,
) -> Option<Spoken> {
    let Value::Table(table) = &entry.node.value else {
        reader.wants(protocol.name, &entry.node, &format!("a table: {{ {} = 1 }}", protocol.device.key));
        return None;
    };
    let mut fields = Fields::of(table, &entry.key_at);
    let mut speaks = Speaks::new(protocol);
    speaks.gateway = fields.take("gateway").and_then(|e| reader.flag("gateway", &e.node)).unwrap_or(false);
    let devices_at = fields.take(protocol.device.key).map(|entry| {
        speaks.devices = devices(reader, protocol, entry);
        entry.node.at.clone()
    });
    if speaks.gateway && devices_at.is_none() {
        // What stands behind it is no device of its own.
        speaks.devices = Devices::Listed(Vec::new());
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
    if let Some(entry) = fields.take("partial") {
        let words = [("deny", Partial::Deny), ("compose", Partial::Compose)];
        speaks.partial = reader.word("partial", &entry.node, &words).unwrap_or_default();
    }
    let mut whole = true;
    if let Some(entry) = fields.take("tags") {
        (speaks.tags, whole) = tag_list(reader, lists, protocol, entry, speaks.words);
    }
    let broadcast = fields.take("broadcast");
    if let Some(entry) = broadcast.filter(|_| !speaks.gateway) {
        let message = "`broadcast` says what a gateway's broadcasts reach, and this asset is none";
        reader.report(Diagnostic::error("M010", &entry.key_at, message).help("add gateway = true, or leave it out"));
    }
    let broadcast = broadcast.map_or(Vec::new(), |e| names(reader, "broadcast", &e.node));
    let known: Vec<&str> = core::iter::once(protocol.device.key).chain(keys::SPEAKS.iter().copied()).collect();
    let header = format!("the `{}` table", protocol.name);
    let shape = Shape { what: "a protocol of an asset", header, keys: &known, later: keys::SPEAKS_LATER, above: &[] };
    fields.finish(reader, &shape);
    Some(Spoken { protocol, speaks, devices_at, broadcast, whole })
}

fn ports(reader: &mut Reader<'_>, entry: &Entry) -> Vec<u16> {
    let nodes = Reader::list(&entry.node);
    if nodes.is_empty() {
        let message = "`ports` lists nothing, so nothing reaches the asset";
        reader.report(Diagnostic::error("S014", &entry.node.at, message));
    }
    nodes.iter().filter_map(|n| reader.integer("ports", n, 1..=65535)).collect()
}

fn words(reader: &mut Reader<'_>, node: &Node) -> WordOrder {
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
    words: WordOrder,
) -> (Arc<[Tag]>, bool) {
    let Some(path) = reader.text("tags", &entry.node) else { return (Arc::default(), false) };
    let list =
        lists.entry((path.into(), protocol.name)).or_insert_with(|| tags::read(reader, path, &entry.node.at, protocol));
    (list.with_words(words), list.whole)
}
