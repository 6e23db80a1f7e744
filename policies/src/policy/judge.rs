//! The decision on one operation.

use super::Policy;
use super::asking::Asking;
use super::functions;
use super::gate::{Gate, Route, Use};
use super::walk::{Allowed, Failure, Walk};
use crate::decision::{Decision, Mode, Reason, StatementId, Verdict};
use crate::site::Never;
use crate::state;
use sluice_model::{Action, Instant, Operation, Values};
use std::collections::HashMap;

impl Policy {
    /// Judges one operation of a message on a route, when nothing is known of the plant or the time: what depends on them
    /// is denied. Touches no heap.
    ///
    /// Every item must be covered by a statement that allows the function and whose limit holds; different items may
    /// be covered by different statements. An allowed operation names the statement that covers its first item.
    pub fn judge(&self, route: Route, operation: &Operation<'_>) -> Decision {
        self.turn(Instant::default()).judge(route, operation)
    }

    /// Judges one operation by what is known in a turn, where what it would change is noted. `broadcast` says that others
    /// obey it too.
    pub(super) fn judge_known<'p>(
        &'p self,
        known: &mut state::Turn<'p>,
        route: Route,
        operation: &Operation<'_>,
        broadcast: bool,
    ) -> Decision {
        if let Some(withheld) = self.floored(route, operation) {
            return withheld;
        }
        let gate = &self.gates[route.gate as usize];
        if known.lockdown() {
            return self.locked(known, gate, route, operation, broadcast);
        }
        let broken = gate.glass && known.broken();
        match self.decide(known, gate, route, operation, broadcast) {
            Ok(allowed) => self.decision(gate, None, allowed.by, None).on_trial(allowed.trial),
            Err(Denial(reason, nearest, item)) => {
                let decision = self.decision(gate, Some(reason), nearest, item);
                if broken { Decision { verdict: Verdict::Alert, ..decision } } else { decision }
            }
        }
    }

    /// The decision on what reaches an asset that no conduit leads to, on a route.
    pub(super) fn nobody(&self, route: Route) -> Decision {
        self.decision(&self.gates[route.gate as usize], Some(Reason::NoConduit), None, None)
    }

    /// Under a lockdown what is kept may pass; all else is denied whatever the mode, and because of the lockdown when it
    /// would have passed without.
    fn locked<'p>(
        &'p self,
        known: &mut state::Turn<'p>,
        gate: &'p Gate,
        route: Route,
        operation: &Operation<'_>,
        broadcast: bool,
    ) -> Decision {
        let kept = &self.gates[gate.locked as usize];
        if let Ok(allowed) = self.decide(known, kept, route, operation, broadcast) {
            return self.decision(kept, None, allowed.by, None).on_trial(allowed.trial);
        }
        let denied = match self.decide(known, gate, route, operation, broadcast) {
            Ok(allowed) => self.decision(gate, Some(Reason::Lockdown), allowed.by, None),
            Err(Denial(reason, nearest, item)) => self.decision(gate, Some(reason), nearest, item),
        };
        Decision { verdict: Verdict::Deny, ..denied }
    }

    fn decide<'p>(
        &'p self,
        known: &mut state::Turn<'p>,
        gate: &'p Gate,
        route: Route,
        operation: &Operation<'_>,
        broadcast: bool,
    ) -> Result<Allowed, Denial> {
        if let Some(reason) = gate.closed.or((route.protocol != operation.protocol).then_some(Reason::NoStatement)) {
            // A device that no asset owns is no destination, whatever the statements say.
            let foreign = gate.bank(operation.device).is_none() && gate.addressed();
            return Err(Denial(if foreign { Reason::NoConduit } else { reason }, None, None));
        }
        let Some(bank) = gate.bank(operation.device) else { return Err(Denial(Reason::NoConduit, None, None)) };
        let functions = &self.functions[gate.functions as usize];
        let Some((class, statements)) = functions.class(operation.code, operation.action) else {
            return Err(Denial(Reason::Function, self.nearest_function(gate, operation), None));
        };
        let mut asking = Asking { broadcast, ..self.asking(known, route) };
        let nearest = || statements.first().map(|s| gate.statements[*s as usize]);
        let Some(span) = operation.target else {
            return whole(&mut asking, statements.iter().map(|s| gate.statements[*s as usize]));
        };
        let (table, usage) = usage(operation);
        let Some(table) = self.banks[bank as usize].table(class, span.space, table) else {
            return Err(Denial(Reason::Item, nearest(), Some(span.first)));
        };
        let (table, values) = (self.tables.at(table), operation.values);
        let mut walk = Walk { table, checks: &self.checks, usage, span, values, asking: &mut asking };
        walk.run().map_err(|Failure { reason, nearest: near, item }| Denial(reason, near.or_else(nearest), Some(item)))
    }

    fn asking<'p, 't, 's>(&'p self, known: &'t mut state::Turn<'s>, route: Route) -> Asking<'p, 't, 's> {
        Asking {
            terms: &self.terms,
            checks: &self.checks,
            known,
            from: route.from,
            to: Some(route.to),
            broadcast: false,
            last: None,
        }
    }

    fn decision(&self, gate: &Gate, reason: Option<Reason>, near: Option<StatementId>, item: Option<u64>) -> Decision {
        let stance = gate.stance;
        let conduit = near.map_or(stance.conduit, |id| self.statements[id.0 as usize].conduit);
        let of_conduit = self.site.conduits.get(usize::from(conduit.0));
        Decision {
            verdict: match (reason, stance.mode) {
                (None, _) => Verdict::Allow,
                (Some(_), Mode::Enforce) => Verdict::Deny,
                (Some(_), Mode::Alert | Mode::Learn) => Verdict::Alert,
            },
            on_deny: of_conduit.map_or(stance.on_deny, |c| c.on_deny),
            reason,
            statement: near,
            conduit,
            item,
            trial: false,
        }
    }

    /// The denial of what a floor withholds, whatever the mode. Costs a comparison where there is none.
    pub(super) fn floored(&self, route: Route, operation: &Operation<'_>) -> Option<Decision> {
        if route.floors == 0 {
            return None;
        }
        let (_, item) = self.floors.withholds(route.floors, route.to, operation)?;
        let decision = self.decision(&self.gates[route.gate as usize], Some(Reason::Floor), None, item);
        Some(Decision { verdict: Verdict::Deny, ..decision })
    }

    /// The guarantee that a floor keeps by withholding an operation.
    pub(crate) fn kept(&self, route: Route, operation: &Operation<'_>) -> Option<&Never> {
        let (never, _) = self.floors.withholds(route.floors, route.to, operation)?;
        self.site.nevers.get(never)
    }

    /// No statement allows the function: one that names it and only lacks `opaque`, else the first.
    fn nearest_function(&self, gate: &Gate, operation: &Operation<'_>) -> Option<StatementId> {
        let names = |id: &&StatementId| {
            let named = &self.statement(**id).functions;
            functions::names(named, operation.function, operation.code, operation.action)
        };
        gate.statements.iter().find(names).or(gate.statements.first()).copied()
    }
}

impl Policy {
    /// Tells `each` the first thing that fails at `item` in every statement that could have allowed the operation.
    pub(crate) fn each_failure(
        &self,
        route: Route,
        operation: &Operation<'_>,
        item: Option<u64>,
        known: &mut state::Turn<'_>,
        each: &mut dyn FnMut(StatementId, Reason),
    ) {
        let route = self.reach(route, operation.device);
        let item = item.or(operation.target.map(|span| span.first));
        let gate = &self.gates[route.gate as usize];
        let allowing = self.functions[gate.functions as usize].class(operation.code, operation.action);
        let class = allowing.map_or(&[][..], |(_, statements)| statements);
        let class: Vec<StatementId> = class.iter().map(|s| gate.statements[*s as usize]).collect();
        let mut asking = self.asking(known, route);
        let table =
            allowing.zip(gate.bank(operation.device)).zip(operation.target).and_then(|(((class, _), bank), span)| {
                let (table, usage) = usage(operation);
                let table = self.banks[bank as usize].table(class, span.space, table)?;
                Some((self.tables.at(table), usage, span))
            });
        // Of statements that grant the same tags the first stands in the tables.
        let device = self.device(route, operation.device);
        let list = |id: StatementId| device.and_then(|d| self.lexicon.list(id, d.asset, d.index));
        let mut first: HashMap<u32, StatementId> = HashMap::new();
        for id in &class {
            if let Some(list) = list(*id).filter(|_| self.terms.of(*id).is_none()) {
                first.entry(list).or_insert(*id);
            }
        }
        for id in &gate.statements {
            let reason = match (class.binary_search(id).is_ok(), table, item) {
                (false, ..) => Reason::Function,
                (true, Some((table, usage, span)), Some(item)) => {
                    let alike = list(*id).filter(|_| self.terms.of(*id).is_none());
                    let stands = alike.and_then(|list| first.get(&list)).unwrap_or(id);
                    let (checks, values) = (&*self.checks, operation.values);
                    let mut walk = Walk { table, checks, usage, span, values, asking: &mut asking };
                    walk.alone(item, *stands).unwrap_or(Reason::Item)
                }
                (true, ..) => asking.statement(*id).unwrap_or(Reason::Item),
            };
            each(*id, reason);
        }
    }
}

/// Why an operation is denied, the statement that came nearest, and the item that decided.
struct Denial(Reason, Option<StatementId>, Option<u64>);

impl Decision {
    const fn on_trial(self, trial: bool) -> Self {
        Self { trial, ..self }
    }
}

/// What touches no items: the first statement whose conditions hold allows it, one that is not on trial before others.
fn whole(asking: &mut Asking<'_, '_, '_>, all: impl Iterator<Item = StatementId>) -> Result<Allowed, Denial> {
    let (mut furthest, mut trial) = (None::<Denial>, None);
    for id in all {
        match asking.statement(id) {
            None if asking.is_trial(id) => _ = trial.get_or_insert(id),
            None => {
                asking.count(id);
                return Ok(Allowed { by: Some(id), trial: false });
            }
            Some(reason) if furthest.as_ref().is_none_or(|f| reason > f.0) => {
                furthest = Some(Denial(reason, Some(id), None));
            }
            Some(_) => {}
        }
    }
    if let Some(id) = trial {
        asking.count(id);
        return Ok(Allowed { by: Some(id), trial: true });
    }
    Err(furthest.unwrap_or(Denial(Reason::Function, None, None)))
}

/// Which table an operation asks, and how: a read by containment with gaps, a change element by element. What else
/// carries no values (a file read) asks for containment too, without gaps.
pub(super) fn usage(operation: &Operation<'_>) -> (Use, Use) {
    match (operation.action, operation.values) {
        (Action::Read, _) => (Use::Read, Use::Read),
        (Action::Write | Action::Control, _) => (Use::Change, Use::Change),
        (_, Values::None) => (Use::Change, Use::Read),
        _ => (Use::Change, Use::Change),
    }
}
