//! `sluice policy ask`.

use super::call::Format;
use super::failure::Failure;
use super::{Outcome, Terminal, site};
use clap::Args;
use sluice_policies::meaning::ask::{Question, answer};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  sluice policy ask --site plant/ who can write plc-3.pump_speed\n  \
                        sluice policy ask --site plant/ what can hmi-1 do to plc-3\n  \
                        sluice policy ask --site plant/ may anyone stop plc-3\n  \
                        sluice policy ask --site plant/ 'may hmi-1 write plc-3.pump_speed = 60 Hz'")]
pub(super) struct Ask {
    /// The folder with site.toml.
    #[arg(long, value_name = "DIR")]
    site: PathBuf,
    /// The question.
    #[arg(value_name = "QUESTION", required = true, allow_negative_numbers = true)]
    question: Vec<String>,
    /// Text for people or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn ask(call: &Ask, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let site = site::read(&call.site, terminal)?;
    let puzzled = |puzzle: sluice_policies::meaning::ask::Puzzle| Failure::Call(puzzle.to_string());
    let question = Question::read(&site, &call.question.join(" ")).map_err(puzzled)?;
    let answer = answer(&site, &question).map_err(puzzled)?;
    match call.format {
        Format::Json => terminal.json(&answer)?,
        Format::Text => terminal.print(&answer)?,
    }
    Ok(if answer.may == Some(false) { Outcome::Fails } else { Outcome::Holds })
}
