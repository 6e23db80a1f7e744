//! Puts sites and operations together in few words.

use sluice_model::{Action, ActionSet, Address, Code, Descriptor, Direction, Operation, Span, Values};
use sluice_policies::site::{
    Access, Asset, AssetId, Conduit, Devices, Functions, Grant, Items, Kind, Limit, Location, Site, SourceFile, Speaks,
    Statement, Tag, TagGrant, Unmatched, WordOrder, Wording,
};
use sluice_policies::{Policy, Route};
use std::net::IpAddr;
use std::sync::Arc;

pub(crate) const HMI: &str = "192.0.2.11";
pub(crate) const EWS: &str = "192.0.2.12";
pub(crate) const STRANGER: &str = "198.51.100.7";
pub(crate) const PLC: AssetId = AssetId(2);

pub(crate) fn modbus() -> &'static Descriptor {
    sluice_protocols::registry::descriptors()[0]
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(crate) fn at(line: usize) -> Location {
    // Every line of the file is one byte and its end.
    Location { file: 0, span: 2 * (line - 1)..2 * (line - 1) + 1 }
}

/// Two sources and a controller with these tags; no conduit.
pub(crate) fn site(tags: Vec<Tag>) -> Site {
    let asset = |name: &str, ip: &str| Asset::new(name, at(1), vec![self::ip(ip)]);
    let mut plc = asset("plc-3", "192.0.2.31");
    plc.speaks.push(Speaks {
        devices: Devices::Listed(vec![1, 7]),
        ports: vec![502],
        tags: tags.into(),
        ..Speaks::new(modbus())
    });
    Site {
        name: "test".into(),
        files: vec![SourceFile { path: "site.toml".into(), text: "x\n".repeat(200) }],
        unmatched: Unmatched::default(),
        gateways: vec![],
        assets: vec![asset("hmi-1", HMI), asset("ews-1", EWS), plc],
        zones: vec![],
        conduits: vec![],
        ..Site::default()
    }
}

/// A conduit from both sources to the controller.
pub(crate) fn conduit(name: &str, statements: Vec<Statement>) -> Conduit {
    let from = vec![AssetId(0), AssetId(1)];
    Conduit { statements, ..Conduit::new(name, at(10), from, vec![PLC]) }
}

/// One controller, one conduit `operators`.
pub(crate) fn policy(tags: Vec<Tag>, statements: Vec<Statement>) -> Policy {
    let mut site = site(tags);
    site.conduits.push(conduit("operators", statements));
    Policy::compile(site)
}

/// A statement `id` about functions in words (verbs, names, numbers; `opaque` as a word).
pub(crate) fn allow(id: &str, functions: &str, items: Items) -> Statement {
    let mut named = Functions { verbs: ActionSet::EMPTY, codes: vec![], opaque: false };
    for word in functions.split_whitespace() {
        if word == "opaque" {
            named.opaque = true;
        } else if let Some(verb) = Action::from_verb(word) {
            named.verbs = named.verbs.with(verb);
        } else if let Some(function) = modbus().function_named(word) {
            named.codes.extend(function.codes.clone().map(|code| Code { function: code, sub: function.sub }));
        } else {
            named.codes.push(Code::new(word.parse().unwrap()));
        }
    }
    Statement {
        id: id.into(),
        at: at(41),
        why: None,
        protocol: modbus(),
        functions: named,
        items,
        conditions: sluice_policies::site::Conditions::default(),
    }
}

pub(crate) fn span(text: &str) -> Span {
    let space = modbus().spaces.iter().find(|s| text.starts_with(s.name)).unwrap();
    (modbus().parse_span)(space.id, text).unwrap()
}

pub(crate) fn raw(spans: &[&str]) -> Items {
    Items::Raw(spans.iter().map(|s| span(s)).collect())
}

/// A tag: name, wire address, type, `count` elements.
pub(crate) fn tag(name: &str, address: &str, kind: Kind, count: u64) -> Tag {
    let Address { space, item, bit } = (modbus().parse_address)("wire", address).unwrap();
    let items = match kind {
        Kind::Bool => 1,
        Kind::Signed(bits) | Kind::Unsigned(bits) | Kind::Float(bits) => u64::from(bits) / 16,
        Kind::Text { bytes, .. } => u64::from(bytes) / 2,
    };
    Tag {
        name: name.into(),
        at: at(1),
        space,
        first: item,
        bit,
        items,
        count,
        kind,
        words: WordOrder::Abcd,
        engineering: Arc::default(),
        access: Access::ReadWrite,
        comment: "".into(),
    }
}

pub(crate) fn u16(name: &str, address: &str) -> Tag {
    tag(name, address, Kind::Unsigned(16), 1)
}

/// Grants whole tags of the controller, by index, each with a limit.
pub(crate) fn tags(grants: Vec<(usize, u64, Option<Limit>)>) -> Items {
    let tags = grants.into_iter().map(|(tag, last, limit)| grant(tag, 0, last, limit)).collect();
    Items::Tags(vec![Grant { asset: PLC, speaks: 0, tags, places: [at(50)].into() }])
}

pub(crate) fn grant(tag: usize, first: u64, last: u64, limit: Option<Limit>) -> TagGrant {
    let wording = match &limit {
        Some(Limit::Integers(ranges)) => {
            ranges.iter().map(|(a, b)| format!("{a} .. {b}")).collect::<Vec<_>>().join(" | ")
        }
        Some(other) => format!("{other:?}"),
        None => String::new(),
    };
    TagGrant {
        tag,
        first,
        last,
        limit: limit.map(Arc::new),
        wording: Arc::new(Wording::Written(wording)),
        conditions: None,
        place: 0,
    }
}

#[allow(clippy::unnecessary_wraps)] // what a grant wants
pub(crate) fn within(first: i128, last: i128) -> Option<Limit> {
    Some(Limit::Integers(vec![(first, last)]))
}

pub(crate) fn route(policy: &Policy, from: &str) -> Route {
    policy.route(ip(from), PLC, modbus().id)
}

/// An operation of the function called `name` on the unit 1.
pub(crate) fn operation<'m>(name: &str, action: Action, target: Option<Span>, values: Values<'m>) -> Operation<'m> {
    let function = modbus().function_named(name).unwrap();
    Operation {
        protocol: modbus().id,
        direction: Direction::ToServer,
        device: 1,
        action,
        code: Code { function: *function.codes.start(), sub: function.sub },
        function,
        target,
        values,
    }
}

pub(crate) fn read(target: &str) -> Operation<'static> {
    let target = span(target);
    let function = (modbus().usual_function)(Action::Read, Some(target)).unwrap();
    operation(function.name, Action::Read, Some(target), Values::None)
}

pub(crate) fn write<'m>(target: &str, words: &'m [u8]) -> Operation<'m> {
    operation("write-registers", Action::Write, Some(span(target)), Values::Words(words))
}

pub(crate) fn mask(target: &str, and: u16, or: u16) -> Operation<'static> {
    operation("mask-write", Action::Write, Some(span(target)), Values::Mask { and, or })
}

/// `allow by operators.look`, `deny because item at 7`.
pub(crate) fn judged(policy: &Policy, operation: &Operation<'_>) -> String {
    let decision = policy.judge(route(policy, HMI), operation);
    let item = decision.item.map(|i| format!(" at {i}")).unwrap_or_default();
    match (decision.reason, decision.statement) {
        (None, Some(by)) => format!("{} by {}", decision.verdict.name(), policy.statement_name(by)),
        (reason, _) => format!("{} because {}{item}", decision.verdict.name(), reason.map_or("nothing", |r| r.name())),
    }
}
