//! The compiled policy: immutable, shared by every worker, asked once a message and without touching the heap.
//!
//! `compile` lowers a checked [`Site`] to source/destination pair -> protocol -> device -> function -> space ->
//! sorted disjoint intervals -> grants. The engine asks [`Policy::route`] once a connection and [`Policy::judge`] for
//! every operation; tools ask the same two, so that a test and an explanation run the code that enforces.

mod addresses;
mod asking;
mod build;
mod check;
mod compile;
mod covers;
mod floor;
mod functions;
mod gate;
mod index;
mod joins;
mod judge;
mod lexicon;
mod look;
mod lower;
mod members;
mod reach;
mod recount;
mod rules;
mod seat;
mod service;
mod table;
pub(crate) mod terms;
mod times;
mod turn;
mod walk;

pub use crate::services::{End, Packet};
pub(crate) use addresses::gateways;
pub(crate) use functions::{allows, codes, names};
pub use gate::{Route, Stance};
pub(crate) use lexicon::{Granted, Tags, bit_may_be};
pub(crate) use look::Device;
pub use seat::{Misplaced, Seat, Seen};
pub use turn::Turn;

use crate::decision::{ConduitId, Mode, StatementId};
use crate::site::{AssetId, Gateway, GatewayId, Location, Site, Statement, Unmatched};
use crate::state::Bound;
use addresses::Addresses;
use check::Checks;
use floor::Floors;
use functions::Functions;
use gate::{Bank, Gate, Group};
use lexicon::Lexicon;
use members::Members;
use reach::{Behind, Reach};
use rules::Rules;
use seat::Seats;
use sluice_model::{Descriptor, ProtocolId};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use table::Tables;
use terms::Terms;

/// A compiled policy. A copy shares with it whatever is large.
#[derive(Clone)]
pub struct Policy {
    site: Arc<Site>,
    /// Where each statement stands, by [`StatementId`].
    statements: Vec<Place>,
    /// Every protocol that an asset or a statement speaks.
    protocols: Vec<&'static Descriptor>,
    lexicon: Arc<Lexicon>,
    addresses: Arc<Addresses>,
    /// The gateway that it is the policy of.
    gateway: Option<GatewayId>,
    /// Which group joins a source and a destination, an index into `groups`.
    pairs: Arc<HashMap<(AssetId, AssetId), u32>>,
    /// The gates of conduits with services alone, by [`ConduitId`]; `NO_GATE` for the others, whose pairs are in `pairs`.
    silent: Arc<[u32]>,
    groups: Arc<[Group]>,
    gates: Vec<Gate>,
    functions: Arc<[Functions]>,
    banks: Arc<[Bank]>,
    tables: Tables,
    checks: Arc<Checks>,
    /// Where the device addresses of gateways lead.
    reaches: Arc<[Reach]>,
    behind: Arc<[Behind]>,
    floors: Arc<Floors>,
    /// The conditions of statements.
    terms: Arc<Terms>,
    seats: Arc<Seats>,
    members: Arc<Members>,
    /// The service statements of each conduit, by [`ConduitId`].
    rules: Arc<[Rules]>,
    /// What its conditions ask of the gateway's state.
    bound: Bound,
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    conduit: ConduitId,
    kind: Kind,
    /// Index among those of its kind in its conduit.
    index: usize,
}

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A protocol that is inspected; these have the first ids.
    Inspected,
    /// A service, ports, an Ethertype.
    Service,
}

/// Every worker holds the same one.
const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<Policy>();
};

impl core::fmt::Debug for Policy {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Policy").field("site", &self.site.name).finish_non_exhaustive()
    }
}

impl Policy {
    /// Compiles a site that the reader has checked.
    pub fn compile(site: Site) -> Self {
        compile::compile(site)
    }

    /// This policy after the date until which its site suspends `[unmatched]`: pairs without a conduit are enforced.
    #[must_use]
    pub fn lapsed(&self) -> Self {
        let mut lapsed = self.clone();
        let on_deny = self.site.unmatched.on_deny;
        Arc::make_mut(&mut lapsed.site).unmatched = Unmatched { on_deny, ..Unmatched::default() };
        lapsed.gates[gate::UNMATCHED as usize] = gate::unmatched(&lapsed.site.unmatched);
        lapsed
    }

    /// What the policy was compiled from, without what it keeps packed: tags, granted tags and the texts of files.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The gateway called `name`.
    pub fn gateway(&self, name: &str) -> Option<&Gateway> {
        self.site.gateways.iter().find(|g| g.name == name)
    }

    /// How messages of `protocol` from `from` to `to` are judged; good for this policy alone.
    pub fn route(&self, from: IpAddr, to: AssetId, protocol: ProtocolId) -> Route {
        let source = self.asset_of(from);
        let floors = self.floors.on(source, from.to_canonical(), to, protocol);
        self.between(source, to, protocol, floors)
    }

    /// The same, from whoever stands at an end: an asset is told from others that have its address elsewhere.
    pub fn route_from(&self, from: End, to: AssetId, protocol: ProtocolId) -> Route {
        match from {
            End::Asset(asset) => self.between(Some(asset), to, protocol, self.floors.from(Some(asset), to, protocol)),
            End::Address(ip) => self.route(ip, to, protocol),
            End::Mac(_) => self.between(None, to, protocol, 0),
        }
    }

    fn between(&self, source: Option<AssetId>, to: AssetId, protocol: ProtocolId, floors: u64) -> Route {
        let group = source.and_then(|from| self.pairs.get(&(from, to)));
        let gate = match (group, source) {
            (Some(group), _) => self.groups[*group as usize].gate(protocol),
            (None, Some(from)) => self.silent_gate(from, to),
            (None, None) => gate::UNMATCHED,
        };
        Route { gate, from: source, to, protocol, floors }
    }

    /// The protocol that an asset speaks on a TCP port: what is dialled there is inspected.
    pub fn speaks(&self, asset: AssetId, port: u16) -> Option<ProtocolId> {
        let speaks = &self.site.assets.get(asset.0 as usize)?.speaks;
        speaks.iter().find(|s| s.ports.contains(&port)).map(|s| s.protocol.id)
    }

    /// The gate of a pair that no conduit with protocols joins: that of the strictest one with services, if any does.
    fn silent_gate(&self, from: AssetId, to: AssetId) -> u32 {
        let gates = self.members.joining(from, to).map(|conduit| self.silent[usize::from(conduit.0)]);
        let strictest = |gate: &u32| self.gates[*gate as usize].stance.mode;
        gates.filter(|gate| *gate != gate::NO_GATE).min_by_key(strictest).unwrap_or(gate::UNMATCHED)
    }

    /// Whether a route is joined at all, and what its denials do.
    pub fn stance(&self, route: Route) -> Stance {
        self.gates[route.gate as usize].stance
    }

    /// The conduit's name, `unmatched` for [`ConduitId::UNMATCHED`].
    pub fn conduit_name(&self, id: ConduitId) -> &str {
        if id == ConduitId::UNMATCHED {
            return "unmatched";
        }
        self.site.conduits.get(usize::from(id.0)).map_or("unmatched", |c| &c.name)
    }

    /// Every conduit of the site, with its mode; [`ConduitId::UNMATCHED`] is not among them.
    pub fn conduits(&self) -> impl Iterator<Item = (ConduitId, &str, Mode)> {
        self.site.conduits.iter().enumerate().map(|(i, c)| (ConduitId(i as u16), c.name.as_str(), c.mode))
    }

    /// `operators.speed`: how events, journals and tests name a statement of this policy.
    pub fn statement_name(&self, id: StatementId) -> String {
        let Place { conduit, kind, index } = self.statements[id.0 as usize];
        let of = &self.site.conduits[usize::from(conduit.0)];
        let own = if kind == Kind::Inspected { &of.statements[index].id } else { &of.services[index].id };
        format!("{}.{own}", of.name)
    }

    /// `site.toml:41`: where a statement of this policy stands.
    pub fn statement_at(&self, id: StatementId) -> String {
        let Place { conduit, kind, index } = self.statements[id.0 as usize];
        let of = &self.site.conduits[usize::from(conduit.0)];
        self.show(if kind == Kind::Inspected { &of.statements[index].at } else { &of.services[index].at })
    }

    /// The name of the asset that has this address.
    pub fn asset_name_of(&self, ip: IpAddr) -> Option<&str> {
        self.asset_of(ip).map(|id| self.site.asset(id).name.as_str())
    }

    /// How many tags the site has.
    pub fn tags(&self) -> usize {
        self.lexicon.count()
    }

    /// A statement about a protocol that is inspected.
    pub(crate) fn statement(&self, id: StatementId) -> &Statement {
        let Place { conduit, index, .. } = self.statements[id.0 as usize];
        &self.site.conduits[usize::from(conduit.0)].statements[index]
    }

    pub(crate) fn show(&self, at: &Location) -> String {
        self.lexicon.show(&self.site, at)
    }
}
