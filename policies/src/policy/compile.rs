//! From a checked site to the compiled policy. Whatever two pairs have in common is compiled once.

use super::addresses::Addresses;
use super::build::Device;
use super::floor::Floors;
use super::functions::{Class, Functions};
use super::gate::{self, Bank, Gate, Group, NO_GATE, NO_TABLE, Stance, UNMATCHED, Use};
use super::lexicon::{self, Lexicon};
use super::lower::Lower;
use super::members::Members;
use super::reach::{Behind, NO_REACH, Reach};
use super::rules::Rules;
use super::seat::Seats;
use super::table::Builder as Tables;
use super::{Kind, Place, Policy};
use crate::decision::{ConduitId, Mode, Reason, StatementId};
use crate::site::{self, AssetId, Conduit, Devices, Items, Site, Statement, TagGrant, Within};
use sluice_model::{Descriptor, ProtocolId, SpaceId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

pub(super) fn compile(mut site: Site) -> Policy {
    // Texts first: they take as much as a quarter of what a site does.
    let lines = lexicon::lines(&mut site);
    let mut compiler = Compiler::new(&site);
    let members = Members::of(&site);
    let joined = joined(&site, &members);
    let (mut pairs, mut known) = (HashMap::new(), HashMap::new());
    for ((from, to), conduits) in joined {
        let group = *known.entry((to, conduits)).or_insert_with_key(|(to, conduits)| compiler.group(*to, conduits));
        pairs.insert((from, to), group);
    }
    let behind = Behind::all(&site);
    for behind in &behind {
        compiler.gateway(behind, &members, &mut pairs);
    }
    let silent = compiler.silent_gates();
    let Compiler { statements, groups, mut gates, functions, banks, reaches, tables, lower, .. } = compiler;
    let inspected = statements.into_iter().map(|(conduit, index, _)| Place { conduit, kind: Kind::Inspected, index });
    let mut statements: Vec<Place> = inspected.collect();
    let (terms, wants, checks) = lower.done();
    let rules = rules(&site, &mut statements);
    let seats = Arc::new(Seats::of(&site));
    let protocols = protocols(&site);
    let addresses = Addresses::of(&site);
    let checks = checks.done();
    let floors = Arc::new(Floors::of(&site));
    let lexicon = Lexicon::take(&mut site, lines);
    trim(&mut site);
    gates.shrink_to_fit();
    pairs.shrink_to_fit();
    statements.shrink_to_fit();
    Policy {
        site: site.into(),
        statements,
        protocols,
        lexicon: lexicon.into(),
        addresses: Arc::new(addresses),
        gateway: None,
        pairs: pairs.into(),
        groups: groups.into(),
        gates,
        functions: functions.into(),
        banks: banks.into(),
        // Last, when the site's tags are gone: it copies.
        tables: tables.done(),
        checks: Arc::new(checks),
        terms: Arc::new(terms),
        silent: silent.into(),
        reaches: reaches.into(),
        behind: behind.into(),
        floors,
        seats,
        members: Arc::new(members),
        rules,
        bound: Policy::unbound(wants),
    }
}

/// Lets go of the room that lists of a site's many things kept for more.
fn trim(site: &mut Site) {
    site.assets.shrink_to_fit();
    site.conduits.shrink_to_fit();
    for asset in &mut site.assets {
        asset.addresses.shrink_to_fit();
        asset.speaks.shrink_to_fit();
    }
    for conduit in &mut site.conduits {
        conduit.statements.shrink_to_fit();
        conduit.services.shrink_to_fit();
    }
}

/// The conduits that join each pair of which any speaks of a protocol. A conduit with services alone, which may be one
/// from everyone to everyone, adds to pairs and makes none.
fn joined(site: &Site, members: &Members) -> BTreeMap<(AssetId, AssetId), Vec<ConduitId>> {
    let mut joined: BTreeMap<(AssetId, AssetId), Vec<ConduitId>> = BTreeMap::new();
    for conduit in site.conduits.iter().filter(|c| !c.only_services()) {
        let mut join = |from, to| {
            joined.entry((from, to)).or_insert_with(|| members.joining(from, to).collect());
        };
        if conduit.within == Within::Site {
            conduit.from.iter().for_each(|from| conduit.to.iter().for_each(|to| join(*from, *to)));
            continue;
        }
        // By cell, so that a thousand cells are a thousand pairs and not a million.
        let mut cells: HashMap<u32, Vec<AssetId>> = HashMap::new();
        for to in &conduit.to {
            cells.entry(members.cell(*to)).or_default().push(*to);
        }
        for from in conduit.from.iter().filter(|from| members.cell(**from) != 0) {
            cells.get(&members.cell(*from)).into_iter().flatten().for_each(|to| join(*from, *to));
        }
    }
    joined
}

/// The service statements of each conduit; their places are added to `places`, behind those of protocols.
fn rules(site: &Site, places: &mut Vec<Place>) -> Arc<[Rules]> {
    let lower = |(id, conduit): (ConduitId, &Conduit)| {
        let first = StatementId(places.len() as u32);
        places.extend((0..conduit.services.len()).map(|index| Place { conduit: id, kind: Kind::Service, index }));
        Rules::of(site, id, conduit, first)
    };
    (0..).map(ConduitId).zip(&site.conduits).map(lower).collect()
}

fn protocols(site: &Site) -> Vec<&'static Descriptor> {
    let spoken = site.assets.iter().flat_map(|a| &a.speaks).map(|s| s.protocol);
    let named = site.conduits.iter().flat_map(|c| &c.statements).map(|s| s.protocol);
    let mut protocols: Vec<&'static Descriptor> = Vec::new();
    for protocol in spoken.chain(named) {
        if protocols.iter().all(|p| p.id != protocol.id) {
            protocols.push(protocol);
        }
    }
    protocols
}

/// How many tags statements grant, each list on each device once: about as many cells as there will be.
fn granted(site: &Site) -> usize {
    let mut known = HashSet::new();
    let grants = site.conduits.iter().flat_map(|c| &c.statements).flat_map(|s| match &s.items {
        Items::Tags(grants) => grants.as_slice(),
        Items::None | Items::Raw(_) => &[],
    });
    grants.filter(|g| known.insert((g.asset, g.speaks, g.tags.as_ptr()))).map(|g| g.tags.len()).sum()
}

/// What a table is made from; equal keys share a table.
type TableKey = (Option<(AssetId, usize)>, ProtocolId, SpaceId, Use, Vec<StatementId>);

struct Compiler<'s> {
    site: &'s Site,
    statements: Vec<(ConduitId, usize, &'s Statement)>,
    groups: Vec<Group>,
    gates: Vec<Gate>,
    functions: Vec<Functions>,
    functions_known: HashMap<(ProtocolId, Vec<&'s site::Functions>), u32>,
    banks: Vec<Bank>,
    reaches: Vec<Reach>,
    tables: Tables,
    tables_known: HashMap<TableKey, u32>,
    /// The spaces of lists of granted tags on a device.
    spaces_known: HashMap<(AssetId, usize, *const TagGrant), BTreeSet<SpaceId>>,
    lower: Lower<'s>,
}

impl<'s> Compiler<'s> {
    fn new(site: &'s Site) -> Self {
        let conduits = (0..).map(ConduitId).zip(&site.conduits);
        let statements =
            conduits.flat_map(|(id, c)| c.statements.iter().enumerate().map(move |(at, s)| (id, at, s))).collect();
        debug_assert_eq!(UNMATCHED, 0);
        Self {
            site,
            statements,
            groups: Vec::new(),
            gates: vec![gate::unmatched(&site.unmatched)],
            functions: vec![Functions::default()],
            functions_known: HashMap::new(),
            banks: Vec::new(),
            reaches: Vec::new(),
            tables: Tables::with_room(granted(site)),
            tables_known: HashMap::new(),
            spaces_known: HashMap::new(),
            lower: Lower::of(site),
        }
    }

    fn group(&mut self, to: AssetId, conduits: &[ConduitId]) -> u32 {
        let mut protocols: Vec<&'static Descriptor> = Vec::new();
        let statements = self.statements.iter().filter(|(c, ..)| conduits.contains(c)).map(|(.., s)| s.protocol);
        let spoken = self.site.asset(to).speaks.iter().map(|s| s.protocol);
        for protocol in statements.chain(spoken) {
            if protocols.iter().all(|p| p.id != protocol.id) {
                protocols.push(protocol);
            }
        }
        let silent = Gate::closed(self.stance(conduits, None), Reason::NoStatement);
        let silent = self.gate(silent);
        let spoken = protocols.into_iter().map(|p| (p.id, self.both(to, p, conduits))).collect();
        self.groups.push(Group { spoken, silent });
        (self.groups.len() - 1) as u32
    }

    /// Joins the sources of the assets behind a gateway of a protocol with the gateway itself.
    fn gateway(&mut self, behind: &Behind, members: &Members, pairs: &mut HashMap<(AssetId, AssetId), u32>) {
        let stands = |to: AssetId| behind.assets.iter().any(|(id, _)| *id == to);
        let sources: BTreeSet<AssetId> = pairs.keys().filter(|(_, to)| stands(*to)).map(|(from, _)| *from).collect();
        let mut known: HashMap<(Vec<ConduitId>, Vec<Option<u32>>), u32> = HashMap::new();
        for from in sources {
            let own = members.joining(from, behind.gateway).collect();
            let gates = behind.assets.iter().map(|(to, _)| {
                let group = pairs.get(&(from, *to))?;
                Some(self.groups[*group as usize].gate(behind.protocol.id))
            });
            let key = (own, gates.collect());
            let group = *known.entry(key).or_insert_with_key(|(own, gates)| self.gateway_group(behind, own, gates));
            pairs.insert((from, behind.gateway), group);
        }
    }

    /// The group of a gateway, for sources that its own conduits name and that reach the assets behind it by `gates`.
    fn gateway_group(&mut self, behind: &Behind, own: &[ConduitId], gates: &[Option<u32>]) -> u32 {
        let protocol = behind.protocol.id;
        let mut stances: Vec<Stance> = gates.iter().flatten().map(|gate| self.gates[*gate as usize].stance).collect();
        let (mut gate, silent, mut spoken) = if own.is_empty() {
            (Gate::closed(stances[0], Reason::NoConduit), UNMATCHED, Vec::new())
        } else {
            let group = self.group(behind.gateway, own) as usize;
            let own = self.groups[group].gate(protocol);
            (self.gates[own as usize].clone(), self.groups[group].silent, self.groups[group].spoken.clone())
        };
        stances.insert(0, gate.stance);
        let strictest = stances.iter().map(|s| s.mode).min().unwrap_or_default();
        gate.stance = Stance { joined: true, mode: strictest, ..gate.stance };
        gate.reach = self.reaches.len() as u32;
        self.reaches.push(behind.reach(self.site, gates));
        spoken.retain(|(id, _)| *id != protocol);
        spoken.push((protocol, self.gate(gate)));
        self.groups.push(Group { spoken, silent });
        (self.groups.len() - 1) as u32
    }

    /// What answers a protocol between two assets that services alone join.
    fn silent_gates(&mut self) -> Vec<u32> {
        let own = |(id, conduit): (ConduitId, &Conduit)| {
            let silent = || Gate::closed(self.stance(&[id], None), Reason::NoStatement);
            conduit.only_services().then(silent)
        };
        let gates: Vec<Option<Gate>> = (0..).map(ConduitId).zip(&self.site.conduits).map(own).collect();
        gates.into_iter().map(|gate| gate.map_or(NO_GATE, |gate| self.gate(gate))).collect()
    }

    fn gate(&mut self, gate: Gate) -> u32 {
        self.gates.push(gate);
        (self.gates.len() - 1) as u32
    }

    /// The first conduit that speaks the protocol stands for the pair; of different modes the strictest holds.
    fn stance(&self, conduits: &[ConduitId], protocol: Option<ProtocolId>) -> Stance {
        let of = |id: &ConduitId| &self.site.conduits[usize::from(id.0)];
        let speaks = |id: &&ConduitId| of(id).statements.iter().any(|s| Some(s.protocol.id) == protocol);
        let mut speaking: Vec<_> = conduits.iter().filter(speaks).collect();
        if speaking.is_empty() {
            speaking = conduits.iter().collect();
        }
        let modes = || speaking.iter().map(|id| of(id).mode);
        let mode = [Mode::Enforce, Mode::Alert].into_iter().find(|m| modes().any(|n| n == *m)).unwrap_or(Mode::Learn);
        let conduit = *speaking[0];
        Stance { joined: true, mode, on_deny: of(&conduit).on_deny, conduit }
    }

    /// The gate of one protocol from the sources of `conduits` to one asset, and behind it the one for a lockdown.
    fn both(&mut self, to: AssetId, protocol: &'static Descriptor, conduits: &[ConduitId]) -> u32 {
        let speak = |(_, (conduit, _, s)): &(StatementId, &(ConduitId, usize, &Statement))| {
            conduits.contains(conduit) && s.protocol.id == protocol.id
        };
        let all: Vec<_> = (0..).map(StatementId).zip(&self.statements).filter(speak).map(|(id, _)| id).collect();
        let lockdown = &self.site.lockdown;
        let kept = |id: &StatementId| {
            let (conduit, _, statement) = &self.statements[id.0 as usize];
            lockdown.keeps(conduit.0, &statement.id)
        };
        let kept: Vec<_> = all.iter().copied().filter(kept).collect();
        let locked = if kept.is_empty() { UNMATCHED } else { self.open(to, protocol, conduits, &kept, UNMATCHED) };
        self.open(to, protocol, conduits, &all, locked)
    }

    /// Whether all conduits that speak the protocol are covered by broken glass.
    fn is_glass(&self, protocol: ProtocolId, conduits: &[ConduitId]) -> bool {
        let Some(glass) = &self.site.break_glass else { return false };
        let speaks = |id: &&ConduitId| {
            self.site.conduits[usize::from(id.0)].statements.iter().any(|s| s.protocol.id == protocol)
        };
        let mut speaking = conduits.iter().filter(speaks).peekable();
        speaking.peek().is_some() && speaking.all(|id| glass.covers.contains(&id.0))
    }

    /// The gate of some statements.
    fn open(
        &mut self,
        to: AssetId,
        protocol: &'static Descriptor,
        conduits: &[ConduitId],
        ids: &[StatementId],
        locked: u32,
    ) -> u32 {
        let stance = self.stance(conduits, Some(protocol.id));
        let closed = ids.is_empty().then_some(Reason::NoStatement);
        let functions = self.functions_of(protocol, ids);
        let (mut devices, mut any) = (Vec::new(), None);
        for (index, speaks) in self.site.asset(to).speaks.iter().enumerate() {
            if speaks.protocol.id != protocol.id {
                continue;
            }
            let bank = self.bank(Device { asset: to, index, speaks }, functions, ids);
            match &speaks.devices {
                Devices::Any => any = any.or(Some(bank)),
                Devices::Listed(list) => devices.extend(list.iter().map(|device| (*device, bank))),
            }
        }
        devices.sort_by_key(|(device, _)| *device);
        devices.dedup_by_key(|(device, _)| *device);
        let glass = self.is_glass(protocol.id, conduits);
        let pure = ids.iter().all(|id| self.lower.is_plain(*id));
        let (statements, devices) = (ids.into(), devices.into());
        let gate = Gate { stance, closed, statements, functions, devices, any, locked, glass, pure, reach: NO_REACH };
        self.gate(gate)
    }

    fn functions_of(&mut self, protocol: &'static Descriptor, ids: &[StatementId]) -> u32 {
        let named: Vec<_> = ids.iter().map(|id| &self.statements[id.0 as usize].2.functions).collect();
        let functions = &mut self.functions;
        *self.functions_known.entry((protocol.id, named)).or_insert_with_key(|(_, named)| {
            functions.push(Functions::compile(protocol, named));
            (functions.len() - 1) as u32
        })
    }

    fn bank(&mut self, device: Device<'s>, functions: u32, ids: &[StatementId]) -> u32 {
        let classes = self.functions[functions as usize].classes().iter();
        let ids = |class: &Class| class.statements.iter().map(|s| ids[*s as usize]).collect::<Vec<_>>();
        let classes: Vec<_> = classes.map(|c| (ids(c), c.reads, c.changes)).collect();
        let mut tables = Vec::new();
        for (class, read, change) in &classes {
            for space in device.speaks.protocol.spaces {
                for (usage, used) in [(Use::Read, *read), (Use::Change, *change)] {
                    tables.push(if used { self.table(device, space.id, usage, class) } else { NO_TABLE });
                }
            }
        }
        self.banks.push(Bank { spaces: device.speaks.protocol.spaces.len(), tables: tables.into() });
        (self.banks.len() - 1) as u32
    }

    fn table(&mut self, device: Device<'s>, space: SpaceId, usage: Use, class: &[StatementId]) -> u32 {
        let ids: Vec<_> = class.iter().copied().filter(|id| self.grants(device, *id, space)).collect();
        if ids.is_empty() {
            return NO_TABLE;
        }
        let statements: Vec<_> = ids.iter().map(|id| (*id, self.statements[id.0 as usize].2)).collect();
        let own = statements.iter().any(|(_, s)| matches!(s.items, Items::Tags(_)));
        let owner = own.then_some((device.asset, device.index));
        let key = (owner, device.speaks.protocol.id, space, usage, ids);
        if let Some(known) = self.tables_known.get(&key) {
            return *known;
        }
        let new = device.table(space, usage, &statements, &mut self.lower, &mut self.tables);
        self.tables_known.insert(key, new);
        new
    }

    /// Whether a statement grants anything in a space of a device.
    fn grants(&mut self, device: Device<'s>, id: StatementId, space: SpaceId) -> bool {
        let statement = self.statements[id.0 as usize].2;
        if let Items::Raw(spans) = &statement.items {
            return spans.iter().any(|s| s.space == space);
        }
        device.lists(statement).any(|list| {
            let key = (device.asset, device.index, list.as_ptr());
            self.spaces_known.entry(key).or_insert_with(|| device.spaces(list)).contains(&space)
        })
    }
}
