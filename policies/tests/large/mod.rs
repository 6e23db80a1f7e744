//! A site of any size, in which nothing merges: every tag has its own limit and a hole behind it.

use sluice_model::{Action, ActionSet, Descriptor, Direction, Operation, SpaceId, Span, Values};
use sluice_policies::site::{
    Access, Asset, AssetId, Conduit, Devices, Engineering, Functions, Grant, Items, Kind, Limit, Location, Site,
    Speaks, Statement, Tag, TagGrant, Unmatched, WordOrder, Wording,
};
use sluice_policies::{Policy, Route};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

const HOLDING: SpaceId = SpaceId(3);

/// Tags of one device at most, so that their addresses fit.
const OF_DEVICE: u64 = 25_000;

const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 11));
const TARGET: AssetId = AssetId(1);

fn modbus() -> &'static Descriptor {
    sluice_protocols::registry::ALL[0].descriptor()
}

fn at() -> Location {
    Location { file: 0, span: 0..0 }
}

/// A controller with `items` registers as tags: tag `n` of unit `u` is holding `2 n`, and may be written up to `n + 1`.
pub(crate) fn site(items: u64) -> Site {
    let asset = |name: &str, ip, speaks| Asset { speaks, ..Asset::new(name, at(), vec![ip]) };
    let units = items.div_ceil(OF_DEVICE);
    let of_unit = |unit| OF_DEVICE.min(items - unit * OF_DEVICE);
    let engineering = Arc::default();
    let speaks = |unit| Speaks {
        devices: Devices::Listed(vec![unit as u32 + 1]),
        ports: vec![502],
        tags: (0..of_unit(unit)).map(|n| tag(n, &engineering)).collect(),
        ..Speaks::new(modbus())
    };
    let wording = Arc::new(Wording::Bounds);
    let places: Arc<[Location]> = [at()].into();
    let grants = |limited: bool| {
        let tag = |n| TagGrant {
            tag: n as usize,
            first: 0,
            last: 0,
            limit: limited.then(|| Arc::new(Limit::Integers(vec![(0, i128::from(n) + 1)]))),
            wording: Arc::clone(&wording),
            conditions: None,
            place: 0,
        };
        let grant = |unit| Grant {
            asset: TARGET,
            speaks: unit as usize,
            tags: (0..of_unit(unit)).map(tag).collect(),
            places: Arc::clone(&places),
        };
        Items::Tags((0..units).map(grant).collect())
    };
    let statement = |id: &str, verb, items| Statement {
        id: id.into(),
        at: at(),
        why: None,
        protocol: modbus(),
        functions: Functions { verbs: ActionSet::EMPTY.with(verb), codes: vec![], opaque: false },
        items,
        conditions: sluice_policies::site::Conditions::default(),
    };
    let conduit = Conduit {
        statements: vec![statement("look", Action::Read, grants(false)), statement("set", Action::Write, grants(true))],
        ..Conduit::new("operators", at(), vec![AssetId(0)], vec![TARGET])
    };
    Site {
        name: "large".into(),
        files: vec![],
        unmatched: Unmatched::default(),
        gateways: vec![],
        assets: vec![
            asset("hmi-1", SOURCE, vec![]),
            asset("plc-1", Ipv4Addr::new(192, 0, 2, 31).into(), (0..units).map(speaks).collect()),
        ],
        zones: vec![],
        conduits: vec![conduit],
        ..Site::default()
    }
}

fn tag(number: u64, engineering: &Arc<Engineering>) -> Tag {
    Tag {
        name: format!("tag_{number:06}"),
        at: at(),
        space: HOLDING,
        first: 2 * number,
        bit: None,
        items: 1,
        count: 1,
        kind: Kind::Unsigned(16),
        words: WordOrder::Abcd,
        engineering: Arc::clone(engineering),
        access: Access::ReadWrite,
        comment: "".into(),
    }
}

pub(crate) fn route(policy: &Policy) -> Route {
    policy.route(SOURCE, TARGET, modbus().id)
}

/// What is asked of one register.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    /// It is read.
    Read,
    /// It becomes this.
    Write([u8; 2]),
}

/// One register of one unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    unit: u32,
    item: u64,
    asked: Asked,
}

impl Request {
    /// A tag of a site of `items`, out of a random number: read, or written with a value that lies `past` its limit.
    pub(crate) fn tag(items: u64, random: u64, write: bool, past: u16) -> Self {
        let number = random % items;
        let in_unit = number % OF_DEVICE;
        let asked = if write { Asked::Write((in_unit as u16 + 1 + past).to_be_bytes()) } else { Asked::Read };
        Self { unit: (number / OF_DEVICE) as u32 + 1, item: 2 * in_unit, asked }
    }

    /// The hole behind a tag.
    pub(crate) fn hole(self) -> Self {
        Self { item: self.item + 1, ..self }
    }

    pub(crate) fn operation(&self) -> Operation<'_> {
        let target = Some(Span { space: HOLDING, first: self.item, last: self.item });
        let (action, values) = match &self.asked {
            Asked::Read => (Action::Read, Values::None),
            Asked::Write(word) => (Action::Write, Values::Words(word)),
        };
        let function = (modbus().usual_function)(action, target).unwrap();
        Operation {
            protocol: modbus().id,
            direction: Direction::ToServer,
            device: self.unit,
            action,
            code: sluice_model::Code::new(*function.codes.start()),
            function,
            target,
            values,
        }
    }
}

/// A sequence of numbers without pattern.
pub(crate) fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}
