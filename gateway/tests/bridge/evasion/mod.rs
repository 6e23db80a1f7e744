//! Evasions: what people have found to get a message past an inspector that its target then understands otherwise.
//!
//! Each is a row: what is sent, on which kind of connection, and how far it comes where nothing inspects. The table says
//! for each what the server's socket received and what the client saw, for whichever bridge is under test.

mod forged;
mod frames;
pub(crate) mod hostile;
mod ip;
mod messages;
mod offload;
mod overlaps;
mod row;
mod stream;
mod table;
mod tags;

pub(crate) use row::{Reaches, Row};
pub(crate) use table::{Ground, Outcome, Table};

/// Every row.
pub(crate) fn rows() -> Vec<Row> {
    [stream::ROWS, messages::ROWS, overlaps::ROWS, forged::ROWS, ip::ROWS, frames::ROWS].concat()
}

/// Those that are about TCP and what it carries, over IP version 6.
pub(crate) fn rows_over_version_6() -> Vec<Row> {
    let rows = [stream::ROWS, messages::ROWS, overlaps::ROWS, forged::ROWS].concat();
    rows.into_iter().map(Row::over_version_6).collect()
}

/// Those in a VLAN, where tags tell more; and all that is about TCP and what it carries.
pub(crate) fn rows_in_a_vlan() -> Vec<Row> {
    [tags::ROWS, stream::ROWS, messages::ROWS, overlaps::ROWS, forged::ROWS].concat()
}

/// Those of a sender that leaves work to its link.
pub(crate) fn rows_of_offloads() -> Vec<Row> {
    offload::ROWS.to_vec()
}
