//! `sluice policy test`.

use super::call::{Format, Test};
use super::failure::Failure;
use super::{Outcome, Terminal, site};
use serde::Serialize;
use sluice_engine::Parsers;
use sluice_policies::{TestOutcome, run_tests};

/// What `--format json` prints.
#[derive(Serialize)]
struct Results {
    tests: Vec<TestOutcome>,
    passed: usize,
    failed: usize,
}

pub(super) fn test(call: &Test, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let compiled = site::load(&call.site, terminal)?;
    let tests = run_tests(&compiled.policy, &Parsers);
    let passed = tests.iter().filter(|t| t.pass).count();
    let failed = tests.len() - passed;
    match call.format {
        Format::Json => terminal.json(&Results { tests, passed, failed })?,
        Format::Text => {
            for outcome in &tests {
                line(outcome, terminal)?;
            }
            terminal.line(format_args!("{passed} passed, {failed} failed"))?;
        }
    }
    Ok(if failed == 0 { Outcome::Holds } else { Outcome::Fails })
}

fn line(outcome: &TestOutcome, terminal: &mut Terminal) -> Result<(), Failure> {
    let TestOutcome { name, pass, got, wanted, at, explanation } = outcome;
    let mark = terminal.tint(*pass, if *pass { "ok  " } else { "FAIL" });
    if *pass {
        return terminal.line(format_args!("{mark}  {name}: {got}"));
    }
    terminal.line(format_args!("{mark}  {name}: wanted {wanted}, got {got} ({at})"))?;
    explanation.iter().try_for_each(|why| terminal.line(format_args!("      {why}")))
}
