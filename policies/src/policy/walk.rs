//! Walks over the items of one operation: is every one covered, and if not, which failure decides.

use super::check::Checks;
use super::covers::{ANY_VALUE, Cell, Cover, Grant};
use super::gate::Use;
use super::table::Table;
use crate::decision::{Reason, StatementId};
use sluice_model::{Span, Values};

/// Why an item is not allowed, and the statement that came nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) reason: Reason,
    pub(super) nearest: Option<StatementId>,
    pub(super) item: u64,
}

/// One operation on one table.
pub(super) struct Walk<'p, 'm> {
    pub(super) table: Table<'p>,
    pub(super) checks: &'p Checks,
    pub(super) usage: Use,
    pub(super) span: Span,
    pub(super) values: Values<'m>,
}

/// An item that is covered.
struct Covered {
    by: Option<StatementId>,
    /// The last item that the same grant covers.
    until: u64,
}

impl Walk<'_, '_> {
    /// The statement that allows the first item, when all are allowed; else the earliest failure in the order of
    /// reasons, of the lowest item.
    pub(super) fn run(&self) -> Result<Option<StatementId>, Failure> {
        let (mut item, mut by, mut failed) = (self.span.first, None, None::<Failure>);
        let mut position = self.table.index.seek(item);
        loop {
            let until = match self.item(item, position) {
                Ok(covered) => {
                    by = by.or(covered.by);
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
        failed.map_or(Ok(by), Err)
    }

    /// How far one statement gets on a denied item; `None` when it grants nothing there.
    pub(super) fn alone(&self, item: u64, statement: StatementId) -> Option<Reason> {
        let cell = self.table.index.at(self.table.index.seek(item)).filter(|i| i.first <= item)?;
        let covers: Vec<Cover> = self.table.covers(cell).iter().copied().filter(|c| c.statement == statement).collect();
        match self.usage {
            Use::Read => None,
            Use::Change => self.among(item, cell, &covers).err().map(|f| f.reason),
        }
    }

    fn item(&self, item: u64, position: usize) -> Result<Covered, Failure> {
        match self.table.index.at(position) {
            Some(cell) if cell.first <= item => match self.usage {
                Use::Read => self.read(item, cell),
                Use::Change => self.change(item, cell),
            },
            _ => Err(Failure { reason: Reason::Item, nearest: None, item }),
        }
    }

    fn read(&self, item: u64, cell: &Cell) -> Result<Covered, Failure> {
        match self.table.covers(cell).first() {
            Some(Cover { grant: Grant::Gap, .. }) if self.span.first >= cell.first || self.span.last <= cell.last => {
                Err(Failure { reason: Reason::Item, nearest: None, item })
            }
            Some(Cover { grant: Grant::Gap, .. }) | None => Ok(Covered { by: None, until: cell.last }),
            Some(cover) => Ok(Covered { by: Some(cover.statement), until: cell.last }),
        }
    }

    fn change(&self, item: u64, cell: &Cell) -> Result<Covered, Failure> {
        self.among(item, cell, self.table.covers(cell))
    }

    fn among(&self, item: u64, cell: &Cell, covers: &[Cover]) -> Result<Covered, Failure> {
        let mut failed = None;
        for cover in covers {
            let outcome = match cover.grant {
                Grant::Free => Ok(cell.last),
                Grant::Element { width, phase, check } => {
                    let into = item - cell.first + u64::from(phase);
                    // Most elements are one item; a division would cost more than all else here.
                    let before = if width == 1 { 0 } else { into % u64::from(width) };
                    self.element(item - before, width, check)
                }
                Grant::Bit { .. } | Grant::Gap | Grant::Many { .. } => continue,
            };
            match outcome {
                Ok(until) => return Ok(Covered { by: Some(cover.statement), until }),
                Err(reason) => further(&mut failed, Failure { reason, nearest: Some(cover.statement), item }),
            }
        }
        match self.bits(item, covers) {
            Some(Ok(by)) => return Ok(Covered { by: Some(by), until: item }),
            Some(Err(failure)) => further(&mut failed, failure),
            None => {}
        }
        Err(failed.unwrap_or(Failure { reason: Reason::Item, nearest: None, item }))
    }

    /// The last item of the element that begins at `first`, when the operation writes all of it and its value is good.
    fn element(&self, first: u64, width: u16, check: u32) -> Result<u64, Reason> {
        let last = first + u64::from(width - 1);
        if let Values::Mask { and, or } = self.values {
            return match (width, check) {
                (1, ANY_VALUE) => Ok(last),
                (1, _) if and == 0 => self.checks.pass(check, 1, |_| Some(or)).then_some(last).ok_or(Reason::Value),
                _ => Err(Reason::Partial),
            };
        }
        if first < self.span.first || last > self.span.last {
            return Err(Reason::Partial);
        }
        let offset = (first - self.span.first) as usize;
        let good = check == ANY_VALUE || self.checks.pass(check, width, |n| self.values.item(offset + usize::from(n)));
        good.then_some(last).ok_or(Reason::Value)
    }

    /// Whether grants on single bits cover all that changes in a register; `None` when there are none.
    fn bits(&self, item: u64, covers: &[Cover]) -> Option<Result<StatementId, Failure>> {
        let (touched, value) = match self.values {
            Values::Mask { and, or } => (!and, Some(or)),
            values => (u16::MAX, values.item((item - self.span.first) as usize)),
        };
        let (mut first, mut by, mut granted, mut good) = (None, None, 0u16, 0u16);
        for cover in covers {
            if let Grant::Bit { bit, may_be } = cover.grant {
                first = first.or(Some(cover.statement));
                let mask = 1u16.checked_shl(u32::from(bit)).unwrap_or(0);
                granted |= mask;
                let allowed = value.map_or(may_be[0] && may_be[1], |v| may_be[usize::from(v & mask != 0)]);
                if allowed {
                    good |= mask;
                    by = by.or((touched & mask != 0).then_some(cover.statement));
                }
            }
        }
        let first = first?;
        if touched & !good == 0 {
            return Some(Ok(by.unwrap_or(first)));
        }
        if touched & !granted != 0 {
            return Some(Err(Failure { reason: Reason::Item, nearest: Some(first), item }));
        }
        let failing = (touched & !good).trailing_zeros();
        let owner = covers.iter().find(|c| matches!(c.grant, Grant::Bit { bit, .. } if u32::from(bit) == failing));
        Some(Err(Failure { reason: Reason::Value, nearest: owner.map(|c| c.statement), item }))
    }
}

/// Keeps the failure that got further; of equals, that of the lower statement.
fn further(kept: &mut Option<Failure>, new: Failure) {
    let rank = |f: &Failure| (f.reason, core::cmp::Reverse(f.nearest));
    if kept.is_none_or(|k| rank(&new) > rank(&k)) {
        *kept = Some(new);
    }
}
