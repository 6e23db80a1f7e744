//! Whether a written value is good: a tag's raw value out of the words of a message, against its limit.

use super::covers::ANY_VALUE;
use crate::registers::join;
use crate::site::{Charset, Kind, Limit, Tag, WordOrder};
use core::ops::Range;
use std::collections::HashMap;

/// The checks of a policy; equal ones are kept once.
#[derive(Debug, Default)]
pub(super) struct Checks {
    list: Vec<Check>,
    /// Sorted, disjoint, inclusive ranges of [`key`]s.
    integers: Vec<(i64, i64)>,
    floats: Vec<(f64, f64)>,
}

/// How to find a raw value, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Check {
    /// One range, kept here: most limits are one.
    Integer {
        signed: bool,
        bits: u8,
        order: WordOrder,
        only: (i64, i64),
    },
    Integers {
        signed: bool,
        bits: u8,
        order: WordOrder,
        ranges: Range<u32>,
    },
    Float {
        bits: u8,
        order: WordOrder,
        ranges: Range<u32>,
    },
    Text {
        swapped: bool,
        max: u16,
        charset: [u64; 4],
    },
    /// A limit of another type than the tag: no value is good.
    Never,
}

/// Makes [`Checks`].
#[derive(Default)]
pub(super) struct Builder {
    made: Checks,
    known: HashMap<Check, u32>,
    integers: HashMap<Vec<(i64, i64)>, Range<u32>>,
    floats: HashMap<Vec<(u64, u64)>, Range<u32>>,
}

impl Builder {
    /// The check of a tag's elements under a limit.
    pub(super) fn check(&mut self, tag: &Tag, limit: Option<&Limit>) -> u32 {
        let Some(limit) = limit else { return ANY_VALUE };
        let check = match (tag.kind, limit) {
            (Kind::Bool, Limit::Integers(ranges)) => {
                // A whole register that counts as a state: its raw value, as for an unsigned one.
                self.integer(false, 16, WordOrder::Abcd, ranges)
            }
            (Kind::Signed(bits), Limit::Integers(ranges)) => self.integer(true, bits, tag.words, ranges),
            (Kind::Unsigned(bits), Limit::Integers(ranges)) => self.integer(false, bits, tag.words, ranges),
            (Kind::Float(bits), Limit::Floats(ranges)) => self.float(bits, tag.words, ranges),
            (Kind::Text { swapped, .. }, Limit::Text(text)) => {
                Check::Text { swapped, max: text.max, charset: text.charset.0 }
            }
            _ => Check::Never,
        };
        let list = &mut self.made.list;
        *self.known.entry(check).or_insert_with_key(|check| {
            list.push(check.clone());
            (list.len() - 1) as u32
        })
    }

    fn integer(&mut self, signed: bool, bits: u8, order: WordOrder, ranges: &[(i128, i128)]) -> Check {
        let (low, high) = domain(signed, bits);
        let keys: Vec<_> = ranges
            .iter()
            .map(|(from, to)| ((*from).max(low), (*to).min(high)))
            .filter(|(from, to)| from <= to)
            .map(|(from, to)| (key(low_bits(from), signed, bits), key(low_bits(to), signed, bits)))
            .collect();
        if let [only] = *keys {
            return Check::Integer { signed, bits, order, only };
        }
        let list = &mut self.made.integers;
        let ranges = self.integers.entry(keys).or_insert_with_key(|keys| append(list, keys)).clone();
        Check::Integers { signed, bits, order, ranges }
    }

    fn float(&mut self, bits: u8, order: WordOrder, ranges: &[(f64, f64)]) -> Check {
        let list = &mut self.made.floats;
        let known = ranges.iter().map(|(from, to)| (from.to_bits(), to.to_bits())).collect();
        let ranges = self.floats.entry(known).or_insert_with(|| append(list, ranges)).clone();
        Check::Float { bits, order, ranges }
    }

    pub(super) fn done(mut self) -> Checks {
        self.made.list.shrink_to_fit();
        self.made.integers.shrink_to_fit();
        self.made.floats.shrink_to_fit();
        self.made
    }
}

fn append<T: Clone>(list: &mut Vec<T>, ranges: &[T]) -> Range<u32> {
    let from = list.len() as u32;
    list.extend_from_slice(ranges);
    from..list.len() as u32
}

/// The least and greatest raw value of an integer.
fn domain(signed: bool, bits: u8) -> (i128, i128) {
    if signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
}

/// Two's complement of a value inside its domain.
#[allow(clippy::cast_sign_loss)] // the sign is what two's complement keeps
fn low_bits(value: i128) -> u64 {
    value as u64
}

/// A number that orders raw bits as the values they stand for; two's complement in, so that 64 bits suffice.
pub(super) fn key(raw: u64, signed: bool, bits: u8) -> i64 {
    match (signed, bits) {
        (true, 64) => raw.cast_signed(),
        (true, _) => {
            let unused = 64 - u32::from(bits);
            (raw << unused).cast_signed() >> unused
        }
        (false, 64) => (raw ^ 1 << 63).cast_signed(),
        (false, _) => raw.cast_signed(),
    }
}

/// The number that raw bits stand for.
pub(super) fn float(raw: u64, bits: u8) -> f64 {
    if bits == 32 { f64::from(f32::from_bits(raw as u32)) } else { f64::from_bits(raw) }
}

impl Checks {
    /// Whether a raw value passes, its words in order; texts never do.
    pub(super) fn holds(&self, check: u32, raw: u64) -> bool {
        match self.list.get(check as usize) {
            _ if check == ANY_VALUE => true,
            Some(Check::Integer { signed, bits, only: (first, last), .. }) => {
                (*first..=*last).contains(&key(raw, *signed, *bits))
            }
            Some(Check::Integers { signed, bits, ranges, .. }) => {
                within(&self.integers, ranges, key(raw, *signed, *bits))
            }
            Some(Check::Float { bits, ranges, .. }) => {
                let value = float(raw, *bits);
                value.is_finite() && within(&self.floats, ranges, value)
            }
            Some(Check::Text { .. } | Check::Never) | None => false,
        }
    }

    /// Whether the element whose word `n` is `word(n)` passes.
    pub(super) fn pass(&self, check: u32, width: u16, word: impl Fn(u16) -> Option<u16>) -> bool {
        match self.list.get(check as usize) {
            Some(Check::Integer { order, .. } | Check::Integers { order, .. } | Check::Float { order, .. }) => {
                join(*order, width, word).is_some_and(|raw| self.holds(check, raw))
            }
            Some(Check::Text { swapped, max, charset }) => text(*swapped, *max, Charset(*charset), width, word),
            Some(Check::Never) | None => false,
        }
    }
}

fn within<T: PartialOrd + Copy>(list: &[(T, T)], ranges: &Range<u32>, value: T) -> bool {
    let Some(ranges) = list.get(ranges.start as usize..ranges.end as usize) else { return false };
    let at = ranges.partition_point(|(_, to)| *to < value);
    ranges.get(at).is_some_and(|(from, _)| *from <= value)
}

/// At most `max` bytes of the set, then nothing but NUL.
pub(super) fn text(swapped: bool, max: u16, charset: Charset, width: u16, word: impl Fn(u16) -> Option<u16>) -> bool {
    let (mut length, mut ended) = (0, false);
    for place in 0..width {
        let Some(word) = word(place) else { return false };
        let [high, low] = word.to_be_bytes();
        for byte in if swapped { [low, high] } else { [high, low] } {
            ended |= byte == 0;
            if ended && byte != 0 || !ended && !charset.contains(byte) {
                return false;
            }
            length += u16::from(!ended);
        }
    }
    length <= max
}
