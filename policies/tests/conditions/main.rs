//! Conditions as the author of a site meets them: a site whose own tests say what must come of each, how decisions are
//! explained, and what holds for real time.

#![allow(clippy::unwrap_used, missing_docs)]

mod explained;
mod parsers;
mod site;

use sluice_policies::run_tests;

#[test]
fn the_tests_of_the_site_hold() {
    let outcomes = run_tests(&site::policy(), &parsers::Protocols);
    let failed: Vec<String> = outcomes
        .iter()
        .filter(|o| !o.pass)
        .map(|o| format!("{}: {} instead of {}: {:?}", o.name, o.got, o.wanted, o.explanation))
        .collect();
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), outcomes.len(), failed.join("\n"));
    assert!(outcomes.len() > 40);
}
