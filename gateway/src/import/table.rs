//! A table of another program: columns with names, rows of cells.

use super::columns::{self, Column};
use super::{Omitted, Options, Raw, Tag, Unreadable};

/// A cell as text.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    /// Whether the program keeps it as a number, so that its zeros may be lost.
    pub(super) number: bool,
}

/// A row that holds anything.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Which one it is in the file, from 1.
    pub(super) number: usize,
    pub(super) cells: Vec<Cell>,
}

/// How far down the row with the columns' names may stand: above it there are titles.
const HEADER_WITHIN: usize = 20;

/// The tags of a table.
pub(super) fn tags(rows: &[Row], options: &Options, format: &'static str) -> Result<Raw, Unreadable> {
    let header = rows.iter().take(HEADER_WITHIN).enumerate().max_by_key(|(at, row)| {
        let known = row.cells.iter().filter(|c| columns::known(&c.text, options).is_some()).count();
        (known, core::cmp::Reverse(*at))
    });
    let Some((at, header)) = header else { return Err(Unreadable("the file is empty".to_owned())) };
    let columns = columns::of(header, options)?;
    let mut raw = Raw { format, notation: None, tags: Vec::new(), omitted: Vec::new() };
    for row in &rows[at + 1..] {
        match tag(row, &columns, options) {
            Ok(tag) => raw.tags.push(tag),
            Err(omitted) => raw.omitted.push(omitted),
        }
    }
    Ok(raw)
}

fn tag(row: &Row, columns: &[Option<Column>], options: &Options) -> Result<Tag, Omitted> {
    let mut tag = Tag { place: format!("row {}", row.number), ..Tag::default() };
    let (mut table, mut numeric) = (String::new(), false);
    for (cell, column) in row.cells.iter().zip(columns) {
        let text = cell.text.trim().to_owned();
        match column {
            Some(Column::Name) => tag.name = text,
            Some(Column::Address) => (tag.address, numeric) = (text, cell.number),
            Some(Column::Table) => table = text,
            Some(Column::Kind) => tag.kind = text,
            Some(Column::Count) => tag.count = text,
            Some(Column::Words) => tag.words = text,
            Some(Column::Scale) => tag.scale = text,
            Some(Column::Offset) => tag.offset = text,
            Some(Column::Unit) => tag.unit = text,
            Some(Column::Min) => tag.min = text,
            Some(Column::Max) => tag.max = text,
            Some(Column::States) => tag.states = text,
            Some(Column::Access) => tag.access = text,
            Some(Column::Comment) => tag.comment = text,
            None => {}
        }
    }
    match address(&tag.address, &table, numeric, options) {
        Ok(address) => Ok(Tag { address, ..tag }),
        Err(why) => Err(Omitted { place: tag.place, name: tag.name, why }),
    }
}

/// An address that may need its table from another column, or whose zeros a spreadsheet dropped.
fn address(text: &str, table: &str, numeric: bool, options: &Options) -> Result<String, String> {
    if numeric && text.ends_with(".1") {
        let [one, ten] = [1, 10].map(|bit| format!("{}{bit}", &text[..text.len() - 1]));
        return Err(format!(
            "the address is kept as a number, and {one} and {ten} are one number: format the column as text"
        ));
    }
    if table.is_empty() {
        return Ok(text.to_owned());
    }
    let Some(name) = columns::table(table) else {
        return Err(format!("\"{table}\" names no table: coil, discrete input, input register or holding register"));
    };
    let (base, bit) = text.split_once('.').map_or((text, None), |(base, bit)| (base, Some(bit)));
    let number: u64 = base.parse().map_err(|_| format!("\"{text}\" is no number in the table {name}"))?;
    let item = number
        .checked_sub(options.first)
        .ok_or_else(|| format!("{number} lies before {}, the first of the table", options.first))?;
    Ok(bit.map_or_else(|| format!("{name} {item}"), |bit| format!("{name} {item}.{bit}")))
}
