//! The settings of a site that can widen what passes, as lines.

use super::clause::{Clause, ClauseKind, owners, zone_owners};
use super::guard::{schedule, span};
use super::{Lines, ends, join, never, service, statement};
use crate::site::{ClockLost, Conduit, Gateway, Need, OnLoss, Port, Site, Window};

pub(super) fn clauses(site: &Site) -> impl Iterator<Item = Clause> + '_ {
    let conduits = site.conduits.iter().map(|c| conduit(site, c).owned(owners(site, c)));
    let gateways = site.gateways.iter().map(|g| gateway(site, g));
    let windows = site.windows.iter().map(|w| window(site, w));
    let once = [unmatched(site), clock(site), approvals(site)].into_iter();
    let emergency = break_glass(site).into_iter().chain(lockdown(site));
    let nevers = site.nevers.iter().map(|n| never::clause(site, n));
    conduits.chain(once).chain(gateways).chain(windows).chain(emergency).chain(nevers)
}

/// Who commands whom, and what happens to what no statement allows.
fn conduit(site: &Site, conduit: &Conduit) -> Clause {
    let mut lines = vec![
        format!("mode {}", conduit.mode.name()),
        format!("on-deny {}", conduit.on_deny.name()),
        format!("opens {}", service::opens(conduit.opens)),
    ];
    lines.extend(ends::lines(site, "from", &conduit.from, &conduit.from_outside));
    lines.extend(ends::lines(site, "to", &conduit.to, &conduit.to_outside));
    lines.extend(ends::within(conduit));
    let name = format!("conduit {}", conduit.name);
    Clause::new(ClauseKind::Setting, "conduit", name, Some(conduit.at.clone()), lines)
}

/// Pairs that no conduit joins.
fn unmatched(site: &Site) -> Clause {
    let unmatched = &site.unmatched;
    let mut lines = vec![format!("mode {}", unmatched.mode.name()), format!("on-deny {}", unmatched.on_deny.name())];
    lines.extend(unmatched.ends.iter().map(|ends| format!("until {ends}")));
    Clause::new(ClauseKind::Setting, "unmatched", "unmatched".into(), None, lines)
}

/// What a gateway joins, and what its loss does.
fn gateway(site: &Site, gateway: &Gateway) -> Clause {
    let on_loss = if gateway.on_loss == OnLoss::Open { "open" } else { "closed" };
    let port = |port: &Port| format!("{} on {}", port.name, port.interface);
    let mut lines: Lines = vec![format!("name {}", gateway.name), format!("on-loss {on_loss}")];
    lines.extend(gateway.ports.iter().map(|p| format!("port {}", port(p))));
    if let Some(bridge) = &gateway.bridge {
        let mut sides: Vec<String> = bridge.sides.iter().map(port).collect();
        sides.sort_unstable();
        lines.push(format!("bridge {}", join(" and ", sides)));
    }
    lines.extend(gateway.monitor.iter().map(|p| format!("monitor {}", port(p))));
    lines.extend(gateway.serial.iter().map(|s| format!("serial {} on {}", s.name, s.line)));
    for proxy in &gateway.proxies {
        let asset = site.asset(proxy.asset);
        let protocol = asset.speaks.get(proxy.speaks).map_or("?", |s| s.protocol.name);
        lines.push(format!("proxy {} {protocol} listens {} dials {}", asset.name, proxy.listen, proxy.upstream));
    }
    let name = format!("gateway {}", gateway.name);
    Clause::new(ClauseKind::Setting, "gateway", name, Some(gateway.at.clone()), lines)
}

/// The wall clock of the site, by its name.
pub(super) fn zone(site: &Site) -> String {
    site.time_zone.0.iana_name().unwrap_or("UTC").into()
}

/// What schedules and dates mean, and what they do when the clock is not to be trusted.
fn clock(site: &Site) -> Clause {
    let lost = if site.clock_lost == ClockLost::Open { "open" } else { "closed" };
    let lines = vec![format!("time-zone {}", zone(site)), format!("clock-lost {lost}")];
    Clause::new(ClauseKind::Setting, "clock", "clock".into(), None, lines)
}

fn needs(needs: &[Need]) -> impl Iterator<Item = String> + '_ {
    needs.iter().map(|need| format!("needs {}", need.name()))
}

/// Who opens a maintenance window, for how long, when, and for what.
fn window(site: &Site, window: &Window) -> Clause {
    let mut roles = window.opened_by.clone();
    roles.sort_unstable();
    let mut lines = vec![format!("name {}", window.name), format!("opened by {}", join(" and ", roles))];
    lines.push(format!("at most {}", span(window.max)));
    lines.extend(needs(&window.needs));
    lines.extend(window.planned.iter().map(|s| format!("planned {}", schedule(site, s))));
    lines.extend(window.covers.iter().map(|id| format!("covers {}", site.asset(*id).name)));
    let name = format!("window {}", window.name);
    let owners = zone_owners(site, &window.covers);
    Clause::new(ClauseKind::Setting, "window", name, Some(window.at.clone()), lines).owned(owners)
}

/// Which conduits fall to alert when the glass is broken.
fn break_glass(site: &Site) -> Option<Clause> {
    let glass = site.break_glass.as_ref()?;
    let mut lines = vec![format!("at most {}", span(glass.max))];
    lines.extend(needs(&glass.needs));
    let covered = glass.covers.iter().filter_map(|index| site.conduits.get(usize::from(*index)));
    lines.extend(covered.map(|c| format!("covers conduit {}", conduit(site, c).identity())));
    Some(Clause::new(ClauseKind::Setting, "break-glass", "break-glass".into(), Some(glass.at.clone()), lines))
}

/// What still passes in a lockdown: what is kept goes by what it means, for an id may move to another statement.
fn lockdown(site: &Site) -> Option<Clause> {
    let at = site.lockdown.at.clone()?;
    let mut lines = Vec::new();
    for (index, conduit) in (0..).zip(&site.conduits) {
        let inspected = conduit.statements.iter().filter(|s| site.lockdown.keeps(index, &s.id));
        let services = conduit.services.iter().filter(|s| site.lockdown.keeps(index, &s.id));
        let inspected = inspected.map(|s| statement::clause(site, conduit, s));
        let kept = inspected.chain(services.map(|s| service::clause(site, conduit, s)));
        lines.extend(kept.map(|c| format!("keeps {}", c.identity())));
    }
    Some(Clause::new(ClauseKind::Setting, "lockdown", "lockdown".into(), Some(at), lines))
}

/// Who approves, and who is asked about which assets.
fn approvals(site: &Site) -> Clause {
    let approvals = &site.approvals;
    let sorted = |names: &mut Vec<&str>| {
        names.sort_unstable();
        names.dedup();
        join(" ", names.iter())
    };
    let mut lines = vec![format!("need {}", approvals.need)];
    for (role, people) in &approvals.owners {
        lines.push(format!("role {role}: {}", sorted(&mut people.iter().map(String::as_str).collect())));
    }
    for zone in &site.zones {
        if let Some(owner) = &zone.owner {
            let mut names = zone.assets.iter().map(|id| site.asset(*id).name.as_str()).collect();
            lines.push(format!("zone {} owner {owner}: {}", zone.name, sorted(&mut names)));
        }
    }
    for conduit in &site.conduits {
        lines.extend(conduit.owner.iter().map(|owner| format!("conduit {} owner {owner}", conduit.name)));
    }
    Clause::new(ClauseKind::Setting, "approvals", "approvals".into(), approvals.at.clone(), lines)
}
