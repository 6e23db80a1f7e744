//! The answer for people.

use super::super::Terminal;
use super::super::failure::Failure;
use super::account::{mac, roles, seconds};
use super::tally::{Judgement, Ruling, Tally};
use super::{Found, account};
use core::fmt::Display;
use sluice_engine::observe::{Class, Spoken, Summary};
use sluice_policies::Policy;
use sluice_policies::decision::{ConduitId, Verdict};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// Devices, rulings and counts of one kind that are shown; programs get them all.
const SHOWN: usize = 20;

pub(super) fn show(
    file: &Path,
    found: &Found,
    policy: Option<&Policy>,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let Found { summary, tally, .. } = found;
    headline(file, summary, terminal)?;
    for (name, spoken) in &summary.protocols {
        protocol(name, spoken, tally, terminal)?;
    }
    devices(summary, terminal)?;
    counts("anomalies", &summary.anomalies, terminal)?;
    counts("not identified", &summary.unidentified, terminal)?;
    if let Some(policy) = policy {
        verdicts(summary, terminal)?;
        rulings(tally, policy, |verdict| verdict != Verdict::Allow, terminal)?;
    }
    Ok(())
}

/// What the file is, and what became of its packets.
fn headline(file: &Path, summary: &Summary, terminal: &mut Terminal) -> Result<(), Failure> {
    let Summary { packets, bytes, classes, .. } = summary;
    terminal.line(format_args!(
        "{}: {} of {} in {}",
        file.display(),
        several(*packets, "packet"),
        several(*bytes, "byte"),
        time(seconds(summary))
    ))?;
    let classes: Vec<_> = classes.iter().filter(|(_, n)| **n > 0).map(|(class, n)| (of_class(*class), n)).collect();
    if classes.is_empty() { Ok(()) } else { counts("packets", classes, terminal) }
}

pub(super) const fn of_class(class: Class) -> &'static str {
    match class {
        Class::Protocol => "with a known protocol",
        Class::Unidentified => "not identified",
        Class::Control => "of TCP itself",
        Class::Repeated => "repeated",
        Class::Fragment => "fragments of what is not whole",
        Class::Arp => "ARP",
        Class::Icmp => "ICMP",
        Class::Rejected => "rejected",
    }
}

fn protocol(name: &str, spoken: &Spoken, tally: &Tally, terminal: &mut Terminal) -> Result<(), Failure> {
    terminal.line(format_args!("  {name}: {}", several(spoken.messages, "message")))?;
    let operations = tally.operations(name);
    let width = operations.iter().map(|((_, code, _), d)| d.name.len() + code.to_string().len()).max().unwrap_or(5) + 3;
    if !operations.is_empty() {
        terminal.line(format_args!(
            "    {:width$}  {:<9} {:>9} {:>9} {:>9}",
            "function", "does", "asked", "answered", "refused"
        ))?;
    }
    for ((_, code, action), done) in operations {
        let function = format!("{} ({code})", done.name);
        terminal.line(format_args!(
            "    {function:width$}  {:<9} {:>9} {:>9} {:>9}",
            action.name(),
            done.asked,
            done.answered,
            done.refused
        ))?;
    }
    for (facet, keys) in spoken.counts.iter().filter(|(facet, _)| !matches!(**facet, "request" | "response")) {
        counts(&format!("  {facet}"), keys, terminal)?;
    }
    counts("  anomalies", &spoken.anomalies, terminal)?;
    if spoken.unpaired > 0 {
        let responses = several(spoken.unpaired, "response");
        terminal.line(format_args!("    {responses} to no request that was read"))?;
    }
    Ok(())
}

fn devices(summary: &Summary, terminal: &mut Terminal) -> Result<(), Failure> {
    let all = &summary.devices;
    if !all.is_empty() {
        terminal.line(format_args!("  {}", several(all.len() as u64, "device")))?;
    }
    let speaking = all.iter().filter(|(_, d)| !d.protocols.is_empty());
    let silent = all.iter().filter(|(_, d)| d.protocols.is_empty());
    for (ip, device) in speaking.chain(silent).take(SHOWN) {
        let mac = device.mac.map_or_else(|| "-".to_owned(), mac);
        let said: Vec<&str> = roles(device).into_iter().chain(device.protocols.iter().copied()).collect();
        let line = format!("    {ip:<15}  {mac:<17}  {}", said.join(" "));
        terminal.line(line.trim_end())?;
    }
    more(all.len(), terminal)
}

/// What the messages would have met.
pub(super) fn verdicts(summary: &Summary, terminal: &mut Terminal) -> Result<(), Failure> {
    let Some(account::Verdicts { allow, alert, deny }) = account::Verdicts::of(summary) else { return Ok(()) };
    let deny = terminal.tint(deny == 0, &format!("{deny} deny"));
    let moot = summary.verdicts.map_or(0, |v| v.moot);
    let moot = if moot == 0 { String::new() } else { format!("; {} to what would be denied", several(moot, "answer")) };
    terminal.line(format_args!("  verdicts: {allow} allow, {alert} alert, {deny}{moot}"))
}

/// What decided, for verdicts that are `wanted`.
pub(super) fn rulings(
    tally: &Tally,
    policy: &Policy,
    wanted: impl Fn(Verdict) -> bool,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let all: Vec<_> = tally.rulings().into_iter().filter(|(r, _)| wanted(r.verdict)).collect();
    for (ruling, judgement) in all.iter().take(SHOWN) {
        of_ruling(ruling, judgement, policy, terminal)?;
    }
    more(all.len(), terminal)?;
    match tally.beyond {
        0 => Ok(()),
        n => terminal.line(format_args!("    {} of many kinds more", several(n, "operation"))),
    }
}

fn of_ruling(ruling: &Ruling, of: &Judgement, policy: &Policy, terminal: &mut Terminal) -> Result<(), Failure> {
    let Judgement { count, packet, between, protocol, operation, statement, at, sentence } = of;
    let reason = ruling.reason.map_or(String::new(), |r| format!(" because {}", r.name()));
    let verdict = terminal.tint(ruling.verdict == Verdict::Allow, ruling.verdict.name());
    let statement = match (statement, at) {
        (Some(statement), Some(at)) => format!(" ({statement}, {at})"),
        _ => String::new(),
    };
    let what = match (ruling.anomaly, ruling.conduit) {
        (Some(anomaly), _) => format!("{} ({anomaly})", several(*count, "message")),
        (None, None | Some(ConduitId::UNMATCHED)) => several(*count, "operation"),
        (None, Some(id)) => format!("{} in {}", several(*count, "operation"), policy.conduit_name(id)),
    };
    terminal.line(format_args!("    {verdict}{reason}: {what}{statement}"))?;
    let between = between.map_or(String::new(), |(from, to)| format!("{} -> {}: ", who(policy, from), who(policy, to)));
    let operation = operation.as_ref().map_or(String::new(), |operation| format!(" {operation}"));
    terminal.line(format_args!("      first in packet {packet}: {between}{protocol}{operation}: {sentence}"))
}

/// An asset's name, or the address of what is none.
pub(super) fn who(policy: &Policy, address: SocketAddr) -> String {
    policy.asset_name_of(address.ip()).map_or_else(|| address.ip().to_string(), ToOwned::to_owned)
}

fn more(all: usize, terminal: &mut Terminal) -> Result<(), Failure> {
    match all.saturating_sub(SHOWN) {
        0 => Ok(()),
        rest => terminal.line(format_args!("    and {rest} more; --format json has them all")),
    }
}

/// `anomalies: bad-length (3), tcp-gap (1)`, or nothing; of many the most frequent.
fn counts<'c, K: Display>(
    title: &str,
    counts: impl IntoIterator<Item = (K, &'c u64)>,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let mut all: Vec<_> = counts.into_iter().collect();
    if all.is_empty() {
        return Ok(());
    }
    let more = all.len().saturating_sub(SHOWN);
    if more > 0 {
        all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    }
    let mut shown: Vec<_> = all.iter().take(SHOWN).map(|(key, count)| format!("{key} ({count})")).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    terminal.line(format_args!("  {title}: {}", shown.join(", ")))
}

/// `55.8 s`, `2 min 5 s`, `3 d 4 h`.
pub(super) fn time(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = Duration::from_secs_f64(seconds).as_secs();
    let (days, hours, minutes) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} min {} s", whole % 60),
        (0, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// `1 packet`, `2 packets`.
pub(super) fn several(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_say_them() {
        let told = [0.04, 59.9, 60.0, 3_599.9, 3_600.0, 86_399.0, 90_000.0, 78_361_744.0].map(time);
        let wanted =
            ["0.0 s", "59.9 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "23 h 59 min", "1 d 1 h", "906 d 23 h"];
        assert_eq!(told, wanted);
    }
}
