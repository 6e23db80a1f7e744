//! `sluice policy meaning`.

use super::named;
use crate::command::call::Format;
use crate::command::failure::Failure;
use crate::command::{Outcome, Terminal, site};
use clap::Args;
use serde::Serialize;
use sluice_policies::meaning::clauses;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  sluice policy meaning --site plant/\n  \
                        sluice policy meaning --site plant/ operators.speed 'conduit operators'")]
pub(crate) struct Meaning {
    /// The folder with site.toml.
    #[arg(long, value_name = "DIR")]
    site: PathBuf,
    /// Statements and settings; all of them without a name.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Text for people or JSON for programs, one object a line.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What `--format json` prints of one clause.
#[derive(Serialize)]
struct Shown<'c> {
    name: &'c str,
    at: String,
    meaning: String,
    lines: &'c [String],
}

pub(crate) fn meaning(call: &Meaning, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let site = site::read(&call.site, terminal)?;
    for clause in named(clauses(&site), &call.names)? {
        let at = clause.at.as_ref().map_or_else(String::new, |at| site.show(at));
        let meaning = clause.identity();
        match call.format {
            Format::Json => terminal.json(&Shown { name: &clause.name, at, meaning, lines: &clause.lines })?,
            Format::Text => {
                let at = if at.is_empty() { at } else { format!(" ({at})") };
                terminal.line(format_args!("{}{at} {meaning}", clause.name))?;
                for line in &clause.lines {
                    terminal.line(format_args!("  {line}"))?;
                }
            }
        }
    }
    Ok(Outcome::Holds)
}
