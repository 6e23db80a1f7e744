//! The words of a verdict, shared by the policy that decides, the engine that acts and the tools that explain.

use sluice_model::Fault;

/// What a conduit does with what its policy does not allow; the strictest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// It is withheld.
    #[default]
    Enforce,
    /// It passes and is reported.
    Alert,
    /// It passes and is recorded, so that a policy can be proposed from it.
    Learn,
}

impl Mode {
    /// The word in policy files and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Alert => "alert",
            Self::Learn => "learn",
        }
    }
}

/// How a denied message is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnDeny {
    /// With the protocol's own refusal; the connection lives on.
    #[default]
    Refuse,
    /// Not at all; the connection lives on.
    Drop,
    /// Both sides of the connection are closed.
    Reset,
}

impl OnDeny {
    /// The word in policy files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Drop => "drop",
            Self::Reset => "reset",
        }
    }
}

/// Why something is denied: the first thing that fails, in the order in which statements are tried
/// (`policy-semantics.md` S8), then those that stand by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// No conduit joins source and destination, or the device is no asset of the site.
    NoConduit,
    /// None of the conduits' statements speaks this protocol.
    NoStatement,
    /// No statement names the function or its verb.
    Function,
    /// A statement names the function, but an item lies outside of it.
    Item,
    /// A write covers only a part of a tag.
    Partial,
    /// A value lies outside its limit.
    Value,
    /// A value lies too far from the one before it.
    Step,
    /// It was done too often of late.
    Rate,
    /// A fact that must hold is known and does not.
    When,
    /// A fact, or the value before a step, is not known or too old.
    Stale,
    /// It is not the time for it, or the gateway's clock is not to be trusted.
    During,
    /// The maintenance window that it needs is closed.
    Window,
    /// A control that was not selected before.
    Select,
    /// It would reach several devices, and the statement does not say that it may.
    Broadcast,
    /// The sender did not prove to be who it says it is.
    Identity,
    /// The sender was not seen on the port it stands beyond.
    Port,
    /// The bytes break the protocol's rules, or say what the standard does not define.
    Malformed,
    /// A response that answers no request which was let through.
    Response,
    /// A limit of the gateway was reached.
    Bound,
    /// It carries what the gateway cannot judge.
    Opaque,
    /// The statement ended on a date that has passed.
    Expired,
    /// The plant is locked down, and the statement is not kept.
    Lockdown,
    /// A guarantee of the site forbids it in every mode.
    Floor,
}

impl Reason {
    /// Every reason, in order.
    pub const ALL: [Self; 23] = [
        Self::NoConduit,
        Self::NoStatement,
        Self::Function,
        Self::Item,
        Self::Partial,
        Self::Value,
        Self::Step,
        Self::Rate,
        Self::When,
        Self::Stale,
        Self::During,
        Self::Window,
        Self::Select,
        Self::Broadcast,
        Self::Identity,
        Self::Port,
        Self::Malformed,
        Self::Response,
        Self::Bound,
        Self::Opaque,
        Self::Expired,
        Self::Lockdown,
        Self::Floor,
    ];

    /// The word in tests, events and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoConduit => "no-conduit",
            Self::NoStatement => "no-statement",
            Self::Function => "function",
            Self::Item => "item",
            Self::Partial => "partial",
            Self::Value => "value",
            Self::Step => "step",
            Self::Rate => "rate",
            Self::When => "when",
            Self::Stale => "stale",
            Self::During => "during",
            Self::Window => "window",
            Self::Select => "select",
            Self::Broadcast => "broadcast",
            Self::Identity => "identity",
            Self::Port => "port",
            Self::Malformed => "malformed",
            Self::Response => "response",
            Self::Bound => "bound",
            Self::Opaque => "opaque",
            Self::Expired => "expired",
            Self::Lockdown => "lockdown",
            Self::Floor => "floor",
        }
    }

    /// What the client is told when a policy reason refuses its request.
    pub const fn fault(self) -> Fault {
        match self {
            Self::NoConduit
            | Self::NoStatement
            | Self::Function
            | Self::Select
            | Self::Broadcast
            | Self::Identity
            | Self::Port
            | Self::Opaque
            | Self::Expired => Fault::Function,
            Self::Item | Self::Partial => Fault::Address,
            Self::Value | Self::Step | Self::Malformed | Self::Floor => Fault::Value,
            Self::Response => Fault::Target,
            // The same request may pass later.
            Self::Rate | Self::When | Self::Stale | Self::During | Self::Window | Self::Bound | Self::Lockdown => {
                Fault::Busy
            }
        }
    }
}

/// What happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It passes.
    Allow,
    /// It passes although the policy does not allow it, because the conduit is in alert or learn mode.
    Alert,
    /// It is withheld.
    Deny,
}

impl Verdict {
    /// The word in metrics and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Alert => "alert",
            Self::Deny => "deny",
        }
    }
}

/// A statement of one compiled policy: an index that only that policy understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatementId(pub u32);

/// A conduit of one compiled policy, or [`ConduitId::UNMATCHED`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConduitId(pub u16);

impl ConduitId {
    /// Stands for pairs that no conduit joins.
    pub const UNMATCHED: Self = Self(u16::MAX);
}

/// The decision on one operation. Small, `Copy`, made without touching the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What happens.
    pub verdict: Verdict,
    /// How a denial is answered; meaningful when the verdict is [`Verdict::Deny`].
    pub on_deny: OnDeny,
    /// Why it is not allowed; `None` when it is.
    pub reason: Option<Reason>,
    /// The statement that allows it, or the nearest one that did not.
    pub statement: Option<StatementId>,
    /// The conduit that decided: a metric label.
    pub conduit: ConduitId,
    /// The first item that is not allowed, where it is an item that decided.
    pub item: Option<u64>,
    /// Whether a statement on trial allows it, and no other one does: it passes and is reported.
    pub trial: bool,
}
