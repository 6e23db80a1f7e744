//! What a policy means, as a thing that tools can compare, ask and sign. Called by the command line and by a gateway that
//! requires approval; works on a [`crate::site::Site`], before it is compiled.
//!
//! A site means a list of [`Clause`]s: one for each allow statement, and one for each setting that can widen what passes
//! (conduits, `[unmatched]`, gateways, windows, calendars, guarantees, lockdown, break-glass, approvals). A clause is some
//! lines of text, sorted, in which everything that a file can spell in several ways is resolved: sources and
//! destinations by name and address, functions by raw code, tags and globs by the items that they stand for, limits as
//! raw and as engineering values. The first line is `sluice meaning VERSION: KIND`; the SHA-256 of all lines, each with
//! its line feed, is the clause's identity. What is only for readers is not in it: ids, `why`, comments, places, order.
//!
//! * [`approval`]: who approved what; [`ask`]: questions
//! * [`diff`]: the difference of two sites
//! * `clause`: the clauses of a site; `statement`, `service`, `settings`, `never`: their lines
//! * `ends`, `items`, `values`, `guard`: the words of those lines

pub mod approval;
pub mod ask;
mod clause;
pub mod diff;
mod ends;
mod guard;
mod items;
mod never;
mod service;
mod settings;
mod statement;
mod values;

pub use clause::{Clause, ClauseKind, VERSION, clauses};

use core::fmt::Write;

/// Lines of a clause, in any order.
type Lines = Vec<String>;

/// A list joined by `separator`.
fn join<T: ToString>(separator: &str, items: impl IntoIterator<Item = T>) -> String {
    let mut out = String::new();
    for item in items {
        let before = if out.is_empty() { "" } else { separator };
        let _ = write!(out, "{before}{}", item.to_string());
    }
    out
}
