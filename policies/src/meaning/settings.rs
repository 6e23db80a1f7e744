//! The settings of a site that can widen what passes, as lines.

use super::clause::{Clause, ClauseKind, owners, zone_owners};
use super::{Lines, ends, join, service};
use crate::site::{Conduit, Gateway, OnLoss, Port, Site};

pub(super) fn clauses(site: &Site) -> impl Iterator<Item = Clause> + '_ {
    let conduits = site.conduits.iter().map(|c| conduit(site, c).owned(owners(site, c)));
    let gateways = site.gateways.iter().map(|g| gateway(site, g));
    conduits.chain([unmatched(site)]).chain(gateways).chain([zones(site)])
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
    let mut lines: Lines = vec![format!("on-loss {on_loss}")];
    lines.extend(gateway.ports.iter().map(|p| format!("port {}", port(p))));
    if let Some(bridge) = &gateway.bridge {
        let mut sides: Vec<String> = bridge.sides.iter().map(port).collect();
        sides.sort_unstable();
        lines.push(format!("bridge {}", join(" and ", sides)));
    }
    lines.extend(gateway.monitor.iter().map(|p| format!("monitor {}", port(p))));
    for proxy in &gateway.proxies {
        let asset = site.asset(proxy.asset);
        let protocol = asset.speaks.get(proxy.speaks).map_or("?", |s| s.protocol.name);
        lines.push(format!("proxy {} {protocol} listens {} dials {}", asset.name, proxy.listen, proxy.upstream));
    }
    let name = format!("gateway {}", gateway.name);
    Clause::new(ClauseKind::Setting, "gateway", name, Some(gateway.at.clone()), lines)
}

/// Who is asked about which assets.
fn zones(site: &Site) -> Clause {
    let owned = site.zones.iter().filter_map(|z| Some((z, z.owner.as_ref()?)));
    let line = |(zone, owner): (&crate::site::Zone, &String)| {
        let mut names: Vec<&str> = zone.assets.iter().map(|id| site.asset(*id).name.as_str()).collect();
        names.sort_unstable();
        format!("zone {} owner {owner}: {}", zone.name, join(" ", names))
    };
    let everyone = zone_owners(site, &(0..site.assets.len() as u32).map(crate::site::AssetId).collect::<Vec<_>>());
    let lines = owned.map(line).collect();
    Clause::new(ClauseKind::Setting, "owners of zones", "zones".into(), None, lines).owned(everyone)
}
