//! The cells of one line, with their places.

use super::Columns;
use crate::site::Location;
use csv::StringRecord;
use std::rc::Rc;

/// The cells of one line.
pub(crate) struct Cells<'t> {
    pub(super) text: &'t str,
    /// The line.
    pub(crate) at: Location,
    pub(super) columns: Rc<Columns>,
    /// For each column, its place in a record.
    pub(super) places: Rc<[Option<usize>]>,
    /// How many cells the header has.
    pub(crate) width: usize,
    pub(crate) record: StringRecord,
}

impl Cells<'_> {
    /// The text of a column; empty when the sheet has no such column.
    pub(crate) fn get(&self, column: &str) -> &str {
        self.index(column).and_then(|i| self.record.get(i)).unwrap_or_default()
    }

    /// The place of a column's cell, or of the line when it has none.
    pub(crate) fn at(&self, column: &str) -> Location {
        self.index(column).map_or_else(|| self.at.clone(), |index| self.place(index))
    }

    /// The first cell that the header has no column for, unless it is empty.
    pub(crate) fn extra(&self) -> Option<usize> {
        (self.width..self.record.len()).find(|i| self.record.get(*i) != Some(""))
    }

    /// The place of cell `index`. Only called for messages: it walks the line.
    pub(crate) fn place(&self, index: usize) -> Location {
        let line = &self.text[self.at.span.start..];
        let (mut cell, mut begin, mut quoted) = (0, 0, false);
        let mut end = line.len();
        for (at, byte) in line.bytes().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b',' if !quoted && cell == index => {
                    end = at;
                    break;
                }
                b',' if !quoted => (cell, begin) = (cell + 1, at + 1),
                b'\n' if !quoted => {
                    end = at;
                    break;
                }
                _ => {}
            }
        }
        if cell != index {
            return self.at.clone();
        }
        let inner = &line[begin..end];
        let begin = self.at.span.start + begin + (inner.len() - inner.trim_start().len());
        Location { file: self.at.file, span: begin..begin + inner.trim().len() }
    }

    fn index(&self, column: &str) -> Option<usize> {
        self.columns.names.iter().position(|c| *c == column).and_then(|c| *self.places.get(c)?)
    }
}
