//! `assets-from`: tables of assets in CSV, a line an asset.

use super::assets::{Adder, Declared};
use super::reader::Reader;
use super::traits::{self, Links, Named, Traits};
use super::tree::Entry;
use crate::diagnose::Diagnostic;
use crate::sheet::{Cells, Columns, Sheet};
use crate::site::Location;
use sluice_model::{Descriptor, ProtocolId};
use std::sync::Arc;

/// Every column but those of protocols (`unit`); the first is required.
const COLUMNS: [&str; 11] =
    ["name", "cell", "cell-role", "kind", "ip", "mac", "vlan", "port", "realm", "via", "comment"];

/// Reads the tables that one `assets-from` names.
pub(super) fn read(reader: &mut Reader<'_>, adder: &mut Adder<'_>, entry: &Entry) {
    for (path, node) in reader.texts("assets-from", &entry.node) {
        let whole = table(reader, adder, path, &node.at);
        adder.plant.more_assets |= !whole;
    }
}

/// Reads one table; whether every line of it became an asset.
fn table(reader: &mut Reader<'_>, adder: &mut Adder<'_>, path: &str, at: &Location) -> bool {
    let Some(file) = reader.open(path, Some(at)) else { return false };
    // Taken out while its cells are looked at, so that messages can be written meanwhile.
    let text = core::mem::take(&mut reader.sources[usize::from(file)].text);
    let whole = lines(reader, adder, file, &text);
    reader.sources[usize::from(file)].text = text;
    whole
}

fn lines(reader: &mut Reader<'_>, adder: &mut Adder<'_>, file: u16, text: &str) -> bool {
    let mut names = COLUMNS.to_vec();
    for protocol in reader.catalogue {
        if !names.contains(&protocol.device.key) {
            names.push(protocol.device.key);
        }
    }
    let columns = Columns { what: "a table of assets", code: "A012", names, required: 1 };
    let Some(mut sheet) = Sheet::open(reader, file, text, 0, columns) else { return false };
    let mut whole = true;
    while let Some(cells) = sheet.next(reader) {
        whole &= line(reader, adder, &cells);
    }
    whole && sheet.whole
}

/// Reads one line; whether it became an asset.
fn line(reader: &mut Reader<'_>, adder: &mut Adder<'_>, cells: &Cells<'_>) -> bool {
    if let Some(index) = cells.extra() {
        let message = format!("the header names {} columns; this cell is one more", cells.width);
        let help = "put a cell that holds a comma into quotes";
        reader.report(Diagnostic::error("A012", &cells.place(index), message).help(help));
    }
    let name = cells.get("name");
    if name.is_empty() {
        reader.report(Diagnostic::error("A012", &cells.at("name"), "an asset needs a name"));
        return false;
    }
    // The name's cell stands for the asset in every later message.
    let at = cells.at("name");
    if !adder.declare(reader, name, &at) {
        return true;
    }
    let traits = traits(reader, cells);
    let devices = devices(reader, adder, cells, &traits);
    adder.add(reader, Declared { name, at, traits, devices });
    true
}

fn traits(reader: &mut Reader<'_>, cells: &Cells<'_>) -> Traits<'static> {
    let (mut addresses, mut macs) = (None, None);
    for text in cells.get("ip").split_whitespace() {
        traits::add_address(reader, addresses.get_or_insert_default(), text, &cells.at("ip"));
    }
    for text in cells.get("mac").split_whitespace() {
        traits::add_mac(reader, macs.get_or_insert_default(), text, &cells.at("mac"));
    }
    let links = Links { port: named(cells, "port"), via: named(cells, "via"), ..Links::default() };
    Traits {
        addresses,
        macs,
        vlan: number(reader, cells, "vlan", 0, 4094).and_then(|n| u16::try_from(n).ok()),
        kind: named(cells, "kind"),
        cell: word(reader, cells, "cell"),
        role: word(reader, cells, "cell-role"),
        realm: word(reader, cells, "realm"),
        links,
        ..Traits::default()
    }
}

fn named(cells: &Cells<'_>, column: &str) -> Option<Named> {
    let text = cells.get(column);
    (!text.is_empty()).then(|| Named { text: text.into(), at: cells.at(column) })
}

fn word(reader: &mut Reader<'_>, cells: &Cells<'_>, column: &str) -> Option<Arc<str>> {
    let text = cells.get(column);
    if text.is_empty() {
        return None;
    }
    reader.name(&format!("a {column}"), text, &cells.at(column)).then(|| text.into())
}

fn number(reader: &mut Reader<'_>, cells: &Cells<'_>, column: &str, least: u32, most: u32) -> Option<u32> {
    let text = cells.get(column);
    if text.is_empty() {
        return None;
    }
    let fits = text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|n| fits && (least..=most).contains(n));
    if number.is_none() {
        let message = format!("`{column}` must be a whole number in {least} .. {most}; this is `{text}`");
        reader.report(Diagnostic::error("S014", &cells.at(column), message));
    }
    number
}

/// The device addresses of a line, each for the protocol of its kind that has such addresses.
fn devices(
    reader: &mut Reader<'_>,
    adder: &mut Adder<'_>,
    cells: &Cells<'_>,
    traits: &Traits<'_>,
) -> Vec<(ProtocolId, u32, Location)> {
    let mut devices: Vec<(ProtocolId, u32, Location)> = Vec::new();
    let spoken: Vec<ProtocolId> = match &traits.kind {
        Some(kind) => adder.kinds.protocols(&kind.text).collect(),
        None => Vec::new(),
    };
    let mut seen: Vec<&str> = Vec::new();
    for protocol in reader.catalogue {
        let key = protocol.device.key;
        if cells.get(key).is_empty() || seen.contains(&key) {
            continue;
        }
        seen.push(key);
        // Protocols may share a word for their addresses: the one that the kind speaks is meant.
        let has = |p: &&&'static Descriptor| p.device.key == key && spoken.contains(&p.id);
        let meant = reader.catalogue.iter().find(has).copied().unwrap_or(protocol);
        let range = &meant.device.range;
        if let Some(device) = number(reader, cells, key, *range.start(), *range.end()) {
            devices.push((meant.id, device, cells.at(key)));
        }
    }
    devices
}
