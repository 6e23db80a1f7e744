//! What a compiled policy wants of the state: a number for every fact, step, rate and window that its conditions name.

use super::watch::{Watch, Watched};
use crate::site::{AssetId, Kind, Site, Speaks, Tag, WordOrder};
use core::time::Duration;
use sluice_model::SpaceId;
use std::collections::HashMap;
use std::fmt::Write;
use std::hash::Hash;

/// A fact, as a policy's conditions know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FactSlot(pub u32);

/// An element whose writes go in steps, as a policy's conditions know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepSlot(pub u32);

/// A rate, as a policy's conditions know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RateSlot(pub u32);

/// A window, as a policy's conditions know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WindowSlot(pub u32);

/// One element of a tag of a site, or (without a tag) one whole item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Element {
    /// The asset.
    pub asset: AssetId,
    /// Index into the asset's `speaks`.
    pub speaks: usize,
    /// What of it.
    pub what: Part,
}

/// What of a device an [`Element`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// One element of a tag.
    Tag {
        /// Index into its tags.
        tag: usize,
        /// Which element.
        element: u64,
    },
    /// One item, whatever tags lie in it: 16 bits, or one.
    Item {
        /// Where.
        space: SpaceId,
        /// Which.
        item: u64,
    },
}

/// What a rate counts together; its statement goes by `conduit.id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted<'a> {
    /// Writes of one element under a statement.
    Element(&'a str, Element),
    /// What one source sends under a statement.
    Source(&'a str, AssetId),
    /// What anybody sends under a statement.
    Statement(&'a str),
}

/// Collects what the conditions of one policy want; whatever is wanted twice is one.
#[derive(Debug, Default)]
pub struct Wants {
    pub(super) facts: Vec<(Box<str>, Duration)>,
    pub(super) steps: Vec<Box<str>>,
    pub(super) rates: Vec<WantedRate>,
    pub(super) windows: Vec<Box<str>>,
    pub(super) watch: Watch,
    known_facts: HashMap<Element, FactSlot>,
    known_steps: HashMap<Element, StepSlot>,
    known_rates: HashMap<Box<str>, RateSlot>,
}

/// A limit on how often.
#[derive(Debug)]
pub(super) struct WantedRate {
    pub(super) id: Box<str>,
    pub(super) count: u32,
    pub(super) per: Duration,
}

impl Wants {
    /// The fact of an element that some condition trusts for `within`. Text and elements of more than 64 bits are
    /// never known.
    pub fn fact(&mut self, site: &Site, element: Element, within: Duration) -> FactSlot {
        if let Some(slot) = self.known_facts.get(&element) {
            let trusted = &mut self.facts[slot.0 as usize].1;
            *trusted = within.max(*trusted);
            return *slot;
        }
        let slot = FactSlot(self.facts.len() as u32);
        self.facts.push((name(site, element), within));
        self.known_facts.insert(element, slot);
        let watched = watched(site, element);
        self.watch.extend(watched.map(|watched| Watched { fact: slot.0, ..watched }));
        slot
    }

    /// The step of an element. Text and elements of more than 64 bits are never known.
    pub fn step(&mut self, site: &Site, element: Element) -> StepSlot {
        if let Some(slot) = self.known_steps.get(&element) {
            return *slot;
        }
        let slot = StepSlot(self.steps.len() as u32);
        self.steps.push(name(site, element));
        self.known_steps.insert(element, slot);
        let watched = watched(site, element);
        self.watch.extend(watched.map(|watched| Watched { step: slot.0, ..watched }));
        slot
    }

    /// A rate of `count` in any span of `per`.
    pub fn rate(&mut self, site: &Site, counted: Counted<'_>, count: u32, per: Duration) -> RateSlot {
        let id: Box<str> = match counted {
            Counted::Element(statement, element) => format!("{statement} of {}", label(site, element)).into(),
            Counted::Source(statement, asset) => format!("{statement} from {}", site.asset(asset).name).into(),
            Counted::Statement(statement) => statement.into(),
        };
        if let Some(slot) = self.known_rates.get(&id) {
            return *slot;
        }
        let slot = RateSlot(self.rates.len() as u32);
        self.known_rates.insert(id.clone(), slot);
        self.rates.push(WantedRate { id, count, per });
        slot
    }

    /// A window, by its name.
    pub fn window(&mut self, name: &str) -> WindowSlot {
        let known = self.windows.iter().position(|w| &**w == name);
        WindowSlot(known.unwrap_or_else(|| {
            self.windows.push(name.into());
            self.windows.len() - 1
        }) as u32)
    }

    /// Whether there is a rate.
    pub fn counts(&self) -> bool {
        !self.rates.is_empty()
    }

    /// Ends collecting: a policy wants nothing more.
    pub fn close(&mut self, site: &Site) {
        self.watch.close(site);
        self.known_facts = HashMap::new();
        self.known_steps = HashMap::new();
        self.known_rates = HashMap::new();
        self.facts.shrink_to_fit();
        self.steps.shrink_to_fit();
        self.rates.shrink_to_fit();
    }
}

fn speaks(site: &Site, element: Element) -> &Speaks {
    &site.asset(element.asset).speaks[element.speaks]
}

/// `plc-3 modbus level[0]`.
fn label(site: &Site, element: Element) -> String {
    let (asset, speaks) = (&site.asset(element.asset).name, speaks(site, element));
    let protocol = speaks.protocol.name;
    match element.what {
        Part::Tag { tag, element } => {
            let name = speaks.tags.get(tag).map_or("?", |tag| &tag.name);
            format!("{asset} {protocol} {name}[{element}]")
        }
        Part::Item { space, item } => format!("{asset} {protocol} {space:?} {item}"),
    }
}

/// The label of an element and all that its values depend on: what means something else is something else.
fn name(site: &Site, element: Element) -> Box<str> {
    let (asset, speaks) = (site.asset(element.asset), speaks(site, element));
    let mut name = label(site, element);
    let _ = write!(name, " at {:?} {:?}", asset.addresses, speaks.devices);
    if let Part::Tag { tag, .. } = element.what
        && let Some(Tag { space, first, bit, items, kind, words, engineering, .. }) = speaks.tags.get(tag)
    {
        let _ = write!(name, " {space:?} {first} {bit:?} {items} {kind:?} {words:?} {:?}", engineering.scaling);
    }
    name.into()
}

/// Where an element lies, if its value can be known.
fn watched(site: &Site, element: Element) -> Option<Watched> {
    let Element { asset, speaks: index, what } = element;
    let (space, first, width, bit, order) = match what {
        Part::Item { space, item } => (space, item, 1, None, WordOrder::Abcd),
        Part::Tag { tag, element } => {
            let tag = speaks(site, Element { asset, speaks: index, what }).tags.get(tag)?;
            let width = u8::try_from(tag.items).ok().filter(|width| *width <= 4)?;
            if matches!(tag.kind, Kind::Text { .. }) || element >= tag.count {
                return None;
            }
            (tag.space, tag.span(element, element).first, width, tag.bit, tag.words)
        }
    };
    let none = u32::MAX;
    Some(Watched { asset, speaks: index, space, first, width, bit, order, fact: none, step: none })
}
