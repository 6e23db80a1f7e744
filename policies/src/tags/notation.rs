//! The first line of a tag list: how its addresses are written.

use crate::diagnose::Diagnostic;
use crate::read::Reader;
use crate::site::Location;
use sluice_model::Descriptor;

/// Notations of other protocols, which this version does not read.
const LATER: [&str; 9] = ["iec61131", "dnp3", "iec104", "s7", "cip", "opcua", "bacnet", "mms", "profinet"];

/// The first line: `# addresses = modicon`.
pub(super) fn notation(
    reader: &mut Reader<'_>,
    file: u16,
    text: &str,
    start: usize,
    protocol: &'static Descriptor,
) -> Option<&'static str> {
    let line = text.lines().next().unwrap_or_default();
    let at = Location { file, span: start..start + line.len() };
    let known: Vec<&str> = protocol.notations.iter().map(|n| n.name).collect();
    // A spreadsheet pads the first line with as many commas as the list has columns.
    let declared = line.trim().trim_end_matches(',').strip_prefix('#').and_then(|l| l.split_once('='));
    let name = match declared {
        Some((key, name)) if key.trim() == "addresses" => name.trim(),
        _ => {
            let message = "the first line of a tag list says how its addresses are written";
            let help = format!("write: # addresses = {}", known.join(" | "));
            reader.report(Diagnostic::error("T001", &at, message).help(help));
            return None;
        }
    };
    let notation = protocol.notations.iter().find(|n| n.name == name);
    if notation.is_none() {
        if LATER.contains(&name) {
            reader.not_enforced(&at, &format!("`addresses = {name}`"));
        } else {
            let examples: Vec<String> =
                protocol.notations.iter().map(|n| format!("{} ({})", n.name, n.example)).collect();
            let message = format!("`{name}` is no way to write addresses of {}", protocol.title);
            reader.report(Diagnostic::error("T001", &at, message).help(format!("they are {}", examples.join(", "))));
        }
    }
    notation.map(|n| n.name)
}
