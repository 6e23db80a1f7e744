//! Text with separators, as spreadsheets and HMI programs write it.

use crate::import::table::{self, Cell, Row};
use crate::import::{Options, Raw, Unreadable};
use csv::{ReaderBuilder, StringRecord};

/// The text of a file: UTF-8, UTF-16 with a mark, else Windows-1252, whose letters for the most part are those of Latin-1.
pub(super) fn text(bytes: &[u8]) -> String {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => match core::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}

/// Reads a table whose separator is the one that its first lines have most of.
pub(super) fn read(text: &str, options: &Options) -> Result<Raw, Unreadable> {
    let head: Vec<&str> = text.lines().take(20).collect();
    let count = |separator: &u8| head.iter().flat_map(|line| line.bytes()).filter(|b| b == separator).count();
    let separator = [b',', b';', b'\t', b'|'].into_iter().max_by_key(count).unwrap_or(b',');
    let mut records =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let (mut rows, mut record) = (Vec::new(), StringRecord::new());
    loop {
        match records.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) if record.iter().all(|cell| cell.trim().is_empty()) => {}
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                let cells = record.iter().map(|cell| Cell { text: cell.to_owned(), number: false }).collect();
                rows.push(Row { number: usize::try_from(line).unwrap_or(usize::MAX), cells });
            }
            Err(why) => return Err(Unreadable(format!("the table is broken: {why}"))),
        }
    }
    table::tags(&rows, options, "delimited text")
}
