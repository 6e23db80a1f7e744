//! `sluice policy diff`.

use super::call::Format;
use super::failure::Failure;
use super::{Outcome, Terminal, site};
use clap::Args;
use serde::Serialize;
use sluice_policies::meaning::diff::Difference;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  sluice policy diff before/ plant/\n  \
                        git worktree add /tmp/before main && sluice policy diff /tmp/before/plant plant/")]
pub(super) struct Diff {
    /// The folder with site.toml as it was.
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The folder with site.toml as it is to be.
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Text for people or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Told<'d> {
    widens: bool,
    #[serde(flatten)]
    difference: &'d Difference,
}

pub(super) fn diff(call: &Diff, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let old = site::read(&call.old, terminal)?;
    let new = site::read(&call.new, terminal)?;
    let difference = Difference::between(&old, &new);
    let widens = difference.widens();
    match call.format {
        Format::Json => terminal.json(&Told { widens, difference: &difference })?,
        Format::Text => terminal.print(&difference)?,
    }
    Ok(if widens { Outcome::Fails } else { Outcome::Holds })
}
