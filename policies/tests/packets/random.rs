//! Random sites of few assets, addresses and conduits, so that everything meets everything.

use proptest::prelude::*;
use sluice_policies::decision::Mode;
use sluice_policies::services::presets;
use sluice_policies::site::{
    Asset, AssetId, AssetPort, BridgePorts, Conduit, Gateway, GatewayId, Location, Mac, Net, OnLoss, Opens, Outside,
    Passes, Port, Service, ServicePort, Site, SourceFile, Unmatched,
};
use std::net::IpAddr;

/// How many assets there are; asset `n` has the address `10.0.0.n` when the site gives it one.
pub(crate) const ASSETS: u8 = 4;

/// Addresses: of the assets, beside them, of groups, of one link, of nobody.
pub(crate) const ADDRESSES: &[&str] = &[
    "10.0.0.0",
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.3",
    "10.0.0.9",
    "10.0.1.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.1.129",
    "239.0.0.1",
    "::",
    "fe80::1",
    "2001:db8::1",
    "ff02::1:2",
];

/// Nets, some inside of others.
const NETS: &[&str] =
    &["10.0.0.0/30", "10.0.0.8/29", "10.0.0.0/8", "224.0.0.0/4", "2001:db8::/32", "0.0.0.0/0", "::/0"];

/// MAC addresses: few, so that assets share them; the last ones are groups'.
pub(crate) const MACS: &[[u8; 6]] = &[
    [2, 0, 0, 0, 0, 1],
    [2, 0, 0, 0, 0, 2],
    [2, 0, 0, 0, 0, 3],
    [0xFF; 6],
    [0x01, 0x80, 0xC2, 0, 0, 0x0E],
    [0x01, 0x80, 0xC2, 0, 0, 0],
    [0x01, 0x15, 0x4E, 0, 1, 7],
];

pub(crate) fn at() -> Location {
    Location { file: 0, span: 0..1 }
}

fn asset(index: u8) -> impl Strategy<Value = Asset> {
    let ip = IpAddr::from([10, 0, 0, index]);
    let macs = prop::sample::subsequence(MACS[..3].to_vec(), 0..3);
    let vlan = prop::option::of(prop::sample::select(vec![0u16, 10, 20]));
    let port = prop::option::of((0u16..2, 0usize..3));
    (any::<bool>(), macs, vlan, port).prop_map(move |(has_ip, macs, vlan, port)| Asset {
        macs: macs.into_iter().map(Mac).collect(),
        vlan,
        port: port.map(|(gateway, port)| AssetPort { gateway: GatewayId(gateway), port, at: at() }),
        ..Asset::new(format!("a{index}"), at(), if has_ip { vec![ip] } else { vec![] })
    })
}

/// A gateway whose first side is its third port, and one without a bridge.
fn gateways() -> Vec<Gateway> {
    let port = |name: &str| Port { name: name.into(), interface: name.into(), at: at() };
    let ports = || vec![port("p0"), port("p1"), port("p2")];
    let gateway = |name: &str, bridge, monitor| Gateway {
        name: name.into(),
        at: at(),
        on_loss: OnLoss::Closed,
        ports: ports(),
        bridge,
        monitor,
        serial: vec![],
        proxies: vec![],
    };
    let sides = BridgePorts { sides: [port("p2"), port("p0")], at: at() };
    vec![gateway("g0", Some(sides), vec![port("p1")]), gateway("g1", None, ports())]
}

fn outside() -> impl Strategy<Value = Outside> {
    let nets = prop::sample::subsequence(NETS.to_vec(), 0..3);
    (prop::bool::weighted(0.2), nets).prop_map(|(anyone, nets)| Outside {
        anyone,
        nets: nets.into_iter().map(|net| net.parse::<Net>().unwrap()).collect(),
    })
}

fn ids() -> impl Strategy<Value = Vec<AssetId>> {
    prop::sample::subsequence((0..u32::from(ASSETS)).map(AssetId).collect::<Vec<_>>(), 0..=usize::from(ASSETS))
}

fn passes() -> impl Strategy<Value = Passes> {
    let port = |port| ServicePort { port, name: None };
    prop_oneof![
        4 => prop::sample::select(presets().iter().collect::<Vec<_>>()).prop_map(Passes::Preset),
        1 => prop::sample::select(vec![22, 53, 67, 319]).prop_map(move |p| Passes::Tcp(port(p))),
        1 => prop::sample::select(vec![53, 68, 123, 319]).prop_map(move |p| Passes::Udp(port(p))),
        1 => prop::sample::select(vec![0x88CCu16, 0x88F7, 0x9000]).prop_map(Passes::Ethertype),
    ]
}

fn service() -> impl Strategy<Value = Service> {
    prop::collection::vec(passes(), 1..4).prop_map(|passes| Service {
        id: "s".into(),
        at: at(),
        why: None,
        passes,
        conditions: sluice_policies::site::Conditions::default(),
    })
}

fn conduit() -> impl Strategy<Value = Conduit> {
    let opens = prop::sample::select(vec![Opens::From, Opens::From, Opens::To, Opens::Either]);
    let mode = prop::sample::select(vec![Mode::Enforce, Mode::Alert, Mode::Learn]);
    let ends = (ids(), ids(), outside(), outside());
    (ends, opens, mode, prop::collection::vec(service(), 0..3)).prop_map(
        |((from, to, from_outside, to_outside), opens, mode, services)| Conduit {
            from_outside,
            to_outside,
            opens,
            mode,
            services,
            ..Conduit::new("c", at(), from, to)
        },
    )
}

/// A site.
pub(crate) fn site() -> impl Strategy<Value = Site> {
    let assets: Vec<_> = (0..ASSETS).map(asset).collect();
    let mode = prop::sample::select(vec![Mode::Enforce, Mode::Alert]);
    (assets, prop::collection::vec(conduit(), 0..5), mode).prop_map(|(assets, mut conduits, mode)| {
        for (number, conduit) in conduits.iter_mut().enumerate() {
            conduit.name = format!("c{number}");
        }
        Site {
            name: "random".into(),
            files: vec![SourceFile { path: "site.toml".into(), text: "x\n".into() }],
            unmatched: Unmatched { mode, ..Unmatched::default() },
            gateways: gateways(),
            assets,
            zones: vec![],
            conduits,
            ..Site::default()
        }
    })
}
