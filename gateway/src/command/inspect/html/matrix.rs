//! Who speaks what to whom: clients downwards, servers across.

use super::section::Names;
use super::story::{Story, Talk};
use maud::{Markup, html};
use sluice_model::Action;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Most clients, and most servers, of the matrix; the table beside it has every conversation.
const SHOWN: usize = 24;

/// The devices that speak, as a matrix and as a table.
pub(super) fn conversations(story: &Story, names: Names<'_>) -> Markup {
    if story.conversations.is_empty() {
        return html! { p.none { "Nobody spoke a protocol that is read here." } };
    }
    let clients = busiest(story.conversations.iter().map(|((client, ..), talk)| (*client, talk)));
    let servers = busiest(story.conversations.iter().map(|((_, server, _), talk)| (*server, talk)));
    html! {
        (matrix(story, names, &clients[..clients.len().min(SHOWN)], &servers[..servers.len().min(SHOWN)]))
        @if clients.len() > SHOWN || servers.len() > SHOWN {
            p.none { "The chart shows the " (SHOWN) " busiest of " (clients.len()) " clients and " (servers.len()) " servers." }
        }
        (table(story, names))
    }
}

/// Addresses, the busiest first.
fn busiest<'s>(all: impl Iterator<Item = (IpAddr, &'s Talk)>) -> Vec<IpAddr> {
    let mut sums: BTreeMap<IpAddr, u64> = BTreeMap::new();
    for (address, talk) in all {
        *sums.entry(address).or_default() += talk.total();
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(address, sum)| (std::cmp::Reverse(*sum), *address));
    sums.into_iter().map(|(address, _)| address).collect()
}

fn matrix(story: &Story, names: Names<'_>, clients: &[IpAddr], servers: &[IpAddr]) -> Markup {
    let cell = |client: IpAddr, server: IpAddr| {
        let talks = story
            .conversations
            .range((client, server, "")..)
            .take_while(move |((c, s, _), _)| (*c, *s) == (client, server));
        talks.map(|((.., protocol), talk)| (*protocol, talk)).collect::<Vec<_>>()
    };
    let most = story.conversations.values().map(Talk::total).max().unwrap_or(1);
    let (wide, high) = (230 + servers.len() * 34 + 160, 150 + clients.len() * 34 + 10);
    html! {
        svg.matrix role="img" aria-label="Clients and servers" viewBox=(format!("0 0 {wide} {high}")) style=(format!("max-width:{wide}px")) {
            @for (column, server) in servers.iter().enumerate() {
                @let x = 230 + column * 34 + 20;
                text transform=(format!("translate({x} 140) rotate(-40)")) { (names.short(*server)) }
            }
            @for (row, client) in clients.iter().enumerate() {
                @let y = 150 + row * 34;
                text.end x="220" y=(y + 20) { (names.short(*client)) }
                @for (column, server) in servers.iter().enumerate() {
                    @let (talks, x) = (cell(*client, *server), 230 + column * 34);
                    rect.empty x=(x) y=(y) width="30" height="30" rx="3" {}
                    @if !talks.is_empty() {
                        @let sum = talks.iter().map(|(_, talk)| talk.total()).sum::<u64>();
                        @let changes = talks.iter().any(|(_, talk)| changes(talk));
                        @let side = 8 + u64::from(sum.max(1).ilog2() + 1) * 22 / u64::from(most.max(1).ilog2() + 1).max(1);
                        @let (side, class) = (side.min(30), if changes { "changes" } else { "looks" });
                        @let inset = (30 - side) / 2;
                        rect class=(class) x=(x as u64 + inset) y=(y as u64 + inset) width=(side) height=(side) rx="3" {
                            title {
                                (names.full(*client)) " to " (names.full(*server)) ": "
                                @for (protocol, talk) in &talks {
                                    (protocol) " " (talk.requests()) " requests, " (talk.answered) " answered, "
                                    (talk.refused) " refused by the device "
                                }
                            }
                        }
                        @if talks.iter().any(|(_, talk)| talk.odd > 0) { circle.deny cx=(x + 26) cy=(y + 4) r="4" {} }
                    }
                }
            }
        }
        p.legend {
            span { svg viewBox="0 0 12 12" aria-hidden="true" { rect.looks width="12" height="12" rx="2" {} } "only looks" }
            span { svg viewBox="0 0 12 12" aria-hidden="true" { rect.changes width="12" height="12" rx="2" {} } "also changes something" }
            span { svg viewBox="0 0 12 12" aria-hidden="true" { circle.deny cx="6" cy="6" r="4" {} } "messages with anomalies" }
            span { "clients stand at the left, servers above; the larger, the more" }
        }
    }
}

/// Whether anything but looking was asked for.
fn changes(talk: &Talk) -> bool {
    let looks = [Action::Read, Action::Browse, Action::Session, Action::Diagnose, Action::Event];
    Action::ALL.into_iter().any(|action| talk.asked[action as usize] > 0 && !looks.contains(&action))
}

fn table(story: &Story, names: Names<'_>) -> Markup {
    let mut all: Vec<_> = story.conversations.iter().collect();
    all.sort_by_key(|(pair, talk)| (std::cmp::Reverse(talk.total()), **pair));
    html! {
        table {
            thead { tr { th { "client" } th { "server" } th { "protocol" } th { "asked" } th.n { "requests" } th.n { "answered" } th.n { "refused" } th.n { "odd" } } }
            tbody {
                @for ((client, server, protocol), talk) in all {
                    tr {
                        td { bdi { (names.full(*client)) } } td { bdi { (names.full(*server)) } } td { (protocol) }
                        td {
                            @for action in Action::ALL.into_iter().filter(|a| talk.asked[*a as usize] > 0) {
                                span.asked { (action.name()) " " (talk.asked[action as usize]) } " "
                            }
                        }
                        td.n { (talk.requests()) } td.n { (talk.answered) } td.n { (talk.refused) } td.n { (talk.odd) }
                    }
                }
            }
        }
        @if story.beyond > 0 { p.none { (story.beyond) " operations of conversations beyond these." } }
    }
}
