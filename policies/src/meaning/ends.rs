//! Who stands at an end, as lines.

use super::{Lines, join};
use crate::site::{Asset, AssetId, Devices, Outside, Site, Speaks};

/// A line for each asset and each network of an end; `end` is `from` or `to`.
pub(super) fn lines(site: &Site, end: &str, assets: &[AssetId], outside: &Outside) -> Lines {
    let mut lines: Lines = assets.iter().map(|id| format!("{end} {}", asset(site, site.asset(*id)))).collect();
    lines.extend(outside.nets.iter().map(|net| format!("{end} net {net}")));
    if outside.anyone {
        lines.push(format!("{end} anyone"));
    }
    lines
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
    let port = asset.port.iter().filter_map(|at| {
        let gateway = site.gateways.get(usize::from(at.gateway.0))?;
        Some(format!("{}:{}", gateway.name, gateway.ports.get(at.port)?.name))
    });
    add("port", port.collect());
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
