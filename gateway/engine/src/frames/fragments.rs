//! Puts fragments of IP datagrams together, bounded, and trusts no datagram whose fragments overlap.
//!
//! Receivers resolve overlaps in different ways, so nobody in between can know what they will read: any overlap, even an
//! equal one, kills the datagram, and what comes of it later is dropped until it is forgotten (RFC 5722 for IPv6).

use super::anomalies::kind;
use super::ip::{Fragment, IpHead};
use super::link::Vlans;
use core::time::Duration;
use sluice_model::{AnomalyKind, Instant};
use std::collections::VecDeque;

/// Everything that reassembly reports.
pub static FRAGMENT_EVENTS: &[&AnomalyKind] = &[&OVERLAP, &LENGTH, &FULL, &TIMEOUT];

static OVERLAP: AnomalyKind =
    kind!("fragment-overlap", Malformed, "RFC 5722 4", "Fragments of one datagram overlap; the datagram is dropped.");
static LENGTH: AnomalyKind = kind!(
    "fragment-length",
    Malformed,
    "RFC 791 3.2",
    "Fragments of one datagram do not agree on its length; the datagram is dropped."
);
static FULL: AnomalyKind =
    kind!("fragment-table-full", Bound, "gateway", "An incomplete datagram made room for a newer one.");
static TIMEOUT: AnomalyKind =
    kind!("fragment-timeout", Misbehaving, "RFC 791 3.2", "Fragments of a datagram did not come in time.");

/// What a piece costs beside its bytes.
const PIECE_COST: usize = 48;

/// What all fragments of one datagram have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentKey {
    /// Addresses and protocol.
    pub head: IpHead,
    /// The identification.
    pub id: u32,
    /// The tags of its frames.
    pub vlans: Vlans,
    /// The port of the gateway that they came in by; 0 where there is one alone.
    pub port: u16,
}

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Incomplete datagrams.
    pub datagrams: usize,
    /// Their bytes.
    pub bytes: usize,
    /// How long one may stay incomplete.
    pub age: Duration,
}

/// Datagrams that are not whole yet.
#[derive(Debug)]
pub struct Reassembly {
    bounds: Bounds,
    /// The oldest first.
    waiting: VecDeque<Datagram>,
    cost: usize,
}

#[derive(Debug)]
struct Datagram {
    key: FragmentKey,
    since: Instant,
    /// By offset; they never overlap.
    pieces: Vec<(usize, Box<[u8]>)>,
    /// Bytes in `pieces`.
    bytes: usize,
    /// Its length, once its last fragment is there.
    length: Option<usize>,
    /// Whether nothing that comes of it counts any more.
    dead: bool,
}

impl Datagram {
    fn new(key: FragmentKey, since: Instant) -> Self {
        Self { key, since, pieces: Vec::new(), bytes: 0, length: None, dead: false }
    }

    fn cost(&self) -> usize {
        self.bytes + self.pieces.len() * PIECE_COST
    }

    fn kill(&mut self) {
        (self.pieces, self.bytes, self.dead) = (Vec::new(), 0, true);
    }

    /// Takes a piece; says what is wrong with it.
    fn add(&mut self, fragment: Fragment, bytes: &[u8]) -> Result<(), &'static AnomalyKind> {
        let start = usize::from(fragment.offset);
        let end = start + bytes.len();
        let place = self.pieces.partition_point(|(at, _)| *at < start);
        let before = place.checked_sub(1).map(|p| self.pieces[p].0 + self.pieces[p].1.len());
        let after = self.pieces.get(place).map(|(at, _)| *at);
        if before.is_some_and(|e| e > start) || after.is_some_and(|s| s < end || s == start) {
            return Err(&OVERLAP);
        }
        let furthest = self.pieces.last().map_or(0, |(at, b)| at + b.len());
        match (self.length, fragment.more) {
            (Some(_), false) => return Err(&LENGTH),
            (Some(length), true) if end > length => return Err(&LENGTH),
            (None, false) if furthest > end => return Err(&LENGTH),
            (None, false) => self.length = Some(end),
            _ => {}
        }
        self.pieces.insert(place, (start, bytes.into()));
        self.bytes += bytes.len();
        Ok(())
    }

    fn is_whole(&self) -> bool {
        self.length == Some(self.bytes)
    }
}

impl Reassembly {
    /// Nothing waits.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, waiting: VecDeque::new(), cost: 0 }
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes a fragment and returns its datagram if that is whole now. `event` hears of every datagram that is given up.
    pub fn fragment(
        &mut self,
        now: Instant,
        key: FragmentKey,
        fragment: Fragment,
        bytes: &[u8],
        event: &mut dyn FnMut(&'static AnomalyKind),
    ) -> Option<Vec<u8>> {
        self.expire(now, event);
        let known = self.waiting.iter().position(|d| d.key == key);
        let mut datagram = match known.and_then(|place| self.waiting.remove(place)) {
            Some(datagram) => datagram,
            None => Datagram::new(key, now),
        };
        self.cost -= datagram.cost();
        if !datagram.dead
            && let Err(kind) = datagram.add(fragment, bytes)
        {
            datagram.kill();
            event(kind);
        }
        if datagram.is_whole() {
            return Some(datagram.pieces.iter().flat_map(|(_, b)| b.iter().copied()).collect());
        }
        self.cost += datagram.cost();
        // Back to its place: the oldest stay first.
        match known {
            Some(place) => self.waiting.insert(place, datagram),
            None => self.waiting.push_back(datagram),
        }
        while self.waiting.len() > self.bounds.datagrams || self.cost > self.bounds.bytes {
            self.drop_oldest(&FULL, event);
        }
        None
    }

    /// Gives up what waited too long.
    pub fn expire(&mut self, now: Instant, event: &mut dyn FnMut(&'static AnomalyKind)) {
        while self.waiting.front().is_some_and(|d| now - d.since >= self.bounds.age) {
            self.drop_oldest(&TIMEOUT, event);
        }
    }

    /// How many datagrams wait, those that were killed included.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Bytes that they hold.
    pub fn cost(&self) -> usize {
        self.cost
    }

    fn drop_oldest(&mut self, why: &'static AnomalyKind, event: &mut dyn FnMut(&'static AnomalyKind)) {
        if let Some(datagram) = self.waiting.pop_front() {
            self.cost -= datagram.cost();
            if !datagram.dead {
                event(why);
            }
        }
    }
}
