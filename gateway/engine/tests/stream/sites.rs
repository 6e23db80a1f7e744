//! Small sites, built in code: one client, one controller, raw ranges.

use sluice_model::{Action, ActionSet, Descriptor, SpaceId, Span};
use sluice_policies::decision::{Mode, OnDeny};
use sluice_policies::policy::Policy;
use sluice_policies::site::{
    Asset, AssetId, Conduit, Devices, Functions, Items, Location, Site, SourceFile, Speaks, Statement, Unmatched,
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

pub const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 11));
pub const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 66));
pub const CONTROLLER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 31));

/// What a client may do: read and write items from 0 up to these, exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    pub reads: u64,
    pub writes: u64,
    pub reports: u64,
    pub mode: Mode,
    pub on_deny: OnDeny,
}

impl Rules {
    pub const fn new(reads: u64, writes: u64) -> Self {
        Self { reads, writes, reports: 0, mode: Mode::Enforce, on_deny: OnDeny::Refuse }
    }
}

/// The controller's place in [`site`].
pub const TARGET: AssetId = AssetId(1);

pub fn client() -> SocketAddr {
    SocketAddr::new(CLIENT, 40_000)
}

pub fn policy(protocol: &'static Descriptor, space: SpaceId, rules: Rules) -> Arc<Policy> {
    Arc::new(Policy::compile(site(protocol, space, rules)))
}

pub fn site(protocol: &'static Descriptor, space: SpaceId, rules: Rules) -> Site {
    let statement = |id: &str, action: Action, items: u64| Statement {
        id: id.to_owned(),
        at: at(),
        why: None,
        protocol,
        functions: Functions { verbs: ActionSet::EMPTY.with(action), codes: Vec::new(), opaque: false },
        items: Items::Raw(vec![Span { space, first: 0, last: items - 1 }]),
        conditions: sluice_policies::site::Conditions::default(),
    };
    let granted = [("look", Action::Read, rules.reads), ("set", Action::Write, rules.writes)];
    let granted = granted.into_iter().chain([("hear", Action::Event, rules.reports)]);
    let conduit = Conduit {
        mode: rules.mode,
        on_deny: rules.on_deny,
        statements: granted.filter(|(.., items)| *items > 0).map(|(id, a, items)| statement(id, a, items)).collect(),
        ..Conduit::new("operators", at(), vec![AssetId(0)], vec![TARGET])
    };
    Site {
        name: "bench".to_owned(),
        files: vec![SourceFile { path: "site.toml".to_owned(), text: "sluice = 1\n".to_owned() }],
        unmatched: Unmatched::default(),
        gateways: Vec::new(),
        assets: vec![asset("hmi-1", CLIENT, None), asset("plc-1", CONTROLLER, Some(protocol))],
        zones: Vec::new(),
        conduits: vec![conduit],
        ..Site::default()
    }
}

pub fn asset(name: &str, address: IpAddr, protocol: Option<&'static Descriptor>) -> Asset {
    let speaks = protocol.map(|protocol| Speaks { devices: Devices::Any, ..Speaks::new(protocol) });
    Asset { speaks: speaks.into_iter().collect(), ..Asset::new(name, at(), vec![address]) }
}

fn at() -> Location {
    Location { file: 0, span: 0..6 }
}
