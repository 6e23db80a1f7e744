//! The flows that are followed: found by their ends, bounded, the one that was quiet for longest first to go.

use super::flow::Flow;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};

/// What two packets of one flow have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The IP protocol number.
    pub(super) transport: u8,
    /// VLAN identifiers: cells of one design repeat each other's addresses.
    pub(super) vlans: [u16; 2],
    /// The lower end first.
    pub(super) ends: [SocketAddr; 2],
}

impl Key {
    /// The key of a packet, and the index of its sender in [`Key::ends`].
    pub(super) fn of(transport: u8, vlans: [u16; 2], source: SocketAddr, destination: SocketAddr) -> (Self, usize) {
        let swapped = source > destination;
        let ends = if swapped { [destination, source] } else { [source, destination] };
        (Self { transport, vlans, ends }, usize::from(swapped))
    }

    /// All of it in one number, where both ends have an IPv4 address.
    fn short(&self) -> Option<u128> {
        let [SocketAddr::V4(low), SocketAddr::V4(high)] = self.ends else { return None };
        let [outer, inner] = self.vlans.map(u64::from);
        let rest = outer << 20 | inner << 8 | u64::from(self.transport);
        Some(short(rest, number(*low.ip(), low.port()), number(*high.ip(), high.port())))
    }
}

/// An end in 48 bits, in the order of ends.
const fn number(ip: Ipv4Addr, port: u16) -> u64 {
    (ip.to_bits() as u64) << 16 | port as u64
}

/// `rest` has no more than 32 bits, the ends have 48.
const fn short(rest: u64, low: u64, high: u64) -> u128 {
    (rest as u128) << 96 | (low as u128) << 48 | high as u128
}

/// An untagged IPv4 packet as [`Key::of`] sees it, without making a key.
#[derive(Clone, Copy)]
pub(super) struct Short(u128);

impl Short {
    /// The key, and the index of the sender.
    pub(super) fn of(transport: u8, source: (Ipv4Addr, u16), destination: (Ipv4Addr, u16)) -> (Self, usize) {
        let (source, destination) = (number(source.0, source.1), number(destination.0, destination.1));
        let swapped = source > destination;
        let (low, high) = if swapped { (destination, source) } else { (source, destination) };
        (Self(short(u64::from(transport), low, high)), usize::from(swapped))
    }
}

/// A place in the table; good until a flow is inserted or removed.
pub(super) type Place = u32;
const NONE: Place = u32::MAX;

/// The table.
#[derive(Default)]
pub(super) struct Flows {
    /// Places of flows between IPv4 addresses, which nearly all are, and of the others.
    short: HashMap<u128, Place, RandomState>,
    long: HashMap<Key, Place, RandomState>,
    slots: Vec<Slot>,
    /// The list of all flows by last use, a link for each slot: apart, because every packet moves one.
    links: Vec<Neighbours>,
    free: Vec<Place>,
    /// The flow of the packet before: a response follows its request.
    before: Option<(u128, Place)>,
    /// Ends of the list by last use; meaningful while there is a flow.
    newest: Option<Place>,
    oldest: Option<Place>,
}

struct Slot {
    key: Key,
    /// The key in one number, while there is a flow here.
    short: Option<u128>,
    /// The place of the flow that was looked for after this one.
    after: Place,
    flow: Option<Flow>,
}

/// What stands beside a flow in the list.
#[derive(Clone, Copy)]
struct Neighbours {
    newer: Place,
    older: Place,
}

impl Flows {
    pub(super) fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// The place of the flow with this key, which is the newest from now on.
    pub(super) fn find(&mut self, key: &Key) -> Option<Place> {
        let place = match key.short() {
            Some(short) => *self.short.get(&short)?,
            None => *self.long.get(key)?,
        };
        self.renew(place);
        Some(place)
    }

    /// The same for a packet that has a short key.
    pub(super) fn find_short(&mut self, key: Short) -> Option<Place> {
        let Some((before, last)) = self.before else { return self.look_up(key) };
        if before == key.0 {
            return Some(last);
        }
        // Polls come round: what came after this flow the last time does so again.
        let guess = self.slots.get(last as usize).map_or(NONE, |slot| slot.after);
        if self.slots.get(guess as usize).is_some_and(|slot| slot.short == Some(key.0)) {
            self.renew(guess);
            self.before = Some((key.0, guess));
            return Some(guess);
        }
        let place = self.look_up(key)?;
        if let Some(slot) = self.slots.get_mut(last as usize) {
            slot.after = place;
        }
        Some(place)
    }

    fn look_up(&mut self, key: Short) -> Option<Place> {
        let place = *self.short.get(&key.0)?;
        self.renew(place);
        self.before = Some((key.0, place));
        Some(place)
    }

    fn renew(&mut self, place: Place) {
        self.before = None;
        if self.newest != Some(place) {
            self.unlink(place);
            self.link(place);
        }
    }

    /// The flow at a place that was found.
    pub(super) fn at(&mut self, place: Place) -> Option<&mut Flow> {
        self.slots.get_mut(place as usize)?.flow.as_mut()
    }

    /// Adds a flow, the newest, in place of one with the same key.
    pub(super) fn insert(&mut self, key: Key, flow: Flow) -> Place {
        if let Some(place) = self.find(&key) {
            self.slots[place as usize].flow = Some(flow);
            return place;
        }
        let slot = Slot { key, short: key.short(), after: NONE, flow: Some(flow) };
        let place = if let Some(place) = self.free.pop() {
            self.slots[place as usize] = slot;
            place
        } else {
            self.slots.push(slot);
            self.links.push(Neighbours { newer: NONE, older: NONE });
            self.slots.len() as Place - 1
        };
        match key.short() {
            Some(short) => self.short.insert(short, place),
            None => self.long.insert(key, place),
        };
        self.link(place);
        place
    }

    /// Every flow.
    pub(super) fn each(&mut self) -> impl Iterator<Item = &mut Flow> {
        self.slots.iter_mut().filter_map(|slot| slot.flow.as_mut())
    }

    /// Takes the flow out that was quiet for longest.
    pub(super) fn remove_oldest(&mut self) -> Option<(Key, Flow)> {
        let place = self.oldest?;
        self.before = None;
        self.unlink(place);
        self.free.push(place);
        let slot = &mut self.slots[place as usize];
        match slot.short.take() {
            Some(short) => self.short.remove(&short),
            None => self.long.remove(&slot.key),
        };
        slot.flow.take().map(|flow| (slot.key, flow))
    }

    fn link(&mut self, place: Place) {
        let before = self.newest.replace(place);
        self.links[place as usize] = Neighbours { newer: NONE, older: before.unwrap_or(NONE) };
        match before {
            Some(before) => self.links[before as usize].newer = place,
            None => self.oldest = Some(place),
        }
    }

    fn unlink(&mut self, place: Place) {
        let Neighbours { newer, older } = self.links[place as usize];
        let some = |p: Place| (p != NONE).then_some(p);
        match some(newer) {
            Some(newer) => self.links[newer as usize].older = older,
            None => self.newest = some(older),
        }
        match some(older) {
            Some(older) => self.links[older as usize].newer = newer,
            None => self.oldest = some(newer),
        }
    }
}
