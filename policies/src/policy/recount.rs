//! What explanations look up of conditions.

use super::covers::{Grant, Right};
use super::judge::usage;
use super::lexicon::Tags;
use super::terms::{TagTerms, Terms};
use super::{Policy, Route};
use crate::decision::StatementId;
use crate::site::AssetId;
use crate::state::{Bound, StepSlot};
use sluice_model::Operation;

impl Policy {
    /// The conditions of all statements.
    pub(crate) fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What it is bound to.
    pub(crate) fn bound(&self) -> &Bound {
        &self.bound
    }

    /// Whether a raw value passes a check.
    pub(crate) fn holds(&self, check: u32, raw: u64) -> bool {
        self.checks.holds(check, raw)
    }

    /// The tags of one protocol of an asset.
    pub(crate) fn tags_of(&self, asset: AssetId, speaks: usize) -> Tags<'_> {
        self.lexicon.tags(asset, speaks)
    }

    /// The conditions of the tag that `item` is of, under one statement, and which element it is.
    pub(crate) fn terms_at(
        &self,
        route: Route,
        operation: &Operation<'_>,
        item: u64,
        statement: StatementId,
    ) -> Option<(&TagTerms, u64)> {
        let route = self.reach(route, operation.device);
        let gate = &self.gates[route.gate as usize];
        let (class, _) = self.functions[gate.functions as usize].class(operation.code, operation.action)?;
        let bank = &self.banks[gate.bank(operation.device)? as usize];
        let table = self.tables.at(bank.table(class, operation.target?.space, usage(operation).0)?);
        let cell = table.index.at(table.index.seek(item)).filter(|cell| cell.first <= item)?;
        let mut covers = table.covers(cell).iter().filter(|c| c.statement == statement);
        covers.find_map(|cover| {
            let Grant::Under { at } = cover.grant else { return None };
            let under = self.terms.under(at)?;
            let element = match under.right {
                Right::Element { width, base, .. } => (item - base) / u64::from(width),
                _ => 0,
            };
            Some((self.terms.tag(under)?, element))
        })
    }
}

impl Terms {
    /// The step slot of an element.
    pub(crate) fn step(&self, terms: &TagTerms, element: u64) -> Option<StepSlot> {
        self.steps.get((terms.steps as usize).checked_add(element as usize)?).copied()
    }
}
