//! Items and values: what a statement lets one function do on one device, as far as a guarantee is about it.
//!
//! An operation is allowed when every item of it is covered, by whatever statements; so if one is that breaks a guarantee
//! about a tag, then a smaller one is that touches no more than an element of it, covered by one statement. Only single
//! bits of a register add up: a function that writes all of it needs every bit granted.

use super::doable::Doable;
use super::message::Touched;
use super::values::{Set, Word};
use crate::check::Ranges;
use crate::site::{Items, NeverTag, Speaks, Statement, Tag, TagGrant};
use crate::words::Carried;
use sluice_model::{Action, SpaceId, Span};

/// One function of one statement on one device.
#[derive(Clone, Copy)]
pub(super) struct Ground<'s> {
    pub(super) speaks: &'s Speaks,
    pub(super) statement: &'s Statement,
    /// The statement's tags of this device, sorted by tag.
    pub(super) grants: &'s [&'s [TagGrant]],
    pub(super) doable: Doable,
    /// What bits of registers the statements of all conduits between the two grant for this function.
    pub(super) bits: &'s dyn Fn(SpaceId, u64) -> Bits,
}

/// What may become of the bits of one register: those that may be 0, and those that may be 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits {
    pub(super) zero: u16,
    pub(super) one: u16,
}

impl Bits {
    /// Whether every bit is granted, so that the whole register can be written.
    const fn whole(self) -> bool {
        self.zero | self.one == u16::MAX
    }

    const fn allows(self, word: u16) -> bool {
        word & !self.one == 0 && !word & !self.zero == 0
    }

    /// A word in which one bit is as wanted, the others 0 where they may be.
    fn word(self, bit: u8, value: bool) -> Option<u16> {
        let word = !self.zero & !(1 << bit) | u16::from(value) << bit;
        (self.whole() && self.allows(word)).then_some(word)
    }
}

impl Ground<'_> {
    /// Anything at all that the function may do.
    pub(super) fn anything(&self) -> Option<Touched> {
        if self.doable.function.spaces.is_empty() || self.doable.opaque() {
            return Some(Touched::NOTHING);
        }
        if let Items::Raw(spans) = &self.statement.items {
            let span = spans.iter().find(|s| self.touches(s.space))?;
            return Some(self.item(span.space, span.first, 0));
        }
        let granted = self.grants.iter().flat_map(|list| list.iter());
        let tags = granted.filter_map(|g| Some((g, self.speaks.tags.get(g.tag)?)));
        tags.filter(|(_, tag)| self.touches(tag.space)).find_map(|(granted, tag)| {
            let whole = NeverTag {
                asset: crate::site::AssetId(0),
                speaks: 0,
                tag: granted.tag,
                first: granted.first,
                last: granted.last,
                values: None,
                at: self.statement.at.clone(),
            };
            self.granted(&whole, tag, granted, &Set::Any)
        })
    }

    /// What it may do to a tag of a guarantee that [`met`] names, with a grant of the statement that shares items with it.
    pub(super) fn tag(&self, never: &NeverTag, granted: Option<&TagGrant>) -> Option<Touched> {
        let tag = self.speaks.tags.get(never.tag)?;
        if !self.touches(tag.space) || self.carries_none() && never.values.is_some() {
            return None;
        }
        let bad = Set::of_never(never.values.as_deref());
        match (&self.statement.items, granted) {
            (Items::Raw(spans), _) => self.raw(never, tag, spans, &bad),
            (_, Some(granted)) => self.granted(never, tag, granted, &bad),
            (_, None) => None,
        }
    }

    fn touches(&self, space: SpaceId) -> bool {
        self.doable.function.spaces.contains(&space)
    }

    /// Whether its operations carry no values.
    fn carries_none(&self) -> bool {
        match self.doable.action {
            Action::Read => true,
            Action::Write | Action::Control => false,
            // Such a function writes values when a request with values can be made of it.
            _ => self.doable.function.spaces.first().is_none_or(|space| !self.asks_with_values(*space)),
        }
    }

    fn asks_with_values(&self, space: SpaceId) -> bool {
        let protocol = self.statement.protocol;
        let first = protocol.space(space).last;
        let target = Some(Span { space, first, last: first });
        let operation = sluice_model::Operation {
            protocol: protocol.id,
            direction: sluice_model::Direction::ToServer,
            device: protocol.device.default,
            action: self.doable.action,
            code: self.doable.code,
            function: self.doable.function,
            target,
            values: sluice_model::Values::Words(&[0, 0]),
        };
        (protocol.ask)(&operation).is_some()
    }

    /// The function on one item, with this value if it writes.
    fn item(&self, space: SpaceId, item: u64, word: u16) -> Touched {
        self.items(Span { space, first: item, last: item }, &[word])
    }

    /// The function on consecutive items.
    fn items(&self, span: Span, words: &[u16]) -> Touched {
        let carried = match words {
            _ if self.carries_none() => Carried::Nothing,
            [word] if self.doable.masks() => Carried::Mask { and: 0, or: *word },
            _ if self.statement.protocol.space(span.space).bits == 1 => Carried::Bits(bits(words)),
            _ => Carried::Words(words.iter().flat_map(|word| word.to_be_bytes()).collect()),
        };
        Touched { target: Some(span), carried, tag: None, part: false }
    }

    /// Raw ranges: any value of any item in them.
    fn raw(&self, never: &NeverTag, tag: &Tag, spans: &[Span], bad: &Set) -> Option<Touched> {
        let watched = tag.span(never.first, never.last);
        let meets = |s: &&Span| s.space == watched.space && s.first <= watched.last && watched.first <= s.last;
        let span = spans.iter().find(meets)?;
        let item = span.first.max(watched.first);
        let place = (item - watched.first) % tag.items;
        let element = never.first + (item - watched.first) / tag.items;
        if self.carries_none() {
            return Some(self.item(tag.space, item, 0).of(never.tag, element, false));
        }
        if let Some(bit) = tag.bit {
            let value = [true, false].into_iter().find(|value| bit_in(bad, tag, *value))?;
            let word = u16::from(value) << bit;
            return Some(
                self.bit(item, bit, value)
                    .unwrap_or_else(|| self.item(tag.space, item, word))
                    .of(never.tag, element, false),
            );
        }
        let words = bad.registers(tag)?;
        let own = tag.span(element, element);
        let covers = |item: u64| spans.iter().any(|s| s.space == own.space && (s.first..=s.last).contains(&item));
        if tag.items == 1 || !self.doable.function.single && (own.first..=own.last).all(covers) {
            return Some(self.items(own, &words).of(never.tag, element, false));
        }
        let word = *words.get(place as usize)?;
        Some(self.item(tag.space, item, word).of(never.tag, element, true))
    }

    /// A grant of a tag that shares items with the guarantee's.
    fn granted(&self, never: &NeverTag, tag: &Tag, granted: &TagGrant, bad: &Set) -> Option<Touched> {
        let other = self.speaks.tags.get(granted.tag)?;
        let (watched, given) = (tag.span(never.first, never.last), other.span(granted.first, granted.last));
        let item = watched.first.max(given.first);
        let element = never.first + (item - watched.first) / tag.items;
        let place = (item - watched.first) % tag.items;
        if self.carries_none() {
            return Some(self.item(tag.space, item, 0).of(never.tag, element, false));
        }
        let allowed = Set::of_limit(granted.limit.as_deref(), other.kind);
        let own = other.span((item - other.first) / other.items, (item - other.first) / other.items);
        // A function for one item never writes all of a wider value.
        let writable = other.items == 1 || !self.doable.function.single;
        let whole =
            |words: Vec<u16>, part: bool| writable.then(|| self.items(own, &words).of(never.tag, element, part));
        match (tag.bit, other.bit) {
            // Who may read one bit reads all of the register, and changes no other.
            (Some(bit), Some(own)) if bit != own => None,
            (Some(bit), Some(_)) => {
                let both = bad.and(&allowed);
                let mut values = [true, false].into_iter().filter(|v| bit_in(&both, tag, *v));
                let touched = values.find_map(|value| self.one_bit(tag.space, item, bit, value));
                touched.map(|t| t.of(never.tag, element, false))
            }
            (Some(bit), None) => [true, false].into_iter().filter(|v| bit_in(bad, tag, *v)).find_map(|value| {
                let word = Word { place: item - own.first, mask: 1 << bit, value: u16::from(value) << bit };
                whole(allowed.with_word(other, word)?, false)
            }),
            (None, Some(bit)) => {
                self.part_of(tag, place, item, bit, &allowed, other, bad).map(|t| t.of(never.tag, element, true))
            }
            (None, None) if granted.tag == never.tag => whole(bad.and(&allowed).registers(tag)?, false),
            // Tags that overlap like this are a mistake of the list; who knows what the other one becomes.
            (None, None) => whole(allowed.registers(other)?, true),
        }
    }

    /// One bit of a register, its others kept where the function can, else as they may be.
    fn one_bit(&self, space: SpaceId, item: u64, bit: u8, value: bool) -> Option<Touched> {
        if let Some(masked) = self.bit(item, bit, value) {
            return Some(Touched { target: Some(Span { space, first: item, last: item }), ..masked });
        }
        if self.statement.conditions.others.is_some() {
            return Some(self.item(space, item, u16::from(value) << bit));
        }
        (self.bits)(space, item).word(bit, value).map(|word| self.item(space, item, word))
    }

    /// A function that changes some bits, on one bit of an item.
    fn bit(&self, item: u64, bit: u8, value: bool) -> Option<Touched> {
        let space = *self.doable.function.spaces.first()?;
        self.doable.masks().then(|| Touched {
            target: Some(Span { space, first: item, last: item }),
            carried: Carried::Mask { and: !(1 << bit), or: u16::from(value) << bit },
            tag: None,
            part: false,
        })
    }

    /// One bit, or all bits, of one register of a value that is forbidden as a whole.
    #[allow(clippy::too_many_arguments)] // the two tags, where they meet, and their two sets of values
    fn part_of(
        &self,
        tag: &Tag,
        place: u64,
        item: u64,
        bit: u8,
        allowed: &Set,
        granted: &Tag,
        bad: &Set,
    ) -> Option<Touched> {
        let bits = (self.bits)(tag.space, item);
        let kept = self.doable.masks() || self.statement.conditions.others.is_some();
        if kept {
            return [true, false].into_iter().filter(|v| bit_in(allowed, granted, *v)).find_map(|value| {
                let word = Word { place, mask: 1 << bit, value: u16::from(value) << bit };
                bad.with_word(tag, word)?;
                self.one_bit(tag.space, item, bit, value)
            });
        }
        if !bits.whole() {
            return None;
        }
        let words = (0..=u16::MAX).filter(|word| bits.allows(*word));
        let found = words
            .into_iter()
            .find(|value| bad.with_word(tag, Word { place, mask: u16::MAX, value: *value }).is_some())?;
        Some(self.item(tag.space, item, found))
    }
}

/// Whether a bit of this value is in a set.
fn bit_in(set: &Set, tag: &Tag, value: bool) -> bool {
    let one = Set::Numbers(vec![(i128::from(value), i128::from(value))]);
    one.and(set).registers(tag).is_some()
}

/// Whether a statement reaches a tag of a guarantee by raw ranges.
pub(super) fn met_raw(speaks: &Speaks, never: &NeverTag, spans: &[Span]) -> bool {
    let watched = speaks.tags.get(never.tag).map(|tag| tag.span(never.first, never.last));
    let meets = |w: Span| spans.iter().any(|s| s.space == w.space && s.first <= w.last && w.first <= s.last);
    watched.is_some_and(meets)
}

/// The grants of a statement that share items with a tag of a guarantee.
pub(super) fn met<'g>(
    speaks: &Speaks,
    never: &NeverTag,
    by_items: &Ranges<usize>,
    lists: &[&'g [TagGrant]],
) -> Vec<&'g TagGrant> {
    let Some(tag) = speaks.tags.get(never.tag) else { return Vec::new() };
    let mut found = Vec::new();
    for (_, other) in by_items.meeting(tag.span(never.first, never.last)) {
        let granted = lists.iter().flat_map(|list| of_tag(list, *other));
        found.extend(granted.filter(|g| overlap(tag, never, &speaks.tags[*other], g)));
    }
    found
}

/// The grants of one tag in a list that is sorted by tag.
fn of_tag(list: &[TagGrant], tag: usize) -> impl Iterator<Item = &TagGrant> {
    let from = list.partition_point(|g| g.tag < tag);
    list[from..].iter().take_while(move |g| g.tag == tag)
}

/// Whether a grant meets the elements of a guarantee.
fn overlap(tag: &Tag, never: &NeverTag, other: &Tag, granted: &TagGrant) -> bool {
    let (a, b) = (tag.span(never.first, never.last), other.span(granted.first, granted.last));
    a.space == b.space && a.first <= b.last && b.first <= a.last
}

fn bits(words: &[u16]) -> Vec<u8> {
    let mut bytes = vec![0; words.len().div_ceil(8)];
    for (at, word) in words.iter().enumerate() {
        bytes[at / 8] |= u8::from(*word != 0) << (at % 8);
    }
    bytes
}
