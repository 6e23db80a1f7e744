//! The decision on what is not inspected: services, ports, Ethertypes.

use super::Policy;
use super::members::{Ends, FROM, TO};
use super::rules::{Key, Rule};
use crate::decision::{ConduitId, Decision, Mode, Reason, Verdict};
use crate::services::{End, Packet, Way};
use crate::site::{Mac, Opens};
use std::net::IpAddr;

/// Whether the sender may open what it sends, in a conduit that joins the two ends in a given way.
struct Joins {
    /// It is the one who opens.
    asks: bool,
    /// It is the other one.
    tells: bool,
}

impl Joins {
    fn of(opens: Opens, sender: u8, receiver: u8) -> Self {
        let forth = sender & FROM != 0 && receiver & TO != 0;
        let back = sender & TO != 0 && receiver & FROM != 0;
        Self {
            asks: forth && opens != Opens::To || back && opens != Opens::From,
            tells: back && opens != Opens::To || forth && opens != Opens::From,
        }
    }

    const fn may(&self, way: Way) -> bool {
        match way {
            Way::Ask => self.asks,
            Way::Tell => self.tells,
        }
    }
}

impl Policy {
    /// What stands at an end of a packet: the asset of its address, else the address. For the receiver, and for a
    /// sender whose [`Policy::seat`] is unknown.
    pub fn end(&self, ip: Option<IpAddr>, mac: Mac) -> End {
        match (self.owner(ip, mac), ip) {
            (Some(asset), _) => End::Asset(asset),
            (None, Some(ip)) => End::Address(ip.to_canonical()),
            (None, None) => End::Mac(mac),
        }
    }

    /// Judges a packet of what is not inspected. Touches no heap.
    ///
    /// Ask for what opens a connection or an exchange; what answers it on the same addresses and ports passes with it.
    /// A TCP segment to a port on which its receiver speaks an inspected protocol ([`Policy::speaks`]) is not asked
    /// here. The reason of a denial is no-conduit or no-statement.
    pub fn service(&self, from: End, to: End, packet: Packet) -> Decision {
        let key = Key::of(packet);
        let (sender, receiver) = (self.members.ends(from), self.members.ends(to));
        let mut denied = Denied::default();
        if let Some(group) = group(to) {
            let found = self.to_group(key, sender, receiver, group, packet, &mut denied);
            return found.unwrap_or_else(|| self.denied(&denied));
        }
        for (conduit, sender, receiver) in self.members.common(sender, receiver) {
            let rules = &self.rules[usize::from(conduit.0)];
            let joins = Joins::of(rules.opens, sender, receiver);
            if let Some(rule) = rules.find(key).find(|r| r.single && joins.may(r.way) && r.fits(packet)) {
                return self.allowed(conduit, rule);
            }
            if joins.asks {
                denied.joined(conduit, rules.mode, rules.speaks());
            }
        }
        self.denied(&denied)
    }

    /// Whether the answer to a packet that a statement allows may come from another port than it went to, once, for the two
    /// to go on with.
    pub fn moves(&self, from: End, to: End, packet: Packet) -> bool {
        let (key, ends) = (Key::of(packet), (self.members.ends(from), self.members.ends(to)));
        let mut common = self.members.common(ends.0, ends.1);
        common.any(|(conduit, sender, receiver)| {
            let rules = &self.rules[usize::from(conduit.0)];
            let joins = Joins::of(rules.opens, sender, receiver);
            rules.find(key).any(|rule| rule.moves && rule.single && joins.may(rule.way) && rule.fits(packet))
        })
    }

    /// A packet to a group: by a rule that has its address, or by a conduit that leads to a net which it lies in.
    fn to_group(
        &self,
        key: Key,
        sender: Ends<'_>,
        receiver: Ends<'_>,
        group: End,
        packet: Packet,
        denied: &mut Denied,
    ) -> Option<Decision> {
        // Who listens to a group stands in no one cell.
        for (conduit, roles) in sender.iter().filter(|(conduit, _)| !self.members.is_within(*conduit)) {
            let rules = &self.rules[usize::from(conduit.0)];
            // Who listens to a group is not known: its address stands for both ends.
            let listens = Joins::of(rules.opens, roles, FROM | TO);
            let addressed = Joins::of(rules.opens, roles, receiver.roles(conduit));
            let fits = |r: &&Rule| {
                let named = listens.may(r.way) && r.has(group);
                r.fits(packet) && (named || r.single && addressed.may(r.way))
            };
            if let Some(rule) = rules.find(key).find(fits) {
                return Some(self.allowed(conduit, rule));
            }
            if addressed.asks {
                denied.joined(conduit, rules.mode, rules.speaks());
            }
        }
        None
    }

    /// A conduit in which the receiver of a packet opens, and its sender does not.
    pub(crate) fn opened_by_other(&self, from: End, to: End) -> Option<ConduitId> {
        let mut both = self.members.common(self.members.ends(from), self.members.ends(to));
        let back = |sender, receiver, conduit: ConduitId| {
            let joins = Joins::of(self.rules[usize::from(conduit.0)].opens, sender, receiver);
            joins.tells && !joins.asks
        };
        both.find(|(conduit, sender, receiver)| back(*sender, *receiver, *conduit)).map(|(conduit, ..)| conduit)
    }

    fn allowed(&self, conduit: ConduitId, rule: &Rule) -> Decision {
        Decision {
            verdict: Verdict::Allow,
            on_deny: self.rules[usize::from(conduit.0)].on_deny,
            reason: None,
            statement: Some(rule.statement),
            conduit,
            item: None,
        }
    }

    fn denied(&self, denied: &Denied) -> Decision {
        let unmatched = &self.site.unmatched;
        let (mut reason, mut mode, mut on_deny) = (Reason::NoConduit, unmatched.mode, unmatched.on_deny);
        let mut conduit = ConduitId::UNMATCHED;
        if let Some((joined, strictest, _)) = denied.stance {
            (reason, mode, conduit) = (Reason::NoStatement, strictest, joined);
            on_deny = self.rules[usize::from(joined.0)].on_deny;
        }
        let verdict = if mode == Mode::Enforce { Verdict::Deny } else { Verdict::Alert };
        Decision { verdict, on_deny, reason: Some(reason), statement: None, conduit, item: None }
    }
}

/// The group that an end is, if it is one.
pub(super) fn group(end: End) -> Option<End> {
    let is_group = match end {
        End::Asset(_) => false,
        End::Address(IpAddr::V4(ip)) => ip.is_multicast() || ip.is_broadcast(),
        End::Address(IpAddr::V6(ip)) => ip.is_multicast(),
        End::Mac(mac) => mac.is_group(),
    };
    is_group.then_some(end)
}

/// The conduits that join two ends without allowing what passes between them. Those with service statements stand for
/// the others; the first gives the answer, the strictest the mode.
#[derive(Default)]
struct Denied {
    stance: Option<(ConduitId, Mode, bool)>,
}

impl Denied {
    fn joined(&mut self, conduit: ConduitId, mode: Mode, speaks: bool) {
        self.stance = match self.stance {
            Some((first, strictest, true)) if !speaks => Some((first, strictest, true)),
            Some((first, strictest, spoke)) if spoke == speaks => Some((first, mode.min(strictest), spoke)),
            _ => Some((conduit, mode, speaks)),
        };
    }
}
