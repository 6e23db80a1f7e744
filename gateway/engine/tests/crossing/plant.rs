//! A site with a bridge, built in code: an operator and an engineer on one side, controllers on the other.

use sluice_model::{Action, ActionSet, Span};
use sluice_policies::Policy;
use sluice_policies::services::preset;
use sluice_policies::site::{
    Asset, AssetId, AssetPort, BridgePorts, Conduit, Devices, Functions, Gateway, GatewayId, Items, Location, Mac,
    OnLoss, Passes, Port, Service, ServicePort, Site, SourceFile, Speaks, Statement, Unmatched,
};
use sluice_protocols::registry;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// One end: its addresses and the VLAN that it is in.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    pub v4: Ipv4Addr,
    pub v6: Ipv6Addr,
    pub mac: [u8; 6],
}

const fn host(number: u8) -> Host {
    Host {
        v4: Ipv4Addr::new(192, 0, 2, number),
        v6: Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, number as u16),
        mac: [2, 0, 0, 0, 0, number],
    }
}

impl Host {
    pub fn at(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.v4.into(), port)
    }

    pub fn at6(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.v6.into(), port)
    }
}

/// May read holding registers 0 to 199 and write 0 to 7 of the controller, and use services.
pub const HMI: Host = host(11);
/// May use link-layer services alone.
pub const ENGINEER: Host = host(12);
/// No asset.
pub const STRANGER: Host = host(66);
pub const PLC: Host = host(31);
/// In VLAN 30, for the operator too.
pub const PLC_30: Host = host(32);

pub const GATEWAY: &str = "gw-1";

/// What differs between the sites of the tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    pub strangers: Strangers,
    pub services: bool,
    pub modbus: bool,
    pub reset: bool,
}

/// What happens to pairs without a conduit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strangers {
    #[default]
    Drop,
    Alert,
}

pub const USUAL: Rules = Rules { strangers: Strangers::Drop, services: true, modbus: true, reset: false };

pub fn policy(rules: Rules) -> Arc<Policy> {
    Arc::new(Policy::compile(site(rules)))
}

fn at() -> Location {
    Location { file: 0, span: 0..6 }
}

fn asset(name: &str, host: Host, port: usize) -> Asset {
    Asset {
        macs: vec![Mac(host.mac)],
        vlan: Some(0),
        port: Some(AssetPort { gateway: GatewayId(0), port, at: at() }),
        ..Asset::new(name, at(), vec![host.v4.into(), host.v6.into()])
    }
}

fn controller(name: &str, host: Host, vlan: u16) -> Asset {
    let protocol = registry::ALL[0].descriptor();
    let speaks = Speaks { devices: Devices::Any, ..Speaks::new(protocol) };
    Asset { speaks: vec![speaks], vlan: Some(vlan), ..asset(name, host, 1) }
}

fn statement(id: &str, action: Action, items: u64) -> Statement {
    let protocol = registry::ALL[0].descriptor();
    let space = protocol.spaces.iter().find(|s| s.name == "holding").unwrap().id;
    Statement {
        id: id.to_owned(),
        at: at(),
        why: None,
        protocol,
        functions: Functions { verbs: ActionSet::EMPTY.with(action), codes: Vec::new(), opaque: false },
        items: Items::Raw(vec![Span { space, first: 0, last: items - 1 }]),
        conditions: sluice_policies::site::Conditions::default(),
    }
}

fn service(id: &str, passes: Vec<Passes>) -> Service {
    Service { id: id.to_owned(), at: at(), why: None, passes, conditions: sluice_policies::site::Conditions::default() }
}

fn named(name: &str) -> Service {
    service(name, vec![Passes::Preset(preset(name).unwrap())])
}

fn port(name: &str, interface: &str) -> Port {
    Port { name: name.to_owned(), interface: interface.to_owned(), at: at() }
}

pub fn site(rules: Rules) -> Site {
    use sluice_policies::decision::{Mode, OnDeny};
    let mut operators = Conduit::new("operators", at(), vec![AssetId(0)], vec![AssetId(2), AssetId(3)]);
    if rules.reset {
        operators.on_deny = OnDeny::Reset;
    }
    if rules.modbus {
        operators.statements = vec![statement("look", Action::Read, 200), statement("set", Action::Write, 8)];
    }
    if rules.services {
        let udp = Passes::Udp(ServicePort { port: 5000, name: None });
        operators.services = vec![named("icmp-echo"), named("ssh"), service("bulk", vec![udp])];
    }
    let mut links = Conduit::new("links", at(), vec![AssetId(1)], vec![AssetId(2)]);
    links.services = vec![
        named("lldp"),
        named("rstp"),
        named("dhcp"),
        named("snmp-read"),
        named("tftp"),
        service("goose", vec![Passes::Ethertype(0x88B8)]),
    ];
    let sides = [port("office", "eth0"), port("control", "eth1")];
    Site {
        name: "bench".to_owned(),
        files: vec![SourceFile { path: "site.toml".to_owned(), text: "sluice = 1\n".to_owned() }],
        unmatched: Unmatched {
            mode: if rules.strangers == Strangers::Alert { Mode::Alert } else { Mode::Enforce },
            ..Unmatched::default()
        },
        gateways: vec![Gateway {
            name: GATEWAY.to_owned(),
            at: at(),
            on_loss: OnLoss::Closed,
            ports: sides.to_vec(),
            bridge: Some(BridgePorts { sides, at: at() }),
            monitor: Vec::new(),
            serial: Vec::new(),
            proxies: Vec::new(),
        }],
        assets: vec![
            asset("hmi-1", HMI, 0),
            asset("eng-1", ENGINEER, 0),
            controller("plc-1", PLC, 0),
            controller("plc-30", PLC_30, 30),
        ],
        zones: Vec::new(),
        conduits: vec![operators, links],
        ..Site::default()
    }
}
