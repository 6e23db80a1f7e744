//! The lines of a tag list: its first line, its header, and the cells of each record.

use super::cells::Cells;
use crate::diagnose::Diagnostic;
use crate::read::Reader;
use crate::site::Location;
use csv::{ReaderBuilder, StringRecord, Trim};
use sluice_model::Descriptor;

/// Every column of a tag list; the first three are required.
pub(super) const COLUMNS: [&str; 13] = [
    "name", "address", "type", "count", "words", "scale", "offset", "unit", "min", "max", "states", "access", "comment",
];
const REQUIRED: usize = 3;

/// Notations of other protocols, which this version does not read.
const LATER: [&str; 9] = ["iec61131", "dnp3", "iec104", "s7", "cip", "opcua", "bacnet", "mms", "profinet"];

/// An open tag list.
pub(super) struct Sheet<'t> {
    file: u16,
    text: &'t str,
    /// Where the records begin in the text.
    start: usize,
    records: csv::Reader<&'t [u8]>,
    /// For each of [`COLUMNS`], its place in a record.
    places: [Option<usize>; COLUMNS.len()],
    width: usize,
    /// The notation of its addresses.
    pub(super) notation: &'static str,
}

impl<'t> Sheet<'t> {
    /// Reads the first line and the header; reports T001 and T002.
    pub(super) fn open(
        reader: &mut Reader<'_>,
        file: u16,
        text: &'t str,
        protocol: &'static Descriptor,
    ) -> Option<Self> {
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let notation = notation(reader, file, &text[start..], start, protocol)?;
        let start = text[start..].find('\n').map_or(text.len(), |end| start + end + 1);
        let records = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(Trim::All)
            .from_reader(&text.as_bytes()[start..]);
        let mut sheet = Self { file, text, start, records, places: [None; COLUMNS.len()], width: 0, notation };
        sheet.header(reader)?;
        Some(sheet)
    }

    fn header(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let whole = Location { file: self.file, span: 0..self.text.len().min(1) };
        let Some(header) = self.next(reader) else {
            let help = format!("the second line names the columns: {}", COLUMNS.join(","));
            reader.report(Diagnostic::error("T002", &whole, "this tag list has no columns").help(help));
            return None;
        };
        let mut good = true;
        self.width = header.record.len();
        let mut places = [None; COLUMNS.len()];
        // A header of more cells than these has one of them wrong.
        for (place, name) in header.record.iter().enumerate().take(2 * COLUMNS.len()) {
            match COLUMNS.iter().position(|c| *c == name) {
                Some(column) if places[column].is_none() => places[column] = Some(place),
                Some(_) => {
                    good = column_error(reader, &header.place(place), format!("column `{name}` stands twice"), None);
                }
                None => {
                    let help = match reader.nearest(name, COLUMNS) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None if name.contains([';', '\t']) => "save the list with commas between its cells".into(),
                        None => format!("the columns are {}", COLUMNS.join(",")),
                    };
                    good = column_error(
                        reader,
                        &header.place(place),
                        format!("`{name}` is no column of a tag list"),
                        Some(help),
                    );
                }
            }
        }
        for column in 0..REQUIRED {
            if places[column].is_none() && good {
                good = column_error(reader, &header.at, format!("column `{}` is missing", COLUMNS[column]), None);
            }
        }
        self.places = places;
        good.then_some(())
    }

    /// The cells of the next record; reports what cannot be read.
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Option<Cells<'t>> {
        let mut record = StringRecord::new();
        loop {
            let offset = self.start + self.records.position().byte() as usize;
            let line = skipped(self.text, offset.min(self.text.len()));
            let at = Location { file: self.file, span: line..line_end(self.text, line) };
            match self.records.read_record(&mut record) {
                Ok(false) => return None,
                // Spreadsheets write a row without content as commas alone.
                Ok(true) if record.iter().all(str::is_empty) => {}
                Ok(true) => return Some(Cells { text: self.text, at, places: self.places, width: self.width, record }),
                Err(why) => reader.report(Diagnostic::error("T002", &at, format!("this line cannot be read: {why}"))),
            }
        }
    }
}

fn column_error(reader: &mut Reader<'_>, at: &Location, message: String, help: Option<String>) -> bool {
    let mut wrong = Diagnostic::error("T002", at, message);
    wrong.help = help;
    reader.report(wrong);
    false
}

/// The first line: `# addresses = modicon`.
fn notation(
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

/// The start of the first line from `offset` on that is neither empty nor a comment.
fn skipped(text: &str, mut offset: usize) -> usize {
    loop {
        let line = &text[offset..];
        let end = line.find('\n').map(|e| e + 1);
        match end {
            Some(end) if line.starts_with('#') || line[..end].trim().is_empty() => offset += end,
            _ => return offset,
        }
    }
}

fn line_end(text: &str, start: usize) -> usize {
    let line = text[start..].lines().next().unwrap_or_default();
    start + line.len()
}
