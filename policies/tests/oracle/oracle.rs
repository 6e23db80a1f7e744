//! The meaning of a site, written down as plainly as possible: no tables, no sharing, one item and one bit at a time.

use sluice_model::{Action, Descriptor, Operation, Span, Values};
use sluice_policies::decision::Reason;
use sluice_policies::site::{AssetId, Devices, Items, Kind, Limit, Site, Speaks, Statement, Tag, TagGrant, WordOrder};
use std::net::IpAddr;

pub(crate) fn protocol() -> &'static Descriptor {
    sluice_protocols::registry::descriptors()[0]
}

/// What the oracle thinks.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) reason: Option<Reason>,
    pub(crate) item: Option<u64>,
    /// The statements that a decision may name.
    pub(crate) statements: Vec<String>,
}

/// A statement with its name.
struct Named<'s> {
    name: String,
    statement: &'s Statement,
}

/// The device that is addressed.
struct Device<'s> {
    to: AssetId,
    index: usize,
    speaks: &'s Speaks,
}

pub(crate) fn judge(site: &Site, from: IpAddr, to: AssetId, operation: &Operation<'_>) -> Outcome {
    let stands_alone = |reason, statements| Outcome { reason: Some(reason), item: None, statements };
    let source = site.assets.iter().position(|a| a.addresses.contains(&from));
    let joins = |c: &&sluice_policies::site::Conduit| {
        source.is_some_and(|s| c.from.contains(&AssetId(s as u32))) && c.to.contains(&to)
    };
    let conduits: Vec<_> = site.conduits.iter().filter(joins).collect();
    let spoken = &site.asset(to).speaks;
    let owns = |s: &Speaks| matches!(&s.devices, Devices::Listed(l) if l.contains(&operation.device));
    let owner = spoken.iter().position(owns).or_else(|| spoken.iter().position(|s| s.devices == Devices::Any));
    if conduits.is_empty() || (!spoken.is_empty() && owner.is_none()) {
        return stands_alone(Reason::NoConduit, vec![]);
    }
    let mut named = Vec::new();
    for conduit in &conduits {
        for statement in &conduit.statements {
            named.push(Named { name: format!("{}.{}", conduit.name, statement.id), statement });
        }
    }
    let Some(owner) = owner.filter(|_| !named.is_empty()) else { return stands_alone(Reason::NoStatement, vec![]) };
    let device = Device { to, index: owner, speaks: &spoken[owner] };
    let names_of = |of: &[&Named<'_>]| of.iter().map(|n| n.name.clone()).collect::<Vec<_>>();
    let able: Vec<&Named<'_>> = named.iter().filter(|n| function_allowed(n.statement, operation)).collect();
    if able.is_empty() {
        return stands_alone(Reason::Function, names_of(&named.iter().collect::<Vec<_>>()));
    }
    let Some(span) = operation.target else { return Outcome { reason: None, item: None, statements: names_of(&able) } };
    items(&device, &able, operation, span)
}

fn function_allowed(statement: &Statement, operation: &Operation<'_>) -> bool {
    let by_verb = operation.function.by_verb && statement.functions.verbs.contains(operation.action);
    let by_code = statement
        .functions
        .codes
        .iter()
        .any(|c| c.function == operation.code.function && (c.sub.is_none() || c.sub == operation.code.sub));
    (by_verb || by_code) && (statement.functions.opaque || !operation.function.opaque)
}

fn items(device: &Device<'_>, able: &[&Named<'_>], operation: &Operation<'_>, span: Span) -> Outcome {
    let mut worst: Option<Outcome> = None;
    for item in span.first..=span.last {
        let Err((reason, statements)) = item_allowed(device, able, operation, item) else { continue };
        if worst.as_ref().is_none_or(|w| reason < w.reason.unwrap()) {
            worst = Some(Outcome { reason: Some(reason), item: Some(item), statements });
        }
    }
    worst.unwrap_or_else(|| {
        let helps = |n: &&&Named<'_>| {
            item_allowed(device, &[**n], operation, span.first).is_ok() || a_bit(device, n, operation, span)
        };
        let statements = able.iter().filter(helps).map(|n| n.name.clone()).collect();
        Outcome { reason: None, item: None, statements }
    })
}

/// Whether a statement grants, with its new value, one bit of the first item that the operation changes: several
/// statements may allow a register together.
fn a_bit(device: &Device<'_>, named: &Named<'_>, operation: &Operation<'_>, span: Span) -> bool {
    let (touched, new) = match operation.values {
        Values::Mask { and, or } => (!and, Some(or)),
        values => (0xFFFF, values.item(0)),
    };
    grants(device, named.statement, span, span.first).into_iter().any(|(tag, grant)| {
        let good = |bit| touched >> bit & 1 == 1 && bit_good(grant.limit.as_deref(), new.map(|w| w >> bit & 1));
        tag.bit.is_some_and(good)
    })
}

/// Whether the operation only looks, so that containment is enough.
fn looks(operation: &Operation<'_>) -> bool {
    operation.action == Action::Read || operation.action == Action::File && operation.values == Values::None
}

/// The grants of a statement whose tags hold this item.
fn grants<'s>(device: &Device<'s>, statement: &'s Statement, span: Span, item: u64) -> Vec<(&'s Tag, &'s TagGrant)> {
    let Items::Tags(list) = &statement.items else { return vec![] };
    let mut found = Vec::new();
    for grant in list.iter().filter(|g| g.asset == device.to && g.speaks == device.index) {
        for tag_grant in grant.tags.iter() {
            let tag = &device.speaks.tags[tag_grant.tag];
            let from = tag.first + tag_grant.first * tag.items;
            let to = tag.first + (tag_grant.last + 1) * tag.items;
            if tag.space == span.space && (from..to).contains(&item) {
                found.push((tag, tag_grant));
            }
        }
    }
    found
}

fn raw(statement: &Statement, span: Span, item: u64) -> bool {
    match &statement.items {
        Items::Raw(spans) => spans.iter().any(|s| s.space == span.space && (s.first..=s.last).contains(&item)),
        _ => false,
    }
}

type Failure = (Reason, Vec<String>);

fn item_allowed(device: &Device<'_>, able: &[&Named<'_>], operation: &Operation<'_>, item: u64) -> Result<(), Failure> {
    let span = operation.target.unwrap();
    let everyone = || able.iter().map(|n| n.name.clone()).collect::<Vec<_>>();
    if looks(operation) {
        let granted = |item| {
            able.iter().any(|n| raw(n.statement, span, item) || !grants(device, n.statement, span, item).is_empty())
        };
        let named = |item| able.iter().any(|n| !grants(device, n.statement, span, item).is_empty());
        let gap = || operation.action == Action::Read && in_gap(device, span, item, granted, named);
        let allowed = granted(item) || gap();
        return if allowed { Ok(()) } else { Err((Reason::Item, everyone())) };
    }
    let mut far: Failure = (Reason::Item, everyone());
    let mut reach = |reason: Reason, name: &str| {
        if reason > far.0 {
            far = (reason, vec![name.to_owned()]);
        } else if reason == far.0 && reason != Reason::Item {
            far.1.push(name.to_owned());
        }
    };
    // Which bits the operation changes, and which of them are allowed.
    let touched: u16 = match operation.values {
        Values::Mask { and, .. } => !and,
        _ => 0xFFFF,
    };
    let (mut good, mut bits_granted, mut any) = (0u16, 0u16, false);
    let mut bad_bits = Vec::new();
    for named in able {
        if raw(named.statement, span, item) {
            (good, any) = (0xFFFF, true);
        }
        for (tag, grant) in grants(device, named.statement, span, item) {
            if let Some(bit) = tag.bit {
                bits_granted |= 1 << bit;
                any = true;
                let new = match operation.values {
                    Values::Mask { or, .. } => Some(or),
                    values => values.item((item - span.first) as usize),
                };
                if bit_good(grant.limit.as_deref(), new.map(|w| w >> bit & 1)) {
                    good |= 1 << bit;
                } else {
                    bad_bits.push((bit, named.name.clone()));
                }
                continue;
            }
            match element(tag, grant, operation, span, item) {
                Ok(()) => (good, any) = (0xFFFF, true),
                Err(reason) => reach(reason, &named.name),
            }
        }
    }
    if any && touched & !good == 0 {
        return Ok(());
    }
    if bits_granted != 0 && touched & !bits_granted == 0 {
        for (bit, name) in bad_bits {
            if touched >> bit & 1 == 1 && good >> bit & 1 == 0 {
                reach(Reason::Value, &name);
            }
        }
    }
    Err(far)
}

/// Whether an item is one of at most `gaps` neighbours that no tag owns and nothing grants, between two items
/// that are granted by the name of a tag and that the read includes.
fn in_gap(
    device: &Device<'_>,
    span: Span,
    item: u64,
    granted: impl Fn(u64) -> bool,
    named: impl Fn(u64) -> bool,
) -> bool {
    let owned = |item| {
        device
            .speaks
            .tags
            .iter()
            .any(|t| t.space == span.space && (t.first..t.first + t.items * t.count).contains(&item))
    };
    let loose = |item| !granted(item) && !owned(item);
    let (mut first, mut last) = (item, item);
    while first > 0 && loose(first - 1) && item - first <= device.speaks.gaps {
        first -= 1;
    }
    while loose(last + 1) && last - item <= device.speaks.gaps {
        last += 1;
    }
    loose(item)
        && first > 0
        && named(first - 1)
        && named(last + 1)
        && last - first < device.speaks.gaps
        && span.first < first
        && span.last > last
}

/// Whether a write makes all of the element that `item` is in a good value.
fn element(tag: &Tag, grant: &TagGrant, operation: &Operation<'_>, span: Span, item: u64) -> Result<(), Reason> {
    let number = (item - tag.first) / tag.items;
    let all: Vec<u64> = (0..tag.items).map(|i| tag.first + number * tag.items + i).collect();
    let words: Vec<Option<u16>> = match operation.values {
        Values::Mask { .. } if tag.items > 1 => return Err(Reason::Partial),
        Values::Mask { .. } if grant.limit.is_none() => return Ok(()),
        Values::Mask { and: 0, or } => vec![Some(or)],
        Values::Mask { .. } => return Err(Reason::Partial),
        values => {
            if all.iter().any(|i| !(span.first..=span.last).contains(i)) {
                return Err(Reason::Partial);
            }
            all.iter().map(|i| values.item((i - span.first) as usize)).collect()
        }
    };
    let Some(limit) = &grant.limit else { return Ok(()) };
    let Some(words) = words.into_iter().collect::<Option<Vec<u16>>>() else { return Err(Reason::Value) };
    if good(tag, limit, &words) { Ok(()) } else { Err(Reason::Value) }
}

fn good(tag: &Tag, limit: &Limit, words: &[u16]) -> bool {
    let mut bytes: Vec<u8> = words.iter().flat_map(|w| w.to_be_bytes()).collect();
    if let Kind::Text { swapped, .. } = tag.kind {
        if swapped {
            bytes.chunks_mut(2).for_each(<[u8]>::reverse);
        }
        let Limit::Text(text) = limit else { return false };
        let length = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        return length <= usize::from(text.max)
            && bytes[..length].iter().all(|b| text.charset.contains(*b))
            && bytes[length..].iter().all(|b| *b == 0);
    }
    if tag.kind != Kind::Bool && matches!(tag.words, WordOrder::Dcba | WordOrder::Cdab) {
        bytes.reverse();
    }
    // Reversed bytes are DCBA; swapping each pair gives CDAB.
    if tag.kind != Kind::Bool && matches!(tag.words, WordOrder::Badc | WordOrder::Cdab) {
        bytes.chunks_mut(2).for_each(<[u8]>::reverse);
    }
    let integer =
        |value: i128| matches!(limit, Limit::Integers(r) if r.iter().any(|(a, b)| *a <= value && value <= *b));
    let float = |value: f64| matches!(limit, Limit::Floats(r) if value.is_finite() && r.iter().any(|(a, b)| *a <= value && value <= *b));
    match (tag.kind, bytes.as_slice()) {
        (Kind::Signed(_), [a, b]) => integer(i16::from_be_bytes([*a, *b]).into()),
        (Kind::Signed(_), [a, b, c, d]) => integer(i32::from_be_bytes([*a, *b, *c, *d]).into()),
        (Kind::Signed(_), all) => integer(i64::from_be_bytes(all.try_into().unwrap()).into()),
        (Kind::Float(32), all) => float(f32::from_be_bytes(all.try_into().unwrap()).into()),
        (Kind::Float(_), all) => float(f64::from_be_bytes(all.try_into().unwrap())),
        (_, all) => integer(all.iter().fold(0, |sum, b| sum << 8 | i128::from(*b))),
    }
}

fn bit_good(limit: Option<&Limit>, new: Option<u16>) -> bool {
    let allowed = |value: u16| match limit {
        None => true,
        Some(Limit::Integers(ranges)) => ranges.iter().any(|(a, b)| *a <= value.into() && i128::from(value) <= *b),
        Some(_) => false,
    };
    match new {
        Some(value) => allowed(value),
        None => allowed(0) && allowed(1),
    }
}
