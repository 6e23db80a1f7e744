//! A server that is hostile: what it may send so that the client takes another answer than to what it asked, or none.
//!
//! Both ends are made by hand. Each row says what the server sends; a string of bytes in it, which no other row sends, must
//! not come out of the box towards the client, and the client has one answer for each of its requests.

mod answers;
mod frames;
mod opening;
mod outcome;
mod pair;
mod segments;

pub(crate) use outcome::{run, text};

use pair::Pair;

/// What a hostile server does.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// A short name, no other row's.
    pub(crate) name: &'static str,
    /// What the server sends.
    sent: &'static str,
    stamps: bool,
    six: bool,
    /// Whether the connection may be gone at the end.
    ends: bool,
    run: fn(&mut Pair<'_>),
}

impl Row {
    const fn new(name: &'static str, sent: &'static str, run: fn(&mut Pair<'_>)) -> Self {
        Self { name, sent, stamps: false, six: false, ends: false, run }
    }

    /// On a connection with timestamps.
    const fn stamped(mut self) -> Self {
        self.stamps = true;
        self
    }

    /// The connection may be gone: by its own doing, or refused as a whole.
    const fn ends(mut self) -> Self {
        self.ends = true;
        self
    }

    const fn over_version_6(mut self) -> Self {
        self.six = true;
        self
    }
}

/// Every row.
pub(crate) fn rows() -> Vec<Row> {
    [answers::ROWS, segments::ROWS, opening::ROWS, frames::ROWS].concat()
}

/// Those that are about TCP and what it carries, over IP version 6.
pub(crate) fn rows_over_version_6() -> Vec<Row> {
    let rows = [answers::ROWS, segments::ROWS, opening::ROWS].concat();
    rows.into_iter().map(Row::over_version_6).collect()
}
