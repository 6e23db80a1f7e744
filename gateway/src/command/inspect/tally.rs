//! Counts beside the engine's own: operations by function, and verdicts by what decided them.

use foldhash::fast::RandomState;
use sluice_engine::observe::{Odd, Scene, Seen};
use sluice_model::{Action, Code, Direction};
use sluice_policies::Explanation;
use sluice_policies::decision::{ConduitId, Decision, Reason, StatementId, Verdict};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;

/// Most different operations, and most different rulings, that are counted apart; no site and no standard has as many.
const APART: usize = 4096;

/// What was done, and what the policy says to it.
#[derive(Default)]
pub(super) struct Tally {
    operations: HashMap<Kind, Done, RandomState>,
    rulings: HashMap<Ruling, Judgement, RandomState>,
    /// Operations beyond [`APART`].
    pub(super) beyond: u64,
}

/// Operations that are counted together: by protocol, code and action.
pub(super) type Kind = (&'static str, Code, Action);

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
    /// `None` when it was no policy that decided.
    pub(super) conduit: Option<ConduitId>,
    statement: Option<StatementId>,
    /// The anomaly of messages that no policy lets pass.
    pub(super) anomaly: Option<&'static str>,
}

/// What one ruling was made on: operations, or messages with an anomaly.
pub(super) struct Judgement {
    pub(super) count: u64,
    /// The packet that completed the first of them; the rest is about that one, too.
    pub(super) packet: u64,
    pub(super) between: Option<(SocketAddr, SocketAddr)>,
    pub(super) protocol: &'static str,
    pub(super) operation: Option<String>,
    /// The statement that allows it, or the nearest one.
    pub(super) statement: Option<String>,
    /// Where that stands.
    pub(super) at: Option<String>,
    /// Why.
    pub(super) sentence: String,
}

impl Tally {
    pub(super) fn operation(&mut self, seen: &Seen<'_>) {
        self.count(seen);
        if let Some(judged) = seen.judged {
            let Decision { verdict, reason, conduit, statement, .. } = judged.decision;
            let ruling = Ruling { verdict, reason, conduit: Some(conduit), statement, anomaly: None };
            self.rule(ruling, seen.times, || {
                let Explanation { operation, statement, at, sentence, .. } = judged.explain();
                let Scene { packet, source, destination, .. } = seen.scene;
                let (between, protocol) = (Some((source, destination)), seen.protocol.name);
                Judgement { count: 0, packet, between, protocol, operation: Some(operation), statement, at, sentence }
            });
        }
    }

    /// An anomaly of a message, which no policy lets pass; those of frames and flows are counted elsewhere.
    pub(super) fn anomaly(&mut self, odd: &Odd<'_>) {
        let Some((protocol, direction)) = odd.message else { return };
        let reason = match direction {
            Direction::ToServer => Reason::Malformed,
            Direction::ToClient => Reason::Response,
        };
        let (verdict, anomaly) = (Verdict::Deny, Some(odd.kind.name));
        let ruling = Ruling { verdict, reason: Some(reason), conduit: None, statement: None, anomaly };
        self.rule(ruling, 1, || Judgement {
            count: 0,
            packet: odd.packet,
            between: odd.between,
            protocol: protocol.name,
            operation: None,
            statement: None,
            at: None,
            sentence: odd.kind.meaning.trim_end_matches('.').to_owned(),
        });
    }

    /// The operations of one protocol, in the order of their codes.
    pub(super) fn operations(&self, protocol: &str) -> Vec<(&Kind, &Done)> {
        let mut all: Vec<_> = self.operations.iter().filter(|((name, ..), _)| *name == protocol).collect();
        all.sort_by_key(|(kind, _)| **kind);
        all
    }

    /// Rulings, the strictest first, and of those the most frequent.
    pub(super) fn rulings(&self) -> Vec<(&Ruling, &Judgement)> {
        let strictness = |verdict: Verdict| match verdict {
            Verdict::Deny => 0,
            Verdict::Alert => 1,
            Verdict::Allow => 2,
        };
        let mut all: Vec<_> = self.rulings.iter().collect();
        all.sort_by_key(|(r, j)| (strictness(r.verdict), std::cmp::Reverse(j.count), j.packet, r.conduit));
        all
    }

    fn count(&mut self, seen: &Seen<'_>) {
        let operation = seen.operation;
        let key = (seen.protocol.name, operation.code, operation.action);
        let full = self.operations.len() >= APART;
        let done = match self.operations.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(_) if full => {
                self.beyond += seen.times;
                return;
            }
            Entry::Vacant(new) => new.insert(Done { name: operation.function.name, ..Done::default() }),
        };
        match (operation.direction, seen.refused) {
            (Direction::ToServer, _) => done.asked += seen.times,
            (Direction::ToClient, None) => done.answered += seen.times,
            (Direction::ToClient, Some(_)) => done.refused += seen.times,
        }
    }

    fn rule(&mut self, ruling: Ruling, times: u64, first: impl FnOnce() -> Judgement) {
        let full = self.rulings.len() >= APART;
        match self.rulings.entry(ruling) {
            Entry::Occupied(mut known) => known.get_mut().count += times,
            Entry::Vacant(_) if full => self.beyond += times,
            Entry::Vacant(new) => new.insert(first()).count += times,
        }
    }
}
