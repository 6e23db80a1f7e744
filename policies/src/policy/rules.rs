//! The service statements of one conduit, lowered to a sorted list.

use crate::decision::{ConduitId, Mode, OnDeny, StatementId};
use crate::services::{Carries, End, Group, Packet, Way};
use crate::site::{Conduit, Opens, Passes, Site};

/// What of a packet finds its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Tcp(u16),
    Udp(u16),
    Icmp(u8),
    Icmp6(u8),
    Ethertype(u16),
    Llc(u8),
    /// What no rule allows.
    Nothing,
}

impl Key {
    pub(super) const fn of(packet: Packet) -> Self {
        match packet {
            Packet::Tcp { port } => Self::Tcp(port),
            Packet::Udp { port, .. } | Packet::Reading { port, .. } => Self::Udp(port),
            Packet::Icmp { kind } => Self::Icmp(kind),
            Packet::Icmp6 { kind } => Self::Icmp6(kind),
            Packet::Ethertype(number) => Self::Ethertype(number),
            Packet::Llc { destination, source } if destination == source => Self::Llc(destination),
            Packet::Llc { .. } => Self::Nothing,
        }
    }
}

/// Group addresses that a rule's packets may go to.
#[derive(Clone, Copy, Debug)]
enum Groups {
    Listed(&'static [Group]),
    /// Every one of Ethernet: a frame with such an Ethertype has no narrower addressee.
    Macs,
}

/// One kind of packet that a statement lets pass.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a plain yes or no about its packets
pub(super) struct Rule {
    pub(super) statement: StatementId,
    pub(super) way: Way,
    /// Whether a lockdown keeps it.
    pub(super) kept: bool,
    /// Whether it may go to the other end itself.
    pub(super) single: bool,
    /// The port that it must come from.
    source: Option<u16>,
    /// Whether only what reads fits.
    reads: bool,
    /// Whether the answer to its packets may come from another port.
    pub(super) moves: bool,
    groups: Groups,
}

impl Rule {
    /// Whether what its key leaves open fits.
    pub(super) fn fits(&self, packet: Packet) -> bool {
        if self.reads && !matches!(packet, Packet::Reading { .. }) {
            return false;
        }
        match (self.source, packet) {
            (Some(wanted), Packet::Udp { source, .. } | Packet::Reading { source, .. }) => wanted == source,
            _ => true,
        }
    }

    /// Whether its packets may go to a group.
    pub(super) fn has(&self, group: End) -> bool {
        match (self.groups, group) {
            (Groups::Macs, End::Mac(_)) => true,
            (Groups::Listed(groups), End::Mac(mac)) => {
                groups.iter().any(|g| matches!(g, Group::Macs(first, last) if (*first..=*last).contains(&mac)))
            }
            (Groups::Listed(groups), End::Address(ip)) => {
                groups.iter().any(|g| matches!(g, Group::Ip(of) if *of == ip))
            }
            _ => false,
        }
    }
}

/// The rules of one conduit.
#[derive(Debug)]
pub(super) struct Rules {
    /// Sorted by key, then in the order of the statements.
    list: Box<[(Key, Rule)]>,
    pub(super) opens: Opens,
    pub(super) mode: Mode,
    pub(super) on_deny: OnDeny,
    /// Whether its denials pass, reported, while the glass is broken.
    pub(super) glass: bool,
}

impl Rules {
    /// Lowers a conduit of which the first service statement is called `first`.
    pub(super) fn of(site: &Site, number: ConduitId, conduit: &Conduit, first: StatementId) -> Self {
        let mut list = Vec::new();
        for (id, service) in (first.0..).map(StatementId).zip(&conduit.services) {
            let kept = site.lockdown.keeps(number.0, &service.id);
            service.passes.iter().for_each(|passes| lower(id, kept, passes, &mut list));
        }
        list.sort_by_key(|(key, rule): &(Key, Rule)| (*key, rule.statement));
        let glass = site.break_glass.as_ref().is_some_and(|glass| glass.covers.contains(&number.0));
        Self { list: list.into(), opens: conduit.opens, mode: conduit.mode, on_deny: conduit.on_deny, glass }
    }

    /// Whether it has service statements.
    pub(super) const fn speaks(&self) -> bool {
        !self.list.is_empty()
    }

    pub(super) fn find(&self, key: Key) -> impl Iterator<Item = &Rule> {
        let from = self.list.partition_point(|(k, _)| *k < key);
        self.list[from..].iter().take_while(move |(k, _)| *k == key).map(|(_, rule)| rule)
    }
}

fn lower(statement: StatementId, kept: bool, passes: &Passes, list: &mut Vec<(Key, Rule)>) {
    let groups = Groups::Listed(&[]);
    let plain = Rule { statement, kept, way: Way::Ask, single: true, source: None, reads: false, moves: false, groups };
    match passes {
        Passes::Tcp(port) => list.push((Key::Tcp(port.port), plain)),
        Passes::Udp(port) => list.push((Key::Udp(port.port), plain)),
        Passes::Ethertype(number) => list.push((Key::Ethertype(*number), Rule { groups: Groups::Macs, ..plain })),
        Passes::Preset(preset) => {
            for leg in preset.legs {
                let groups = Groups::Listed(leg.groups);
                let rule = Rule { way: leg.way, single: leg.single, groups, ..plain };
                match leg.carries {
                    Carries::Tcp(ports) => list.extend(ports.iter().map(|p| (Key::Tcp(*p), rule))),
                    Carries::Udp { source, ports } => {
                        list.extend(ports.iter().map(|p| (Key::Udp(*p), Rule { source, ..rule })));
                    }
                    Carries::Reads(ports) => {
                        list.extend(ports.iter().map(|p| (Key::Udp(*p), Rule { reads: true, ..rule })));
                    }
                    Carries::Moves(ports) => {
                        list.extend(ports.iter().map(|p| (Key::Udp(*p), Rule { moves: true, ..rule })));
                    }
                    Carries::Icmp(asks, _) => list.push((Key::Icmp(asks), rule)),
                    Carries::Icmp6(asks, _) => list.push((Key::Icmp6(asks), rule)),
                    Carries::Ethertype(number) => list.push((Key::Ethertype(number), rule)),
                    Carries::Llc(point) => list.push((Key::Llc(point), rule)),
                }
            }
        }
    }
}
