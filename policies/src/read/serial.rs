//! `serial` of a gateway: its lines. They are read and checked, and no data plane of this version carries them.

use super::fields::{Fields, Shape};
use super::keys;
use super::reader::Reader;
use super::tree::{Entry, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Framing, Parity, SerialLine};

/// The speeds that serial lines have.
const SPEEDS: [u32; 11] = [300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400];
/// That of a line which does not say (Modbus over Serial Line 2.5.1: 19.2 kbit/s is the default).
const SPEED: u32 = 19_200;

/// Reads `serial = { filters = { line = "ttyS1", baud = 19200, parity = "even", framing = "rtu" } }`.
pub(super) fn read(reader: &mut Reader<'_>, entry: &Entry) -> Vec<SerialLine> {
    let Value::Table(table) = &entry.node.value else {
        reader.wants("serial", &entry.node, "a table: { filters = { line = \"ttyS1\" } }");
        return Vec::new();
    };
    let mut lines: Vec<SerialLine> = Vec::new();
    for entry in &table.entries {
        reader.name("a serial line", &entry.key, &entry.key_at);
        let Some(line) = line(reader, entry) else { continue };
        if let Some(first) = lines.iter().find(|l| l.line == line.line && !l.line.is_empty()) {
            let message = format!("{} and {} are the same device {}", first.name, line.name, line.line);
            reader.report(Diagnostic::error("G009", &line.at, message).also(&first.at, "the other one"));
            continue;
        }
        lines.push(line);
    }
    lines
}

fn line(reader: &mut Reader<'_>, entry: &Entry) -> Option<SerialLine> {
    let Value::Table(table) = &entry.node.value else {
        reader.wants(&entry.key, &entry.node, "a table: { line = \"ttyS1\" }");
        return None;
    };
    let header = format!("the table of `{}`", entry.key);
    let shape = Shape { what: "a serial line", header, keys: keys::SERIAL, later: &[], above: &[] };
    let mut fields = Fields::of(table, &entry.key_at);
    let device = fields.need(reader, &shape, "line", "add line = \"ttyS1\": the device under /dev");
    let device = device.and_then(|e| {
        let name = reader.text("line", &e.node)?;
        let fits = !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            && !name.starts_with('.');
        if !fits {
            let message = format!("`{name}` is no name of a serial device");
            reader.report(Diagnostic::error("G009", &e.node.at, message).help("write ttyS1, as it stands under /dev"));
        }
        fits.then(|| name.to_owned())
    });
    let baud = fields.take("baud").map_or(Some(SPEED), |e| {
        let baud = reader.integer("baud", &e.node, 1..=u32::MAX)?;
        if !SPEEDS.contains(&baud) {
            let known: Vec<String> = SPEEDS.iter().map(u32::to_string).collect();
            let message = format!("no serial line has {baud} bits a second");
            let help = format!("they have {}", known.join(", "));
            reader.report(Diagnostic::error("S014", &e.node.at, message).help(help));
        }
        Some(baud)
    });
    let parities = [("even", Parity::Even), ("odd", Parity::Odd), ("none", Parity::None)];
    let parity = fields.take("parity").and_then(|e| reader.word("parity", &e.node, &parities));
    let framings = [("rtu", Framing::Rtu), ("ascii", Framing::Ascii)];
    let framing = fields.take("framing").and_then(|e| reader.word("framing", &e.node, &framings));
    fields.finish(reader, &shape);
    Some(SerialLine {
        name: entry.key.clone(),
        // What is wrong with it was said; that it is there is not to be doubted for that.
        line: device.unwrap_or_default(),
        baud: baud.unwrap_or(SPEED),
        parity: parity.unwrap_or_default(),
        framing: framing.unwrap_or_default(),
        at: entry.key_at.clone(),
    })
}
