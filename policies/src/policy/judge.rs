//! The decision on one operation.

use super::Policy;
use super::functions;
use super::gate::{Gate, Route, Use};
use super::walk::{Failure, Walk};
use crate::decision::{Decision, Mode, Reason, StatementId, Verdict};
use crate::site::Never;
use sluice_model::{Action, Operation, Values};
use std::collections::HashMap;

impl Policy {
    /// Judges one operation of a message on a route. Touches no heap.
    ///
    /// Every item must be covered by a statement that allows the function and whose limit holds; different items may
    /// be covered by different statements. An allowed operation names the statement that covers its first item.
    pub fn judge(&self, route: Route, operation: &Operation<'_>) -> Decision {
        let gate = &self.gates[route.gate as usize];
        if let Some(withheld) = self.floored(route, operation) {
            return withheld;
        }
        match self.decide(gate, route, operation) {
            Ok(statement) => self.decision(gate, None, statement, None),
            Err((reason, nearest, item)) => self.decision(gate, Some(reason), nearest, item),
        }
    }

    /// Judges an operation that the destination of a route obeys together with others.
    pub(super) fn judge_for_all(&self, route: Route, operation: &Operation<'_>) -> Decision {
        let decision = self.judge(route, operation);
        if decision.reason.is_some() {
            return decision;
        }
        let gate = &self.gates[route.gate as usize];
        self.decision(gate, Some(Reason::Broadcast), decision.statement, None)
    }

    /// The decision on what reaches an asset that no conduit leads to, on a route.
    pub(super) fn nobody(&self, route: Route) -> Decision {
        self.decision(&self.gates[route.gate as usize], Some(Reason::NoConduit), None, None)
    }

    fn decide(
        &self,
        gate: &Gate,
        route: Route,
        operation: &Operation<'_>,
    ) -> Result<Option<StatementId>, (Reason, Option<StatementId>, Option<u64>)> {
        if let Some(reason) = gate.closed.or((route.protocol != operation.protocol).then_some(Reason::NoStatement)) {
            // A device that no asset owns is no destination, whatever the statements say.
            let foreign = gate.bank(operation.device).is_none() && gate.addressed();
            return Err((if foreign { Reason::NoConduit } else { reason }, None, None));
        }
        let Some(bank) = gate.bank(operation.device) else { return Err((Reason::NoConduit, None, None)) };
        let functions = &self.functions[gate.functions as usize];
        let Some((class, statements)) = functions.class(operation.code, operation.action) else {
            return Err((Reason::Function, self.nearest_function(gate, operation), None));
        };
        let nearest = || statements.first().map(|s| gate.statements[*s as usize]);
        let Some(span) = operation.target else { return Ok(nearest()) };
        let (table, usage) = usage(operation);
        let Some(table) = self.banks[bank as usize].table(class, span.space, table) else {
            return Err((Reason::Item, nearest(), Some(span.first)));
        };
        let table = self.tables.at(table);
        let walk = Walk { table, checks: &self.checks, usage, span, values: operation.values };
        walk.run().map_err(|Failure { reason, nearest: near, item }| (reason, near.or_else(nearest), Some(item)))
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
        each: &mut dyn FnMut(StatementId, Reason),
    ) {
        let route = self.reach(route, operation.device);
        let gate = &self.gates[route.gate as usize];
        let allowing = self.functions[gate.functions as usize].class(operation.code, operation.action);
        let class = allowing.map_or(&[][..], |(_, statements)| statements);
        let class: Vec<StatementId> = class.iter().map(|s| gate.statements[*s as usize]).collect();
        let walk =
            allowing.zip(gate.bank(operation.device)).zip(operation.target).and_then(|(((class, _), bank), span)| {
                let (table, usage) = usage(operation);
                let table = self.banks[bank as usize].table(class, span.space, table)?;
                let table = self.tables.at(table);
                Some(Walk { table, checks: &self.checks, usage, span, values: operation.values })
            });
        // Of statements that grant the same tags the first stands in the tables.
        let device = self.device(route, operation.device);
        let list = |id: StatementId| device.and_then(|d| self.lexicon.list(id, d.asset, d.index));
        let mut first: HashMap<u32, StatementId> = HashMap::new();
        for id in &class {
            if let Some(list) = list(*id) {
                first.entry(list).or_insert(*id);
            }
        }
        for id in &gate.statements {
            let reason = match (class.binary_search(id).is_ok(), &walk, item) {
                (false, ..) => Reason::Function,
                (true, Some(walk), Some(item)) => {
                    let stands = list(*id).and_then(|list| first.get(&list)).unwrap_or(id);
                    walk.alone(item, *stands).unwrap_or(Reason::Item)
                }
                (true, ..) => Reason::Item,
            };
            each(*id, reason);
        }
    }
}

/// Which table an operation asks, and how: a read by containment with gaps, a change element by element. What else
/// carries no values (a file read) asks for containment too, without gaps.
fn usage(operation: &Operation<'_>) -> (Use, Use) {
    match (operation.action, operation.values) {
        (Action::Read, _) => (Use::Read, Use::Read),
        (Action::Write | Action::Control, _) => (Use::Change, Use::Change),
        (_, Values::None) => (Use::Change, Use::Read),
        _ => (Use::Change, Use::Change),
    }
}
