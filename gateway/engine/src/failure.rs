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
    /// A receiver did not acknowledge what the bridge itself had to send, however often it was sent.
    Unacknowledged,
    /// A receiver kept its window closed to what the bridge itself had to send.
    WindowClosed,
    /// A connection that was found under way could not be followed.
    Unproven,
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
    pub const ALL: [Self; 6] = [
        Self::HeldFull,
        Self::OutstandingFull,
        Self::Stalled,
        Self::Unacknowledged,
        Self::WindowClosed,
        Self::Unproven,
    ];

    /// The word in metrics and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HeldFull => "held-full",
            Self::OutstandingFull => "outstanding-full",
            Self::Stalled => "stalled",
            Self::Unacknowledged => "unacknowledged",
            Self::WindowClosed => "window-closed",
            Self::Unproven => "unproven",
        }
    }

    /// What happens. On streams every cause fails closed: a peer that can reach a limit could otherwise open the gate.
    ///
    /// | cause | effect |
    /// |---|---|
    /// | `held-full` | nothing of the message is forwarded, the connection is reset: its end cannot be found |
    /// | `outstanding-full` | the one request is withheld and refused as busy, the connection lives on |
    /// | `stalled` | nothing of the message is forwarded, the connection is reset |
    /// | `unacknowledged`, `window-closed` | on a bridge alone: the connection is reset |
    /// | `unproven` | on a bridge alone: nothing but requests that the policy allows passed, the connection is reset |
    pub const fn policy(self) -> FailurePolicy {
        FailurePolicy::Closed
    }

    /// One sentence for the operator.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::HeldFull => "a message is longer than the gateway may hold",
            Self::OutstandingFull => "too many requests wait for their responses",
            Self::Stalled => "a message was begun and not completed in time",
            Self::Unacknowledged => "a peer did not acknowledge what the gateway sent it",
            Self::WindowClosed => "a peer took nothing of what the gateway has for it",
            Self::Unproven => "a connection that was under way when the gateway found it could not be followed",
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
