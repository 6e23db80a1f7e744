//! CSV files as spreadsheets write them: a header that names the columns, then the cells of each record with their places.
//! Called by `tags` and by the tables of assets in `read`.

mod cells;

pub(crate) use cells::Cells;

use crate::diagnose::Diagnostic;
use crate::read::Reader;
use crate::site::Location;
use csv::{ReaderBuilder, StringRecord, Trim};
use std::rc::Rc;

/// What a sheet may have.
#[derive(Debug)]
pub(crate) struct Columns {
    /// What it is: `a tag list`.
    pub(crate) what: &'static str,
    /// The code of messages about its header and about lines that cannot be read.
    pub(crate) code: &'static str,
    /// Every column; the first ones are required.
    pub(crate) names: Vec<&'static str>,
    /// How many are required.
    pub(crate) required: usize,
}

/// An open sheet.
pub(crate) struct Sheet<'t> {
    file: u16,
    text: &'t str,
    /// Where the records begin in the text.
    start: usize,
    records: csv::Reader<&'t [u8]>,
    columns: Rc<Columns>,
    places: Rc<[Option<usize>]>,
    width: usize,
    /// Whether every line could be read so far.
    pub(crate) whole: bool,
}

impl<'t> Sheet<'t> {
    /// Reads the header, which stands at `start` or behind it, after lines that are empty or comments.
    pub(crate) fn open(
        reader: &mut Reader<'_>,
        file: u16,
        text: &'t str,
        start: usize,
        columns: Columns,
    ) -> Option<Self> {
        let records = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(Trim::All)
            .from_reader(&text.as_bytes()[start..]);
        let (columns, places) = (Rc::new(columns), Rc::from([]));
        let mut sheet = Self { file, text, start, records, columns, places, width: 0, whole: true };
        sheet.header(reader)?;
        Some(sheet)
    }

    fn header(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let columns = Rc::clone(&self.columns);
        let whole = Location { file: self.file, span: 0..self.text.len().min(1) };
        let Some(header) = self.next(reader) else {
            let line = if columns.code == "T002" { "second" } else { "first" };
            let help = format!("the {line} line names the columns: {}", columns.names.join(","));
            let what = columns.what.split_once(' ').map_or(columns.what, |(_, what)| what);
            let message = format!("this {what} has no columns");
            reader.report(Diagnostic::error(columns.code, &whole, message).help(help));
            return None;
        };
        let mut good = true;
        self.width = header.record.len();
        let mut places = vec![None; columns.names.len()];
        // A header of more cells than these has one of them wrong.
        for (place, name) in header.record.iter().enumerate().take(2 * columns.names.len()) {
            match columns.names.iter().position(|c| *c == name) {
                Some(column) if places[column].is_none() => places[column] = Some(place),
                Some(_) => {
                    good = false;
                    let message = format!("column `{name}` stands twice");
                    columns.wrong(reader, &header.place(place), message, None);
                }
                None => {
                    good = false;
                    let message = format!("`{name}` is no column of {}", columns.what);
                    let help = columns.meant(reader, name);
                    columns.wrong(reader, &header.place(place), message, Some(help));
                }
            }
        }
        for (column, name) in columns.names.iter().enumerate().take(columns.required) {
            if places[column].is_none() && good {
                good = false;
                columns.wrong(reader, &header.at, format!("column `{name}` is missing"), None);
            }
        }
        self.places = places.into();
        good.then_some(())
    }

    /// The cells of the next record; reports what cannot be read.
    pub(crate) fn next(&mut self, reader: &mut Reader<'_>) -> Option<Cells<'t>> {
        let mut record = StringRecord::new();
        loop {
            let offset = self.start + self.records.position().byte() as usize;
            let line = skipped(self.text, offset.min(self.text.len()));
            let at = Location { file: self.file, span: line..line_end(self.text, line) };
            let columns = Rc::clone(&self.columns);
            match self.records.read_record(&mut record) {
                Ok(false) => return None,
                // Spreadsheets write a row without content as commas alone.
                Ok(true) if record.iter().all(str::is_empty) => {}
                Ok(true) => {
                    let (text, places, width) = (self.text, Rc::clone(&self.places), self.width);
                    return Some(Cells { text, at, columns, places, width, record });
                }
                Err(why) => {
                    self.whole = false;
                    columns.wrong(reader, &at, format!("this line cannot be read: {why}"), None);
                }
            }
        }
    }
}

impl Columns {
    fn wrong(&self, reader: &mut Reader<'_>, at: &Location, message: String, help: Option<String>) {
        reader.report(Diagnostic { help, ..Diagnostic::error(self.code, at, message) });
    }

    /// What to do about a column that does not exist.
    fn meant(&self, reader: &mut Reader<'_>, name: &str) -> String {
        match reader.nearest(name, self.names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if name.contains([';', '\t']) => "save the list with commas between its cells".into(),
            None => format!("the columns are {}", self.names.join(",")),
        }
    }
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
