//! One flow across the bridge, whatever it carries.

use super::followed::Followed;
use super::key::Ends;
use super::lead::Lead;
use super::{Bounds, Side};
use crate::bridge::{Flow, Segment, Seq};
use crate::frames::TcpFlags;
use core::time::Duration;
use sluice_model::{Direction, Instant};

/// One flow.
pub(super) struct Entry {
    pub(super) ends: Ends,
    /// The network that it is in, [`crate::frames::Vlans::networks`].
    pub(super) vlans: [u16; 2],
    /// Where its client stands.
    pub(super) client: Side,
    /// How frames to the server and to the client begin, once one came that way.
    pub(super) leads: [Option<Lead>; 2],
    /// Identification of the packet that the bridge built last.
    pub(super) id: u16,
    /// The policy change up to which it was judged.
    pub(super) generation: u32,
    /// When its last frame came.
    pub(super) heard: Instant,
    /// When its timer goes off; it may have to be set again then.
    pub(super) armed: Instant,
    /// Which of all flows it is: places in tables are used again.
    pub(super) serial: u32,
    /// What the client has to acknowledge before the connection counts as established, and whether it did.
    pub(super) greeted: Greeted,
    /// Bytes of content that are counted as kept.
    pub(super) kept: u32,
    /// Counted among the half-open ones.
    pub(super) half_open: bool,
    /// The stage as of which it is in a queue; none when open.
    pub(super) queued: Stage,
    pub(super) kind: Kind,
}

/// What a flow is to the bridge.
pub(super) enum Kind {
    /// A connection whose messages are judged.
    Inspected(Box<Flow>),
    /// Such a connection that was silent for a while.
    Asleep(Box<Asleep>),
    /// A connection of which only the segments are judged.
    Followed(Box<Followed>),
    /// A question that may be answered; the way back is open for a while.
    Asked,
}

/// An inspected connection of which nothing is under way, in as few bytes as it takes.
pub(super) struct Asleep {
    state: Box<[u8]>,
    edited: bool,
}

impl Asleep {
    pub(super) fn of(flow: &Flow) -> Self {
        let mut state = Vec::new();
        flow.export(&mut state);
        Self { state: state.into(), edited: flow.is_edited() }
    }

    /// What [`Flow::export`] wrote.
    pub(super) fn state(&self) -> &[u8] {
        &self.state
    }
}

/// How far the opening of a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greeted {
    /// The server did not answer.
    No,
    /// The server's first byte has this number.
    With(Seq),
    /// It was under way when it was found; the server did not speak since.
    Found,
    /// The client has heard it, or the server went on.
    Yes,
}

/// How far a flow is, as far as its keeping depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not both ends have answered yet.
    HalfOpen,
    /// It is established: nobody else takes its place.
    Open,
    /// It is over, or a question without a connection.
    Passing,
}

impl Entry {
    /// A flow that nothing of came yet.
    pub(super) const fn new(
        ends: Ends,
        vlans: [u16; 2],
        client: Side,
        kind: Kind,
        now: Instant,
        generation: u32,
    ) -> Self {
        Self {
            ends,
            vlans,
            client,
            leads: [None; 2],
            id: 0,
            generation,
            heard: now,
            armed: NEVER,
            serial: 0,
            greeted: Greeted::No,
            kept: 0,
            half_open: false,
            queued: Stage::Open,
            kind,
        }
    }

    pub(super) fn stage(&self) -> Stage {
        match &self.kind {
            Kind::Inspected(flow) if flow.is_over() => Stage::Passing,
            Kind::Followed(followed) if followed.is_over() => Stage::Passing,
            Kind::Asked => Stage::Passing,
            _ if self.greeted == Greeted::Yes => Stage::Open,
            _ => Stage::HalfOpen,
        }
    }

    /// Keeps an eye on the opening of a connection: a client that only asks does not get past a half-open one.
    pub(super) fn greet(&mut self, direction: Direction, segment: &Segment<'_>) {
        let flags = segment.flags;
        match (self.greeted, direction) {
            (Greeted::No, Direction::ToClient) if flags.has(TcpFlags::SYN | TcpFlags::ACK) => {
                self.greeted = Greeted::With(segment.sequence + 1);
            }
            (Greeted::With(first), Direction::ToServer)
                if flags.has(TcpFlags::ACK)
                    && segment.acknowledgement.past(first) < GREETING
                    && !segment.acknowledgement.before(first) =>
            {
                self.greeted = Greeted::Yes;
            }
            (Greeted::Found, Direction::ToClient) => self.greeted = Greeted::Yes,
            _ => {}
        }
    }

    /// How long it is kept without a frame.
    pub(super) fn patience(&self, bounds: &Bounds) -> Duration {
        match (&self.kind, self.stage()) {
            (Kind::Asked, _) => bounds.reply,
            (_, Stage::HalfOpen) => bounds.opening,
            (_, Stage::Open) => bounds.idle,
            (_, Stage::Passing) => bounds.closed,
        }
    }

    /// Whether its ends count differently, because something was left out or put in.
    pub(super) fn is_edited(&self) -> bool {
        match &self.kind {
            Kind::Inspected(flow) => flow.is_edited(),
            Kind::Asleep(asleep) => asleep.edited,
            Kind::Followed(_) | Kind::Asked => false,
        }
    }

    /// Bytes of content that it keeps.
    pub(super) fn keeps(&self) -> u32 {
        if let Kind::Inspected(flow) = &self.kind { u32::try_from(flow.kept()).unwrap_or(u32::MAX) } else { 0 }
    }

    /// Whether it may be put to sleep at `now`: nothing of it is under way.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        self.heard + NAP <= now && matches!(&self.kind, Kind::Inspected(flow) if self.may_sleep(flow))
    }

    fn may_sleep(&self, flow: &Flow) -> bool {
        self.stage() == Stage::Open && flow.outstanding() == 0 && flow.deadline().is_none()
    }

    /// When it has to be looked at.
    pub(super) fn due(&self, bounds: &Bounds) -> Instant {
        let end = self.heard + self.patience(bounds);
        match &self.kind {
            Kind::Inspected(flow) => match flow.deadline() {
                Some(at) => at.min(end),
                None if self.may_sleep(flow) => end.min(self.heard + NAP),
                None => end,
            },
            Kind::Asleep(_) | Kind::Followed(_) | Kind::Asked => end,
        }
    }

    /// The port that frames in `direction` leave by.
    pub(super) const fn exit(&self, direction: Direction) -> Side {
        match direction {
            Direction::ToServer => self.client.other(),
            Direction::ToClient => self.client,
        }
    }

    /// How frames in `direction` begin.
    pub(super) const fn lead(&self, direction: Direction) -> Option<&Lead> {
        self.leads[direction as usize].as_ref()
    }

    /// The newest frame in `direction` begins like this; the hop limit stays the flow's own.
    pub(super) fn heading(&mut self, direction: Direction, mut newest: Lead) {
        let place = &mut self.leads[direction as usize];
        if let Some(own) = place {
            newest.hops = own.hops;
        }
        *place = Some(newest);
    }

    /// How frames in `direction` begin, made up from the other direction's if none came that way.
    pub(super) fn lead_or_turned(&self, direction: Direction) -> Option<Lead> {
        let back = self.leads[1 - direction as usize];
        self.leads[direction as usize].or_else(|| back.map(|lead| lead.turned(HOPS)))
    }
}

/// A time that never comes.
pub(super) const NEVER: Instant = Instant(u64::MAX);
/// How long an inspected connection is silent before it is put to sleep. Sleep and waking cost as much as two or three frames.
const NAP: Duration = Duration::from_secs(1);
/// The hop limit of a host that did not speak yet (RFC 1700).
pub(super) const HOPS: u8 = 64;
/// How far behind the server's first byte the client's first acknowledgement may lie.
const GREETING: u32 = 1 << 20;
