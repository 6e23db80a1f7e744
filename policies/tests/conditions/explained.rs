//! Which condition failed, in the plant's words.

use super::parsers::Protocols;
use super::site::policy;
use sluice_policies::run_tests;
use std::fmt::Write;

#[test]
fn every_condition_that_fails_is_said_in_words() {
    let mut said = String::new();
    for outcome in run_tests(&policy(), &Protocols) {
        let explanation = outcome.explanation.unwrap();
        writeln!(said, "{}\n    {explanation}", outcome.name).unwrap();
    }
    insta::assert_snapshot!(said);
}
