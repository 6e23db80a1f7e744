//! Workbooks of spreadsheets.

use crate::import::table::{self, Cell, Row};
use crate::import::{Options, Raw, Unreadable};
use calamine::{Data, Reader, Xlsx};
use std::io::Cursor;

/// The most rows of a sheet that are read: as many as a sheet can have.
const MAX_ROWS: usize = 1 << 20;

pub(super) fn read(bytes: &[u8], options: &Options) -> Result<Raw, Unreadable> {
    let broken = |why: calamine::XlsxError| Unreadable(format!("the workbook is broken: {why}"));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let names = book.sheet_names();
    let name = match &options.sheet {
        Some(wanted) if names.contains(wanted) => wanted.clone(),
        Some(wanted) => {
            return Err(Unreadable(format!("the workbook has no sheet \"{wanted}\"; it has {}", names.join(", "))));
        }
        None => names.first().cloned().ok_or_else(|| Unreadable("the workbook has no sheet".to_owned()))?,
    };
    let mut cells = book.worksheet_cells_reader(&name).map_err(broken)?;
    let mut rows: Vec<Row> = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (row, column) = cell.get_position();
        let (number, column) = (row as usize + 1, column as usize);
        // A sheet has 16,384 columns; whoever uses more than these writes no tag list.
        if column >= 256 {
            continue;
        }
        if rows.last().is_none_or(|last| last.number != number) {
            if rows.len() == MAX_ROWS {
                break;
            }
            rows.push(Row { number, cells: Vec::new() });
        }
        if let Some(Row { cells, .. }) = rows.last_mut() {
            cells.resize(cells.len().max(column + 1), Cell::default());
            cells[column] = said(&Data::from(cell.get_value().clone()));
        }
    }
    rows.retain(|row| row.cells.iter().any(|cell| !cell.text.trim().is_empty()));
    table::tags(&rows, options, "workbook")
}

fn said(data: &Data) -> Cell {
    match data {
        Data::Int(number) => Cell { text: number.to_string(), number: true },
        Data::Float(number) => Cell { text: number.to_string(), number: true },
        Data::Bool(flag) => Cell { text: flag.to_string(), number: false },
        Data::Empty | Data::Error(_) => Cell::default(),
        other => Cell { text: other.to_string(), number: false },
    }
}
