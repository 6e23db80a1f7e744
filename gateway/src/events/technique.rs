//! Techniques of ATT&CK for ICS that an event may belong to; only where the operation itself says so.

use super::event::{Attack, Technique};
use crate::metrics::Cause;
use sluice_model::{Action, Function};
use sluice_policies::decision::Reason;

const VERSION: &str = "19";

/// Of an operation that is not allowed.
pub(super) fn of_operation(function: &Function, action: Action, reason: Option<Reason>) -> Vec<Attack> {
    let uid = match (action, reason) {
        (Action::Write, Some(Reason::Value)) => "T0836",
        (Action::Write | Action::Control, _) => "T1692.001",
        (Action::Program, _) => "T0843",
        (Action::Configure, _) => "T0858",
        (Action::Restart, _) => "T0816",
        (Action::Browse, _) => "T0888",
        (Action::Read | Action::Diagnose, Some(Reason::NoConduit)) => "T0846",
        // UMAS programs, starts and stops controllers.
        (Action::Unknown, _) if function.name == "umas" => "T0858",
        _ => return Vec::new(),
    };
    vec![attack(uid)]
}

/// Of a bound that was reached.
pub(super) fn of_bound(cause: Cause) -> Vec<Attack> {
    match cause {
        Cause::Connections | Cause::Strangers | Cause::Source | Cause::Rate | Cause::OutstandingFull => {
            vec![attack("T0814")]
        }
        _ => Vec::new(),
    }
}

const fn attack(uid: &'static str) -> Attack {
    Attack { technique: Technique { uid }, version: VERSION }
}
