//! What a compiled policy decides, on sites put together by hand.
#![allow(clippy::unwrap_used, missing_docs)]

mod explanations;
mod files;
mod floors;
mod rules;
mod site;
mod tests_of_sites;
mod words;
