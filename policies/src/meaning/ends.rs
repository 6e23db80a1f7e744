//! Who stands at an end, as lines.

use super::{Lines, join};
use crate::site::{Asset, AssetId, AssetPort, Conduit, Devices, Identity, Outside, Partial, Site, Speaks, Via, Within};

/// A line for each asset and each network of an end; `end` is `from` or `to`.
pub(super) fn lines(site: &Site, end: &str, assets: &[AssetId], outside: &Outside) -> Lines {
    let mut lines: Lines = assets.iter().map(|id| format!("{end} {}", asset(site, site.asset(*id)))).collect();
    lines.extend(outside.nets.iter().map(|net| format!("{end} net {net}")));
    if outside.anyone {
        lines.push(format!("{end} anyone"));
    }
    lines
}

/// Which pairs of its ends a conduit joins, when not all.
pub(super) fn within(conduit: &Conduit) -> Option<String> {
    (conduit.within == Within::Cell).then(|| "within cell".into())
}

/// `hmi-1 ip 192.0.2.11 mac 02:00:5e:00:53:11 vlan 10 port gw-1:control`: everything by which an asset is told from others.
pub(super) fn asset(site: &Site, asset: &Asset) -> String {
    let mut line = asset.name.clone();
    let mut add = |key: &str, mut values: Vec<String>| {
        values.sort_unstable();
        if !values.is_empty() {
            line = format!("{line} {key} {}", join(",", values));
        }
    };
    add("ip", asset.addresses.iter().map(|ip| ip.to_canonical().to_string()).collect());
    add("mac", asset.macs.iter().map(ToString::to_string).collect());
    add("vlan", asset.vlan.iter().map(ToString::to_string).collect());
    add("port", asset.port.iter().map(|at| port(site, at)).collect());
    add("cell", asset.cell.iter().map(ToString::to_string).collect());
    add("realm", asset.realm.iter().map(ToString::to_string).collect());
    add("seen-as", asset.seen_as.iter().map(|s| format!("{}={}", port(site, &s.port), s.ip.to_canonical())).collect());
    add("hides", asset.hides.iter().map(|id| site.asset(*id).name.clone()).collect());
    add("via", asset.via.iter().map(|v| via(site, v)).collect());
    if let Some(identity) = asset.identity.as_deref() {
        add("identity", self::identity(site, identity));
    }
    line
}

/// `gw-1:control`.
fn port(site: &Site, at: &AssetPort) -> String {
    let gateway = site.gateways.get(usize::from(at.gateway.0));
    let own = gateway.and_then(|g| g.ports.get(at.port)).map_or("?", |p| &p.name);
    format!("{}:{own}", gateway.map_or("?", |g| &g.name))
}

fn via(site: &Site, via: &Via) -> String {
    match via {
        Via::Asset { gateway, .. } => site.asset(*gateway).name.clone(),
        Via::Line { gateway, line, .. } => {
            let gateway = site.gateways.get(usize::from(gateway.0));
            let line = gateway.and_then(|g| g.serial.get(*line)).map_or("?", |l| &l.name);
            format!("{}:{line}", gateway.map_or("?", |g| &g.name))
        }
    }
}

/// Everything that must agree of an asset without an address of its own.
fn identity(site: &Site, identity: &Identity) -> Vec<String> {
    let Identity { mac, dhcp, port, cert, user, .. } = identity;
    let mut all: Vec<String> = mac.iter().map(|mac| format!("mac={mac}")).collect();
    all.extend(dhcp.iter().map(|id| format!("dhcp={}", site.asset(*id).name)));
    all.extend(port.iter().map(|at| format!("port={}", self::port(site, at))));
    all.extend(cert.iter().map(|cert| format!("cert={cert:?}")));
    all.extend(user.iter().map(|user| format!("user={user:?}")));
    all
}

/// `plc-3 unit 1 port 502`, and how the device takes messages that are not for it alone or not whole.
pub(super) fn listening(site: &Site, asset: &Asset, speaks: &Speaks) -> String {
    let mut ports = speaks.ports.clone();
    ports.sort_unstable();
    ports.dedup();
    let mut line = format!("{} port {}", device(asset, speaks), join(",", ports));
    if speaks.gateway {
        line += " gateway";
    }
    if !speaks.broadcast.is_empty() {
        let mut names: Vec<&str> = speaks.broadcast.iter().map(|id| site.asset(*id).name.as_str()).collect();
        names.sort_unstable();
        line = format!("{line} broadcast {}", join(",", names));
    }
    if speaks.partial == Partial::Compose {
        line += " partial compose";
    }
    line
}

/// `plc-3 unit 1,3`: one device of an asset.
pub(super) fn device(asset: &Asset, speaks: &Speaks) -> String {
    let key = speaks.protocol.device.key;
    format!("{} {key} {}", asset.name, addresses(&speaks.devices))
}

fn addresses(devices: &Devices) -> String {
    match devices {
        Devices::Any => "any".into(),
        Devices::Listed(list) => {
            let mut list = list.clone();
            list.sort_unstable();
            list.dedup();
            join(",", list)
        }
    }
}
