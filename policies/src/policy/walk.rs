//! Walks over the items of one operation: is every one covered, and if not, which failure decides.

use super::asking::Asking;
use super::check::Checks;
use super::covers::{ANY_VALUE, Cell, Cover, Grant, Right};
use super::gate::Use;
use super::table::Table;
use super::terms::{TagTerms, Terms};
use crate::decision::{Reason, StatementId};
use crate::registers::{join, word_of};
use crate::state::Unmet;
use sluice_model::{Span, Values};

/// Why an item is not allowed, and the statement that came nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) reason: Reason,
    pub(super) nearest: Option<StatementId>,
    pub(super) item: u64,
}

/// What allows an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Allowed {
    /// The statement of its first item.
    pub(super) by: Option<StatementId>,
    /// Whether a statement on trial was needed.
    pub(super) trial: bool,
}

/// One operation on one table.
pub(super) struct Walk<'w, 'p, 'm, 't, 's> {
    pub(super) table: Table<'p>,
    pub(super) checks: &'p Checks,
    pub(super) usage: Use,
    pub(super) span: Span,
    pub(super) values: Values<'m>,
    pub(super) asking: &'w mut Asking<'p, 't, 's>,
}

/// An item that is covered.
struct Covered {
    by: Option<StatementId>,
    trial: bool,
    /// The last item that the same grant covers.
    until: u64,
}

/// What one cover grants around an item.
#[derive(Clone, Copy)]
struct Meant<'p> {
    statement: StatementId,
    what: What,
    /// Its conditions beside those of its statement, and which element the item is of.
    tag: Option<(&'p TagTerms, u64)>,
    /// Whether it has any conditions.
    asked: bool,
}

#[derive(Clone, Copy)]
enum What {
    Free { until: u64 },
    Element { first: u64, width: u16, check: u32 },
    Bit { mask: u16, may_be: [bool; 2] },
    Gap,
}

impl<'p> Walk<'_, 'p, '_, '_, '_> {
    /// What allows the operation, when all items are allowed; else the earliest failure in the order of reasons, of the
    /// lowest item.
    pub(super) fn run(&mut self) -> Result<Allowed, Failure> {
        let (mut item, mut allowed, mut failed) = (self.span.first, Allowed::default(), None::<Failure>);
        let mut position = self.table.index.seek(item);
        loop {
            let until = match self.item(item, position) {
                Ok(covered) => {
                    allowed.by = allowed.by.or(covered.by);
                    allowed.trial |= covered.trial;
                    covered.until
                }
                Err(failure) => {
                    if failed.is_none_or(|f| failure.reason < f.reason) {
                        failed = Some(failure);
                    }
                    if failure.reason <= Reason::Item { self.span.last } else { item }
                }
            };
            if until >= self.span.last {
                break;
            }
            item = until + 1;
            while self.table.index.at(position).is_some_and(|i| i.last < item) {
                position += 1;
            }
        }
        failed.map_or(Ok(allowed), Err)
    }

    /// How far one statement gets on a denied item; `None` when it grants nothing there.
    pub(super) fn alone(&mut self, item: u64, statement: StatementId) -> Option<Reason> {
        let cell = self.table.index.at(self.table.index.seek(item)).filter(|i| i.first <= item)?;
        let covers: Vec<Cover> = self.table.covers(cell).iter().copied().filter(|c| c.statement == statement).collect();
        if covers.is_empty() {
            return None;
        }
        match self.usage {
            Use::Read => self.read(item, cell, &covers).err().map(|f| f.reason),
            Use::Change => self.among(item, cell, &covers).err().map(|f| f.reason),
        }
    }

    fn item(&mut self, item: u64, position: usize) -> Result<Covered, Failure> {
        match self.table.index.at(position) {
            Some(cell) if cell.first <= item => match self.usage {
                Use::Read => self.read(item, cell, self.table.covers(cell)),
                Use::Change => self.among(item, cell, self.table.covers(cell)),
            },
            _ => Err(Failure { reason: Reason::Item, nearest: None, item }),
        }
    }

    fn read(&mut self, item: u64, cell: &Cell, covers: &[Cover]) -> Result<Covered, Failure> {
        let outside = self.span.first >= cell.first || self.span.last <= cell.last;
        match covers.first() {
            Some(Cover { grant: Grant::Gap, .. }) if outside => {
                return Err(Failure { reason: Reason::Item, nearest: None, item });
            }
            Some(Cover { grant: Grant::Gap, .. }) | None => {
                return Ok(Covered { by: None, trial: false, until: cell.last });
            }
            Some(_) => {}
        }
        let (mut failed, mut trial) = (None, None);
        for cover in covers {
            let meant = self.meant(cover, cell, item);
            match self.conditions(&meant, None) {
                None if self.asking.is_trial(meant.statement) => _ = trial.get_or_insert((meant, cell.last)),
                None => return Ok(self.chosen(&meant, cell.last, false)),
                Some(reason) => further(&mut failed, Failure { reason, nearest: Some(meant.statement), item }),
            }
        }
        self.tried(trial, failed, item)
    }

    /// What is left when no statement allows an item for good.
    fn tried(
        &mut self,
        trial: Option<(Meant<'p>, u64)>,
        failed: Option<Failure>,
        item: u64,
    ) -> Result<Covered, Failure> {
        match trial {
            Some((meant, until)) => Ok(self.chosen(&meant, until, true)),
            None => Err(failed.unwrap_or(Failure { reason: Reason::Item, nearest: None, item })),
        }
    }

    fn among(&mut self, item: u64, cell: &Cell, covers: &[Cover]) -> Result<Covered, Failure> {
        let (mut failed, mut trial, mut bits) = (None, None, false);
        for cover in covers {
            let meant = self.meant(cover, cell, item);
            let outcome = match meant.what {
                What::Free { until } => Ok((until, None)),
                What::Element { first, width, check } => self.element(&meant, first, width, check),
                What::Bit { .. } => {
                    bits = true;
                    continue;
                }
                What::Gap => continue,
            };
            let outcome = outcome.and_then(|(until, raw)| self.conditions(&meant, raw).map_or(Ok(until), Err));
            match outcome {
                Ok(until) if self.asking.is_trial(meant.statement) => _ = trial.get_or_insert((meant, until)),
                Ok(until) => return Ok(self.chosen(&meant, until, false)),
                Err(reason) => further(&mut failed, Failure { reason, nearest: Some(meant.statement), item }),
            }
        }
        if bits {
            match self.bits(item, cell, covers) {
                Ok(covered) => return Ok(covered),
                Err(failure) => further(&mut failed, failure),
            }
        }
        self.tried(trial, failed, item)
    }

    /// The conditions of a cover that fail first when its element becomes `raw`.
    fn conditions(&mut self, meant: &Meant<'p>, raw: Option<u64>) -> Option<Reason> {
        if !meant.asked && !self.asking.broadcast {
            return None;
        }
        let of_tag = meant.tag.and_then(|(terms, element)| self.asking.tag(terms, element, raw));
        super::asking::earliest(of_tag, self.asking.statement(meant.statement))
    }

    /// A cover allows its items up to `until`: it counts.
    fn chosen(&mut self, meant: &Meant<'p>, until: u64, trial: bool) -> Covered {
        if meant.asked {
            self.asking.count(meant.statement);
            if let Some((terms, element)) = meant.tag {
                self.asking.count_tag(terms, element);
            }
        }
        Covered { by: Some(meant.statement), trial, until }
    }

    fn meant(&self, cover: &Cover, cell: &Cell, item: u64) -> Meant<'p> {
        let terms: &'p Terms = self.asking.terms;
        let plain = |what| Meant { statement: cover.statement, what, tag: None, asked: false };
        match cover.grant {
            Grant::Free => plain(What::Free { until: cell.last }),
            Grant::Element { width, phase, check } => {
                let into = item - cell.first + u64::from(phase);
                // Most elements are one item; a division would cost more than all else here.
                let before = if width == 1 { 0 } else { into % u64::from(width) };
                plain(What::Element { first: item - before, width, check })
            }
            Grant::Bit { bit, may_be } => plain(What::Bit { mask: mask(bit), may_be }),
            Grant::Gap | Grant::Many { .. } => plain(What::Gap),
            Grant::Under { at } => {
                let Some(under) = terms.under(at) else { return plain(What::Gap) };
                let (what, element) = match under.right {
                    Right::Free => (What::Free { until: cell.last }, 0),
                    Right::Element { width, check, base } => {
                        let (into, width64) = (item - base, u64::from(width));
                        let first = item - if width == 1 { 0 } else { into % width64 };
                        (What::Element { first, width, check }, if width == 1 { into } else { into / width64 })
                    }
                    Right::Bit { bit, may_be } => (What::Bit { mask: mask(bit), may_be }, 0),
                    Right::Gap => (What::Gap, 0),
                };
                let tag = terms.tag(under).map(|tag| (tag, element));
                Meant { statement: cover.statement, what, tag, asked: true }
            }
        }
    }

    /// The last item of the element that begins at `first`, and what it becomes (when a condition asks), if the operation
    /// writes all of it and its value is good.
    fn element(&mut self, meant: &Meant<'p>, first: u64, width: u16, check: u32) -> Result<(u64, Option<u64>), Reason> {
        let last = first + u64::from(width - 1);
        let asked = meant.tag.filter(|(terms, _)| terms.step.is_some());
        if let Values::Mask { and, or } = self.values {
            return match (width, check) {
                (1, ANY_VALUE) if asked.is_none() => Ok((last, None)),
                (1, _) if and == 0 => {
                    let good = check == ANY_VALUE || self.checks.pass(check, 1, |_| Some(or));
                    let raw = asked.and_then(|(terms, _)| join(terms.order, 1, |_| Some(or)));
                    if good { Ok((last, raw)) } else { Err(Reason::Value) }
                }
                (1, _) => self.in_part(meant, check, 1, |_, present| present & and | or & !and).map(|()| (last, None)),
                _ => Err(Reason::Partial),
            };
        }
        let (span, values) = (self.span, self.values);
        if first < span.first || last > span.last {
            let written = |n: u16, present: u16| {
                let at = first + u64::from(n);
                let offset = at.checked_sub(span.first).filter(|_| at <= span.last);
                offset.and_then(|offset| values.item(offset as usize)).unwrap_or(present)
            };
            return self.in_part(meant, check, width, written).map(|()| (last.min(span.last), None));
        }
        let offset = (first - span.first) as usize;
        let word = |n: u16| values.item(offset + usize::from(n));
        if check != ANY_VALUE && !self.checks.pass(check, width, word) {
            return Err(Reason::Value);
        }
        Ok((last, asked.and_then(|(terms, _)| join(terms.order, width, word))))
    }

    /// Whether an element that is written in part becomes good: `written` makes a new word of its number and the present
    /// one.
    fn in_part(
        &mut self,
        meant: &Meant<'p>,
        check: u32,
        width: u16,
        written: impl Fn(u16, u16) -> u16,
    ) -> Result<(), Reason> {
        let Some((terms, element)) = meant.tag else { return Err(Reason::Partial) };
        let checks = self.checks;
        self.asking.composed(terms, element, |base| {
            let word = |n| Some(written(n, word_of(terms.order, width, base, n)));
            let becomes = join(terms.order, width, word);
            becomes.is_some_and(|raw| {
                checks.holds(check, raw) && terms.step.as_ref().is_none_or(|step| step.near(base, raw))
            })
        })
    }

    /// Whether grants on single bits cover all that changes in a register.
    fn bits(&mut self, item: u64, cell: &Cell, covers: &[Cover]) -> Result<Covered, Failure> {
        let (touched, value) = match self.values {
            Values::Mask { and, or } => (!and, Some(or)),
            values => (u16::MAX, values.item((item - self.span.first) as usize)),
        };
        let (mut first, mut by, mut trial, mut others) = (None, None, 0u16, None);
        let (mut granted, mut good, mut failed) = (0u16, 0u16, [None::<Failure>; 16]);
        for cover in covers {
            let meant = self.meant(cover, cell, item);
            let What::Bit { mask, may_be } = meant.what else { continue };
            first = first.or(Some(meant.statement));
            granted |= mask;
            let fits = value.map_or(may_be[0] && may_be[1], |v| may_be[usize::from(v & mask != 0)]);
            let reason = if fits { self.conditions(&meant, None) } else { Some(Reason::Value) };
            match reason {
                None => {
                    let on_trial = self.asking.is_trial(meant.statement);
                    if touched & mask & !(good & !trial) != 0 {
                        let _ = self.chosen(&meant, item, on_trial);
                        by = by.or(Some(meant.statement));
                    }
                    // What a bit needs a trial for, until another one allows it.
                    trial = if on_trial { trial | mask & !good } else { trial & !mask };
                    good |= mask;
                }
                Some(reason) => {
                    let failure = Failure { reason, nearest: Some(meant.statement), item };
                    if let Some(kept) = failed.get_mut(mask.trailing_zeros() as usize) {
                        further(kept, failure);
                    }
                }
            }
            if let Some((terms, _)) = meant.tag.filter(|(terms, _)| terms.others.is_some()) {
                others = others.or(self.asking.statement(meant.statement).is_none().then_some(terms));
            }
        }
        let first = first.unwrap_or(StatementId(u32::MAX));
        let covered = Covered { by: by.or(Some(first)), trial: trial & touched != 0, until: item };
        let rest = touched & !good;
        if rest == 0 {
            return Ok(covered);
        }
        let of_first = |reason| Failure { reason, nearest: Some(first), item };
        // Of several bits, the lowest of those that fail earliest decides.
        let failing = failed.iter().enumerate().filter(|(bit, _)| rest >> bit & 1 == 1).filter_map(|(_, f)| *f);
        let failing = failing.min_by_key(|f| f.reason).unwrap_or_else(|| of_first(Reason::Value));
        let changed = if touched & !granted != 0 { of_first(Reason::Item) } else { failing };
        // A mask says itself which bits it changes.
        let masked = matches!(self.values, Values::Mask { .. });
        match (others, value) {
            (Some(terms), Some(value)) if !masked => match self.asking.unchanged(terms, rest, value) {
                Ok(()) => Ok(covered),
                Err(Unmet::Stale) => Err(of_first(Reason::Stale)),
                Err(Unmet::Full) => Err(of_first(Reason::Bound)),
                Err(Unmet::Step | Unmet::Rate) => Err(changed),
            },
            _ => Err(changed),
        }
    }
}

/// A bit of a register.
fn mask(bit: u8) -> u16 {
    1u16.checked_shl(u32::from(bit)).unwrap_or(0)
}

/// Keeps the failure that got further; of equals, that of the lower statement.
fn further(kept: &mut Option<Failure>, new: Failure) {
    let rank = |f: &Failure| (f.reason, core::cmp::Reverse(f.nearest));
    if kept.is_none_or(|k| rank(&new) > rank(&k)) {
        *kept = Some(new);
    }
}
