//! What some claims allow and others do not.

use super::super::guard::Guard;
use super::claims::{Claim, Right};
use super::values::{Values, minus};
use crate::site::Charset;
use std::collections::BTreeSet;
use std::rc::Rc;

/// What the other side asks besides; `None` when it does not allow a thing at all.
type Other = Option<Vec<Rc<Guard>>>;

/// How a function uses what is granted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// Bits of one item.
    pub(super) bits: u8,
    /// It writes one item and never more.
    pub(super) single: bool,
    /// It changes single bits of an item.
    pub(super) masks: bool,
}

/// Something on consecutive items that one side allows and the other does not.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) first: u64,
    pub(super) last: u64,
    /// Items of one element.
    pub(super) width: u64,
    pub(super) what: What,
    pub(super) guard: Rc<Guard>,
    /// The statement, by its place in the list.
    pub(super) by: usize,
    /// The words of an element that passes on one side alone.
    pub(super) example: Vec<u16>,
    /// What the other side asks besides, when it allows it under other conditions.
    pub(super) other: Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Values(Values),
    Bit {
        bit: u8,
        may_be: [bool; 2],
    },
    /// A part of a hole that a read may span, with all of the hole; of no items for a function that touches none.
    Gap(u64, u64),
}

/// What `some` allow beyond what `others` do.
pub(super) fn beyond(some: &[Claim], others: &[Claim], usage: Usage) -> Vec<Piece> {
    let mut sorted: Vec<&Claim> = others.iter().collect();
    sorted.sort_by_key(|c| c.first);
    // Claims that begin before an item may reach it only so far.
    let reach = sorted.iter().map(|c| c.last - c.first).max().unwrap_or(0);
    let mut pieces = Vec::new();
    for claim in some {
        let from = sorted.partition_point(|c| c.first < claim.first.saturating_sub(reach));
        let near = sorted[from..].iter().take_while(|c| c.first <= claim.last);
        let near: Vec<&Claim> = near.filter(|c| c.last >= claim.first).copied().collect();
        match &claim.right {
            Right::Bit { bit, may_be } if usage.masks => of_bit(claim, *bit, *may_be, &near, &mut pieces),
            Right::Bit { .. } => {}
            Right::Element { width: 1, values, .. } => of_items(claim, values, &near, usage, &mut pieces),
            Right::Element { .. } if usage.single => {}
            Right::Element { width, base, values } => {
                of_elements(claim, (*width, *base), values, &near, usage, &mut pieces);
            }
        }
    }
    pieces
}

/// The stretches of a claim on which the others are the same, each with those others.
fn stretches<'c>(claim: &Claim, near: &[&'c Claim]) -> Vec<(u64, u64, Vec<&'c Claim>)> {
    let starts = near.iter().flat_map(|c| [c.first, c.last.saturating_add(1)]);
    let mut cuts: Vec<u64> =
        starts.filter(|at| (claim.first + 1..=claim.last).contains(at)).chain([claim.first]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let ends: Vec<u64> = cuts.iter().skip(1).map(|at| at - 1).chain([claim.last]).collect();
    let with = |(first, last): (u64, u64)| {
        let here = near.iter().filter(|c| c.first <= first && last <= c.last).copied().collect();
        (first, last, here)
    };
    cuts.into_iter().zip(ends).map(with).collect()
}

/// Splits what is left of a set of values: what the other side never allows, and what it allows under other conditions.
fn split(claim: &Claim, values: &Values, others: &[(&Claim, &Values)], width: u64, bits: u8) -> Vec<(Values, Other)> {
    let as_loose = others.iter().filter(|(c, _)| claim.guard.implies(&c.guard));
    let as_loose: Vec<&Values> = as_loose.map(|(_, values)| *values).collect();
    let left = values.without(&as_loose, width, bits);
    if left.is_empty() {
        return Vec::new();
    }
    let every: Vec<&Values> = others.iter().map(|(_, values)| *values).collect();
    let never = left.without(&every, width, bits);
    let sometimes = left.without(&[&never], width, bits);
    let mut out = Vec::new();
    if !sometimes.is_empty() {
        let stricter = others.iter().filter(|(c, _)| !claim.guard.implies(&c.guard)).map(|(c, _)| c.guard.clone());
        out.push((sometimes, Some(stricter.collect())));
    }
    if !never.is_empty() {
        out.push((never, None));
    }
    out
}

fn of_items(claim: &Claim, values: &Values, near: &[&Claim], usage: Usage, pieces: &mut Vec<Piece>) {
    for (first, last, here) in stretches(claim, near) {
        let others: Vec<(&Claim, &Values)> = here
            .iter()
            .filter_map(|c| match &c.right {
                Right::Element { width: 1, values, .. } => Some((*c, values)),
                _ => None,
            })
            .collect();
        for (left, other) in split(claim, values, &others, 1, usage.bits) {
            pieces.push(Piece {
                first,
                last,
                width: 1,
                example: vec![word(&left)],
                what: What::Values(left),
                guard: claim.guard.clone(),
                by: claim.by,
                other,
            });
        }
    }
}

/// Any word of a set of values of one item.
fn word(values: &Values) -> u16 {
    if let Values::Bits(_, ranges) = values { ranges.first().map_or(0, |(low, _)| *low as u16) } else { 0 }
}

fn of_bit(claim: &Claim, bit: u8, may_be: [bool; 2], near: &[&Claim], pieces: &mut Vec<Piece>) {
    for (first, last, here) in stretches(claim, near) {
        let (mut never, mut left, mut stricter) = (may_be, may_be, Vec::new());
        for other in here {
            let own = match other.right {
                _ if other.is_free() => [true; 2],
                Right::Bit { bit: of, may_be } if of == bit => may_be,
                _ => continue,
            };
            let without = |set: [bool; 2]| [set[0] && !own[0], set[1] && !own[1]];
            never = without(never);
            if claim.guard.implies(&other.guard) {
                left = without(left);
            } else {
                stricter.push(other.guard.clone());
            }
        }
        let never = [never[0] && left[0], never[1] && left[1]];
        let sometimes = [left[0] && !never[0], left[1] && !never[1]];
        for (may_be, other) in [(sometimes, Some(stricter)), (never, None)] {
            if may_be != [false; 2] {
                pieces.push(Piece {
                    first,
                    last,
                    width: 1,
                    example: Vec::new(),
                    what: What::Bit { bit, may_be },
                    guard: claim.guard.clone(),
                    by: claim.by,
                    other,
                });
            }
        }
    }
}

fn of_elements(
    claim: &Claim,
    (width, base): (u64, u64),
    values: &Values,
    near: &[&Claim],
    usage: Usage,
    pieces: &mut Vec<Piece>,
) {
    let mut first = base + (claim.first - base) / width * width;
    while first + width - 1 <= claim.last {
        let last = first + width - 1;
        let here: Vec<&Claim> = near.iter().filter(|c| c.first <= last && first <= c.last).copied().collect();
        for (left, other, example) in element(claim, (first, last), values, &here, usage) {
            let what = What::Values(left);
            match pieces.last_mut() {
                // Elements of an array that are alike.
                Some(before)
                    if before.last + 1 == first
                        && before.width == width
                        && before.by == claim.by
                        && before.what == what
                        && before.guard == claim.guard
                        && before.other == other
                        && before.example == example =>
                {
                    before.last = last;
                }
                _ => pieces.push(Piece {
                    first,
                    last,
                    width,
                    what,
                    guard: claim.guard.clone(),
                    by: claim.by,
                    example,
                    other,
                }),
            }
        }
        first += width;
    }
}

/// What of one element's values the others do not allow.
fn element(
    claim: &Claim,
    (first, last): (u64, u64),
    values: &Values,
    here: &[&Claim],
    usage: Usage,
) -> Vec<(Values, Other, Vec<u16>)> {
    let width = last - first + 1;
    let others: Vec<(&Claim, &Values)> = here.iter().filter_map(|c| Some((*c, alike(c, first, last)?))).collect();
    let left = split(claim, values, &others, width, usage.bits);
    let as_loose: Vec<&Claim> = here.iter().filter(|c| claim.guard.implies(&c.guard)).copied().collect();
    let whole = |(left, other): (Values, _)| {
        let example = escaping(&left, &as_loose, (first, last))?;
        Some((left, other, example))
    };
    left.into_iter().filter_map(whole).collect()
}

/// The values of a claim whose elements are just as the one from `first` to `last`.
fn alike(claim: &Claim, first: u64, last: u64) -> Option<&Values> {
    match &claim.right {
        Right::Element { width, base, values } => {
            let fits = *width == last - first + 1 && first >= *base && (first - base).is_multiple_of(*width);
            (fits && claim.first <= first && last <= claim.last).then_some(values)
        }
        Right::Bit { .. } => None,
    }
}

/// An element with a value of a set that others do not allow; they may allow it by parts: by claims on its items alone, or
/// on elements inside of it. Where parts have limits, the edges of sets and limits are tried.
fn escaping(values: &Values, others: &[&Claim], (first, last): (u64, u64)) -> Option<Vec<u16>> {
    let inside = |c: &&&Claim| c.is_free() || element_inside(c, first, last);
    let parts: Vec<&Claim> = others.iter().filter(inside).copied().collect();
    let loose: Vec<(u64, u64)> = parts.iter().filter(|c| c.is_free()).map(|c| (c.first, c.last)).collect();
    if minus(&[(first, last)], &super::values::united(loose)).is_empty() {
        return None;
    }
    candidates(values, (last - first + 1) as usize, &parts).into_iter().find(|words| !admits(words, &parts, first))
}

/// Whether some whole element of a claim lies inside of a range.
fn element_inside(claim: &Claim, first: u64, last: u64) -> bool {
    let Right::Element { width, base, .. } = &claim.right else { return false };
    let begin = base + first.saturating_sub(*base).div_ceil(*width) * width;
    begin >= claim.first && begin + width - 1 <= last.min(claim.last)
}

/// Whether every item of an element with these words is allowed.
fn admits(words: &[u16], parts: &[&Claim], first: u64) -> bool {
    let last = first + words.len() as u64 - 1;
    (first..=last).all(|item| {
        parts.iter().filter(|c| (c.first..=c.last).contains(&item)).any(|c| match &c.right {
            Right::Element { width, base, values } => {
                let begin = base + (item - base) / width * width;
                let whole = begin >= first && begin + width - 1 <= last;
                whole && values.holds(&words[(begin - first) as usize..(begin - first + width) as usize])
            }
            Right::Bit { .. } => false,
        })
    })
}

/// Some elements of a set: its edges, and such with words at their own edges.
fn candidates(values: &Values, width: usize, parts: &[&Claim]) -> Vec<Vec<u16>> {
    let mut out: Vec<Vec<u16>> = Vec::new();
    if let Values::Bits(order, ranges) = values {
        for (low, high) in ranges.iter().take(64) {
            let middle = low + (high - low) / 2;
            out.extend([*low, *high, middle].map(|raw| crate::registers::split(order.words(), width as u16, raw)));
        }
    }
    for fill in [0u16, 1, 20, 0x7FFF, 0x8000, 0xFFFF, 0x4141] {
        out.push(vec![fill; width]);
    }
    if let Values::Text { charset, .. } = values {
        let bytes = (1..=u8::MAX).filter(|b| Charset(*charset).contains(*b));
        out.extend(bytes.map(|b| vec![u16::from_be_bytes([b, b]); width]));
    }
    let edges: BTreeSet<u16> = parts.iter().flat_map(|c| edges(c)).chain([0, 1, 0x7FFF, 0x8000, 0xFFFF]).collect();
    for seed in out.clone() {
        for place in 0..width {
            out.extend(edges.iter().map(|word| {
                let mut words = seed.clone();
                words[place] = *word;
                words
            }));
        }
    }
    out.retain(|words| values.holds(words));
    out
}

/// Words at the edges of what a claim on single items allows, and beside them.
fn edges(claim: &Claim) -> Vec<u16> {
    match &claim.right {
        Right::Element { width: 1, values: Values::Bits(_, ranges), .. } => ranges
            .iter()
            .take(16)
            .flat_map(|(low, high)| [low.wrapping_sub(1), *low, *high, high.wrapping_add(1)])
            .map(|word| word as u16)
            .collect(),
        _ => Vec::new(),
    }
}
