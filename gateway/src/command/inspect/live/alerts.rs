//! What is said at once: what the policy would not let pass, and messages that no policy does.
//!
//! The first of a kind between two devices is told, then no more than one in [`QUIET`], with how many there were; so a
//! flood of denials fills no disk.

use super::super::super::Terminal;
use super::super::super::call::{Format, Monitor};
use super::super::super::failure::Failure;
use super::super::account::Verdicts;
use super::super::events::Event;
use super::super::text::{several, who};
use core::fmt::Write as _;
use foldhash::fast::RandomState;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use sluice_engine::Judged;
use sluice_engine::observe::{Odd, Seen, Summary};
use sluice_model::{Direction, Instant};
use sluice_policies::decision::{Reason, Verdict};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long more of the same is only counted.
const QUIET: Duration = Duration::from_secs(10);
/// Kinds of alerts that are told apart; later ones are counted together.
const KINDS: usize = 4096;

/// Alerts between two devices that are alike.
type Kind = (Verdict, Option<Reason>, Option<&'static str>, Option<(IpAddr, IpAddr)>);

/// When one was last told, and how many came since.
struct Told {
    at: Instant,
    more: u64,
}

/// Writes alerts; the first failure ends it.
pub(super) struct Alerts<'t> {
    terminal: &'t mut Terminal,
    format: Format,
    /// Whether every judged operation is wanted.
    all: bool,
    known: HashMap<Kind, Told, RandomState>,
    /// Alerts beyond [`KINDS`].
    beyond: u64,
    failure: Option<Failure>,
}

/// A message that no policy lets pass, for programs.
#[derive(Serialize)]
struct Malformed {
    packet: u64,
    time: u64,
    from: Option<String>,
    to: Option<String>,
    protocol: &'static str,
    verdict: &'static str,
    reason: &'static str,
    anomaly: &'static str,
    sentence: &'static str,
    /// How many were not told since the last one was.
    more: u64,
}

/// An operation that is not allowed, for programs.
#[derive(Serialize)]
struct Alert {
    #[serde(flatten)]
    event: Event,
    more: u64,
}

impl<'t> Alerts<'t> {
    pub(super) fn new(terminal: &'t mut Terminal, call: &Monitor) -> Self {
        let known = HashMap::default();
        Self { terminal, format: call.format, all: call.events, known, beyond: 0, failure: None }
    }

    /// Whether every operation is wanted.
    pub(super) const fn each(&self) -> bool {
        self.all
    }

    /// Whether anybody still reads.
    pub(super) const fn goes_on(&self) -> bool {
        self.failure.is_none()
    }

    pub(super) fn failure(self) -> Option<Failure> {
        self.failure
    }

    pub(super) fn operation(&mut self, seen: &Seen<'_>) {
        let Some(judged) = seen.judged.filter(|_| self.failure.is_none()) else { return };
        if self.all {
            return self.keep(|terminal| terminal.json(&Event::of(seen, judged)));
        }
        let decision = judged.decision;
        if decision.verdict == Verdict::Allow {
            return;
        }
        let ends = (seen.scene.source, seen.scene.destination);
        let kind = (decision.verdict, decision.reason, None, Some((ends.0.ip(), ends.1.ip())));
        let Some(more) = self.is_due(kind, seen.scene.at) else { return };
        match self.format {
            Format::Json => self.keep(|terminal| terminal.json(&Alert { event: Event::of(seen, judged), more })),
            Format::Text => {
                let line = line(seen, judged, ends, more);
                self.keep(|terminal| terminal.line(line));
            }
        }
    }

    pub(super) fn anomaly(&mut self, odd: &Odd<'_>) {
        let Some((protocol, direction)) = odd.message.filter(|_| self.failure.is_none()) else { return };
        let reason = if direction == Direction::ToServer { Reason::Malformed } else { Reason::Response };
        let ends = odd.between.map(|(from, to)| (from.ip(), to.ip()));
        let kind = (Verdict::Deny, Some(reason), Some(odd.kind.name), ends);
        let Some(more) = self.is_due(kind, odd.at) else { return };
        let (verdict, reason, sentence) = (Verdict::Deny.name(), reason.name(), odd.kind.meaning.trim_end_matches('.'));
        let end = |address: SocketAddr| address.to_string();
        let (from, to) = (odd.between.map(|(from, _)| end(from)), odd.between.map(|(_, to)| end(to)));
        match self.format {
            Format::Json => {
                let (packet, time, anomaly) = (odd.packet, odd.at.0 / 1_000_000, odd.kind.name);
                let (protocol, from, to) = (protocol.name, from, to);
                let malformed =
                    Malformed { packet, time, from, to, protocol, verdict, reason, anomaly, sentence, more };
                self.keep(|terminal| terminal.json(&malformed));
            }
            Format::Text => {
                let [from, to] = [from, to].map(Option::unwrap_or_default);
                let line = format!(
                    "{} {verdict} because {reason}: {from} -> {to}: {} ({}): {sentence}{}",
                    clock(odd.at),
                    protocol.name,
                    odd.kind.name,
                    and_more(more)
                );
                self.keep(|terminal| terminal.line(line));
            }
        }
    }

    /// Says how things stand, to whoever watches.
    pub(super) fn status(&mut self, summary: &Summary, kernel: &str) {
        let mut line = kernel.to_owned();
        if let Some(Verdicts { allow, alert, deny }) = Verdicts::of(summary) {
            let _ = write!(line, "; {allow} allow, {alert} alert, {deny} deny");
        }
        if self.beyond > 0 {
            let _ = write!(line, "; {} of many kinds not told", several(self.beyond, "alert"));
        }
        self.terminal.say(line);
    }

    /// Whether an alert is to be told, and how many were not since the last one was.
    fn is_due(&mut self, kind: Kind, at: Instant) -> Option<u64> {
        if let Some(told) = self.known.get_mut(&kind) {
            if at < told.at + QUIET {
                told.more += 1;
                return None;
            }
            let more = core::mem::take(&mut told.more);
            told.at = at;
            return Some(more);
        }
        if self.known.len() >= KINDS {
            self.beyond += 1;
            return None;
        }
        self.known.insert(kind, Told { at, more: 0 });
        Some(0)
    }

    fn keep(&mut self, write: impl FnOnce(&mut Terminal) -> Result<(), Failure>) {
        self.failure = write(self.terminal).err();
    }
}

/// `14:03:22 deny because item: hmi-1 -> plc-3: modbus write holding 300 = 5: ...`
fn line(seen: &Seen<'_>, judged: &Judged<'_>, (from, to): (SocketAddr, SocketAddr), more: u64) -> String {
    let explanation = judged.explain();
    let reason = judged.decision.reason.map_or(String::new(), |reason| format!(" because {}", reason.name()));
    let statement = match (&explanation.statement, &explanation.at) {
        (Some(statement), Some(at)) => format!(" ({statement}, {at})"),
        _ => String::new(),
    };
    format!(
        "{} {}{reason}: {} -> {}: {} {}: {}{statement}{}",
        clock(seen.scene.at),
        judged.decision.verdict.name(),
        who(judged.policy, from),
        who(judged.policy, to),
        seen.protocol.name,
        explanation.operation,
        explanation.sentence,
        and_more(more)
    )
}

fn and_more(more: u64) -> String {
    if more == 0 { String::new() } else { format!(" (and {more} more since the last such line)") }
}

/// The time of day where this runs.
fn clock(at: Instant) -> String {
    let time = Timestamp::from_nanosecond(i128::from(at.0)).unwrap_or(Timestamp::UNIX_EPOCH);
    time.to_zoned_datetime(TimeZone::system()).strftime("%H:%M:%S").to_string()
}
