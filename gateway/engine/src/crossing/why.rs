//! Why a frame does not pass.

use super::bounds::Bound;
use sluice_model::AnomalyKind;
use sluice_policies::decision::Reason;

/// Why a frame does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The policy does not allow it.
    Policy(Reason),
    /// It is not acceptable, whatever the policy says.
    Anomaly(&'static AnomalyKind),
    /// A limit of the bridge was reached.
    Bound(Bound),
}

impl Why {
    /// The word in metrics and events.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Policy(reason) => reason.name(),
            Self::Anomaly(kind) => kind.name,
            Self::Bound(bound) => bound.name(),
        }
    }

    /// The reason in the words of a verdict.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Policy(reason) => *reason,
            Self::Anomaly(_) => Reason::Malformed,
            Self::Bound(_) => Reason::Bound,
        }
    }
}
