//! Evasions: what people have found to get a message past an inspector that its target then understands otherwise.
//!
//! Each is a row: what is sent, on which kind of connection, and how far it comes where nothing inspects. The table says
//! for each what the server's socket received and what the client saw, for whichever bridge is under test.

mod forged;
mod frames;
mod ip;
mod messages;
mod overlaps;
mod row;
mod stream;
mod table;

pub(crate) use row::{Reaches, Row};
pub(crate) use table::{Outcome, Table};

/// Every row.
pub(crate) fn rows() -> Vec<Row> {
    [stream::ROWS, messages::ROWS, overlaps::ROWS, forged::ROWS, ip::ROWS, frames::ROWS].concat()
}

/// Those that are about TCP and what it carries, over IP version 6.
pub(crate) fn rows_over_version_6() -> Vec<Row> {
    let rows = [stream::ROWS, messages::ROWS, overlaps::ROWS, forged::ROWS].concat();
    rows.into_iter().map(Row::over_version_6).collect()
}
