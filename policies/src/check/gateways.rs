//! Gateways and conduits that do not meet.

use crate::diagnose::{Diagnostic, Diagnostics};
use crate::site::{AssetId, Conduit, Outside, Site};
use std::collections::HashSet;

/// G006: a proxy before an asset that no conduit leads to. G007: a conduit to assets behind no gateway. G011: a conduit
/// that no frame follows across its gateway.
pub(super) fn check(site: &Site, diagnostics: &mut Diagnostics) {
    for conduit in &site.conduits {
        if let Some(wrong) = one_sided(site, conduit) {
            diagnostics.push(wrong);
        }
    }
    let mut reached: HashSet<AssetId> = site.conduits.iter().flat_map(|c| c.to.iter().copied()).collect();
    // What leads to an asset behind a gateway of its protocol leads there.
    let behind: Vec<AssetId> = reached.iter().filter_map(|id| site.asset(*id).behind()).collect();
    reached.extend(behind);
    let proxies = || site.gateways.iter().flat_map(|g| &g.proxies);
    for proxy in proxies().filter(|p| !reached.contains(&p.asset)) {
        let name = &site.asset(proxy.asset).name;
        let message = format!("no conduit leads to {name}, so this proxy lets nothing pass");
        diagnostics
            .push(Diagnostic::warning("G006", &proxy.at, message).help(format!("add a conduit with to = \"{name}\"")));
    }
    // What is not proxied may stand behind a bridge, on any side of it.
    let bridged = site.gateways.iter().any(|g| g.bridge.is_some());
    if proxies().next().is_none() || bridged {
        return;
    }
    let guarded: HashSet<AssetId> = proxies().map(|p| p.asset).collect();
    for conduit in &site.conduits {
        if conduit.only_services() {
            let message = format!("conduit {} allows services, and no gateway has a bridge", conduit.name);
            let help =
                "a proxy carries protocols alone; nothing enforces it without ports = { control = \"eth1\", .. }";
            diagnostics.push(Diagnostic::warning("G007", &conduit.at, message).help(help));
        } else if let Some(open) = conduit.to.iter().find(|id| !is_guarded(site, &guarded, **id)) {
            let name = &site.asset(*open).name;
            let message = format!("conduit {} leads to {name}, which stands behind no gateway", conduit.name);
            let wrong = Diagnostic::warning("G007", &conduit.at, message);
            diagnostics.push(
                wrong.help(format!("nothing enforces it there; add proxy = {{ {name} = \"ip:port\" }} to a gateway")),
            );
        }
    }
}

/// Whether an asset is proxied, or the gateway that it stands behind.
fn is_guarded(site: &Site, guarded: &HashSet<AssetId>, id: AssetId) -> bool {
    guarded.contains(&id) || site.asset(id).behind().is_some_and(|gateway| guarded.contains(&gateway))
}

/// G011: every asset at both ends of a conduit stands beyond the same port.
fn one_sided(site: &Site, conduit: &Conduit) -> Option<Diagnostic> {
    let first = site.asset(*conduit.from.first()?).port.as_ref()?;
    let beyond = |id: &AssetId| {
        let port = site.asset(*id).port.as_ref();
        port.is_some_and(|p| (p.gateway, p.port) == (first.gateway, first.port))
    };
    let outside = [&conduit.from_outside, &conduit.to_outside].into_iter().any(|o| *o != Outside::default());
    if outside || conduit.to.is_empty() || !conduit.from.iter().chain(&conduit.to).all(beyond) {
        return None;
    }
    let gateway = &site.gateways[usize::from(first.gateway.0)];
    let port = &gateway.ports[first.port].name;
    let message = format!(
        "nothing of conduit {} crosses {}: both of its ends stand on the side {port}",
        conduit.name, gateway.name
    );
    let wrong = Diagnostic::warning("G011", &conduit.at, message).also(&first.at, "here");
    Some(wrong.help("look at `port` of its assets; what stays on one side passes unseen"))
}
