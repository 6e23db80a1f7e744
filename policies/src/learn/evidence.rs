//! What was seen of one pair of assets.

use crate::decision::ConduitId;
use crate::language::RawValue;
use crate::policy::Device;
use crate::registers;
use crate::site::Tag;
use jiff::{Timestamp, ZonedDateTime};
use sluice_model::{Action, Code, Descriptor, Function, Operation, ProtocolId, SpaceId, Span, Values};
use std::collections::BTreeMap;

/// Everything between two assets.
#[derive(Clone)]
pub(super) struct Pair {
    /// The conduit that joins them already, if any does.
    pub(super) conduit: ConduitId,
    pub(super) functions: BTreeMap<(ProtocolId, Code), OfFunction>,
}

/// One function.
#[derive(Clone)]
pub(super) struct OfFunction {
    pub(super) protocol: &'static Descriptor,
    pub(super) function: &'static Function,
    pub(super) action: Action,
    pub(super) seen: Seen,
    pub(super) tags: BTreeMap<(String, u64), OfTag>,
    /// Items of no tag, or of a part of one.
    pub(super) raw: BTreeMap<(SpaceId, u64), u64>,
}

/// One element of a tag.
#[derive(Clone, Debug)]
pub(super) struct OfTag {
    pub(super) tag: Tag,
    pub(super) seen: Seen,
    /// The least and the greatest that was written.
    pub(super) range: Option<(RawValue, RawValue)>,
    /// The states that were written, of a tag that has states or is a bit.
    pub(super) states: Vec<i128>,
}

/// How often, and when.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) times: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// The hours of the plant's day, a bit each.
    pub(super) hours: u32,
}

impl Seen {
    fn at(at: &ZonedDateTime) -> Self {
        Self { times: 0, first: at.timestamp(), last: at.timestamp(), hours: 0 }
    }

    fn again(&mut self, at: &ZonedDateTime) {
        self.times += 1;
        self.hours |= 1 << at.hour();
        self.first = self.first.min(at.timestamp());
        self.last = self.last.max(at.timestamp());
    }

    /// The same of several.
    pub(super) fn join(&mut self, other: &Self) {
        self.times += other.times;
        self.hours |= other.hours;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl Pair {
    pub(super) fn new(conduit: ConduitId) -> Self {
        Self { conduit, functions: BTreeMap::new() }
    }

    /// Takes an operation in; how many things are new.
    pub(super) fn operation(
        &mut self,
        protocol: Option<&'static Descriptor>,
        device: Option<Device<'_>>,
        operation: &Operation<'_>,
        at: &ZonedDateTime,
    ) -> usize {
        let Some(protocol) = protocol else { return 0 };
        let of = self.functions.entry((operation.protocol, operation.code)).or_insert_with(|| OfFunction {
            protocol,
            function: operation.function,
            action: operation.action,
            seen: Seen::at(at),
            tags: BTreeMap::new(),
            raw: BTreeMap::new(),
        });
        of.seen.again(at);
        match operation.target {
            Some(span) => of.items(device, span, operation, at),
            None => 0,
        }
    }
}

impl OfFunction {
    fn items(
        &mut self,
        device: Option<Device<'_>>,
        span: Span,
        operation: &Operation<'_>,
        at: &ZonedDateTime,
    ) -> usize {
        let before = self.tags.len() + self.raw.len();
        if let Values::Mask { and, or } = operation.values {
            let tags = device.into_iter().flat_map(|d| d.tags.bits(span.space, span.first).map(move |i| d.tags.tag(i)));
            let mut missing = !and;
            for (bit, tag) in tags.filter_map(|tag| Some((tag.bit?, tag))).filter(|(bit, _)| !and >> bit & 1 == 1) {
                missing &= !(1 << bit);
                self.tag(tag, 0, |_| Some(or), at);
            }
            if missing != 0 {
                *self.raw.entry((span.space, span.first)).or_default() += 1;
            }
            return self.tags.len() + self.raw.len() - before;
        }
        let mut item = span.first;
        loop {
            let found = device.and_then(|d| Some(d.tags.tag(d.tags.whole(span.space, item)?)));
            let element = found.map(|tag| ((item - tag.first) / tag.items, tag));
            item = match element {
                Some((element, tag)) if within(&tag, element, item, span) => {
                    let last = tag.span(element, element).last;
                    let offset = item - span.first;
                    let word = |n: u16| operation.values.item(usize::try_from(offset).ok()? + usize::from(n));
                    self.tag(tag, element, word, at);
                    last
                }
                _ => {
                    *self.raw.entry((span.space, item)).or_default() += 1;
                    item
                }
            };
            if item >= span.last {
                return self.tags.len() + self.raw.len() - before;
            }
            item += 1;
        }
    }

    fn tag(&mut self, tag: Tag, element: u64, word: impl Fn(u16) -> Option<u16>, at: &ZonedDateTime) {
        let value = registers::value(&tag, word);
        let key = (tag.name.clone(), element);
        let of =
            self.tags.entry(key).or_insert_with(|| OfTag { tag, seen: Seen::at(at), range: None, states: Vec::new() });
        of.seen.again(at);
        if let Some(value) = value {
            of.value(value);
        }
    }
}

/// Whether all of an element lies in a span, from `item` on.
fn within(tag: &Tag, element: u64, item: u64, span: Span) -> bool {
    let own = tag.span(element, element);
    own.first == item && own.last <= span.last
}

impl OfTag {
    fn value(&mut self, value: RawValue) {
        if let RawValue::Integer(raw) = value
            && self.has_states()
            && let Err(place) = self.states.binary_search(&raw)
        {
            self.states.insert(place, raw);
        }
        self.range = Some(match self.range.take() {
            None => (value.clone(), value),
            Some((least, greatest)) => {
                let least = if less(&value, &least) { value.clone() } else { least };
                let greatest = if less(&greatest, &value) { value } else { greatest };
                (least, greatest)
            }
        });
    }

    /// Whether its values are named one by one.
    pub(super) fn has_states(&self) -> bool {
        self.tag.kind == crate::site::Kind::Bool || !self.tag.engineering.states.is_empty()
    }

    /// The same of several.
    pub(super) fn join(&mut self, other: &Self) {
        self.seen.join(&other.seen);
        for value in other.range.iter().flat_map(|(least, greatest)| [least, greatest]) {
            self.value(value.clone());
        }
        self.states.extend(&other.states);
        self.states.sort_unstable();
        self.states.dedup();
    }
}

fn less(a: &RawValue, b: &RawValue) -> bool {
    match (a, b) {
        (RawValue::Integer(a), RawValue::Integer(b)) => a < b,
        (RawValue::Float(a), RawValue::Float(b)) => a < b,
        (RawValue::Text(a), RawValue::Text(b)) => a < b,
        _ => false,
    }
}
