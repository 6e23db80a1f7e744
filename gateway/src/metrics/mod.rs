//! What the gateway counts, and `/metrics`.
//!
//! The catalogue lists every family; [`Metrics`] holds the program-wide handles; [`Conduits`] the handles of one
//! loaded policy, resolved when it is loaded so that a message costs an atomic addition and no look-up. Used by the
//! data plane, the live policy and events; served by [`serve`].

mod bridge;
mod catalogue;
mod conduits;
mod register;
mod serve;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use bridge::{BridgeSeries, Fate, PortSeries};
pub use catalogue::{ALL, Family, Kind, Label, page};
pub use conduits::{Conduits, Series};
pub use register::Metrics;
pub use serve::serve;
pub(crate) use state::Ordered;

use sluice_engine::bridge::Bound;

/// A bound of the gateway: the `cause` of `sluice_failure_policy_total`. All of them withhold, none lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// As many connections as one proxy takes.
    Connections,
    /// As many connections of sources without a conduit as one proxy takes.
    Strangers,
    /// As many connections as one source may hold.
    Source,
    /// As many new connections in a second as one source may open.
    Rate,
    /// No file descriptor was left.
    Descriptors,
    /// A connection carried nothing for too long.
    Idle,
    /// A peer took no byte of what waited for it for too long.
    Unread,
    /// The controller did not answer a request in time.
    Unanswered,
    /// A fault of the gateway ended one connection.
    Fault,
    /// [`sluice_engine::Cause::HeldFull`].
    HeldFull,
    /// [`sluice_engine::Cause::OutstandingFull`].
    OutstandingFull,
    /// [`sluice_engine::Cause::Stalled`].
    Stalled,
    /// [`sluice_engine::Cause::Unacknowledged`].
    Unacknowledged,
    /// [`sluice_engine::Cause::WindowClosed`].
    WindowClosed,
    /// [`sluice_engine::Cause::Unproven`].
    Unproven,
    /// [`sluice_engine::bridge::Bound::Flows`].
    Flows,
    /// [`sluice_engine::bridge::Bound::FlowsOfSource`].
    FlowsOfSource,
    /// [`sluice_engine::bridge::Bound::HalfOpen`].
    HalfOpen,
    /// [`sluice_engine::bridge::Bound::HalfOpenOfSource`].
    HalfOpenOfSource,
    /// [`sluice_engine::bridge::Bound::Kept`].
    Kept,
    /// [`sluice_engine::bridge::Bound::KeptOfSource`].
    KeptOfSource,
}

impl Cause {
    /// Every cause, in the order of their discriminants.
    pub const ALL: [Self; 21] = [
        Self::Connections,
        Self::Strangers,
        Self::Source,
        Self::Rate,
        Self::Descriptors,
        Self::Idle,
        Self::Unread,
        Self::Unanswered,
        Self::Fault,
        Self::HeldFull,
        Self::OutstandingFull,
        Self::Stalled,
        Self::Unacknowledged,
        Self::WindowClosed,
        Self::Unproven,
        Self::Flows,
        Self::FlowsOfSource,
        Self::HalfOpen,
        Self::HalfOpenOfSource,
        Self::Kept,
        Self::KeptOfSource,
    ];

    /// The label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Strangers => "connections-unmatched",
            Self::Source => "connections-per-source",
            Self::Rate => "accepts-per-source",
            Self::Descriptors => "descriptors",
            Self::Idle => "idle",
            Self::Unread => "unread",
            Self::Unanswered => "unanswered",
            Self::Fault => "fault",
            Self::HeldFull => "held-full",
            Self::OutstandingFull => "outstanding-full",
            Self::Stalled => "stalled",
            Self::Unacknowledged => "unacknowledged",
            Self::WindowClosed => "window-closed",
            Self::Unproven => "unproven",
            Self::Flows => Bound::Flows.name(),
            Self::FlowsOfSource => Bound::FlowsOfSource.name(),
            Self::HalfOpen => Bound::HalfOpen.name(),
            Self::HalfOpenOfSource => Bound::HalfOpenOfSource.name(),
            Self::Kept => Bound::Kept.name(),
            Self::KeptOfSource => Bound::KeptOfSource.name(),
        }
    }

    /// One sentence for the operator.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Connections => "the proxy holds as many connections as it may",
            Self::Strangers => "sources without a conduit hold as many connections as they may",
            Self::Source => "the source holds as many connections as one source may",
            Self::Rate => "the source opens connections faster than one source may",
            Self::Descriptors => "the system has no file descriptor left for the gateway",
            Self::Idle => "the connection carried nothing for too long",
            Self::Unread => "the peer does not read what waits for it",
            Self::Unanswered => "the controller did not answer a request in time",
            Self::Fault => "a fault of the gateway ended this connection; please report it",
            Self::HeldFull => "a message is longer than the gateway may hold",
            Self::OutstandingFull => "too many requests wait for their answers",
            Self::Stalled => "a message was begun and not completed in time",
            Self::Unacknowledged => "a peer did not acknowledge what the gateway sent it",
            Self::WindowClosed => "a peer took nothing of what the gateway has for it",
            Self::Unproven => "a connection that was under way when the gateway found it could not be followed",
            Self::Flows => Bound::Flows.meaning(),
            Self::FlowsOfSource => Bound::FlowsOfSource.meaning(),
            Self::HalfOpen => Bound::HalfOpen.meaning(),
            Self::HalfOpenOfSource => Bound::HalfOpenOfSource.meaning(),
            Self::Kept => Bound::Kept.meaning(),
            Self::KeptOfSource => Bound::KeptOfSource.meaning(),
        }
    }

    /// Whether a new connection is what was refused.
    pub const fn at_the_door(self) -> bool {
        matches!(self, Self::Connections | Self::Strangers | Self::Source | Self::Rate | Self::Descriptors)
    }
}

impl From<Bound> for Cause {
    fn from(bound: Bound) -> Self {
        match bound {
            Bound::Flows => Self::Flows,
            Bound::FlowsOfSource => Self::FlowsOfSource,
            Bound::HalfOpen => Self::HalfOpen,
            Bound::HalfOpenOfSource => Self::HalfOpenOfSource,
            Bound::Kept => Self::Kept,
            Bound::KeptOfSource => Self::KeptOfSource,
        }
    }
}

impl From<sluice_engine::Cause> for Cause {
    fn from(cause: sluice_engine::Cause) -> Self {
        match cause {
            sluice_engine::Cause::HeldFull => Self::HeldFull,
            sluice_engine::Cause::OutstandingFull => Self::OutstandingFull,
            sluice_engine::Cause::Stalled => Self::Stalled,
            sluice_engine::Cause::Unacknowledged => Self::Unacknowledged,
            sluice_engine::Cause::WindowClosed => Self::WindowClosed,
            sluice_engine::Cause::Unproven => Self::Unproven,
        }
    }
}

/// How a connection ended: the `cause` of `sluice_connections_closed_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Both sides had finished.
    Finished,
    /// The client reset it.
    Client,
    /// The controller reset it.
    Controller,
    /// The controller could not be reached.
    Unreachable,
    /// The policy resets what it denies, or the stream could not be followed any further.
    Policy,
    /// A bound was reached.
    Bound,
    /// Its proxy was taken away or the gateway stops.
    Drained,
    /// A fault of the gateway.
    Fault,
}

impl Ending {
    /// Every ending, in the order of their discriminants.
    pub const ALL: [Self; 8] = [
        Self::Finished,
        Self::Client,
        Self::Controller,
        Self::Unreachable,
        Self::Policy,
        Self::Bound,
        Self::Drained,
        Self::Fault,
    ];

    /// The label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Client => "client",
            Self::Controller => "controller",
            Self::Unreachable => "unreachable",
            Self::Policy => "policy",
            Self::Bound => "bound",
            Self::Drained => "drained",
            Self::Fault => "fault",
        }
    }
}

/// What went wrong towards a controller: the `kind` of `sluice_upstream_errors_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Upstream {
    /// It refused the connection.
    Refused,
    /// It did not answer in time.
    TimeOut,
    /// There is no way to it.
    Unreachable,
    /// An established connection broke.
    Lost,
}

impl Upstream {
    /// Every kind, in the order of their discriminants.
    pub const ALL: [Self; 4] = [Self::Refused, Self::TimeOut, Self::Unreachable, Self::Lost];

    /// The label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::TimeOut => "time-out",
            Self::Unreachable => "unreachable",
            Self::Lost => "lost",
        }
    }
}
