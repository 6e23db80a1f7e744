//! Failure policies: what the engine does when a limit of its own is reached, by name, so that it is counted and shown.

/// A limit of the gateway that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// An incomplete message would grow past [`crate::Limits::held_bytes`].
    HeldFull,
    /// As many requests wait for responses as [`crate::Limits::outstanding`] allows.
    OutstandingFull,
    /// A message stayed incomplete for longer than [`crate::Limits::stall`].
    Stalled,
}

/// Whether traffic passes when a limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailurePolicy {
    /// It passes uninspected.
    Opened,
    /// It does not pass.
    Closed,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 3] = [Self::HeldFull, Self::OutstandingFull, Self::Stalled];

    /// The word in metrics and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HeldFull => "held-full",
            Self::OutstandingFull => "outstanding-full",
            Self::Stalled => "stalled",
        }
    }

    /// What happens. On streams every cause fails closed: a peer that can reach a limit could otherwise open the gate.
    ///
    /// | cause | effect |
    /// |---|---|
    /// | `held-full` | nothing of the message is forwarded, the connection is reset: its end cannot be found |
    /// | `outstanding-full` | the one request is withheld and refused as busy, the connection lives on |
    /// | `stalled` | nothing of the message is forwarded, the connection is reset |
    pub const fn policy(self) -> FailurePolicy {
        match self {
            Self::HeldFull | Self::OutstandingFull | Self::Stalled => FailurePolicy::Closed,
        }
    }

    /// One sentence for the operator.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::HeldFull => "a message is longer than the gateway may hold",
            Self::OutstandingFull => "too many requests wait for their responses",
            Self::Stalled => "a message was begun and not completed in time",
        }
    }
}

impl FailurePolicy {
    /// The word in metrics and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Closed => "closed",
        }
    }
}
