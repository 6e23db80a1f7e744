//! `sluice policy schema`.

use super::failure::Failure;
use super::{Outcome, Terminal};
use sluice_protocols::registry;

pub(super) fn schema(terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let schema = sluice_policies::schema(&registry::descriptors());
    let text = serde_json::to_string_pretty(&schema).map_err(|e| Failure::Output(e.into()))?;
    terminal.line(text)?;
    Ok(Outcome::Holds)
}
