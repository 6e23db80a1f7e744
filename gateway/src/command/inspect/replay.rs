//! `sluice policy replay`: what would have happened to the messages of a capture, by what decided.

use super::super::call::{Format, Replay};
use super::super::failure::Failure;
use super::super::{Outcome, Terminal};
use super::account::{Broken, Verdicts};
use super::tally::{Judgement, Ruling};
use super::{Found, each, policy, read, text};
use serde::Serialize;
use sluice_policies::Policy;
use sluice_policies::decision::Reason;
use std::path::Path;

/// What `--format json` prints of a file.
#[derive(Serialize)]
struct Replayed<'f> {
    file: String,
    packets: u64,
    verdicts: Option<Verdicts>,
    rulings: Vec<Group<'f>>,
    /// Only of a broken file.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<&'f Broken>,
}

/// The operations that one statement, or the lack of one, decided for one reason; or messages with one anomaly.
#[derive(Serialize)]
struct Group<'f> {
    verdict: &'static str,
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anomaly: Option<&'static str>,
    conduit: Option<&'f str>,
    statement: Option<&'f str>,
    at: Option<&'f str>,
    count: u64,
    first: First<'f>,
}

/// The first of them.
#[derive(Serialize)]
struct First<'f> {
    packet: u64,
    from: Option<String>,
    to: Option<String>,
    protocol: &'static str,
    operation: Option<&'f str>,
    sentence: &'f str,
}

pub(in crate::command) fn replay(call: &Replay, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let Some(policy) = policy(Some(&call.site), terminal)? else { return Ok(Outcome::Holds) };
    each(&call.captures, |file| {
        let found = read(file, Some(&policy), false, false, terminal)?;
        match call.format {
            Format::Json => terminal.json(&Replayed::of(file, &found, &policy))?,
            Format::Text => {
                terminal.line(format_args!("{}", file.display()))?;
                text::verdicts(&found.summary, terminal)?;
                text::rulings(&found.tally, &policy, |_| true, terminal)?;
            }
        }
        Ok(found)
    })
}

impl<'f> Replayed<'f> {
    fn of(file: &Path, found: &'f Found, policy: &'f Policy) -> Self {
        let rulings = found.tally.rulings().into_iter().map(|(r, j)| Group::of(r, j, policy)).collect();
        let (packets, verdicts) = (found.summary.packets, Verdicts::of(&found.summary));
        Self { file: file.display().to_string(), packets, verdicts, rulings, broken: found.broken.as_ref() }
    }
}

impl<'f> Group<'f> {
    fn of(ruling: &Ruling, of: &'f Judgement, policy: &'f Policy) -> Self {
        let (from, to) = of.between.unzip();
        Self {
            verdict: ruling.verdict.name(),
            reason: ruling.reason.map(Reason::name),
            anomaly: ruling.anomaly,
            conduit: ruling.conduit.map(|id| policy.conduit_name(id)),
            statement: of.statement.as_deref(),
            at: of.at.as_deref(),
            count: of.count,
            first: First {
                packet: of.packet,
                from: from.map(|address| text::who(policy, address)),
                to: to.map(|address| text::who(policy, address)),
                protocol: of.protocol,
                operation: of.operation.as_deref(),
                sentence: &of.sentence,
            },
        }
    }
}
