//! The inspection core: judges one whole message of a flow, whatever way its bytes came.
//!
//! Streams bring messages cut from a connection's bytes, the bridge those cut from a flow's segments; both act on the
//! [`Fate`] themselves, because only they know what is to be edited. What is only overheard is read and judged by
//! [`Passive`] in the same terms. Used by [`crate::stream`], [`crate::bridge`] and
//! [`crate::observe`].

mod found;
mod handover;
mod lane;
mod note;
mod passive;
mod place;
mod reads;
mod repeats;
mod ruling;

pub(crate) use passive::{Heard, Passive, Seat, Witness};
pub(crate) use place::Place;
pub(crate) use repeats::Said;

use crate::anomalies::{UNDECODED, UNFRAMED};
use crate::output::{Answer, Forgotten, Incident, Judged, Output, Response, What};
use crate::{Cause, Limits};
use core::time::Duration;
use found::Found;
use note::Note;
use ruling::Ruling;
use sluice_model::{Anomaly, Direction, Fault, Instant, Operation};
use sluice_policies::decision::{OnDeny, Reason, Verdict};
use sluice_policies::policy::Policy;
use sluice_policies::state::Ending;
use sluice_protocols::{Cx, Frame, Opened, Outcome, Protocol, Refusal, Room, Session, Ticket};
use std::sync::Arc;

/// What is to be done with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Forward it.
    Deliver,
    /// Withhold it.
    Withhold,
    /// Withhold it and send this refusal to the client.
    Refuse(Vec<u8>),
    /// Withhold it and close both sides.
    Reset,
}

/// One whole message on its way.
#[derive(Clone, Copy)]
pub(crate) struct Message<'m> {
    pub(crate) now: Instant,
    pub(crate) policy: &'m Arc<Policy>,
    pub(crate) direction: Direction,
    pub(crate) unit: &'m [u8],
}

impl Message<'_> {
    const fn cx(&self) -> Cx {
        Cx { direction: self.direction, now: self.now }
    }
}

/// The inspection state of one flow.
pub(crate) struct Inspection {
    session: Box<dyn Session>,
    place: Place,
    patience: Duration,
    /// When [`Inspection::expire`] has work; too early when the oldest request was answered since.
    due: Instant,
}

impl Drop for Inspection {
    /// Requests that wait when their flow ends are never answered.
    fn drop(&mut self) {
        if self.session.outstanding() > 0
            && let Some(policy) = self.place.policy()
        {
            self.session.expire(NEVER, &mut |ticket| policy.state().lost(note::reservation(ticket.note)));
        }
    }
}

/// A moment that does not come.
const NEVER: Instant = Instant(u64::MAX);

impl Inspection {
    pub(crate) fn new(protocol: &'static dyn Protocol, place: Place, limits: &Limits) -> Self {
        let opened = Opened { outstanding: limits.outstanding, patience: limits.patience };
        Self { session: protocol.open(opened), place, patience: limits.patience, due: NEVER }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn outstanding(&self) -> usize {
        self.session.outstanding()
    }

    pub(crate) const fn patience(&self) -> Duration {
        self.patience
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        (self.due != NEVER).then_some(self.due)
    }

    /// Finds the first message of `buffer`; what it returns always makes progress, whatever the parser says.
    pub(crate) fn frame(&self, direction: Direction, buffer: &[u8]) -> Frame {
        frame(&*self.session, direction, buffer)
    }

    /// Finds the flow's place in `policy` if that is not the one which was seen last; to be called before everything
    /// else that is handed a policy. False if the policy no longer knows the asset: the flow must end.
    pub(crate) fn renew(&mut self, policy: &Arc<Policy>) -> bool {
        self.place.renew(policy)
    }

    /// Judges a message, reports the verdict and remembers it.
    pub(crate) fn message(&mut self, message: &Message<'_>, out: &mut dyn Output) -> Fate {
        let found = Found::decode(&*self.session, &message.cx(), message.unit);
        match (found.anomaly, found.answers, found.first(), message.direction) {
            (Some(_) | None, Some(ticket), None, Direction::ToClient)
            | (Some(_), Some(ticket), _, Direction::ToClient) => {
                // Nobody knows what became of a request that was answered wrongly.
                message.policy.ended(note::reservation(ticket.note), Ending::Forgotten, message.now);
                self.deny(message, What::Anomaly(found.anomaly.unwrap_or(Anomaly::new(&UNDECODED, 0))), out)
            }
            (Some(anomaly), ..) => self.deny(message, What::Anomaly(anomaly), out),
            (None, _, None, _) => self.deny(message, What::Anomaly(Anomaly::new(&UNDECODED, 0)), out),
            (None, Some(ticket), Some(first), Direction::ToClient) => self.answer(message, &found, first, ticket, out),
            (None, _, Some(first), _) => self.judge(message, &found, first, out),
        }
    }

    /// Reports what lies outside of the policy.
    pub(crate) fn report(&self, message: &Message<'_>, what: What, response: Response, out: &mut dyn Output) {
        let route = self.place.route();
        out.incident(&Incident {
            what,
            reason: reason(what, message.direction),
            direction: message.direction,
            excerpt: &message.unit[..message.unit.len().min(Incident::EXCERPT)],
            response,
            source: self.place.source(),
            conduit: message.policy.stance(route).conduit,
            route,
        });
    }

    /// Forgets requests that waited too long.
    pub(crate) fn expire(&mut self, now: Instant, policy: &Arc<Policy>, out: &mut dyn Output) {
        if now < self.due {
            return;
        }
        let place = &self.place;
        let due = self.session.expire(now, &mut |ticket| {
            let note = Note::of(ticket.note, policy.state());
            policy.ended(note::reservation(ticket.note), Ending::Forgotten, now);
            out.forgotten(&Forgotten {
                conduit: place.admitted(policy, note),
                device: note.map_or(0, |note| note.device),
                function: note.map_or(0, |note| note.function),
                elapsed: now - ticket.at,
            });
        });
        self.due = due.unwrap_or(NEVER);
    }

    /// A message whose operations the policy judges: a request, or a report that answers none.
    fn judge(&mut self, message: &Message<'_>, found: &Found<'_>, first: &Operation<'_>, out: &mut dyn Output) -> Fate {
        let route = self.place.route();
        let mut turn = message.policy.turn(message.now);
        let ruling = Ruling::judge(&mut turn, found, first, &*self.session, message, route);
        let strictest = ruling.strictest;
        let passes = strictest.verdict != Verdict::Deny;
        if passes && message.direction == Direction::ToServer && self.session.room() == Room::Full {
            drop(turn);
            return self.deny(message, What::Failure(Cause::OutstandingFull), out);
        }
        let note = Note::new(strictest.conduit, self.place.generation(), first);
        let reservation = if passes { turn.commit(note.pack()) } else { turn.withdraw() };
        found.each(&*self.session, &message.cx(), message.unit, |index, operation| {
            out.judged(&Judged {
                operation,
                decision: ruling.decision(index),
                verdict: strictest.verdict,
                now: message.now,
                message: message.unit,
                source: self.place.source(),
                policy: message.policy,
                route,
            });
        });
        if !passes {
            let fault = strictest.reason.map_or(Fault::Function, Reason::fault);
            return self.withhold(message, strictest.on_deny, fault);
        }
        let ticket = Ticket { at: message.now, note: note.ticket(reservation) };
        self.session.settle(&message.cx(), message.unit, ticket, Outcome::Delivered);
        match message.direction {
            Direction::ToServer => self.due = self.due.min(message.now + self.patience),
            Direction::ToClient => self.learn(message, found, message.now),
        }
        Fate::Deliver
    }

    /// A response to a request that was let through: it passes, whatever the policy says by now.
    fn answer(
        &mut self,
        message: &Message<'_>,
        found: &Found<'_>,
        first: &Operation<'_>,
        ticket: Ticket,
        out: &mut dyn Output,
    ) -> Fate {
        let (policy, refused) = (message.policy, found.refused);
        out.answered(&Answer {
            conduit: self.place.admitted(policy, Note::of(ticket.note, policy.state())),
            device: first.device,
            code: first.code,
            function: first.function,
            refused,
            elapsed: message.now - ticket.at,
        });
        let ending = if refused.is_none() { Ending::Acknowledged } else { Ending::Refused };
        policy.ended(note::reservation(ticket.note), ending, message.now);
        if refused.is_none() {
            self.learn(message, found, ticket.at);
        }
        self.session.settle(&message.cx(), message.unit, ticket, Outcome::Delivered);
        Fate::Deliver
    }

    /// What a device says is what conditions ask for; `asked` is when it was asked.
    fn learn(&self, message: &Message<'_>, found: &Found<'_>, asked: Instant) {
        let (policy, route) = (message.policy, self.place.route());
        found.each(&*self.session, &message.cx(), message.unit, |_, operation| {
            policy.observed(route, operation, asked, message.now);
        });
    }

    /// A message that is denied in every mode. The conduit chooses the answer to a request; in place of a response
    /// stands a refusal if the protocol can tie it to a request, so that the client does not wait in vain.
    fn deny(&mut self, message: &Message<'_>, what: What, out: &mut dyn Output) -> Fate {
        let route = self.place.route();
        let (on_deny, fault) = match (message.direction, what) {
            (Direction::ToServer, What::Anomaly(anomaly)) => (message.policy.stance(route).on_deny, anomaly.kind.fault),
            (Direction::ToServer, What::Failure(_)) => (message.policy.stance(route).on_deny, Reason::Bound.fault()),
            (Direction::ToClient, _) => (OnDeny::Refuse, Reason::Response.fault()),
        };
        let fate = self.withhold(message, on_deny, fault);
        let response = match fate {
            Fate::Refuse(_) => Response::Refused,
            Fate::Reset => Response::Reset,
            Fate::Deliver | Fate::Withhold => Response::Dropped,
        };
        self.report(message, what, response, out);
        fate
    }

    /// Settles a denied message and writes its refusal.
    fn withhold(&mut self, message: &Message<'_>, on_deny: OnDeny, fault: Fault) -> Fate {
        let mut refusal = Vec::new();
        let fate = match on_deny {
            OnDeny::Reset => Fate::Reset,
            OnDeny::Drop => Fate::Withhold,
            OnDeny::Refuse => match self.session.refuse(&message.cx(), message.unit, fault, &mut refusal) {
                Refusal::Written => Fate::Refuse(refusal),
                Refusal::Silent => Fate::Withhold,
            },
        };
        self.session.settle(&message.cx(), message.unit, Ticket::default(), Outcome::Withheld);
        fate
    }
}

/// Finds the first message of `buffer`; what it returns always makes progress, whatever the parser says.
fn frame(session: &dyn Session, direction: Direction, buffer: &[u8]) -> Frame {
    match session.frame(direction, buffer) {
        Frame::Need(bytes) => Frame::Need(bytes.max(buffer.len() + 1)),
        Frame::Unit(bytes) if bytes == 0 || bytes > buffer.len() => Frame::Bad(Anomaly::new(&UNFRAMED, 0)),
        frame => frame,
    }
}

/// The word of a verdict for what lies outside of the policy.
const fn reason(what: What, direction: Direction) -> Reason {
    match (what, direction) {
        (What::Failure(_), _) => Reason::Bound,
        (What::Anomaly(_), Direction::ToServer) => Reason::Malformed,
        (What::Anomaly(_), Direction::ToClient) => Reason::Response,
    }
}
