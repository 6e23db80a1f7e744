//! Counts beside the engine's own: operations by function, and verdicts by what decided them.

use sluice_engine::Judged;
use sluice_engine::observe::{Scene, Seen};
use sluice_model::{Action, Code, Direction};
use sluice_policies::Explanation;
use sluice_policies::decision::{ConduitId, Reason, StatementId, Verdict};
use std::collections::{BTreeMap, HashMap};

/// Most different operations, and most different rulings, that are counted apart; no site and no standard has as many.
const APART: usize = 4096;

/// What was done, and what the policy says to it.
#[derive(Default)]
pub(super) struct Tally {
    /// By protocol, code and action.
    pub(super) operations: BTreeMap<(&'static str, Code, Action), Done>,
    rulings: HashMap<Ruling, Judgement>,
    /// Operations beyond [`APART`].
    pub(super) beyond: u64,
}

/// How often something was done.
#[derive(Clone, Copy, Default)]
pub(super) struct Done {
    /// The name of the function.
    pub(super) name: &'static str,
    pub(super) asked: u64,
    pub(super) answered: u64,
    /// Answered with the device's own refusal.
    pub(super) refused: u64,
}

/// What decided.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Ruling {
    pub(super) verdict: Verdict,
    pub(super) reason: Option<Reason>,
    pub(super) conduit: ConduitId,
    pub(super) statement: Option<StatementId>,
}

/// The operations of one ruling.
pub(super) struct Judgement {
    pub(super) count: u64,
    /// The first of them.
    pub(super) scene: Scene,
    pub(super) protocol: &'static str,
    /// Why, for that one.
    pub(super) explanation: Explanation,
}

impl Tally {
    pub(super) fn operation(&mut self, seen: &Seen<'_>) {
        self.count(seen);
        if let Some(judged) = seen.judged {
            self.rule(seen, judged);
        }
    }

    /// Rulings, the strictest first, and of those the most frequent.
    pub(super) fn rulings(&self) -> Vec<(&Ruling, &Judgement)> {
        let strictness = |verdict: Verdict| match verdict {
            Verdict::Deny => 0,
            Verdict::Alert => 1,
            Verdict::Allow => 2,
        };
        let mut all: Vec<_> = self.rulings.iter().collect();
        all.sort_by_key(|(r, j)| (strictness(r.verdict), std::cmp::Reverse(j.count), j.scene.packet, r.conduit.0));
        all
    }

    fn count(&mut self, seen: &Seen<'_>) {
        let operation = seen.operation;
        let key = (seen.protocol.name, operation.code, operation.action);
        if self.operations.len() >= APART && !self.operations.contains_key(&key) {
            self.beyond += 1;
            return;
        }
        let done = self.operations.entry(key).or_insert(Done { name: operation.function.name, ..Done::default() });
        match (operation.direction, seen.refused) {
            (Direction::ToServer, _) => done.asked += 1,
            (Direction::ToClient, None) => done.answered += 1,
            (Direction::ToClient, Some(_)) => done.refused += 1,
        }
    }

    fn rule(&mut self, seen: &Seen<'_>, judged: &Judged<'_>) {
        let decision = &judged.decision;
        let ruling = Ruling {
            verdict: decision.verdict,
            reason: decision.reason,
            conduit: decision.conduit,
            statement: decision.statement,
        };
        if let Some(judgement) = self.rulings.get_mut(&ruling) {
            judgement.count += 1;
        } else if self.rulings.len() < APART {
            let (scene, protocol) = (seen.scene, seen.protocol.name);
            let first = Judgement { count: 1, scene, protocol, explanation: judged.explain() };
            self.rulings.insert(ruling, first);
        } else {
            self.beyond += 1;
        }
    }
}
