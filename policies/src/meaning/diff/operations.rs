//! What is newly allowed and newly denied of the protocols that are inspected.

use super::beyond::{Piece, Usage, What, beyond};
use super::claims::{Device, Said, with_whole_bits};
use super::ends::{self, End, Members};
use super::values::{minus, united};
use super::{Change, Effect, label};
use crate::meaning::guard::Guard;
use crate::meaning::statement;
use crate::policy::{allows, codes};
use crate::site::{AssetId, Devices, Site};
use sluice_model::{Action, Code, Descriptor, Function, Space};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// The conduits in which a source commands, and its cell, on either side.
type Commands<'c> = ([&'c [u16]; 2], [Option<&'c str>; 2]);
/// One device on either side.
type Both<'s> = [Option<Device<'s>>; 2];

/// The statements of one side about one protocol between two ends.
type Statements<'s> = Vec<Said<'s>>;

/// Adds every change.
pub(super) fn changes(old: &Site, new: &Site, out: &mut Vec<Change>) {
    let ends = ends::of(old, new);
    let sides = [(old, Members::of(old)), (new, Members::of(new))];
    let mut sources: BTreeMap<Commands<'_>, Vec<&End>> = BTreeMap::new();
    for end in &ends {
        let of = [Members::list(&sides[0].1.from, end.old), Members::list(&sides[1].1.from, end.new)];
        if of.iter().any(|l| !l.is_empty()) {
            let cells = [ends::cell(old, end.old), ends::cell(new, end.new)];
            sources.entry((of, cells)).or_default().push(end);
        }
    }
    let mut known = Meanings::default();
    for to in &ends {
        let obeys = [Members::list(&sides[0].1.to, to.old), Members::list(&sides[1].1.to, to.new)];
        for ((commands, _), from) in &sources {
            let joined = |side: usize| commands[side].iter().filter(move |c| obeys[side].contains(c));
            if joined(0).next().is_none() && joined(1).next().is_none() {
                continue;
            }
            let said = |side: usize| -> Statements<'_> {
                let conduits = joined(side).map(|c| &sides[side].0.conduits[usize::from(*c)]);
                let ends = [(from[0].old, to.old), (from[0].new, to.new)][side];
                let conduits = conduits.filter(|c| ends::joins(sides[side].0, c, ends));
                conduits.flat_map(|c| c.statements.iter().map(move |s| (c, s))).collect()
            };
            let pair = Pair { sites: [old, new], from: from.iter().map(|e| e.name.clone()).collect(), to };
            pair.changes(&[said(0), said(1)], &mut known, out);
        }
    }
}

/// What statements mean for one destination, by where they lie.
#[derive(Default)]
struct Meanings(HashMap<(usize, u32, usize), Rc<Vec<String>>>);

impl Meanings {
    /// The lines of all statements together, for one destination.
    fn of(&mut self, side: usize, plant: &Site, to: AssetId, said: &[Said<'_>]) -> BTreeSet<Rc<Vec<String>>> {
        let lines = |(conduit, statement): &Said<'_>| {
            let key = (side, to.0, core::ptr::from_ref(*statement) as usize);
            self.0.entry(key).or_insert_with(|| Rc::new(statement::towards(plant, conduit, statement, to))).clone()
        };
        said.iter().map(lines).collect()
    }
}

/// All sources that the same conduits join to one destination.
struct Pair<'s> {
    sites: [&'s Site; 2],
    from: BTreeSet<String>,
    to: &'s End,
}

impl<'s> Pair<'s> {
    fn changes(&self, said: &[Statements<'s>; 2], known: &mut Meanings, out: &mut Vec<Change>) {
        let to = [self.to.old, self.to.new];
        if let [Some(old), Some(new)] = to {
            let mut mean = |side: usize, to| known.of(side, self.sites[side], to, &said[side]);
            if mean(0, old) == mean(1, new) {
                return;
            }
        }
        let mut protocols: Vec<&'static Descriptor> = Vec::new();
        for (_, statement) in said.iter().flatten() {
            if protocols.iter().all(|p| p.id != statement.protocol.id) {
                protocols.push(statement.protocol);
            }
        }
        for protocol in protocols {
            let of = |side: usize| said[side].iter().filter(|(_, s)| s.protocol.id == protocol.id).copied().collect();
            let said = [of(0), of(1)];
            for (name, devices) in self.devices(protocol) {
                let [old, new] = devices;
                let at = At { pair: self, protocol, name, devices: [old, new], said: &said };
                at.changes(out);
            }
        }
    }

    /// The devices of both sides behind each device address, with the name of what is addressed.
    fn devices(&self, protocol: &'static Descriptor) -> Vec<(String, Both<'s>)> {
        let spoken = |side: usize| {
            let asset = [self.to.old, self.to.new][side];
            let site = self.sites[side];
            let all = asset.map(|id| {
                site.asset(id).speaks.iter().enumerate().map(move |(index, s)| (Device { site, asset: id, index }, s))
            });
            all.into_iter().flatten().filter(|(_, s)| s.protocol.id == protocol.id).collect::<Vec<_>>()
        };
        let sides = [spoken(0), spoken(1)];
        let mut addresses: BTreeSet<Option<u32>> = BTreeSet::new();
        for (_, speaks) in sides.iter().flatten() {
            match &speaks.devices {
                Devices::Any => drop(addresses.insert(None)),
                Devices::Listed(list) => addresses.extend(list.iter().map(|a| Some(*a))),
            }
        }
        let find = |side: usize, address: Option<u32>| {
            let listed = |s: &crate::site::Speaks| matches!(&s.devices, Devices::Listed(l) if address.is_some_and(|a| l.contains(&a)));
            let mut all = sides[side].iter();
            let found = all.find(|(_, s)| listed(s));
            found.or_else(|| sides[side].iter().find(|(_, s)| s.devices == Devices::Any)).map(|(d, _)| *d)
        };
        let key = |d: Option<Device<'_>>| d.map(|d| d.index);
        let mut groups: BTreeMap<[Option<usize>; 2], (Vec<String>, Both<'s>)> = BTreeMap::new();
        for address in addresses {
            let devices = [find(0, address), find(1, address)];
            let shown = address.map_or_else(|| "any other".to_owned(), |a| a.to_string());
            groups.entry(devices.map(key)).or_insert_with(|| (Vec::new(), devices)).0.push(shown);
        }
        let several = groups.len() > 1;
        let name = |units: Vec<String>| {
            if several {
                format!("{} {} {}", self.to.name, protocol.device.key, units.join(", "))
            } else {
                self.to.name.clone()
            }
        };
        groups.into_values().map(|(units, devices)| (name(units), devices)).collect()
    }
}

/// One device of one pair.
struct At<'p, 's> {
    pair: &'p Pair<'s>,
    protocol: &'static Descriptor,
    name: String,
    devices: Both<'s>,
    said: &'p [Statements<'s>; 2],
}

/// What functions have in common: which statements of each side allow them, what they do, and how.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Class {
    allowing: [Vec<usize>; 2],
    action: Action,
    spaces: Vec<u8>,
    single: bool,
    masks: bool,
}

impl<'s> At<'_, 's> {
    fn changes(&self, out: &mut Vec<Change>) {
        for (class, codes) in self.classes() {
            for (effects, from, than) in
                [([Effect::Allowed, Effect::Loosened], 1, 0), ([Effect::Denied, Effect::Tightened], 0, 1)]
            {
                let Some(device) = self.devices[from] else { continue };
                let mut pieces: Vec<(Option<&'static Space>, Piece)> = Vec::new();
                if class.spaces.is_empty() {
                    pieces.extend(self.bare(&class, from, than).into_iter().map(|p| (None, p)));
                }
                for space in self.protocol.spaces.iter().filter(|s| class.spaces.contains(&s.id.0)) {
                    pieces.extend(self.pieces(&class, space, from, than).into_iter().map(|p| (Some(space), p)));
                }
                for (space, piece) in pieces {
                    self.tell(device, effects, &class, &codes, from, space, &piece, out);
                }
            }
        }
    }

    /// The functions of the protocol that either side allows, with what is the same for them taken together.
    fn classes(&self) -> BTreeMap<Class, Vec<(Code, &'static Function)>> {
        let functions: Vec<_> = self.said.iter().flatten().map(|(_, s)| &s.functions).collect();
        let mut classes: BTreeMap<Class, Vec<(Code, &'static Function)>> = BTreeMap::new();
        for (code, declared) in codes(self.protocol, &functions) {
            for action in declared.actions {
                let allowing = |side: usize| {
                    let here = self.devices[side].is_some();
                    let all = self.said[side].iter().enumerate().filter(|_| here);
                    all.filter(|(_, (_, s))| allows(&s.functions, declared, code, *action))
                        .map(|(i, _)| i)
                        .collect::<Vec<_>>()
                };
                let allowing = [allowing(0), allowing(1)];
                if allowing.iter().all(Vec::is_empty) {
                    continue;
                }
                let class = Class {
                    allowing,
                    action: *action,
                    spaces: declared.spaces.iter().map(|s| s.0).collect(),
                    single: declared.single,
                    masks: declared.name.starts_with("mask-"),
                };
                classes.entry(class).or_default().push((code, declared));
            }
        }
        classes
    }

    fn statements(&self, class: &Class, side: usize) -> Vec<(usize, Said<'s>)> {
        class.allowing[side].iter().map(|i| (*i, self.said[side][*i])).collect()
    }

    /// What one side allows beyond the other of functions that touch no item.
    fn bare(&self, class: &Class, from: usize, than: usize) -> Vec<Piece> {
        let guards = |side: usize| -> Vec<(usize, Rc<Guard>)> {
            let Some(device) = self.devices[side] else { return Vec::new() };
            let all = self.statements(class, side).into_iter();
            all.map(|(by, (conduit, s))| {
                (by, Rc::new(Guard::of(device.site, conduit, &s.conditions, None, device.asset)))
            })
            .collect()
        };
        let others: Vec<Rc<Guard>> = guards(than).into_iter().map(|(_, g)| g).collect();
        let new = guards(from).into_iter().filter(|(_, g)| !others.iter().any(|o| g.implies(o)));
        let other = (!others.is_empty()).then_some(others.clone());
        new.map(|(by, guard)| Piece {
            first: 0,
            last: 0,
            width: 0,
            what: What::Gap(0, 0),
            guard,
            by,
            example: Vec::new(),
            other: other.clone(),
        })
        .collect()
    }

    /// What one side allows beyond the other in one space.
    fn pieces(&self, class: &Class, space: &'static Space, from: usize, than: usize) -> Vec<Piece> {
        let reads = class.action == Action::Read;
        let usage = Usage { bits: space.bits, single: class.single, masks: class.masks };
        let claims = |side: usize| {
            let Some(device) = self.devices[side] else { return Vec::new() };
            let claims = device.claims(&self.statements(class, side), space, reads);
            if reads { claims } else { with_whole_bits(claims, space.bits) }
        };
        let (some, others) = (claims(from), claims(than));
        let mut pieces = beyond(&some, &others, usage);
        if reads && let Some(device) = self.devices[from] {
            let gaps = device.gaps(&self.statements(class, from), space);
            let other = self.devices[than].map_or_else(Vec::new, |d| d.gaps(&self.statements(class, than), space));
            let spanned = united(others.iter().map(|c| (c.first, c.last)).chain(other).collect());
            for gap in gaps {
                pieces.extend(minus(&[gap], &spanned).into_iter().map(|(first, last)| Piece {
                    first,
                    last,
                    width: 1,
                    what: What::Gap(gap.0, gap.1),
                    guard: Rc::default(),
                    by: class.allowing[from].first().copied().unwrap_or_default(),
                    example: Vec::new(),
                    other: None,
                }));
            }
        }
        pieces
    }

    #[allow(clippy::too_many_arguments)] // one piece, with all that names it
    fn tell(
        &self,
        device: Device<'s>,
        effects: [Effect; 2],
        class: &Class,
        codes: &[(Code, &'static Function)],
        from: usize,
        space: Option<&'static Space>,
        piece: &Piece,
        out: &mut Vec<Change>,
    ) {
        let (conduit, statement) = self.said[from][piece.by];
        let name = format!("{}.{}", conduit.name, statement.id);
        let effect = if piece.other.is_some() { effects[1] } else { effects[0] };
        let beyond = |own: &Guard, other: &Guard| {
            let words = own.beyond(other);
            if words.is_empty() { vec!["always".to_owned()] } else { words }
        };
        let other = piece.other.as_ref().map(|guards| {
            let mut all: Vec<String> = guards.iter().map(|g| beyond(g, &piece.guard).join(" and ")).collect();
            all.sort_unstable();
            all.dedup();
            all.join(", or ")
        });
        let items = match space {
            None => vec![None],
            Some(space) => label::items(device.speaks(), space, piece).into_iter().map(Some).collect(),
        };
        for item in items {
            out.push(Change {
                effect,
                from: self.pair.from.clone(),
                to: [self.name.clone()].into(),
                what: self.protocol.name.to_owned(),
                action: class.action.name().to_owned(),
                functions: codes.iter().map(|(code, f)| (*code, f.name)).collect(),
                items: item.into_iter().collect(),
                conditions: piece.guard.words(),
                other: other.clone(),
                statements: [(name.clone(), device.site.show(&statement.at))].into(),
            });
        }
    }
}
