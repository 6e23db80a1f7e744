//! Policy files to decisions.
//!
//! Data flows one way: `source` (files with positions) -> `read` (TOML and CSV, every mistake a diagnostic) ->
//! [`site`] (what the files say, resolved) -> `compile` -> `policy` (immutable, no heap in a decision) -> `explain`.
//! Knows no protocol's bytes: what a protocol can name comes from its [`sluice_model::Descriptor`].
//! Imported by `sluice-engine` and `sluice`.

pub mod decision;
pub mod language;
pub mod policy;
pub mod site;

pub use policy::{Policy, Route, Stance};
