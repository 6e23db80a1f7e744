//! One TCP flow.

use super::half::Half;
use super::pickup::Pickup;
use super::segment::Segment;
use super::seq::Seq;
use super::{BOTH, Passage, Turn};
use crate::frames::TcpFlags;
use crate::inspect::{Inspection, Message, Place};
use crate::output::What;
use crate::stream::Opening;
use crate::{Cause, Limits};
use core::time::Duration;
use sluice_model::{Direction, Instant};
use sluice_policies::policy::Policy;
use std::sync::Arc;

/// How far a flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It was under way when it was found.
    Found,
    /// The client's SYN came.
    Asked,
    /// The server's SYN came.
    Answered,
    /// It is over: whoever still speaks is told so.
    Over,
}

/// One inspected TCP connection across the bridge, from its first SYN or from where it was found.
pub struct Flow {
    pub(super) inspection: Inspection,
    pub(super) to_server: Half,
    pub(super) to_client: Half,
    pub(super) held_bytes: u32,
    stall: Duration,
    pub(super) phase: Phase,
    /// Both ends agreed on timestamps.
    pub(super) stamped: bool,
    /// How far a connection that was found under way is picked up.
    pub(super) pickup: Option<Box<Pickup>>,
}

impl Flow {
    /// A connection whose client sends `syn`, which [`Flow::segment`] is still to be handed.
    ///
    /// # Panics
    /// When `opening.asset` is of another policy.
    pub fn open(policy: &Arc<Policy>, opening: Opening, syn: &Segment<'_>) -> Self {
        let mut flow = Self::new(policy, opening, Phase::Asked);
        flow.begin(syn);
        flow
    }

    /// A connection that was under way when its first segment came, which [`Flow::segment`] is still to be handed:
    /// neither a SYN nor a reset. Nothing passes before both ends confirmed where they are, and one request at a time
    /// until one is answered; a connection that cannot be followed is reset ([`Cause::Unproven`]).
    ///
    /// # Panics
    /// When `opening.asset` is of another policy.
    pub fn adopt(policy: &Arc<Policy>, opening: Opening) -> Self {
        Self::new(policy, opening, Phase::Found)
    }

    fn new(policy: &Arc<Policy>, opening: Opening, phase: Phase) -> Self {
        let Opening { source, asset, protocol, limits } = opening;
        let place = Place::new(policy, source, asset, protocol.descriptor());
        Self::with(Inspection::new(protocol, place, &limits), &limits, phase)
    }

    pub(super) fn with(inspection: Inspection, limits: &Limits, phase: Phase) -> Self {
        Self {
            inspection,
            to_server: Half::new(Seq(0)),
            to_client: Half::new(Seq(0)),
            held_bytes: u32::try_from(limits.held_bytes).unwrap_or(u32::MAX),
            stall: limits.stall,
            phase,
            stamped: false,
            pickup: None,
        }
    }

    /// The client begins with `syn`.
    fn begin(&mut self, syn: &Segment<'_>) {
        self.to_server = Half::new(syn.sequence + 1);
        self.to_server.clock = syn.options.timestamps.map_or(0, |(value, _)| value);
        self.to_client = Half::new(syn.acknowledgement);
        (self.phase, self.pickup) = (Phase::Asked, None);
    }

    /// A segment that came in `direction`.
    pub fn segment(&mut self, direction: Direction, segment: &Segment<'_>, turn: &mut Turn<'_>) -> Passage {
        if self.phase == Phase::Over {
            Self::answer_over(direction, segment, turn);
            return Passage::Consumed;
        }
        if !self.ready(turn) || segment.options.sealed || segment.flags.has(TcpFlags::URG) {
            return Passage::Consumed;
        }
        self.inspection.expire(turn.now, turn.policy, turn.reports);
        let (syn, rst) = (segment.flags.has(TcpFlags::SYN), segment.flags.has(TcpFlags::RST));
        match self.phase {
            Phase::Found if rst => self.found_reset(direction, segment),
            Phase::Found if syn && direction == Direction::ToClient => Passage::Consumed,
            Phase::Found if !syn => self.found(direction, segment, turn),
            Phase::Found => {
                self.begin(segment);
                self.handshake(direction, segment, turn)
            }
            _ if rst => self.reset(direction, segment, turn),
            _ if syn => self.handshake(direction, segment, turn),
            Phase::Asked => self.half_open(direction, segment),
            _ if !segment.flags.has(TcpFlags::ACK) => Passage::Consumed,
            _ => self.receive(direction, segment, turn),
        }
    }

    /// Time has passed: call at [`Flow::deadline`], or more often.
    pub fn tick(&mut self, turn: &mut Turn<'_>) {
        if self.phase == Phase::Over || !self.ready(turn) {
            return;
        }
        self.inspection.expire(turn.now, turn.policy, turn.reports);
        self.wait(turn);
        for direction in BOTH {
            if self.stalls(direction).is_some_and(|at| at <= turn.now) {
                let held = self.half(direction).held().to_vec();
                let message = Message { now: turn.now, policy: turn.policy, direction, unit: &held };
                return self.abandon(&message, What::Failure(Cause::Stalled), turn);
            }
            if !self.retry(direction, turn) {
                return self.give_up(direction, turn);
            }
        }
    }

    /// When [`Flow::tick`] has work; may change with every call.
    pub fn deadline(&self) -> Option<Instant> {
        if self.phase == Phase::Over {
            return None;
        }
        let own = BOTH.into_iter().flat_map(|d| [self.stalls(d), self.half(d).timer().due]).flatten();
        let pickup = self.pickup.as_ref().and_then(|p| p.due);
        // What was waited for and came needs no time any more.
        let waits = self.inspection.due().filter(|_| self.outstanding() > 0);
        own.chain(pickup).chain(waits).min()
    }

    /// Another policy is in force; as [`crate::Stream::policy_changed`].
    pub fn policy_changed(&mut self, turn: &mut Turn<'_>) {
        if self.phase != Phase::Over {
            self.ready(turn);
        }
    }

    /// Closes both sides now.
    pub fn end_now(&mut self, turn: &mut Turn<'_>) {
        if self.phase != Phase::Over {
            self.close(turn);
        }
    }

    /// Whether the ends count differently, because something was left out or put in.
    pub fn is_edited(&self) -> bool {
        [&self.to_server, &self.to_client].into_iter().any(|half| !half.is_plain())
    }

    /// Bytes of content that it keeps: in custody, and until they are acknowledged.
    pub fn kept(&self) -> usize {
        let halves = self.to_server.kept() + self.to_client.kept();
        halves + self.pickup.as_ref().map_or(0, |pickup| pickup.kept())
    }

    /// Requests that wait for their responses.
    pub fn outstanding(&self) -> usize {
        self.inspection.outstanding()
    }

    /// Whether the connection is over: reset, or closed by both ends with everything acknowledged. Keep it for twice
    /// the segment lifetime all the same, so that what is sent again is translated as before.
    pub fn is_over(&self) -> bool {
        let closed = |half: &Half| half.ended && half.una == half.next && half.acked == half.in_next;
        self.phase == Phase::Over || (closed(&self.to_server) && closed(&self.to_client))
    }

    pub(super) const fn half(&self, direction: Direction) -> &Half {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }

    pub(super) const fn half_mut(&mut self, direction: Direction) -> &mut Half {
        self.pair(direction).0
    }

    /// The half of `direction` and the one back.
    pub(super) const fn pair(&mut self, direction: Direction) -> (&mut Half, &mut Half) {
        match direction {
            Direction::ToServer => (&mut self.to_server, &mut self.to_client),
            Direction::ToClient => (&mut self.to_client, &mut self.to_server),
        }
    }

    /// Lets go of everything but what answers stragglers.
    pub(super) fn forget(&mut self) {
        (self.phase, self.pickup) = (Phase::Over, None);
        for direction in BOTH {
            let half = self.half_mut(direction);
            *half = Half::new(half.sent);
        }
    }

    /// When the message held in `direction` has been incomplete for too long. What waits for edits to be acknowledged
    /// or for a response is not incomplete.
    fn stalls(&self, direction: Direction) -> Option<Instant> {
        let since = self.half(direction).since().filter(|_| self.may_judge(direction));
        since.map(|since| since + self.stall)
    }

    /// Whether no message can be judged before edits are acknowledged.
    pub(super) fn is_full(&self) -> bool {
        !self.to_server.room() || !self.to_client.room()
    }

    /// Whether the policy in force still knows the asset; if not, the flow ends.
    fn ready(&mut self, turn: &mut Turn<'_>) -> bool {
        let known = self.inspection.renew(turn.policy);
        if !known {
            self.close(turn);
        }
        known
    }
}
