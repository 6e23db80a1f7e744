//! Policy files to decisions.
//!
//! Data flows one way: [`source`] (files) -> `read` and `tags` (TOML and CSV, every mistake a [`diagnose::Diagnostic`]) ->
//! [`site`] (what the files say, resolved) -> `check` -> `compile` -> `policy` (immutable, no heap in a decision) -> `explain`.
//! Knows no protocol's bytes: what a protocol can name comes from its [`sluice_model::Descriptor`].
//! Imported by `sluice-engine` and `sluice`.

mod check;
pub mod decision;
pub mod diagnose;
pub mod explain;
pub mod fmt;
pub mod language;
pub mod learn;
mod load;
pub mod meaning;
pub mod policy;
pub mod prove;
mod read;
mod registers;
pub mod services;
mod sheet;
pub mod site;
pub mod source;
pub mod state;
mod tags;
pub mod testing;
pub mod words;

pub use explain::Explanation;
pub use load::load;
pub use policy::{End, Misplaced, Packet, Policy, Route, Seat, Seen, Stance, Turn};
pub use read::schema;
pub use state::State;
pub use testing::{Decoder, TestOutcome, run_tests};
pub use words::Words;
