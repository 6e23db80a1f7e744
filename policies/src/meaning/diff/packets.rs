//! Kinds of packets that service statements let pass, and who may send them to whom, with the conditions of each.

use crate::meaning::guard::Guard;
use crate::services::{Carries, Group, Way};
use crate::site::{AssetId, Conduit, Mac, Opens, Passes, Service, Site};
use core::fmt;
use std::net::IpAddr;
use std::rc::Rc;

/// A kind of packet; `Udp` from any port without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Tcp(u16),
    Udp(Option<u16>, u16),
    /// Of UDP to a port, what reads.
    Reads(u16),
    /// UDP to a port that may be answered from another.
    Moves(u16),
    Icmp(u8),
    Icmp6(u8),
    Ethertype(u16),
    Llc(u8),
}

impl Kind {
    /// Whether whoever lets this pass lets the other one pass.
    pub(super) fn covers(self, other: Self) -> bool {
        self == other
            || matches!(
                (self, other),
                (Self::Udp(None, a) | Self::Moves(a), Self::Udp(_, b) | Self::Reads(b)) if a == b
            )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(port) => write!(f, "TCP to port {port}"),
            Self::Udp(None, port) => write!(f, "UDP to port {port}"),
            Self::Udp(Some(source), port) => write!(f, "UDP from port {source} to port {port}"),
            Self::Reads(port) => write!(f, "UDP to port {port} that reads"),
            Self::Moves(port) => write!(f, "UDP to port {port}, answered from whatever port"),
            Self::Icmp(kind) => write!(f, "ICMP type {kind}"),
            Self::Icmp6(kind) => write!(f, "ICMPv6 type {kind}"),
            Self::Ethertype(number) => write!(f, "Ethertype 0x{number:04X}"),
            Self::Llc(point) => write!(f, "LLC service access point 0x{point:02X}"),
        }
    }
}

/// Who sends or receives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Party {
    Asset(AssetId),
    /// An address that no asset has.
    Address(IpAddr),
    /// Every other address.
    Stranger,
    /// A group of MAC addresses.
    Macs(Mac, Mac),
}

const FROM: u8 = 1;
const TO: u8 = 2;

impl Party {
    /// What it is in a conduit: it commands (1), obeys (2), or both.
    pub(super) fn roles(self, conduit: &Conduit) -> u8 {
        let of = |assets: &[AssetId], outside: &crate::site::Outside| match self {
            Self::Asset(id) => assets.contains(&id),
            Self::Address(ip) => outside.anyone && !is_group(ip) || outside.nets.iter().any(|n| n.contains(ip)),
            Self::Stranger => outside.anyone,
            Self::Macs(..) => false,
        };
        let from = if of(&conduit.from, &conduit.from_outside) { FROM } else { 0 };
        from | if of(&conduit.to, &conduit.to_outside) { TO } else { 0 }
    }

    pub(super) fn asset(self) -> Option<AssetId> {
        if let Self::Asset(id) = self { Some(id) } else { None }
    }

    fn is_group(self) -> bool {
        match self {
            Self::Address(ip) => is_group(ip),
            Self::Macs(..) => true,
            Self::Asset(_) | Self::Stranger => false,
        }
    }
}

pub(super) fn is_group(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_multicast() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_multicast(),
    }
}

/// One kind of packet of one statement.
pub(super) struct Rule {
    pub(super) kind: Kind,
    way: Way,
    single: bool,
    groups: &'static [Group],
    /// To every group of Ethernet.
    any_mac: bool,
}

/// The kinds of packets of a statement.
pub(super) fn rules(service: &Service) -> Vec<Rule> {
    let plain = |kind| Rule { kind, way: Way::Ask, single: true, groups: &[], any_mac: false };
    let mut rules = Vec::new();
    for passes in &service.passes {
        match passes {
            Passes::Tcp(port) => rules.push(plain(Kind::Tcp(port.port))),
            Passes::Udp(port) => rules.push(plain(Kind::Udp(None, port.port))),
            Passes::Ethertype(number) => rules.push(Rule { any_mac: true, ..plain(Kind::Ethertype(*number)) }),
            Passes::Preset(preset) => {
                for leg in preset.legs {
                    let of = |kind| Rule { way: leg.way, single: leg.single, groups: leg.groups, ..plain(kind) };
                    match leg.carries {
                        Carries::Tcp(ports) => rules.extend(ports.iter().map(|p| of(Kind::Tcp(*p)))),
                        Carries::Udp { source, ports } => rules.extend(ports.iter().map(|p| of(Kind::Udp(source, *p)))),
                        Carries::Reads(ports) => rules.extend(ports.iter().map(|p| of(Kind::Reads(*p)))),
                        Carries::Moves(ports) => rules.extend(ports.iter().map(|p| of(Kind::Moves(*p)))),
                        Carries::Icmp(asks, _) => rules.push(of(Kind::Icmp(asks))),
                        Carries::Icmp6(asks, _) => rules.push(of(Kind::Icmp6(asks))),
                        Carries::Ethertype(number) => rules.push(of(Kind::Ethertype(number))),
                        Carries::Llc(point) => rules.push(of(Kind::Llc(point))),
                    }
                }
            }
        }
    }
    rules
}

/// The groups that a statement's packets may go to.
pub(super) fn groups(service: &Service) -> Vec<Group> {
    rules(service).iter().flat_map(|r| r.groups.iter().copied()).collect()
}

/// One way in which a kind of packet may pass.
pub(super) struct Pass<'s> {
    pub(super) kind: Kind,
    pub(super) guard: Rc<Guard>,
    pub(super) conduit: &'s Conduit,
    pub(super) service: &'s Service,
}

/// Everything that may pass from one end to another.
pub(super) fn passing(site: &Site, from: Party, to: Party) -> Vec<Pass<'_>> {
    let mut all = Vec::new();
    for conduit in site.conduits.iter().filter(|c| !c.services.is_empty()) {
        let (sender, receiver) = (from.roles(conduit), to.roles(conduit));
        let apart = !to.is_group() && !super::ends::joins(site, conduit, (from.asset(), to.asset()));
        if sender == 0 || receiver == 0 && !to.is_group() || apart {
            continue;
        }
        for service in &conduit.services {
            let asset = to.asset().unwrap_or(AssetId(u32::MAX));
            for rule in rules(service) {
                let direct = rule.single && may(conduit.opens, sender, receiver, rule.way);
                let grouped = to.is_group() && has(&rule, to) && may(conduit.opens, sender, FROM | TO, rule.way);
                if direct || grouped {
                    let guard = Rc::new(Guard::of(site, conduit, &service.conditions, None, asset));
                    all.push(Pass { kind: rule.kind, guard, conduit, service });
                }
            }
        }
    }
    all
}

fn may(opens: Opens, sender: u8, receiver: u8, way: Way) -> bool {
    let forth = sender & FROM != 0 && receiver & TO != 0;
    let back = sender & TO != 0 && receiver & FROM != 0;
    match way {
        Way::Ask => forth && opens != Opens::To || back && opens != Opens::From,
        Way::Tell => back && opens != Opens::To || forth && opens != Opens::From,
    }
}

fn has(rule: &Rule, group: Party) -> bool {
    match group {
        Party::Macs(first, last) => {
            let within = |g: &Group| matches!(g, Group::Macs(a, b) if *a <= first && last <= *b);
            rule.any_mac || rule.groups.iter().any(within)
        }
        Party::Address(ip) => rule.groups.iter().any(|g| matches!(g, Group::Ip(of) if *of == ip)),
        Party::Asset(_) | Party::Stranger => false,
    }
}
