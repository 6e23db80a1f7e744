//! Policy files to decisions.
//!
//! Data flows one way: `source` (files with positions) -> `read` (TOML and CSV, every mistake a diagnostic) ->
//! [`site`] (what the files say, resolved) -> `compile` -> `policy` (immutable, no heap in a decision) -> `explain`.
//! Knows no protocol's bytes: what a protocol can name comes from its [`sluice_model::Descriptor`].
//! Imported by `sluice-engine` and `sluice`.

pub mod decision;
pub mod explain;
pub mod language;
pub mod policy;
mod registers;
pub mod site;
pub mod testing;
pub mod words;

pub use explain::Explanation;
pub use policy::{Policy, Route, Stance};
pub use testing::{Decoder, TestOutcome, run_tests};
pub use words::Words;
