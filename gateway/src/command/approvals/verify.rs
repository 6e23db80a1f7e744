//! `sluice policy verify`.

use super::{open, trust, unreadable};
use crate::approval;
use crate::command::call::Format;
use crate::command::failure::Failure;
use crate::command::{Outcome, Terminal};
use clap::Args;
use serde::Serialize;
use sluice_policies::meaning::approval::Standing;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sluice policy verify --site plant/ --trust /etc/sluice/keys")]
pub(crate) struct Verify {
    /// The folder with site.toml.
    #[arg(long, value_name = "DIR")]
    site: PathBuf,
    /// The folder with the public key of everybody who may approve: PERSON.pub.
    #[arg(long, value_name = "KEYS")]
    trust: PathBuf,
    /// Text for people or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Verified<'s> {
    holds: bool,
    clauses: &'s [Standing],
    #[serde(flatten)]
    report: serde_json::Value,
}

pub(crate) fn verify(call: &Verify, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let keys = trust(&call.trust)?;
    let (site, files) = open(&call.site, terminal)?;
    let verified = approval::verify(&site, &files, &keys).map_err(|r| unreadable(&call.site, &r, terminal));
    let (standings, report) = verified?;
    let holds = Standing::all_hold(&standings, &report);
    match call.format {
        Format::Json => {
            terminal.json(&Verified { holds, clauses: &standings, report: report.json() })?;
        }
        Format::Text => {
            for standing in &standings {
                line(standing, terminal)?;
            }
            terminal.report(&report);
            let approved = standings.iter().filter(|s| s.approved).count();
            terminal.line(format_args!("{approved} approved, {} not", standings.len() - approved))?;
        }
    }
    Ok(if holds { Outcome::Holds } else { Outcome::Fails })
}

fn line(standing: &Standing, terminal: &mut Terminal) -> Result<(), Failure> {
    let Standing { name, at, approved, by, .. } = standing;
    let mark = terminal.tint(*approved, if *approved { "approved" } else { "NOT     " });
    let at = if at.is_empty() { String::new() } else { format!(" ({at})") };
    let by: Vec<String> = by.iter().map(|a| format!("{} as {} on {}", a.person, a.role, a.date)).collect();
    let by = if by.is_empty() { "nobody".into() } else { by.join(", ") };
    terminal.line(format_args!("{mark}  {name}{at}: {by}"))
}
