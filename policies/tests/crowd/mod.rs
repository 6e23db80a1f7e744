//! A site of many hosts, each with a conduit of its own, and one conduit from everyone to everyone.

use sluice_policies::services::preset;
use sluice_policies::site::{Asset, AssetId, Conduit, Location, Mac, Passes, Service, Site, Unmatched};
use std::net::IpAddr;

pub(crate) const HOSTS: u16 = 5_000;

pub(crate) fn ip(host: u16) -> IpAddr {
    let [high, low] = host.to_be_bytes();
    [10, 0, high, low].into()
}

pub(crate) fn mac(host: u16) -> Mac {
    let [high, low] = host.to_be_bytes();
    Mac([2, 0, 0, 0, high, low])
}

fn at() -> Location {
    Location { file: 0, span: 0..0 }
}

fn conduit(name: String, from: Vec<AssetId>, to: Vec<AssetId>, service: &str) -> Conduit {
    let passes = vec![Passes::Preset(preset(service).unwrap())];
    let services = vec![Service {
        id: service.into(),
        at: at(),
        why: None,
        passes,
        conditions: sluice_policies::site::Conditions::default(),
    }];
    Conduit { services, ..Conduit::new(name, at(), from, to) }
}

pub(crate) fn site() -> Site {
    let asset = |host| Asset { macs: vec![mac(host)], ..Asset::new(format!("h{host}"), at(), vec![ip(host)]) };
    let ids = || (0..u32::from(HOSTS)).map(AssetId);
    let own = |id: AssetId| conduit(format!("own-{}", id.0), vec![id], vec![AssetId(0)], "ssh");
    let everyone = conduit("everyone".into(), ids().collect(), ids().collect(), "icmp-echo");
    Site {
        name: "crowd".into(),
        files: vec![],
        unmatched: Unmatched::default(),
        gateways: vec![],
        assets: (0..HOSTS).map(asset).collect(),
        zones: vec![],
        conduits: ids().map(own).chain([everyone]).collect(),
        ..Site::default()
    }
}
