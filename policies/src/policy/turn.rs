//! Judging with what the gateway knows: the messages that the engine asks about.

use super::{End, Kind, Packet, Policy, Route};
use crate::decision::{Decision, Reason, StatementId, Verdict};
use crate::state::{self, Bound, Ending, Reservation, State};
use core::time::Duration;
use sluice_model::{Instant, Operation};
use std::sync::Arc;

/// The judgement of one message, operation by operation, from its arrival until it is let through as a whole or not.
#[derive(Debug)]
pub struct Turn<'p> {
    pub(super) policy: &'p Policy,
    pub(super) known: state::Turn<'p>,
}

impl Turn<'_> {
    /// Judges one operation of the message; what it would change is noted. Touches no heap.
    pub fn judge(&mut self, route: Route, operation: &Operation<'_>) -> Decision {
        let policy = self.policy;
        // A floor of one device is kept for all of them, and before any other reason.
        if let Some(withheld) = policy.floored(route, operation) {
            return withheld;
        }
        let Some(everyone) = policy.everyone(route, operation.device) else {
            let route = policy.reach(route, operation.device);
            let decision = policy.judge_known(&mut self.known, route, operation, false);
            if decision.verdict != Verdict::Deny {
                self.known.passes(route.to(), operation);
            }
            return decision;
        };
        // What one of the devices may not do decides: of several the earliest reason.
        let mut strictest: Option<Decision> = None;
        for found in everyone {
            let decision = match found {
                Some((route, device)) => {
                    policy.judge_known(&mut self.known, route, &Operation { device, ..*operation }, true)
                }
                None => policy.nobody(route),
            };
            let rank = |d: &Decision| d.reason.map_or((1, d.reason), |_| (0, d.reason));
            if strictest.as_ref().is_none_or(|s| rank(&decision) < rank(s)) {
                strictest = Some(decision);
            }
        }
        let mut decision = strictest.unwrap_or_else(|| policy.nobody(route));
        if self.known.lockdown() && decision.reason.is_some() {
            decision.verdict = Verdict::Deny;
        }
        if decision.verdict != Verdict::Deny {
            self.delivered(route, operation);
        }
        decision
    }

    /// An operation of the message reaches the device whatever is said of it, and is noted without being judged.
    pub fn delivered(&mut self, route: Route, operation: &Operation<'_>) {
        let policy = self.policy;
        let Some(everyone) = policy.everyone(route, operation.device) else {
            self.known.passes(policy.reach(route, operation.device).to(), operation);
            return;
        };
        for (route, device) in everyone.flatten() {
            self.known.passes(route.to(), &Operation { device, ..*operation });
        }
    }

    /// The message is not let through, and changes nothing.
    pub fn withdraw(self) -> Reservation {
        drop(self);
        Reservation::NONE
    }

    /// Judges a packet of what is not inspected, as [`Policy::service`] does; what it counts in is noted. Touches no heap.
    pub fn service(&mut self, from: End, to: End, packet: Packet) -> Decision {
        self.policy.service_known(&mut self.known, from, to, packet)
    }

    /// Whether a statement about services that let something in still holds for what is under way: its schedule, its
    /// window, its date, and a lockdown. What it counts was counted.
    pub fn still(&mut self, statement: StatementId) -> Result<(), Reason> {
        self.policy.still(&self.known, statement)
    }

    /// The time until the schedule, the window or the date of a statement ends, if any does.
    pub fn ends(&self, statement: StatementId) -> Option<Duration> {
        self.policy.ends(&self.known, statement)
    }

    /// The whole message is let through: what was noted is kept. The reservation belongs in the ticket of the request,
    /// and brings `note` back. A turn that is dropped instead changed nothing.
    pub fn commit(self, note: u64) -> Reservation {
        self.known.commit(note)
    }
}

impl Policy {
    /// This policy with the state of a gateway; what the state knows of the things that the policy names, it knows.
    #[must_use]
    pub fn bind(&self, state: &Arc<State>) -> Self {
        Self { bound: state.bind(self.bound.wants()), ..self.clone() }
    }

    /// The state that it is bound to: one of its own, which knows nothing, until [`Policy::bind`].
    pub fn state(&self) -> &Arc<State> {
        self.bound.state()
    }

    /// The turn of a message that arrived at `now`.
    pub fn turn(&self, now: Instant) -> Turn<'_> {
        Turn { policy: self, known: self.bound.turn(now) }
    }

    /// A turn for what goes on since it was let in, a connection that is followed: how often that may happen was asked
    /// then. Nothing is to be committed.
    pub fn review(&self, now: Instant) -> Turn<'_> {
        Turn { policy: self, known: self.bound.review(now) }
    }

    /// The statements about services that hold at `now` and end to by themselves, with when: their schedule, window or
    /// date is over then.
    pub fn ending(&self, now: Instant) -> impl Iterator<Item = (StatementId, Instant)> + '_ {
        let services = (0..).map(StatementId).zip(&self.statements).filter(|(_, place)| place.kind == Kind::Service);
        let left = move |id| self.turn(now).ends(id).filter(|left| !left.is_zero());
        services.filter_map(move |(id, _)| Some((id, now + left(id)?)))
    }

    /// The request with this reservation, which was let through, came to its end.
    pub fn ended(&self, reservation: Reservation, ending: Ending, now: Instant) {
        self.state().ended(reservation, ending, now);
    }

    /// Learns from an operation of a matched response, or of a report, which arrived at `now`; the request was let
    /// through at `asked`, a report when it arrived.
    pub fn observed(&self, route: Route, operation: &Operation<'_>, asked: Instant, now: Instant) {
        self.bound.observed(self.reach(route, operation.device).to(), operation, asked, now);
    }

    /// Whether decisions on a route depend on nothing but the message, and nothing is to be learned from it: then equal
    /// messages have equal decisions.
    pub fn pure(&self, route: Route) -> bool {
        let plain = |route: Route| self.gates[route.gate as usize].pure && !self.bound.watches(route.to());
        !self.state().orders().any() && self.branches(route).all(plain)
    }

    /// Whether anything in it is limited by how often it is done.
    pub fn counts(&self) -> bool {
        self.bound.wants().counts()
    }

    pub(super) fn unbound(wants: state::Wants) -> Bound {
        State::new(1).bind(&Arc::new(wants))
    }
}
