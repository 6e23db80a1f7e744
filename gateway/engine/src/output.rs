//! What comes out of the engine: judged bytes, and reports of every verdict.

use crate::Cause;
use core::time::Duration;
use sluice_model::{Anomaly, Code, Direction, Function, Instant, Operation};
use sluice_policies::decision::{ConduitId, Decision, Reason, Verdict};
use sluice_policies::{Explanation, Policy, Route};
use std::net::SocketAddr;

/// Receives what the engine lets out. Reports of a message come before its bytes.
pub trait Output {
    /// Judged bytes to forward: one or more whole messages, or a refusal that the gateway wrote itself.
    fn send(&mut self, direction: Direction, bytes: &[u8]);
    /// The sender ended this direction and everything before is sent: forward the half-close.
    fn finish(&mut self, direction: Direction);
    /// Close both sides. What was sent before is still to be delivered; every later call on the stream does nothing.
    fn reset(&mut self, why: &'static str);
    /// One operation was judged by the policy. Every operation of a message is reported, with the message's verdict.
    fn judged(&mut self, judged: &Judged<'_>);
    /// A message was withheld, or a stream ended, for a reason that lies outside of the policy. Such a message is
    /// reported here and not through [`Output::judged`].
    fn incident(&mut self, incident: &Incident<'_>);
    /// The response to a request that was let through was delivered.
    fn answered(&mut self, answer: &Answer);
    /// A request that was let through was not answered in time.
    fn forgotten(&mut self, forgotten: &Forgotten);
}

/// One operation and what the policy says about it.
#[derive(Clone, Copy)]
pub struct Judged<'a> {
    /// The operation.
    pub operation: &'a Operation<'a>,
    /// The decision on this operation alone.
    pub decision: Decision,
    /// What happens to the whole message: the strictest decision on any of its operations.
    pub verdict: Verdict,
    /// The message's bytes.
    pub message: &'a [u8],
    /// The client of the connection.
    pub source: SocketAddr,
    /// When it arrived.
    pub now: Instant,
    /// The policy that decided.
    pub policy: &'a Policy,
    /// The place of the connection in that policy.
    pub route: Route,
}

impl Judged<'_> {
    /// The decision in words. Allocates; the verdict does not wait for it.
    pub fn explain(&self) -> Explanation {
        self.policy.explain_at(self.route, self.operation, &self.decision, self.now)
    }
}

/// What an incident is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The bytes are not acceptable.
    Anomaly(Anomaly),
    /// A limit of the gateway was reached.
    Failure(Cause),
}

impl What {
    /// The stable name of the anomaly or the cause.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Anomaly(anomaly) => anomaly.kind.name,
            Self::Failure(cause) => cause.name(),
        }
    }

    /// One sentence for the operator.
    pub const fn meaning(&self) -> &'static str {
        match self {
            Self::Anomaly(anomaly) => anomaly.kind.meaning,
            Self::Failure(cause) => cause.meaning(),
        }
    }
}

/// How the engine answered what it withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// With the protocol's own refusal.
    Refused,
    /// Not at all.
    Dropped,
    /// Both sides of the connection are closed.
    Reset,
    /// Nothing was done: it was overheard, and went by.
    Overheard,
}

impl Response {
    /// The word in metrics and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Dropped => "dropped",
            Self::Reset => "reset",
            Self::Overheard => "overheard",
        }
    }
}

/// A message, or the rest of a stream, that is withheld whatever the policy and its mode say.
#[derive(Clone, Copy, Debug)]
pub struct Incident<'a> {
    /// What it is about.
    pub what: What,
    /// Why, in the words of a verdict: malformed, response or bound.
    pub reason: Reason,
    /// The way that the message went.
    pub direction: Direction,
    /// The first bytes of the message, at most [`Incident::EXCERPT`].
    pub excerpt: &'a [u8],
    /// How it was answered.
    pub response: Response,
    /// The client of the connection.
    pub source: SocketAddr,
    /// The conduit between the two, or [`ConduitId::UNMATCHED`].
    pub conduit: ConduitId,
    /// The place of the connection in the policy that the message met.
    pub route: Route,
}

impl Incident<'_> {
    /// Most bytes of an excerpt.
    pub const EXCERPT: usize = 64;
}

/// A response that was matched to its request and delivered.
#[derive(Clone, Copy)]
pub struct Answer {
    /// The conduit that let the request through.
    pub conduit: ConduitId,
    /// The device that answered.
    pub device: u32,
    /// The raw code.
    pub code: Code,
    /// What the protocol declares about it.
    pub function: &'static Function,
    /// The device's own refusal, if it is one: the protocol's code (Modbus exception code).
    pub refused: Option<u16>,
    /// The time since the request was forwarded.
    pub elapsed: Duration,
}

/// A request that was let through and never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// The conduit that let it through.
    pub conduit: ConduitId,
    /// The device that was asked; addresses that need more than 23 bits are given as `0x7F_FFFF`, and 0 for a
    /// request whose note was lost with the process that let it through.
    pub device: u32,
    /// The raw function code.
    pub function: u16,
    /// The time since it was forwarded.
    pub elapsed: Duration,
}
