//! How much a bridge keeps, and what it does when that is reached.

use crate::{FailurePolicy, Limits};
use core::time::Duration;

/// What a bridge keeps at most; each bound is a [`Bound`] when it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Connections and reply paths. Default 131,072.
    pub flows: usize,
    /// Of one source. Default 16,384.
    pub flows_of_source: usize,
    /// Connections that the server did not yet answer. Default 8,192.
    pub half_open: usize,
    /// Of one source. Default 256.
    pub half_open_of_source: usize,
    /// Bytes of content of all connections, in custody or not yet acknowledged. Default 64 MiB.
    pub kept: usize,
    /// Of those of one source. Default 8 MiB.
    pub kept_of_source: usize,
    /// Datagrams of which fragments are missing. Default 256.
    pub datagrams: usize,
    /// Their bytes. Default 1 MiB.
    pub datagram_bytes: usize,
    /// How long a connection may stay half open. Default 20 s: a server's SYN may be lost three times.
    pub opening: Duration,
    /// How long an established connection may be silent. Default 24 h.
    pub idle: Duration,
    /// How long a question without a connection (UDP, ICMP) may be answered. Default 30 s.
    pub reply: Duration,
    /// How long a closed connection is kept, so that what is sent again finds it. Default 60 s.
    pub closed: Duration,
    /// How long a datagram may stay incomplete. Default 15 s, the least of RFC 791 3.2.
    pub datagram: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            flows: 131_072,
            flows_of_source: 16_384,
            half_open: 8_192,
            half_open_of_source: 256,
            kept: 64 << 20,
            kept_of_source: 8 << 20,
            datagrams: 256,
            datagram_bytes: 1 << 20,
            opening: Duration::from_secs(20),
            idle: Duration::from_hours(24),
            reply: Duration::from_secs(30),
            closed: Duration::from_mins(1),
            datagram: Duration::from_secs(15),
        }
    }
}

/// What a bridge is told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgeOptions {
    /// The gateway's name in the site.
    pub gateway: String,
    /// The greatest IP packet that each port takes.
    pub mtu: [u16; 2],
    /// What one inspected connection may hold.
    pub limits: Limits,
    /// What the whole bridge may hold.
    pub bounds: Bounds,
}

/// A limit of the bridge that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// [`Bounds::flows`].
    Flows,
    /// [`Bounds::flows_of_source`].
    FlowsOfSource,
    /// [`Bounds::half_open`].
    HalfOpen,
    /// [`Bounds::half_open_of_source`].
    HalfOpenOfSource,
    /// [`Bounds::kept`].
    Kept,
    /// [`Bounds::kept_of_source`].
    KeptOfSource,
}

impl Bound {
    /// Every bound.
    pub const ALL: [Self; 6] =
        [Self::Flows, Self::FlowsOfSource, Self::HalfOpen, Self::HalfOpenOfSource, Self::Kept, Self::KeptOfSource];

    /// The word in metrics and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flows => "flows-full",
            Self::FlowsOfSource => "flows-of-source-full",
            Self::HalfOpen => "half-open-full",
            Self::HalfOpenOfSource => "half-open-of-source-full",
            Self::Kept => "kept-full",
            Self::KeptOfSource => "kept-of-source-full",
        }
    }

    /// What happens: every bound fails closed, and none at the cost of another's established connection.
    ///
    /// | bound | effect |
    /// |---|---|
    /// | `flows-full` | what is closed or half open makes room; if nothing is, what would open a flow is dropped |
    /// | `flows-of-source-full` | what would open a flow is dropped; other sources go on |
    /// | `half-open-full` | the oldest half-open connection makes room |
    /// | `half-open-of-source-full` | what would open a connection is dropped; other sources go on |
    /// | `kept-full` | the connection whose segment would add to it is reset |
    /// | `kept-of-source-full` | the connection whose segment would add to it is reset; other sources go on |
    pub const fn policy(self) -> FailurePolicy {
        FailurePolicy::Closed
    }

    /// One sentence for the operator.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Flows => "the bridge follows as many connections as it can",
            Self::FlowsOfSource => "one source has as many connections as it may",
            Self::HalfOpen => "too many connections wait for their servers",
            Self::HalfOpenOfSource => "too many connections of one source wait for their servers",
            Self::Kept => "the content that all connections keep waiting is as much as the bridge may hold",
            Self::KeptOfSource => "the content that one source's connections keep waiting is as much as it may have",
        }
    }
}
