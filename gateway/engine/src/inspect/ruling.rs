//! The verdict on a whole message from the decisions on its operations.

use super::Message;
use super::found::{Found, KEPT};
use core::cmp::Reverse;
use sluice_model::Operation;
use sluice_policies::decision::{Decision, Reason, Verdict};
use sluice_policies::policy::{Route, Turn};
use sluice_protocols::Session;

/// The decisions on a message's operations.
pub(super) struct Ruling {
    kept: [Option<Decision>; KEPT],
    /// Those on operations behind the kept ones, which few messages have.
    more: Vec<Decision>,
    /// The strictest of them, which rules the message.
    pub(super) strictest: Decision,
}

impl Ruling {
    /// Judges every operation of `message` in its `turn`; `first` is the first.
    pub(super) fn judge(
        turn: &mut Turn<'_>,
        found: &Found<'_>,
        first: &Operation<'_>,
        session: &dyn Session,
        message: &Message<'_>,
        route: Route,
    ) -> Self {
        let decision = turn.judge(route, first);
        let mut ruling = Self { kept: [None; KEPT], more: Vec::new(), strictest: decision };
        ruling.kept[0] = Some(decision);
        found.each(session, &message.cx(), message.unit, |index, operation| {
            if index > 0 {
                ruling.take(index, turn.judge(route, operation));
            }
        });
        ruling
    }

    fn take(&mut self, index: usize, decision: Decision) {
        match self.kept.get_mut(index) {
            Some(place) => *place = Some(decision),
            None => self.more.push(decision),
        }
        if strictness(&self.strictest) < strictness(&decision) {
            self.strictest = decision;
        }
    }

    /// The decision on operation `index`.
    pub(super) fn decision(&self, index: usize) -> Decision {
        let kept = self.kept.get(index).copied().flatten();
        kept.or_else(|| self.more.get(index.checked_sub(KEPT)?).copied()).unwrap_or(self.strictest)
    }
}

/// Denials before alerts before permissions; among denials the one that failed earliest (`policy-semantics.md` S8).
fn strictness(decision: &Decision) -> (u8, Reverse<Option<Reason>>) {
    let rank = match decision.verdict {
        Verdict::Allow => 0,
        Verdict::Alert => 1,
        Verdict::Deny => 2,
    };
    (rank, Reverse(decision.reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_policies::decision::{ConduitId, OnDeny};

    fn decision(verdict: Verdict, reason: Option<Reason>) -> Decision {
        Decision {
            verdict,
            on_deny: OnDeny::Refuse,
            reason,
            statement: None,
            conduit: ConduitId(0),
            item: None,
            trial: false,
        }
    }

    #[test]
    fn a_denial_outranks_and_the_earliest_failure_decides() {
        let allow = decision(Verdict::Allow, None);
        let alert = decision(Verdict::Alert, Some(Reason::NoConduit));
        let value = decision(Verdict::Deny, Some(Reason::Value));
        let item = decision(Verdict::Deny, Some(Reason::Item));
        assert!(strictness(&allow) < strictness(&alert));
        assert!(strictness(&alert) < strictness(&value));
        assert!(strictness(&value) < strictness(&item));
    }
}
