//! Floors: guarantees that the gateway keeps by itself, in every mode, before any statement is asked.
//!
//! A route carries the floors of its source, destination and protocol as bits of one number, so that a route without any
//! costs one comparison. What is written in part, or not decoded, could be just what a floor forbids, and is withheld.

use super::functions;
use crate::prove::FLOORS;
use crate::registers::join;
use crate::site::{
    AssetId, Devices, Kind, Never, NeverFunctions, NeverTag, NeverValues, Site, Speaks, Strangers, Tag, Text,
    WordOrder, float_order,
};
use sluice_model::{Action, ActionSet, Operation, ProtocolId, Span, Values};
use std::net::IpAddr;

/// The floors of a site, by their destinations.
#[derive(Debug, Default)]
pub(super) struct Floors {
    /// Sorted by asset; the floors of each, at most [`FLOORS`].
    of: Box<[(AssetId, Box<[Floor]>)]>,
}

/// One guarantee towards one asset.
#[derive(Debug)]
struct Floor {
    /// Index into the site's guarantees.
    never: usize,
    from: Box<[AssetId]>,
    strangers: Strangers,
    functions: Option<NeverFunctions>,
    actions: ActionSet,
    /// The devices that it is about, when the route leads to a gateway of a protocol before them; any when `None`.
    devices: Option<Box<[Addresses]>>,
    /// What it is about; everything when `None`.
    items: Option<Box<[Watched]>>,
}

/// The addresses of one device inside a connection.
#[derive(Debug)]
struct Addresses {
    protocol: ProtocolId,
    /// Every address but these, or these alone.
    all: bool,
    listed: Box<[u32]>,
    /// The address that every device obeys.
    broadcast: Option<u32>,
}

/// An element of a tag, or a bit of one.
#[derive(Debug)]
struct Watched {
    addresses: Addresses,
    first: Span,
    /// How many elements lie one behind the other.
    elements: u64,
    bit: Option<u8>,
    values: Option<Bad>,
}

/// Values that no write may leave behind.
#[derive(Debug)]
enum Bad {
    Numbers { kind: Kind, order: WordOrder, ranges: Box<[(i128, i128)]> },
    Text { swapped: bool, text: Text },
}

impl Floors {
    /// Those of a site whose tags are still there.
    pub(super) fn of(site: &Site) -> Self {
        let mut of: Vec<(AssetId, Vec<Floor>)> = Vec::new();
        for (number, never) in site.nevers.iter().enumerate().filter(|(_, n)| n.floor) {
            for to in &never.to.assets {
                // What stands behind a gateway of its protocol is reached at the gateway's address, too.
                let gateway = site.asset(*to).behind();
                for route in [Some(*to), gateway].into_iter().flatten() {
                    let floor = Floor::of(site, number, never, *to, route != *to);
                    // Of a guarantee about tags an asset without them needs no floor.
                    if floor.items.as_ref().is_some_and(|items| items.is_empty()) {
                        continue;
                    }
                    match of.binary_search_by_key(&route, |(id, _)| *id) {
                        Ok(at) => of[at].1.push(floor),
                        Err(at) => of.insert(at, (route, vec![floor])),
                    }
                }
            }
        }
        Self { of: of.into_iter().map(|(id, floors)| (id, floors.into())).collect() }
    }

    fn to(&self, asset: AssetId) -> &[Floor] {
        self.of.binary_search_by_key(&asset, |(id, _)| *id).map_or(&[], |at| &self.of[at].1)
    }

    /// The floors from an address, whose asset is `source`, to an asset: a bit each.
    pub(super) fn on(&self, source: Option<AssetId>, ip: IpAddr, to: AssetId, protocol: ProtocolId) -> u64 {
        match source {
            Some(_) => self.from(source, to, protocol),
            None => self.bits(to, protocol, |floor| floor.strangers.contains(ip)),
        }
    }

    /// The floors from one asset to another; none from strangers.
    pub(super) fn from(&self, source: Option<AssetId>, to: AssetId, protocol: ProtocolId) -> u64 {
        self.bits(to, protocol, |floor| source.is_some_and(|id| floor.from.binary_search(&id).is_ok()))
    }

    fn bits(&self, to: AssetId, protocol: ProtocolId, sends: impl Fn(&Floor) -> bool) -> u64 {
        let speaks = |floor: &Floor| floor.functions.as_ref().is_none_or(|f| f.protocol.id == protocol);
        let floors = self.to(to).iter().take(FLOORS).enumerate();
        floors.filter(|(_, floor)| speaks(floor) && sends(floor)).fold(0, |bits, (at, _)| bits | 1 << at)
    }

    /// The guarantee of the first of these floors that withholds an operation, and the item that it is about. Touches no
    /// heap.
    pub(super) fn withholds(&self, bits: u64, to: AssetId, operation: &Operation<'_>) -> Option<(usize, Option<u64>)> {
        let floors = self.to(to).iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
        let (_, floor) = floors.into_iter().find(|(_, floor)| floor.withholds(operation))?;
        Some((floor.never, floor.item(operation)))
    }
}

impl Floor {
    fn of(site: &Site, number: usize, never: &Never, to: AssetId, at_gateway: bool) -> Self {
        let speaks = &site.asset(to).speaks;
        let devices = at_gateway.then(|| speaks.iter().map(|own| Addresses::of(speaks, own)).collect());
        let tags = never.tags.as_ref().map(|tags| {
            let own = tags.iter().filter(|t| t.asset == to);
            own.map(|never| Watched::of(site, never)).collect()
        });
        let hides = (0..).map(AssetId).zip(&site.assets);
        let fronts = hides.filter(|(_, a)| a.hides.iter().any(|id| never.from.assets.binary_search(id).is_ok()));
        let mut from: Vec<AssetId> = never.from.assets.iter().copied().chain(fronts.map(|(id, _)| id)).collect();
        from.sort_unstable();
        from.dedup();
        Self {
            never: number,
            from: from.into(),
            strangers: never.from.strangers.clone(),
            functions: never.functions.clone(),
            actions: never.actions,
            devices,
            items: tags,
        }
    }

    /// Whether it withholds an operation.
    fn withholds(&self, operation: &Operation<'_>) -> bool {
        let Operation { function, code, action, .. } = *operation;
        if self.functions.as_ref().is_some_and(|f| !functions::names(&f.named, function, code, action)) {
            return false;
        }
        if !function.opaque && !self.actions.is_empty() && !self.actions.contains(action) {
            return false;
        }
        if self.devices.as_ref().is_some_and(|devices| !devices.iter().any(|d| d.has(operation))) {
            return false;
        }
        match &self.items {
            None => true,
            Some(items) if function.opaque => items.iter().any(|watched| watched.addresses.has(operation)),
            Some(_) => self.item(operation).is_some(),
        }
    }

    /// The item because of which it withholds an operation, where it is one.
    fn item(&self, operation: &Operation<'_>) -> Option<u64> {
        let span = operation.target?;
        let Some(items) = &self.items else { return Some(span.first) };
        items.iter().filter(|w| w.addresses.has(operation)).find_map(|w| w.forbids(operation, span))
    }
}

impl Addresses {
    fn of(speaks: &[Speaks], own: &Speaks) -> Self {
        let listed = |s: &Speaks| match &s.devices {
            Devices::Any => Vec::new(),
            Devices::Listed(list) => list.clone(),
        };
        let all = own.devices == Devices::Any;
        let others = speaks.iter().filter(|s| s.protocol.id == own.protocol.id).flat_map(listed);
        let listed = if all { others.collect() } else { listed(own) };
        Self { protocol: own.protocol.id, all, listed: listed.into(), broadcast: own.protocol.device.broadcast }
    }

    /// Whether an operation is for the device.
    fn has(&self, operation: &Operation<'_>) -> bool {
        let own = self.listed.contains(&operation.device) != self.all;
        self.protocol == operation.protocol && (own || self.broadcast == Some(operation.device))
    }
}

impl Watched {
    fn of(site: &Site, never: &NeverTag) -> Self {
        let speaks = &site.asset(never.asset).speaks[never.speaks];
        let tag = &speaks.tags[never.tag];
        Self {
            addresses: Addresses::of(&site.asset(never.asset).speaks, speaks),
            first: tag.span(never.first, never.first),
            elements: never.last - never.first + 1,
            bit: tag.bit,
            values: never.values.as_deref().map(|values| Bad::of(tag, values)),
        }
    }

    /// The first item because of which an operation is forbidden.
    fn forbids(&self, operation: &Operation<'_>, span: Span) -> Option<u64> {
        let width = self.first.items();
        let last = self.first.first + width * self.elements - 1;
        if span.space != self.first.space || span.first > last || self.first.first > span.last {
            return None;
        }
        let (from, to) = (span.first.max(self.first.first), span.last.min(last));
        let Some(bad) = &self.values else { return self.touches(operation).then_some(from) };
        if operation.action == Action::Read || operation.values == Values::None {
            return None;
        }
        let (from, to) = ((from - self.first.first) / width, (to - self.first.first) / width);
        (from..=to).map(|element| self.first.first + element * width).find(|first| {
            let word =
                |n: u16| operation.values.item(usize::try_from(first.checked_sub(span.first)?).ok()? + usize::from(n));
            match (operation.values, self.bit) {
                (Values::Mask { and, or }, Some(bit)) => and >> bit & 1 == 0 && bad.has(1, |_| Some(or >> bit & 1)),
                // Of a register of which bits are kept nobody knows what it becomes.
                (Values::Mask { and, or }, None) => {
                    and != u16::MAX && (and != 0 || width > 1 || bad.has(1, |_| Some(or)))
                }
                (_, Some(bit)) => word(0).is_none_or(|word| bad.has(1, |_| Some(word >> bit & 1))),
                (_, None) => first + width - 1 > span.last || *first < span.first || bad.has(width as u16, word),
            }
        })
    }

    /// Whether an operation on its items touches it: a mask may leave its bits as they are.
    fn touches(&self, operation: &Operation<'_>) -> bool {
        match (operation.values, self.bit) {
            (Values::Mask { and, .. }, Some(bit)) => and >> bit & 1 == 0,
            (Values::Mask { and, .. }, None) => and != u16::MAX,
            _ => true,
        }
    }
}

impl Bad {
    fn of(tag: &Tag, values: &NeverValues) -> Self {
        match values {
            NeverValues::Numbers(ranges) => {
                let order = if tag.kind == Kind::Bool { WordOrder::Abcd } else { tag.words };
                Self::Numbers { kind: tag.kind, order, ranges: ranges.as_slice().into() }
            }
            NeverValues::Text(text) => {
                let swapped = matches!(tag.kind, Kind::Text { swapped: true, .. });
                Self::Text { swapped, text: text.clone() }
            }
        }
    }

    /// Whether the value of these words is one of them; a word that is not there could make it one.
    fn has(&self, width: u16, word: impl Fn(u16) -> Option<u16>) -> bool {
        match self {
            Self::Numbers { kind, order, ranges } => {
                let Some(raw) = join(*order, width, word) else { return true };
                let number = match *kind {
                    Kind::Float(32) => float_order(f32::from_bits(raw as u32).into(), 32),
                    Kind::Float(bits) => float_order(f64::from_bits(raw), bits),
                    Kind::Signed(bits) => {
                        let unused = 64 - u32::from(bits);
                        i128::from((raw << unused).cast_signed() >> unused)
                    }
                    _ => raw.into(),
                };
                let nan = match *kind {
                    Kind::Float(32) => f32::from_bits(raw as u32).is_nan(),
                    Kind::Float(_) => f64::from_bits(raw).is_nan(),
                    _ => false,
                };
                !nan && ranges.iter().any(|(low, high)| (*low..=*high).contains(&number))
            }
            Self::Text { swapped, text } => super::check::text(*swapped, text.max, text.charset, width, word),
        }
    }
}
