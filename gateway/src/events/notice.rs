//! What the rest of the program hands to the recorder: owned and small, nothing worked out yet.

use super::event::{PolicyState, Severity};
use super::frames::Frames;
use crate::dataplane::proxy::Target;
use crate::metrics::{Cause, Upstream};
use crate::policy::Loaded;
use sluice_engine::{Incident, Judged, Response, What};
use sluice_model::{Action, Direction, Instant, Operation, Values};
use sluice_policies::Route;
use sluice_policies::decision::{self, ConduitId, Reason};
use std::net::SocketAddr;
use std::sync::Arc;

/// Something to tell.
pub(crate) enum Notice {
    /// The policy does not allow an operation.
    Verdict(Box<Verdict>),
    /// A message was withheld whatever the policy says.
    Incident(Box<Occurrence>),
    /// A bound of the gateway refused or ended a connection.
    Bound(Box<Bound>),
    /// A controller could not be reached, or broke off.
    Failure(Box<Failure>),
    /// The policy was loaded, or rejected.
    Policy(PolicyState),
    /// Frames may not cross the bridge.
    Frames(Box<Frames>),
    /// The gateway starts or stops.
    Lifecycle(String),
    /// Something about the machine: a link, or frames that pass unjudged.
    Condition {
        /// How much it matters.
        severity: Severity,
        /// What, in one sentence.
        message: String,
    },
}

/// The two ends of a connection, and the policy that knows them.
#[derive(Clone)]
pub(crate) struct Ends {
    pub(crate) source: SocketAddr,
    pub(crate) target: Arc<Target>,
    pub(crate) loaded: Arc<Loaded>,
}

/// An operation that is not allowed, or on trial alone.
pub(crate) struct Verdict {
    pub(crate) ends: Ends,
    pub(crate) ruling: decision::Verdict,
    pub(crate) decision: decision::Decision,
    pub(crate) route: Route,
    /// When it was judged.
    pub(crate) now: Instant,
    operation: Operation<'static>,
    values: Carried,
}

/// Values that have left their message.
enum Carried {
    None,
    Bits(Box<[u8]>),
    Words(Box<[u8]>),
    Mask { and: u16, or: u16 },
}

impl Verdict {
    pub(crate) fn of(judged: &Judged<'_>, ends: Ends) -> Self {
        let Operation { protocol, direction, device, action, code, function, target, values } = *judged.operation;
        let values = match values {
            Values::None => Carried::None,
            Values::Bits(bytes) => Carried::Bits(bytes.into()),
            Values::Words(bytes) => Carried::Words(bytes.into()),
            Values::Mask { and, or } => Carried::Mask { and, or },
        };
        let operation = Operation { protocol, direction, device, action, code, function, target, values: Values::None };
        let Judged { verdict: ruling, decision, route, now, .. } = *judged;
        Self { ends, ruling, decision, route, now, operation, values }
    }

    /// The operation as it was judged.
    pub(crate) fn operation(&self) -> Operation<'_> {
        let Operation { protocol, direction, device, action, code, function, target, .. } = self.operation;
        let values = match &self.values {
            Carried::None => Values::None,
            Carried::Bits(bytes) => Values::Bits(bytes),
            Carried::Words(bytes) => Values::Words(bytes),
            Carried::Mask { and, or } => Values::Mask { and: *and, or: *or },
        };
        Operation { protocol, direction, device, action, code, function, target, values }
    }
}

/// A message that is not acceptable, or met a bound of the engine.
pub(crate) struct Occurrence {
    pub(crate) ends: Ends,
    pub(crate) what: What,
    pub(crate) reason: Reason,
    pub(crate) direction: Direction,
    pub(crate) excerpt: Box<[u8]>,
    pub(crate) response: Response,
    pub(crate) conduit: ConduitId,
}

impl Occurrence {
    pub(crate) fn of(incident: &Incident<'_>, ends: Ends) -> Self {
        let Incident { what, reason, direction, excerpt, response, conduit, .. } = *incident;
        Self { ends, what, reason, direction, excerpt: excerpt.into(), response, conduit }
    }
}

/// A bound that refused or ended a connection.
pub(crate) struct Bound {
    pub(crate) ends: Ends,
    pub(crate) cause: Cause,
}

/// A controller that could not be reached, or broke off.
pub(crate) struct Failure {
    pub(crate) ends: Ends,
    pub(crate) kind: Upstream,
}

impl Notice {
    /// How much it matters.
    pub(crate) fn severity(&self) -> Severity {
        match self {
            Self::Verdict(verdict) if verdict.decision.trial => Severity::Low,
            Self::Verdict(verdict) => of_denial(verdict.operation.action, verdict.decision.reason),
            Self::Incident(_) | Self::Bound(_) | Self::Failure(_) => Severity::Medium,
            Self::Policy(state) if state.mistakes.is_empty() => Severity::Informational,
            Self::Policy(_) => Severity::High,
            Self::Frames(frames) => frames.severity(),
            Self::Condition { severity, .. } => *severity,
            Self::Lifecycle(_) => Severity::Informational,
        }
    }
}

/// A change that was denied weighs more than a look; who has no business there weighs more than a look too.
fn of_denial(action: Action, reason: Option<Reason>) -> Severity {
    match action {
        // A code that no standard explains may do anything.
        Action::Write
        | Action::Control
        | Action::Program
        | Action::Configure
        | Action::Restart
        | Action::Time
        | Action::File
        | Action::Unknown => Severity::High,
        Action::Read | Action::Browse | Action::Session | Action::Diagnose | Action::Event => {
            if reason == Some(Reason::NoConduit) { Severity::Medium } else { Severity::Low }
        }
    }
}
