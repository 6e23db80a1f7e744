//! Sites and operations out of random bytes, small enough that they meet each other.

use crate::oracle::protocol;
use sluice_model::{Action, ActionSet, Code, Direction, Function, Operation, SpaceId, Span, Values};
use sluice_policies::decision::Mode;
use sluice_policies::site::{
    Access, Asset, AssetId, Charset, Conduit, Devices, Functions, Grant, Items, Kind, Limit, Location, NeverTag, Site,
    Speaks, Statement, Tag, TagGrant, Text, Unmatched, WordOrder, Wording,
};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

const COIL: SpaceId = SpaceId(0);
const HOLDING: SpaceId = SpaceId(3);
const FILE: SpaceId = SpaceId(4);

/// Random bytes, zeros when they are used up.
pub(crate) struct Bytes<'b>(std::slice::Iter<'b, u8>);

impl<'b> Bytes<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes.iter())
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        u64::from(self.byte()) % bound
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == n - 1
    }

    pub(crate) fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize].clone()
    }

    pub(crate) fn list<T>(&mut self, most: u64, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }
}

pub(crate) fn at() -> Location {
    Location { file: 0, span: 0..0 }
}

fn address(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

/// Two sources and a stranger, two controllers.
pub(crate) fn site(bytes: &mut Bytes<'_>) -> Site {
    let asset = |name: &str, last, speaks| Asset { speaks, ..Asset::new(name, at(), vec![address(last)]) };
    let speaks = |bytes: &mut Bytes<'_>, devices| Speaks {
        devices,
        ports: vec![502],
        gaps: bytes.below(4),
        tags: tags(bytes).into(),
        ..Speaks::new(protocol())
    };
    let first = speaks(bytes, Devices::Listed(vec![1, 3]));
    let others = speaks(bytes, Devices::Any);
    let second = speaks(bytes, Devices::Listed(vec![1]));
    let unmatched = Unmatched { mode: bytes.of(&[Mode::Enforce, Mode::Alert]), ..Unmatched::default() };
    let assets = vec![
        asset("hmi-1", 1, vec![]),
        asset("ews-1", 2, vec![]),
        asset("plc-1", 3, vec![first, others]),
        asset("plc-2", 4, vec![second]),
    ];
    let mut site = Site {
        name: "random".into(),
        files: vec![],
        unmatched,
        gateways: vec![],
        assets,
        zones: vec![],
        conduits: vec![],
        ..Site::default()
    };
    site.conduits = (0..=bytes.below(3)).map(|n| conduit(bytes, &site, n)).collect();
    site
}

/// Tags one behind the other with holes between them, and bits of registers inside and outside of them.
fn tags(bytes: &mut Bytes<'_>) -> Vec<Tag> {
    let mut tags = Vec::new();
    for space in [HOLDING, HOLDING, HOLDING, COIL] {
        let mut next = tags.iter().filter(|t: &&Tag| t.space == space).map(|t| t.whole().last + 1).max().unwrap_or(0);
        for _ in 0..bytes.below(4) {
            next += bytes.below(3);
            let tag = tag(bytes, space, next, tags.len());
            if space == HOLDING && bytes.one_in(3) {
                let many = if bytes.one_in(2) { 16 } else { 2 };
                tags.extend((0..many).map(|bit| bit_of(&tag, bit)));
            }
            next = tag.whole().last + 1;
            if !bytes.one_in(6) {
                tags.push(tag);
            }
        }
    }
    tags
}

fn tag(bytes: &mut Bytes<'_>, space: SpaceId, first: u64, number: usize) -> Tag {
    let text = Kind::Text { bytes: 4, swapped: bytes.one_in(2) };
    let kinds = [
        Kind::Unsigned(16),
        Kind::Unsigned(32),
        Kind::Signed(16),
        Kind::Signed(32),
        Kind::Float(32),
        text,
        Kind::Unsigned(64),
    ];
    let kind = if space == COIL { Kind::Bool } else { bytes.of(&kinds) };
    let items = match kind {
        Kind::Bool => 1,
        Kind::Signed(bits) | Kind::Unsigned(bits) | Kind::Float(bits) => u64::from(bits) / 16,
        Kind::Text { .. } => 2,
    };
    Tag {
        name: format!("t{number}"),
        at: at(),
        space,
        first,
        bit: None,
        items,
        count: 1 + bytes.below(3),
        kind,
        words: bytes.of(&[WordOrder::Abcd, WordOrder::Cdab, WordOrder::Badc, WordOrder::Dcba]),
        engineering: Arc::default(),
        access: Access::ReadWrite,
        comment: "".into(),
    }
}

fn bit_of(tag: &Tag, bit: u8) -> Tag {
    Tag { name: format!("{}.{bit}", tag.name), bit: Some(bit), items: 1, count: 1, kind: Kind::Bool, ..tag.clone() }
}

fn conduit(bytes: &mut Bytes<'_>, site: &Site, number: u64) -> Conduit {
    let from = if bytes.one_in(3) { vec![AssetId(0), AssetId(1)] } else { vec![AssetId(0)] };
    let to = if bytes.one_in(2) { vec![AssetId(2), AssetId(3)] } else { vec![AssetId(2)] };
    let mut statements: Vec<Statement> =
        (0..bytes.of(&[0, 1, 2, 3, 4, 4, 5])).map(|n| statement(bytes, site, n)).collect();
    for copy in 1..statements.len() {
        if bytes.one_in(4) {
            // Shares its lists of tags with another one.
            statements[copy].items = statements[bytes.below(copy as u64) as usize].items.clone();
        }
    }
    Conduit { statements, ..Conduit::new(format!("c{number}"), at(), from, to) }
}

fn statement(bytes: &mut Bytes<'_>, site: &Site, number: u64) -> Statement {
    let verbs: ActionSet = bytes
        .list(2, |b| b.of(&[Action::Read, Action::Write, Action::Write, Action::File, Action::Diagnose]))
        .into_iter()
        .collect();
    let codes = bytes.list(3, |b| {
        let function = b.below(110) as u16;
        b.of(&[
            Code::new(22),
            Code::new(16),
            Code::new(23),
            Code::new(8),
            Code::with_sub(8, 1),
            Code::new(90),
            Code::with_sub(90, 65),
            Code::new(function),
        ])
    });
    let items = match bytes.below(8) {
        0 => Items::None,
        1 | 2 => Items::Raw(bytes.list(3, raw)),
        _ => Items::Tags((2..4).flat_map(|asset| grants(bytes, site, AssetId(asset))).collect()),
    };
    let functions = Functions { verbs, codes, opaque: bytes.one_in(2) };
    Statement {
        id: format!("s{number}"),
        at: at(),
        why: None,
        protocol: protocol(),
        functions,
        items,
        conditions: sluice_policies::site::Conditions::default(),
    }
}

fn raw(bytes: &mut Bytes<'_>) -> Span {
    let space = bytes.of(&[HOLDING, HOLDING, COIL, FILE]);
    range(bytes, space)
}

fn range(bytes: &mut Bytes<'_>, space: SpaceId) -> Span {
    let first = bytes.below(if space == FILE { 6 } else { 24 });
    let more = if bytes.one_in(8) { 20 } else { 6 };
    Span { space, first, last: first + bytes.below(more) }
}

fn grants(bytes: &mut Bytes<'_>, site: &Site, asset: AssetId) -> Vec<Grant> {
    let mut grants = Vec::new();
    for (speaks, spoken) in site.asset(asset).speaks.iter().enumerate() {
        let mut tags = Vec::new();
        for (index, tag) in spoken.tags.iter().enumerate() {
            if !bytes.one_in(3) {
                let first = if bytes.one_in(4) { bytes.below(tag.count) } else { 0 };
                let last = if bytes.one_in(4) { first } else { tag.count - 1 };
                let limit = if bytes.one_in(3) { None } else { Some(limit(bytes, tag.kind)) };
                tags.push(TagGrant {
                    tag: index,
                    first,
                    last,
                    limit: limit.map(Arc::new),
                    wording: Arc::new(Wording::Written("a limit".into())),
                    conditions: None,
                    place: 0,
                });
            }
        }
        grants.push(Grant { asset, speaks, tags: tags.into(), places: [at()].into() });
    }
    grants
}

fn limit(bytes: &mut Bytes<'_>, kind: Kind) -> Limit {
    match kind {
        Kind::Bool => Limit::Integers(bytes.of(&[vec![(0, 0)], vec![(1, 1)], vec![(0, 1)], vec![]])),
        Kind::Float(_) => {
            Limit::Floats(bytes.of(&[vec![(0.0, 1.5)], vec![(f64::MIN, f64::MAX)], vec![(-3.0, -1.0), (1.0, 2.0)]]))
        }
        Kind::Text { .. } => {
            let mut charset = Charset::default();
            bytes.list(3, |b| b.of(b"\x01\x02\x14AZ")).into_iter().for_each(|b| charset.insert(b));
            Limit::Text(Text { max: bytes.below(5) as u16, charset })
        }
        _ => Limit::Integers(bytes.of(&[
            vec![(0, 20)],
            vec![(-2, 0), (2, 2), (20, 45)],
            vec![(i128::MIN, i128::MAX)],
            vec![(0x1_0000, 0x2_0014), (0xFFFF_0000, i128::MAX)],
            vec![(1, 1), (i128::from(u64::MAX) - 1, i128::from(u64::MAX))],
        ])),
    }
}

/// An operation, owned.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) from: IpAddr,
    pub(crate) to: AssetId,
    device: u32,
    action: Action,
    code: Code,
    function: &'static Function,
    target: Option<Span>,
    carried: Carried,
}

#[derive(Debug)]
enum Carried {
    Nothing,
    Bits(Vec<u8>),
    Words(Vec<u8>),
    Mask(u16, u16),
}

impl Message {
    pub(crate) fn operation(&self) -> Operation<'_> {
        Operation {
            protocol: protocol().id,
            direction: Direction::ToServer,
            device: self.device,
            action: self.action,
            code: self.code,
            function: self.function,
            target: self.target,
            values: match &self.carried {
                Carried::Nothing => Values::None,
                Carried::Bits(bytes) => Values::Bits(bytes),
                Carried::Words(bytes) => Values::Words(bytes),
                Carried::Mask(and, or) => Values::Mask { and: *and, or: *or },
            },
        }
    }
}

pub(crate) fn message(bytes: &mut Bytes<'_>, site: &Site) -> Message {
    let to = AssetId(if bytes.one_in(5) { 3 } else { 2 });
    let from = address(bytes.of(&[1, 1, 1, 1, 1, 1, 1, 1, 2, 9]));
    let device = bytes.of(&[1, 1, 1, 1, 1, 1, 3, 5]);
    let (code, action, target, carried) = match bytes.below(12) {
        0 | 1 => (3, Action::Read, Some(place(bytes, site, to, HOLDING)), Carried::Nothing),
        2 => (1, Action::Read, Some(place(bytes, site, to, COIL)), Carried::Nothing),
        3..=5 => words(bytes, site, to, 16),
        6 => words(bytes, site, to, 23),
        7 => {
            let span = place(bytes, site, to, COIL);
            (
                15,
                Action::Write,
                Some(span),
                Carried::Bits((0..span.items().div_ceil(8)).map(|_| bytes.byte()).collect()),
            )
        }
        8 | 9 => {
            let span = place(bytes, site, to, HOLDING);
            let and = bytes.of(&[0, 0, !1, !3, !0x8000, 0xFFFF, 0xFF00]);
            (22, Action::Write, Some(Span { last: span.first, ..span }), Carried::Mask(and, word(bytes)))
        }
        10 => (if bytes.one_in(2) { 20 } else { 21 }, Action::File, Some(range(bytes, FILE)), Carried::Nothing),
        _ => (bytes.of(&[7, 8, 8, 90, 90, 17, 65, 100]), Action::Read, None, Carried::Nothing),
    };
    let sub = match code {
        8 => Some(bytes.of(&[0, 1, 2, 4, 10])),
        90 => Some(bytes.of(&[1, 65])),
        _ => None,
    };
    let code = Code { function: code, sub };
    let function = protocol().function(code).unwrap();
    let action = if target.is_none() { function.actions[0] } else { action };
    // The read half of 23 comes without values; a write of files with them.
    let (action, carried) = match (code.function, target) {
        (23, _) if bytes.one_in(2) => (Action::Read, Carried::Nothing),
        (21, Some(span)) => (action, Carried::Words(vec![0; 2 * span.items() as usize])),
        _ => (action, carried),
    };
    Message { from, to, device, action, code, function, target, carried }
}

/// A message to a tag, a part of it or a little more.
#[allow(dead_code)] // the tests of meanings take in this file, and aim at nothing
pub(crate) fn aimed(bytes: &mut Bytes<'_>, site: &Site, aim: &NeverTag) -> Message {
    let speaks = &site.asset(aim.asset).speaks[aim.speaks];
    let tag = &speaks.tags[aim.tag];
    let element = aim.first + bytes.below(aim.last - aim.first + 1);
    let whole = tag.span(element, element);
    let item = whole.first + bytes.below(whole.items());
    let one = Span { first: item, last: item, ..whole };
    let span = if bytes.one_in(2) { one } else { Span { last: whole.last + bytes.of(&[0, 0, 0, 1]), ..whole } };
    let mut words = |span: Span| Carried::Words((0..span.items()).flat_map(|_| word(bytes).to_be_bytes()).collect());
    let many = words(span);
    let (code, action, span, carried) = match (tag.space, bytes.below(8)) {
        (COIL, 0) => (1, Action::Read, one, Carried::Nothing),
        (COIL, 1) => (15, Action::Write, one, Carried::Bits(vec![bytes.byte()])),
        (COIL, _) => (5, Action::Write, one, Carried::Bits(vec![bytes.byte()])),
        (_, 0) => (3, Action::Read, span, Carried::Nothing),
        (_, 1) => (23, Action::Write, span, many),
        (_, 2 | 3) => (22, Action::Write, one, Carried::Mask(bytes.of(&[0, 0, !1, !3, !0x8000, 0xFF00]), word(bytes))),
        (_, 4 | 5) => (6, Action::Write, one, Carried::Words(word(bytes).to_be_bytes().to_vec())),
        _ => (16, Action::Write, span, many),
    };
    let device = match &speaks.devices {
        Devices::Listed(list) => list[0],
        Devices::Any => 5,
    };
    let function = protocol().function(Code::new(code)).unwrap();
    let from = address(bytes.of(&[1, 1, 2]));
    Message { from, to: aim.asset, device, action, code: Code::new(code), function, target: Some(span), carried }
}

fn words(bytes: &mut Bytes<'_>, site: &Site, to: AssetId, code: u16) -> (u16, Action, Option<Span>, Carried) {
    let span = place(bytes, site, to, HOLDING);
    let words = (0..span.items()).flat_map(|_| word(bytes).to_be_bytes()).collect();
    (code, Action::Write, Some(span), Carried::Words(words))
}

fn word(bytes: &mut Bytes<'_>) -> u16 {
    let random = u16::from_be_bytes([bytes.byte(), bytes.byte()]);
    // Zeros and ones, edges of limits, halves of 1.5, of infinity and of not-a-number, letters, either way round.
    let word = bytes.of(&[
        0, 0, 0, 0, 1, 1, 2, 20, 21, 45, 46, 0x3FC0, 0x7F80, 0x7FC1, 0xFFFE, 0xFFFF, 0xFFFF, 0x4100, 0x415A, 0xC000,
        random,
    ]);
    if bytes.one_in(4) { word.swap_bytes() } else { word }
}

/// A tag of the controller, some elements or neighbours of it, or any range.
fn place(bytes: &mut Bytes<'_>, site: &Site, to: AssetId, space: SpaceId) -> Span {
    let spoken = &site.asset(to).speaks;
    let all: Vec<&Tag> =
        spoken[bytes.below(spoken.len() as u64) as usize].tags.iter().filter(|t| t.space == space).collect();
    if all.is_empty() || bytes.one_in(4) {
        return range(bytes, space);
    }
    let tag = bytes.of(&all);
    let first = bytes.below(tag.count);
    let span = tag.span(first, first + bytes.below(tag.count - first));
    let more = bytes.of(&[0, 0, 0, 0, 0, 0, 1, 2, 5]);
    Span { last: span.last + more, ..span }
}
