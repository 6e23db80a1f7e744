//! What one capture held: a heading, charts, tables.

use super::chart::{self, Bar};
use super::matrix;
use crate::command::inspect::Found;
use crate::command::inspect::account::{Verdicts, mac, roles, seconds};
use crate::command::inspect::tally::{Judgement, Ruling};
use crate::command::inspect::text::{of_class, several, time, who};
use core::fmt::Display;
use jiff::Timestamp;
use maud::{Markup, html};
use sluice_engine::observe::{Spoken, Summary};
use sluice_policies::Policy;
use sluice_policies::decision::Reason;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

/// Rows of a long table; programs get them all.
const ROWS: usize = 2_000;
/// Rulings that are shown.
const RULINGS: usize = 100;

/// Addresses in the plant's own names.
#[derive(Clone, Copy)]
pub(super) struct Names<'p>(Option<&'p Policy>);

impl Names<'_> {
    /// The asset's name, or the address.
    pub(super) fn short(self, address: IpAddr) -> String {
        self.0.and_then(|p| p.asset_name_of(address)).map_or_else(|| address.to_string(), ToOwned::to_owned)
    }

    /// The address, with the asset's name.
    pub(super) fn full(self, address: IpAddr) -> String {
        let name = self.0.and_then(|p| p.asset_name_of(address));
        name.map_or_else(|| address.to_string(), |name| format!("{name} ({address})"))
    }
}

pub(super) fn of(file: &Path, site: Option<&str>, found: &Found, policy: Option<&Policy>) -> Markup {
    let (summary, names) = (&found.summary, Names(policy));
    html! {
        section.capture {
            (heading(file, site, summary))
            @if let Some(broken) = &found.broken { p.broken { "The file " (broken.sentence) "." } }
            h2 { "Who speaks what to whom" }
            (matrix::conversations(&found.story, names))
            h2 { "Requests over time" }
            (chart::stacks(&found.story.timeline, clock))
            @if let Some(policy) = policy { h2 { "Verdicts" } (verdicts(found, policy)) }
            h2 { "Anomalies" }
            (anomalies(found, names))
            h2 { "Operations" }
            (operations(found))
            h2 { "Devices" }
            (devices(summary, names))
            h2 { "Not identified" }
            (counts("content", &summary.unidentified))
        }
    }
}

/// A time since 1970 in nanoseconds, as clocks in Greenwich show it.
fn clock(at: u64) -> String {
    let time = Timestamp::from_nanosecond(at.into()).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()
}

fn heading(file: &Path, site: Option<&str>, summary: &Summary) -> Markup {
    html! {
        h1 { bdi { (file.display()) } }
        dl {
            div { dt { "packets" } dd { (summary.packets) " of " (several(summary.bytes, "byte")) } }
            @if let Some((first, last)) = summary.span {
                div { dt { "span" } dd { (time(seconds(summary))) ", " (clock(first.0)) " to " (clock(last.0)) } }
            }
            div { dt { "site" } dd { @if let Some(site) = site { bdi { (site) } } @else { "none: nothing was judged" } } }
            @for (class, count) in summary.classes.iter().filter(|(_, n)| **n > 0) {
                div { dt { "packets " (of_class(*class)) } dd { (count) } }
            }
        }
    }
}

fn verdicts(found: &Found, policy: &Policy) -> Markup {
    let rulings = found.tally.rulings();
    let mut sums: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (ruling, judgement) in &rulings {
        *sums.entry((ruling.verdict.name(), ruling.reason.map_or("", Reason::name))).or_default() += judgement.count;
    }
    let bars: Vec<_> = sums.into_iter().map(|((verdict, reason), count)| bar(verdict, reason, count)).collect();
    html! {
        @if let Some(Verdicts { allow, alert, deny }) = Verdicts::of(&found.summary) {
            p { "Messages: " (allow) " allow, " (alert) " alert, " (deny) " deny. The chart counts their operations." }
        }
        (chart::bars("Operations by verdict and reason", &bars))
        table {
            thead { tr { th { "verdict" } th.n { "count" } th { "conduit" } th { "statement" } th { "first" } th { "why" } } }
            tbody { @for (ruling, judgement) in rulings.iter().take(RULINGS) { (of_ruling(ruling, judgement, policy)) } }
        }
        (more(rulings.len(), RULINGS))
    }
}

fn bar(verdict: &'static str, reason: &str, count: u64) -> Bar {
    let label = if reason.is_empty() { verdict.to_owned() } else { format!("{verdict} because {reason}") };
    Bar { label, count, class: verdict }
}

fn of_ruling(ruling: &Ruling, of: &Judgement, policy: &Policy) -> Markup {
    let reason = ruling.reason.map_or("", Reason::name);
    html! {
        tr {
            td { b { (ruling.verdict.name()) } " " (reason) }
            td.n { (of.count) }
            td.whole { @if let Some(id) = ruling.conduit { bdi { (policy.conduit_name(id)) } } }
            td { bdi { (of.statement.as_deref().unwrap_or("")) } " " (of.at.as_deref().unwrap_or("")) }
            td {
                "packet " (of.packet)
                @if let Some((from, to)) = of.between { ": " bdi { (who(policy, from)) } " → " bdi { (who(policy, to)) } }
                ": " (of.protocol) " " bdi { (of.operation.as_deref().unwrap_or("")) }
            }
            td { bdi { (of.sentence) } }
        }
    }
}

fn anomalies(found: &Found, names: Names<'_>) -> Markup {
    let mut all: Vec<_> = found.story.anomalies.iter().collect();
    all.sort_by_key(|(key, odd)| (std::cmp::Reverse(odd.count), **key));
    if all.is_empty() {
        return html! { p.none { "None." } };
    }
    let whose = |protocol: Option<&'static str>| protocol.unwrap_or("frames and flows");
    let bars: Vec<_> = all
        .iter()
        .map(|((protocol, name), odd)| Bar {
            label: format!("{name} ({})", whose(*protocol)),
            count: odd.count,
            class: "odd",
        })
        .collect();
    html! {
        (chart::bars("Anomalies by kind", &bars))
        table {
            thead { tr { th { "kind" } th { "in" } th.n { "count" } th { "first" } th { "meaning" } th { "clause" } } }
            tbody {
                @for ((protocol, name), odd) in all {
                    tr {
                        td { (name) } td { (whose(*protocol)) } td.n { (odd.count) }
                        td {
                            "packet " (odd.packet)
                            @if let Some((from, to)) = odd.between { ": " bdi { (names.short(from.ip())) } " → " bdi { (names.short(to.ip())) } }
                        }
                        td { (odd.kind.meaning) } td { (odd.kind.clause) }
                    }
                }
            }
        }
    }
}

fn operations(found: &Found) -> Markup {
    html! {
        @for (name, spoken) in &found.summary.protocols {
            h3 { (name) ": " (several(spoken.messages, "message")) }
            table {
                thead { tr { th { "function" } th { "code" } th { "does" } th.n { "asked" } th.n { "answered" } th.n { "refused" } } }
                tbody {
                    @for ((_, code, action), done) in found.tally.operations(name) {
                        tr {
                            td { (done.name) } td { (code) } td { (action.name()) }
                            td.n { (done.asked) } td.n { (done.answered) } td.n { (done.refused) }
                        }
                    }
                }
            }
            (facets(spoken))
            @if spoken.unpaired > 0 { p.none { (several(spoken.unpaired, "response")) " to no request that was read." } }
        }
        @if found.summary.protocols.is_empty() { p.none { "None." } }
    }
}

/// Messages by what a protocol counts of them: requests, responses and refusals by function, devices.
fn facets(spoken: &Spoken) -> Markup {
    let all = spoken.counts.values().map(BTreeMap::len).sum();
    let rows = spoken.counts.iter().flat_map(|(facet, keys)| keys.iter().map(move |(key, count)| (facet, key, count)));
    html! {
        table {
            thead { tr { th { "messages by" } th { "key" } th.n { "count" } } }
            tbody {
                @for (facet, key, count) in rows.take(ROWS) { tr { td { (facet) } td { (key) } td.n { (count) } } }
            }
        }
        (more(all, ROWS))
    }
}

fn devices(summary: &Summary, names: Names<'_>) -> Markup {
    let speaking = summary.devices.iter().filter(|(_, d)| !d.protocols.is_empty());
    let silent = summary.devices.iter().filter(|(_, d)| d.protocols.is_empty());
    html! {
        table {
            thead { tr { th { "address" } th { "hardware address" } th { "role" } th { "protocols" } } }
            tbody {
                @for (ip, device) in speaking.chain(silent).take(ROWS) {
                    tr {
                        td { bdi { (names.full(*ip)) } } td { (device.mac.map_or_else(String::new, mac)) }
                        td { (roles(device).join(", ")) } td { @for protocol in &device.protocols { (protocol) " " } }
                    }
                }
            }
        }
        (more(summary.devices.len(), ROWS))
    }
}

fn counts<K: Display>(what: &str, counts: &BTreeMap<K, u64>) -> Markup {
    if counts.is_empty() {
        return html! { p.none { "None." } };
    }
    html! {
        table {
            thead { tr { th { (what) } th.n { "packets" } } }
            tbody { @for (key, count) in counts { tr { td { (key) } td.n { (count) } } } }
        }
    }
}

fn more(all: usize, shown: usize) -> Markup {
    html! { @if all > shown { p.none { "And " (all - shown) " more; --format json has them all." } } }
}
