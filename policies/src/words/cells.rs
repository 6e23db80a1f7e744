//! The items of a message in words, put in order: neighbours become one run.

use super::Carried;
use super::function::Named;
use super::target::Target;
use crate::registers;
use sluice_model::{SpaceId, Span};
use std::collections::BTreeMap;

/// What an item is to become.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    value: u16,
    /// The bits that are given; all of them for a whole item.
    given: u16,
    /// Bits of one item in its space.
    bits: u8,
}

/// Every item that a message touches: those written, with their values, and those read.
#[derive(Debug, Default)]
pub(super) struct Cells {
    written: BTreeMap<(SpaceId, u64), Cell>,
    read: Vec<Span>,
    masks: bool,
}

/// Consecutive items of one space.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) span: Span,
    pub(super) carried: Option<Carried>,
}

impl Cells {
    pub(super) fn of(named: &Named, targets: Vec<Target<'_>>) -> Result<Self, String> {
        let mut cells = Self { masks: named.masks(), ..Self::default() };
        for target in targets {
            match target {
                Target::Raw { span, values: None, .. } => cells.read.push(span),
                Target::Raw { span, bits, values: Some(values) } => {
                    for (item, value) in (span.first..=span.last).zip(values) {
                        cells.give(span.space, item, Cell { value, given: u16::MAX, bits })?;
                    }
                }
                Target::Tag { tag, first, last, value: None, .. } => cells.read.push(tag.span(first, last)),
                Target::Tag { listener, tag, first, last, value: Some(value) } => {
                    let bits = listener.speaks.protocol.space(tag.space).bits;
                    let words = registers::encode(&tag, &value);
                    let cell = |value: u16| match tag.bit {
                        Some(bit) => Cell { value: value << bit, given: 1 << bit, bits },
                        None => Cell { value, given: u16::MAX, bits },
                    };
                    let span = tag.span(first, last);
                    for (item, word) in (span.first..=span.last).zip(words.iter().cycle()) {
                        cells.give(span.space, item, cell(*word))?;
                    }
                }
            }
        }
        cells.read.sort_by_key(|s| (s.space, s.first));
        Ok(cells)
    }

    fn give(&mut self, space: SpaceId, item: u64, new: Cell) -> Result<(), String> {
        let cell = self.written.entry((space, item)).or_default();
        if cell.given & new.given != 0 {
            return Err("one item is given two values".into());
        }
        *cell = Cell { value: cell.value | new.value, given: cell.given | new.given, bits: new.bits };
        Ok(())
    }

    /// Runs of neighbours: writes, then reads.
    pub(super) fn runs(self) -> Vec<Run> {
        let mut written: Vec<(Span, Vec<Cell>)> = Vec::new();
        for ((space, item), cell) in self.written {
            match written.last_mut() {
                Some((span, cells)) if !self.masks && span.space == space && span.last + 1 == item => {
                    span.last = item;
                    cells.push(cell);
                }
                _ => written.push((Span { space, first: item, last: item }, vec![cell])),
            }
        }
        let mut read: Vec<Span> = Vec::new();
        for next in self.read {
            match read.last_mut() {
                Some(span) if span.space == next.space && next.first <= span.last.saturating_add(1) => {
                    span.last = span.last.max(next.last);
                }
                _ => read.push(next),
            }
        }
        let masks = self.masks;
        let written = written.into_iter().map(|(span, cells)| Run { span, carried: Some(carry(masks, &cells)) });
        written.chain(read.into_iter().map(|span| Run { span, carried: None })).collect()
    }
}

fn carry(masks: bool, cells: &[Cell]) -> Carried {
    match cells {
        [cell] if masks => Carried::Mask { and: !cell.given, or: cell.value & cell.given },
        [cell, ..] if cell.bits == 1 => {
            let mut bytes = vec![0; cells.len().div_ceil(8)];
            for (at, cell) in cells.iter().enumerate() {
                bytes[at / 8] |= u8::from(cell.value != 0) << (at % 8);
            }
            Carried::Bits(bytes)
        }
        _ => Carried::Words(cells.iter().flat_map(|c| c.value.to_be_bytes()).collect()),
    }
}
