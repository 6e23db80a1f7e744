//! Who may come in: how many connections a proxy, a source, and all strangers together may hold, and how fast they may come.

use super::Target;
use crate::config::Limits;
use crate::metrics::Cause;
use sluice_model::Instant;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sources that are remembered; those that hold nothing are forgotten first.
const SOURCES: usize = 4096;
/// What one new connection costs, in nanoseconds of the bucket that fills with time.
const SECOND: u64 = 1_000_000_000;

/// The door of one proxy.
pub(crate) struct Door {
    target: Arc<Target>,
    connections: usize,
    per_source: usize,
    /// Nanoseconds that one new connection costs its source.
    cost: u64,
    closing: AtomicBool,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    open: usize,
    strangers: usize,
    sources: HashMap<IpAddr, Visitor>,
}

/// One source.
struct Visitor {
    open: usize,
    /// When its bucket will have run full again: a burst of twice the rate may lie ahead of now.
    due: u64,
}

impl Door {
    pub(crate) fn new(limits: &Limits, target: Arc<Target>) -> Self {
        Self {
            target,
            connections: limits.connections,
            per_source: limits.connections_per_source,
            cost: SECOND / u64::from(limits.accepts_per_source.max(1)),
            closing: AtomicBool::new(false),
            inside: Mutex::default(),
        }
    }

    /// Lets one connection in, or says which bound keeps it out. A stranger is a source that no conduit joins.
    pub(crate) fn admit(self: &Arc<Self>, now: Instant, source: IpAddr, stranger: bool) -> Result<Permit, Cause> {
        let mut inside = self.inside();
        let Inside { open, strangers, sources } = &mut *inside;
        if sources.len() >= SOURCES && !sources.contains_key(&source) {
            sources.retain(|_, visitor| visitor.open > 0 || visitor.due > now.0);
            if sources.len() >= SOURCES {
                return Err(Cause::Rate);
            }
        }
        let visitor = sources.entry(source).or_insert(Visitor { open: 0, due: 0 });
        let due = visitor.due.max(now.0) + self.cost;
        if due > now.0 + 2 * SECOND {
            return Err(Cause::Rate);
        }
        visitor.due = due;
        if *open >= self.connections {
            return Err(Cause::Connections);
        }
        if visitor.open >= self.per_source {
            return Err(Cause::Source);
        }
        if stranger && *strangers >= (self.connections / 4).max(1) {
            return Err(Cause::Strangers);
        }
        visitor.open += 1;
        *open += 1;
        *strangers += usize::from(stranger);
        Ok(Permit { door: self.clone(), source, stranger })
    }

    /// Asks every connection to end as soon as it has its answers; the workers are to be told to look.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    /// What the proxy stands for.
    pub(crate) fn target(&self) -> &Arc<Target> {
        &self.target
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.inside().open
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's place inside; dropping it gives the place back.
pub(crate) struct Permit {
    door: Arc<Door>,
    source: IpAddr,
    stranger: bool,
}

impl Permit {
    /// What the proxy stands for.
    pub(crate) fn target(&self) -> &Arc<Target> {
        &self.door.target
    }

    /// Whether the connection is to end as soon as it has its answers.
    pub(crate) fn closing(&self) -> bool {
        self.door.closing.load(Ordering::Acquire)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut inside = self.door.inside();
        inside.open -= 1;
        inside.strangers -= usize::from(self.stranger);
        if let Some(visitor) = inside.sources.get_mut(&self.source) {
            visitor.open -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sluice_protocols::registry;
    use std::net::{Ipv4Addr, SocketAddr};

    fn door(connections: usize, per_source: usize, rate: u32) -> Arc<Door> {
        let limits =
            Limits { connections, connections_per_source: per_source, accepts_per_source: rate, ..Limits::default() };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 502));
        let protocol = registry::ALL[0];
        let target = Target { asset: "plc".to_owned(), listen: address, upstream: address, protocol };
        Arc::new(Door::new(&limits, Arc::new(target)))
    }

    fn ip(last: u8) -> IpAddr {
        Ipv4Addr::new(127, 0, 0, last).into()
    }

    fn at(seconds: u64) -> Instant {
        Instant(seconds * SECOND)
    }

    #[test]
    fn a_place_is_given_back() {
        let door = door(2, 2, 1000);
        let first = door.admit(at(0), ip(1), false).unwrap();
        let _second = door.admit(at(0), ip(2), false).unwrap();
        assert_eq!(door.admit(at(0), ip(3), false).err(), Some(Cause::Connections));
        drop(first);
        assert!(door.admit(at(0), ip(3), false).is_ok());
        assert_eq!(door.open(), 1);
    }

    #[test]
    fn one_source_cannot_take_every_place() {
        let door = door(10, 2, 1000);
        let _held = [door.admit(at(0), ip(1), false).unwrap(), door.admit(at(0), ip(1), false).unwrap()];
        assert_eq!(door.admit(at(0), ip(1), false).err(), Some(Cause::Source));
        assert!(door.admit(at(0), ip(2), false).is_ok());
    }

    #[test]
    fn strangers_share_a_quarter() {
        let door = door(8, 8, 1000);
        let _held: Vec<Permit> = (1..=2).map(|n| door.admit(at(0), ip(n), true).unwrap()).collect();
        assert_eq!(door.admit(at(0), ip(3), true).err(), Some(Cause::Strangers));
        assert!(door.admit(at(0), ip(3), false).is_ok());
    }

    #[test]
    fn a_source_may_come_at_its_rate_with_a_burst_of_two_seconds() {
        let door = door(1000, 1000, 5);
        let burst = (0..100).filter(|_| door.admit(at(10), ip(1), false).is_ok()).count();
        assert_eq!(burst, 10);
        assert_eq!(door.admit(at(10), ip(1), false).err(), Some(Cause::Rate));
        let later = (0..100).filter(|_| door.admit(at(11), ip(1), false).is_ok()).count();
        assert_eq!(later, 5);
    }

    #[test]
    fn sources_are_forgotten_before_a_new_one_is_turned_away() {
        let door = door(10, 10, 1);
        for n in 0..SOURCES {
            let ip = IpAddr::from(Ipv4Addr::from(0x7f00_0000 + n as u32));
            drop(door.admit(at(0), ip, false));
        }
        assert_eq!(door.admit(at(0), ip(255), false).map(drop).err(), None);
        let new = IpAddr::from(Ipv4Addr::new(127, 200, 0, 1));
        assert_eq!(door.admit(at(0), new, false).map(drop).err(), Some(Cause::Rate));
        assert_eq!(door.admit(at(5), new, false).map(drop).err(), None);
    }
}
