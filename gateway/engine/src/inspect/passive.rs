//! The same judgement on messages that are only overheard: they were delivered whatever the policy says, and the
//! conversation may have begun before anyone listened.

use super::Message;
use super::found::Found;
use super::lane::Lane;
use super::place::NOBODY;
use super::repeats::{Repeats, Said};
use super::ruling::Ruling;
use crate::anomalies::UNDECODED;
use crate::output::Judged;
use core::time::Duration;
use sluice_model::{Action, Anomaly, Blame, Direction, Instant, Operation, Values};
use sluice_policies::decision::Verdict;
use sluice_policies::policy::{Policy, Route};
use sluice_policies::state::{Ending, Reservation};
use sluice_protocols::{Cx, Frame, Opened, Outcome, Protocol, Room, Session, Ticket};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What a ticket's note says of a request that the policy denies.
const DENIED: u64 = 1;
/// Above this many bits, which are those of [`Repeats`], a ticket's note has the request's reservation.
const RESERVED: u32 = 14;

const _: () = assert!(Reservation::BITS + RESERVED <= u64::BITS);

/// What a message comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A verdict of the policy; without one, everything well-formed is allowed.
    Verdict(Verdict),
    /// A response to a request that the policy denies.
    Moot,
    /// A response whose request nobody heard, and need not have heard.
    Unpaired,
}

/// Hears what a message holds.
pub(crate) trait Witness {
    /// One operation; `refused` is the device's own code, `judged` stands where a policy judges.
    fn operation(&mut self, operation: &Operation<'_>, refused: Option<u16>, judged: Option<&Judged<'_>>);
    /// The message is not acceptable.
    fn anomaly(&mut self, anomaly: Anomaly);
    /// More requests wait than may be remembered.
    fn crowded(&mut self);
}

/// Where a conversation stands in a policy.
#[derive(Clone)]
pub(crate) struct Seat {
    policy: Arc<Policy>,
    source: SocketAddr,
    route: Route,
}

impl Seat {
    /// Of requests of `protocol` from `source` to the asset that owns `server`.
    pub(crate) fn new(policy: Arc<Policy>, source: SocketAddr, server: IpAddr, protocol: &dyn Protocol) -> Self {
        let asset = policy.asset_of(server).unwrap_or(NOBODY);
        let route = policy.route(source.ip(), asset, protocol.descriptor().id);
        Self { policy, source, route }
    }
}

/// A conversation that is overheard.
pub(crate) struct Passive {
    session: Box<dyn Session>,
    seat: Option<Seat>,
    patience: Duration,
    /// Until then, responses may come to requests that nobody heard.
    blind: Option<Instant>,
    /// Whether as many requests wait as may; told once until some no longer do.
    crowded: bool,
    repeats: Repeats,
    lane: Lane,
}

impl Passive {
    pub(crate) fn new(protocol: &dyn Protocol, opened: Opened, seat: Option<Seat>) -> Self {
        let (session, patience) = (protocol.open(opened), opened.patience);
        let repeats = Repeats::new(session.pairing());
        Self { session, seat, patience, blind: None, crowded: false, repeats, lane: Lane::new(patience) }
    }

    /// Finds the first message of `buffer`; what it returns always makes progress.
    pub(crate) fn frame(&mut self, direction: Direction, buffer: &[u8]) -> Frame {
        self.lane.leave(&mut *self.session, &self.repeats);
        super::frame(&*self.session, direction, buffer)
    }

    /// How many requests wait for their responses.
    pub(crate) fn outstanding(&self) -> usize {
        self.session.outstanding() + self.lane.outstanding()
    }

    /// Something went unheard before `now`.
    pub(crate) fn missed(&mut self, now: Instant) {
        self.blind = Some(now + self.patience);
    }

    /// Bytes that it keeps of what comes again.
    pub(crate) fn cost(&self) -> usize {
        self.repeats.cost()
    }

    /// A message that equals one which was read, allowed and told before, or answers such a one: it is allowed, too, and
    /// [`Passive::repeated`] tells of it later. Whether more is kept than before; `None` if it is no such message.
    pub(crate) fn again(&mut self, cx: &Cx, unit: &[u8]) -> Option<bool> {
        if let Some(news) = self.lane.goes_on(cx, unit, &mut self.repeats) {
            self.crowded = false;
            return Some(news);
        }
        if self.frame(cx.direction, unit) != Frame::Unit(unit.len()) {
            return None;
        }
        let news = self.heard_again(cx, unit);
        self.lane.enter(&*self.session);
        news
    }

    fn heard_again(&mut self, cx: &Cx, unit: &[u8]) -> Option<bool> {
        let Self { session, repeats, .. } = self;
        let seat = self.seat.as_ref();
        session.expire(cx.now, &mut |ticket| forget(ticket, cx.now, seat, repeats));
        match cx.direction {
            Direction::ToServer => {
                if session.room() == Room::Full {
                    return None;
                }
                let note = repeats.again(unit)?;
                self.crowded = false;
                session.settle(cx, unit, Ticket { at: cx.now, note }, Outcome::Delivered);
                Some(session.outstanding() > 1)
            }
            Direction::ToClient => {
                let ticket = session.answer(unit, &|ticket| Repeats::knows(ticket.note))?;
                Some(repeats.answered(ticket.note, unit) || session.outstanding() > 0)
            }
        }
    }

    /// Takes out what came again since it was last asked for.
    pub(crate) fn repeated(&mut self) -> Vec<Said> {
        self.repeats.take()
    }

    /// Tells what a request that came again asks for, or, on the way to the client, what its answers report done.
    pub(crate) fn tell(&self, cx: &Cx, request: &[u8], out: &mut dyn Witness) {
        let asked = Cx { direction: Direction::ToServer, now: cx.now };
        let found = Found::decode(&*self.session, &asked, request);
        match (cx.direction, found.first()) {
            (_, None) => {}
            (Direction::ToServer, Some(first)) => _ = self.read(&asked, request, &found, first, out),
            (Direction::ToClient, Some(_)) => found.each(&*self.session, &asked, request, |_, operation| {
                let done = Operation { direction: Direction::ToClient, values: Values::None, ..*operation };
                out.operation(&done, None, None);
            }),
        }
    }

    /// Reads a message, judges it, and remembers that it was delivered.
    pub(crate) fn message(&mut self, cx: &Cx, unit: &[u8], out: &mut dyn Witness) -> Heard {
        let Self { session, repeats, lane, seat, .. } = self;
        lane.leave(&mut **session, repeats);
        session.expire(cx.now, &mut |ticket| forget(ticket, cx.now, seat.as_ref(), repeats));
        let found = Found::decode(&*self.session, cx, unit);
        let (heard, mut note) = match (found.anomaly, found.first()) {
            (None, Some(first)) => self.read(cx, unit, &found, first, out),
            (anomaly, _) => {
                let anomaly = anomaly.unwrap_or(Anomaly::new(&UNDECODED, 0));
                (self.anomaly(cx, anomaly, found.answers, out), 0)
            }
        };
        if cx.direction == Direction::ToServer {
            let full = self.session.room() == Room::Full;
            if full && !self.crowded {
                out.crowded();
            }
            if full {
                self.missed(cx.now);
            }
            self.crowded = full;
            let plain = found.only().is_some_and(|only| only.action == Action::Read && found.anomaly.is_none());
            let pure = self.seat.as_ref().is_none_or(|seat| seat.policy.pure(seat.route));
            if plain && !full && pure && heard == Heard::Verdict(Verdict::Allow) {
                note |= self.repeats.learn(unit, self.session.form(unit));
            }
        } else if let Some(ticket) = found.answers {
            self.answered(cx, unit, &found, ticket);
            self.repeats.ended(ticket.note);
        }
        self.session.settle(cx, unit, Ticket { at: cx.now, note }, Outcome::Delivered);
        self.lane.enter(&*self.session);
        heard
    }

    /// A request was answered, if wrongly: what it held ends, and what it reads is learned.
    fn answered(&self, cx: &Cx, unit: &[u8], found: &Found<'_>, ticket: Ticket) {
        let Some(Seat { policy, route, .. }) = &self.seat else { return };
        let ending = match (found.anomaly, found.refused) {
            (Some(_), _) => Ending::Forgotten,
            (None, Some(_)) => Ending::Refused,
            (None, None) => Ending::Acknowledged,
        };
        policy.ended(reservation(ticket.note), ending, cx.now);
        if ending == Ending::Acknowledged {
            found.each(&*self.session, cx, unit, |_, read| policy.observed(*route, read, ticket.at, cx.now));
        }
    }

    fn anomaly(&mut self, cx: &Cx, anomaly: Anomaly, answers: Option<Ticket>, out: &mut dyn Witness) -> Heard {
        let response = cx.direction == Direction::ToClient;
        let blind = self.blind.is_some_and(|until| cx.now < until);
        if response && blind && answers.is_none() && anomaly.kind.blame == Blame::Misbehaving {
            return Heard::Unpaired;
        }
        if !response {
            // The device may answer what cannot be understood here.
            self.missed(cx.now);
        }
        out.anomaly(anomaly);
        match answers {
            Some(ticket) if ticket.note & DENIED != 0 => Heard::Moot,
            _ => Heard::Verdict(Verdict::Deny),
        }
    }

    /// A well-formed message: what it comes to, and the note of its ticket.
    fn read(
        &self,
        cx: &Cx,
        unit: &[u8],
        found: &Found<'_>,
        first: &Operation<'_>,
        out: &mut dyn Witness,
    ) -> (Heard, u64) {
        let answers = found.answers.filter(|_| cx.direction == Direction::ToClient);
        let (Some(seat), None) = (&self.seat, answers) else {
            found.each(&*self.session, cx, unit, |_, operation| out.operation(operation, found.refused, None));
            let moot = answers.is_some_and(|ticket| ticket.note & DENIED != 0);
            return (if moot { Heard::Moot } else { Heard::Verdict(Verdict::Allow) }, 0);
        };
        let message = Message { now: cx.now, policy: &seat.policy, direction: cx.direction, unit };
        let mut turn = seat.policy.turn(cx.now);
        let ruling = Ruling::judge(&mut turn, found, first, &*self.session, &message, seat.route);
        let verdict = ruling.strictest.verdict;
        if verdict == Verdict::Deny {
            // It counts in no rate; but the device got it.
            turn.withdraw();
            turn = seat.policy.turn(cx.now);
            found.each(&*self.session, cx, unit, |_, operation| turn.delivered(seat.route, operation));
        }
        let reservation = turn.commit(0);
        if cx.direction == Direction::ToClient {
            found.each(&*self.session, cx, unit, |_, told| seat.policy.observed(seat.route, told, cx.now, cx.now));
        }
        found.each(&*self.session, cx, unit, |index, operation| {
            let judged = Judged {
                operation,
                decision: ruling.decision(index),
                verdict,
                now: cx.now,
                message: unit,
                source: seat.source,
                policy: &seat.policy,
                route: seat.route,
            };
            out.operation(operation, found.refused, Some(&judged));
        });
        let denied = if verdict == Verdict::Deny { DENIED } else { 0 };
        (Heard::Verdict(verdict), denied | reservation.0 << RESERVED)
    }
}

impl Drop for Passive {
    /// Requests that wait when nobody listens any more are never answered.
    fn drop(&mut self) {
        if let Some(seat) = self.seat.as_ref().filter(|_| self.session.outstanding() > 0) {
            let never = Instant(u64::MAX);
            self.session.expire(never, &mut |ticket| seat.policy.state().lost(reservation(ticket.note)));
        }
    }
}

fn forget(ticket: Ticket, now: Instant, seat: Option<&Seat>, repeats: &mut Repeats) {
    repeats.ended(ticket.note);
    if let Some(seat) = seat {
        seat.policy.ended(reservation(ticket.note), Ending::Forgotten, now);
    }
}

fn reservation(note: u64) -> Reservation {
    Reservation(note >> RESERVED)
}
