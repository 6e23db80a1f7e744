//! The decision on what is not inspected: services, ports, Ethertypes.

use super::Policy;
use super::asking::Asking;
use super::members::{Ends, FROM, TO};
use super::rules::{Key, Rule};
use crate::decision::{ConduitId, Decision, Mode, Reason, StatementId, Verdict};
use crate::services::{End, Packet, Way};
use crate::site::{Mac, Opens};
use crate::state;
use core::time::Duration;
use sluice_model::Instant;
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

    /// Judges a packet of what is not inspected, when nothing is known of the time: what depends on it is denied. Touches
    /// no heap.
    ///
    /// Ask for what opens a connection or an exchange; what answers it on the same addresses and ports passes with it.
    /// A TCP segment to a port on which its receiver speaks an inspected protocol ([`Policy::speaks`]) is not asked
    /// here. The reason of a denial is no-conduit, no-statement, or the condition that failed.
    pub fn service(&self, from: End, to: End, packet: Packet) -> Decision {
        self.turn(Instant::default()).service(from, to, packet)
    }

    /// Judges a packet by what is known in a turn, where what it counts in is noted.
    pub(super) fn service_known<'p>(
        &'p self,
        known: &mut state::Turn<'p>,
        from: End,
        to: End,
        packet: Packet,
    ) -> Decision {
        let (lockdown, broken) = (known.lockdown(), known.broken());
        let source = if let End::Asset(id) = from { Some(id) } else { None };
        let mut asking = Asking {
            terms: &self.terms,
            checks: &self.checks,
            known,
            from: source,
            to: None,
            broadcast: false,
            last: None,
        };
        let (key, mut denied) = (Key::of(packet), Denied { lockdown, ..Denied::default() });
        let (sender, receiver) = (self.members.ends(from), self.members.ends(to));
        let allowed = match group(to) {
            Some(group) => self.to_group(&mut asking, key, sender, receiver, group, packet, &mut denied),
            None => self.to_one(&mut asking, key, sender, receiver, packet, &mut denied),
        };
        match allowed {
            Some((conduit, statement)) => {
                asking.count(statement);
                self.allowed(conduit, statement, asking.is_trial(statement))
            }
            None => self.denied(&denied, broken),
        }
    }

    /// A packet to one end: by the first rule of a conduit that joins the two whose conditions hold.
    fn to_one(
        &self,
        asking: &mut Asking<'_, '_, '_>,
        key: Key,
        sender: Ends<'_>,
        receiver: Ends<'_>,
        packet: Packet,
        denied: &mut Denied,
    ) -> Option<(ConduitId, StatementId)> {
        for (conduit, sender, receiver) in self.members.common(sender, receiver) {
            let rules = &self.rules[usize::from(conduit.0)];
            let joins = Joins::of(rules.opens, sender, receiver);
            for rule in rules.find(key).filter(|r| r.single && joins.may(r.way) && r.fits(packet)) {
                if denied.takes(asking, conduit, rule) {
                    return Some((conduit, rule.statement));
                }
            }
            if joins.asks {
                denied.joined(conduit, rules.mode, rules.speaks());
            }
        }
        denied.trial
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
    #[allow(clippy::too_many_arguments)] // all that is known of the packet and its ends
    fn to_group(
        &self,
        asking: &mut Asking<'_, '_, '_>,
        key: Key,
        sender: Ends<'_>,
        receiver: Ends<'_>,
        group: End,
        packet: Packet,
        denied: &mut Denied,
    ) -> Option<(ConduitId, StatementId)> {
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
            for rule in rules.find(key).filter(fits) {
                if denied.takes(asking, conduit, rule) {
                    return Some((conduit, rule.statement));
                }
            }
            if addressed.asks {
                denied.joined(conduit, rules.mode, rules.speaks());
            }
        }
        denied.trial
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

    fn allowed(&self, conduit: ConduitId, statement: StatementId, trial: bool) -> Decision {
        Decision {
            verdict: Verdict::Allow,
            on_deny: self.rules[usize::from(conduit.0)].on_deny,
            reason: None,
            statement: Some(statement),
            conduit,
            item: None,
            trial,
        }
    }

    fn denied(&self, denied: &Denied, broken: bool) -> Decision {
        let unmatched = &self.site.unmatched;
        let (mut reason, mut mode, mut on_deny) = (Reason::NoConduit, unmatched.mode, unmatched.on_deny);
        let (mut conduit, mut statement, mut glass) = (ConduitId::UNMATCHED, None, false);
        if let Some((joined, strictest, _)) = denied.stance {
            (reason, mode, conduit) = (Reason::NoStatement, strictest, joined);
        }
        if let Some((why, of, id)) = denied.near {
            (reason, conduit, statement) = (why, of, Some(id));
            mode = denied.stance.map_or(Mode::Enforce, |(_, strictest, _)| strictest);
        }
        if let Some(rules) = self.rules.get(usize::from(conduit.0)) {
            (on_deny, glass) = (rules.on_deny, rules.glass);
            if denied.near.is_some() {
                mode = rules.mode;
            }
        }
        let enforced = denied.lockdown || mode == Mode::Enforce && !(glass && broken);
        let verdict = if enforced { Verdict::Deny } else { Verdict::Alert };
        Decision { verdict, on_deny, reason: Some(reason), statement, conduit, item: None, trial: false }
    }

    /// Whether what a statement let in may go on.
    pub(super) fn still(&self, known: &state::Turn<'_>, statement: StatementId) -> Result<(), Reason> {
        let Some(place) = self.statements.get(statement.0 as usize) else { return Err(Reason::NoStatement) };
        let of = &self.site.conduits[usize::from(place.conduit.0)];
        let id = if place.kind == super::Kind::Inspected {
            &of.statements[place.index].id
        } else {
            &of.services[place.index].id
        };
        if known.lockdown() && !self.site.lockdown.keeps(place.conduit.0, id) {
            return Err(Reason::Lockdown);
        }
        self.terms.of(statement).and_then(|terms| self.terms.lasting(known, terms, None)).map_or(Ok(()), Err)
    }

    /// The time until a statement stops to hold by itself.
    pub(super) fn ends(&self, known: &state::Turn<'_>, statement: StatementId) -> Option<Duration> {
        let terms = self.terms.of(statement)?;
        let now = known.wall();
        let during = terms.during.and_then(|at| self.terms.times.get(at as usize)).zip(now);
        let during = during.and_then(|(times, now)| times.changes(now).filter(|_| times.holds(now)));
        let until = terms.until.zip(now).and_then(|(until, now)| u64::try_from(until - now).ok());
        let window = terms.window.as_ref().and_then(|w| known.window_until(w.slot)).map(|until| until - known.now());
        let wall = [during, until].into_iter().flatten().map(Duration::from_secs);
        wall.chain(window).min()
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
    lockdown: bool,
    /// The statement that got furthest, and what failed there.
    near: Option<(Reason, ConduitId, StatementId)>,
    /// The first statement on trial that allows it.
    trial: Option<(ConduitId, StatementId)>,
}

impl Denied {
    /// Whether a rule lets the packet pass; if not, or on trial alone, that is noted.
    fn takes(&mut self, asking: &mut Asking<'_, '_, '_>, conduit: ConduitId, rule: &Rule) -> bool {
        let locked = (self.lockdown && !rule.kept).then_some(Reason::Lockdown);
        match asking.statement(rule.statement).or(locked) {
            None if asking.is_trial(rule.statement) => {
                self.trial = self.trial.or(Some((conduit, rule.statement)));
                false
            }
            None => true,
            Some(reason) => {
                if self.near.is_none_or(|(kept, ..)| reason > kept) {
                    self.near = Some((reason, conduit, rule.statement));
                }
                false
            }
        }
    }

    fn joined(&mut self, conduit: ConduitId, mode: Mode, speaks: bool) {
        self.stance = match self.stance {
            Some((first, strictest, true)) if !speaks => Some((first, strictest, true)),
            Some((first, strictest, spoke)) if spoke == speaks => Some((first, mode.min(strictest), spoke)),
            _ => Some((conduit, mode, speaks)),
        };
    }
}
