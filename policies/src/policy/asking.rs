//! Asks the conditions of statements: what fails first, in the order in which statements are tried.

use super::check::Checks;
use super::terms::{FactTerm, NONE, StatementTerms, TagTerms, Terms};
use crate::decision::{Reason, StatementId};
use crate::site::{AssetId, ClockLost};
use crate::state::{self, Unmet};

/// The conditions that one operation, or one packet, meets on its way.
pub(super) struct Asking<'p, 't, 's> {
    pub(super) terms: &'p Terms,
    pub(super) checks: &'p Checks,
    pub(super) known: &'t mut state::Turn<'s>,
    pub(super) from: Option<AssetId>,
    /// Whose facts `self` means, and who must be covered by a window.
    pub(super) to: Option<AssetId>,
    /// Whether several devices obey.
    pub(super) broadcast: bool,
    /// The statement that was asked last: most operations meet one alone.
    pub(super) last: Option<(StatementId, Option<Reason>)>,
}

impl<'p> Asking<'p, '_, '_> {
    /// The first of a statement's own conditions that fails.
    pub(super) fn statement(&mut self, id: StatementId) -> Option<Reason> {
        if let Some((last, outcome)) = self.last
            && last == id
        {
            return outcome;
        }
        let outcome = match self.terms.of(id) {
            Some(terms) => self.all(terms),
            None => self.broadcast.then_some(Reason::Broadcast),
        };
        self.last = Some((id, outcome));
        outcome
    }

    fn all(&mut self, terms: &'p StatementTerms) -> Option<Reason> {
        let rate = terms.rate.as_ref().and_then(|rate| self.known.rate(rate.scope.of(self.from)).err()).map(reason);
        let facts = self.facts(self.terms.facts(&terms.facts));
        let first = earliest(rate, facts);
        // What follows comes later in the order, each after the one before.
        let lasting = || self.terms.lasting(self.known, terms, self.to);
        let broadcast = (self.broadcast && !terms.broadcast).then_some(Reason::Broadcast);
        first.or_else(|| earliest(lasting(), broadcast))
    }

    fn facts(&self, facts: &[FactTerm]) -> Option<Reason> {
        let fails = |fact: &FactTerm| {
            let raw = self
                .to
                .and_then(|to| fact.about(to))
                .map(|known| self.known.fact(known.slot, fact.within).map(|raw| self.checks.holds(known.check, raw)));
            match raw {
                Some(Ok(true)) => None,
                Some(Ok(false)) => Some(Reason::When),
                Some(Err(_)) | None => Some(Reason::Stale),
            }
        };
        facts.iter().filter_map(fails).min()
    }

    /// The first of a tag's conditions that fails when element `element` becomes `raw`; `raw` is `None` for a read, and
    /// for text, of which there are no steps.
    pub(super) fn tag(&mut self, terms: &'p TagTerms, element: u64, raw: Option<u64>) -> Option<Reason> {
        let step = match (&terms.step, raw) {
            (Some(step), Some(raw)) => {
                let slot = self.terms.steps.get(terms.steps as usize + element as usize);
                let near = |base| step.near(base, raw);
                slot.map_or(Some(Reason::Stale), |slot| self.known.step(*slot, step.within, near).err().map(reason))
            }
            _ => None,
        };
        let rate = self.rate_of(terms, element).and_then(|slot| self.known.rate(slot).err()).map(reason);
        earliest(earliest(step, rate), self.facts(self.terms.facts(&terms.facts)))
    }

    /// Whether what an element would become is good, whatever it is and may become: it is written in part.
    pub(super) fn composed(
        &mut self,
        terms: &TagTerms,
        element: u64,
        good: impl Fn(u64) -> bool,
    ) -> Result<(), Reason> {
        let slot = self.terms.steps.get(terms.steps as usize + element as usize);
        let (Some(within), Some(slot)) = (terms.compose, slot) else { return Err(Reason::Partial) };
        self.known.step(*slot, within, good).map_err(|unmet| match unmet {
            Unmet::Step => Reason::Value,
            Unmet::Stale => Reason::Partial,
            other => reason(other),
        })
    }

    /// Whether the bits of `mask` in a register are in `value` what they were last seen to be.
    pub(super) fn unchanged(&mut self, terms: &TagTerms, mask: u16, value: u16) -> Result<(), Unmet> {
        let Some((slot, within)) = terms.others else { return Err(Unmet::Step) };
        self.known.step(slot, within, |base| (base as u16 ^ value) & mask == 0)
    }

    fn rate_of(&self, terms: &TagTerms, element: u64) -> Option<state::RateSlot> {
        if terms.rates == NONE { None } else { self.terms.rates.get(terms.rates as usize + element as usize).copied() }
    }

    /// The statement lets it through: it counts.
    pub(super) fn count(&mut self, id: StatementId) {
        if let Some(rate) = self.terms.of(id).and_then(|terms| terms.rate.as_ref()) {
            self.known.count(rate.scope.of(self.from));
        }
    }

    /// An element of a tag is let through: it counts.
    pub(super) fn count_tag(&mut self, terms: &TagTerms, element: u64) {
        if let Some(slot) = self.rate_of(terms, element) {
            self.known.count(slot);
        }
    }

    /// Whether what a statement allows is reported.
    pub(super) fn is_trial(&self, id: StatementId) -> bool {
        self.terms.of(id).is_some_and(|terms| terms.trial)
    }
}

impl Terms {
    /// The first of a statement's conditions that fails which hold for a while: its schedule, its window, its date.
    pub(super) fn lasting(
        &self,
        known: &state::Turn<'_>,
        terms: &StatementTerms,
        to: Option<AssetId>,
    ) -> Option<Reason> {
        let window = || Self::window(known, terms, to);
        self.during(known, terms).or_else(window).or_else(|| self.expired(known, terms))
    }

    fn during(&self, known: &state::Turn<'_>, terms: &StatementTerms) -> Option<Reason> {
        let times = self.times.get(terms.during? as usize);
        let holds = match known.wall() {
            Some(now) => times.is_some_and(|times| times.holds(now)),
            None => self.clock_lost == ClockLost::Open,
        };
        (!holds).then_some(Reason::During)
    }

    fn window(known: &state::Turn<'_>, terms: &StatementTerms, to: Option<AssetId>) -> Option<Reason> {
        let window = terms.window.as_ref()?;
        let covered = |covers: &[AssetId]| to.is_some_and(|to| covers.binary_search(&to).is_ok());
        let open = known.window(window.slot) && window.covers.as_deref().is_none_or(covered);
        (!open).then_some(Reason::Window)
    }

    fn expired(&self, known: &state::Turn<'_>, terms: &StatementTerms) -> Option<Reason> {
        let until = terms.until?;
        let holds = match known.wall() {
            Some(now) => now < until,
            None => self.clock_lost == ClockLost::Open,
        };
        (!holds).then_some(Reason::Expired)
    }
}

/// The one that comes first in the order in which statements are tried.
pub(super) fn earliest(a: Option<Reason>, b: Option<Reason>) -> Option<Reason> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn reason(unmet: Unmet) -> Reason {
    match unmet {
        Unmet::Stale => Reason::Stale,
        Unmet::Step => Reason::Step,
        Unmet::Rate => Reason::Rate,
        Unmet::Full => Reason::Bound,
    }
}
