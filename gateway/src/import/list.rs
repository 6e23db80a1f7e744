//! Tags as a tag list's CSV.

use super::{Notation, Tag};

const COLUMNS: [&str; 13] = [
    "name", "address", "type", "count", "words", "scale", "offset", "unit", "min", "max", "states", "access", "comment",
];

/// The list, with the first line that says how its addresses are written.
pub fn write(tags: &[Tag], notation: Notation) -> String {
    let mut text = format!("# addresses = {}\n", notation.name());
    row(&mut text, COLUMNS);
    for tag in tags {
        row(
            &mut text,
            [
                &*tag.name,
                &tag.address,
                &tag.kind,
                &tag.count,
                &tag.words,
                &tag.scale,
                &tag.offset,
                &tag.unit,
                &tag.min,
                &tag.max,
                &tag.states,
                &tag.access,
                &tag.comment,
            ],
        );
    }
    text
}

fn row(text: &mut String, cells: [&str; 13]) {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) || cell.starts_with(['#', ' ']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push('\n');
}
