//! Sets of raw values of one tag, and values out of them as the registers that carry them.

use crate::language::{self, RawValue};
use crate::registers;
use crate::site::{Kind, Limit, NeverValues, Tag, Text, WordOrder, float_at, float_order};

/// A set of raw values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Set {
    /// Every one, not-a-number too.
    Any,
    /// Sorted, disjoint, inclusive ranges of raw integers, or of the order of numbers with a point.
    Numbers(Vec<(i128, i128)>),
    /// Text.
    Text(Text),
}

/// What one register of an element holds, in some of its bits: one of them or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Which register of the element.
    pub(super) place: u64,
    /// The bits that are given.
    pub(super) mask: u16,
    /// What they are.
    pub(super) value: u16,
}

impl Set {
    /// What a limit lets pass; everything without one, nothing when it is of another type than the tag.
    pub(super) fn of_limit(limit: Option<&Limit>, kind: Kind) -> Self {
        match (limit, kind) {
            (None, _) => Self::Any,
            (Some(Limit::Text(text)), Kind::Text { .. }) => Self::Text(text.clone()),
            (Some(Limit::Floats(ranges)), Kind::Float(bits)) => {
                let greatest = if bits == 32 { f64::from(f32::MAX) } else { f64::MAX };
                let finite = ranges.iter().map(|(low, high)| (low.max(-greatest), high.min(greatest)));
                let keys = finite.map(|(low, high)| (float_order(low, bits), float_order(high, bits)));
                Self::Numbers(language::joined(keys.collect()))
            }
            (Some(Limit::Integers(ranges)), _) if kind.integers().is_some() => {
                let (least, greatest) = language::domain(kind);
                let inside = ranges.iter().map(|(low, high)| ((*low).max(least), (*high).min(greatest)));
                Self::Numbers(language::joined(inside.collect()))
            }
            _ => Self::Numbers(Vec::new()),
        }
    }

    /// What a guarantee forbids; everything when it says nothing of values.
    pub(super) fn of_never(values: Option<&NeverValues>) -> Self {
        match values {
            None => Self::Any,
            Some(NeverValues::Numbers(ranges)) => Self::Numbers(ranges.clone()),
            Some(NeverValues::Text(text)) => Self::Text(text.clone()),
        }
    }

    /// What is in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Any, set) | (set, Self::Any) => set.clone(),
            (Self::Numbers(a), Self::Numbers(b)) => {
                let both = a.iter().flat_map(|a| b.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
                Self::Numbers(language::joined(both.collect()))
            }
            (Self::Text(a), Self::Text(b)) => {
                let mut both = Text { max: a.max.min(b.max), charset: a.charset };
                both.charset.0.iter_mut().zip(b.charset.0).for_each(|(a, b)| *a &= b);
                Self::Text(both)
            }
            _ => Self::Numbers(Vec::new()),
        }
    }

    /// The registers of one of its values, near the edge where the set has one; `None` when it is empty.
    pub(super) fn registers(&self, tag: &Tag) -> Option<Vec<u16>> {
        match self {
            Self::Any => Some(vec![0; tag.items as usize]),
            Self::Numbers(ranges) => {
                let (least, greatest) = language::domain(tag.kind);
                let (low, high) = *ranges.first()?;
                let edge = if low == least && high != greatest { high } else { low };
                Some(encode(tag, edge))
            }
            Self::Text(_) => self.with_word(tag, Word { place: 0, mask: 0, value: 0 }),
        }
    }

    /// The registers of one of its values that has this in one register; `None` when there is none.
    pub(super) fn with_word(&self, tag: &Tag, word: Word) -> Option<Vec<u16>> {
        match self {
            Self::Any => {
                let mut words = vec![0; tag.items as usize];
                *words.get_mut(word.place as usize)? = word.value & word.mask;
                Some(words)
            }
            Self::Numbers(ranges) => {
                let field = Field::of(tag, word);
                let found = match tag.kind {
                    Kind::Float(bits) => ranges.iter().find_map(|range| field.in_order(*range, bits)),
                    _ => ranges.iter().find_map(|(low, high)| field.first(*low, *high)),
                };
                found.map(|raw| encode(tag, raw))
            }
            Self::Text(text) => {
                let swapped = matches!(tag.kind, Kind::Text { swapped: true, .. });
                let pair = |word: u16| if swapped { word.to_le_bytes() } else { word.to_be_bytes() };
                let mut words = (0..=u16::MAX).filter(|found| found & word.mask == word.value & word.mask);
                let bytes = words.find_map(|found| spelled(text, word.place, pair(found)))?;
                Some(registers::encode(tag, &RawValue::Text(bytes)))
            }
        }
    }
}

fn encode(tag: &Tag, raw: i128) -> Vec<u16> {
    let value = match tag.kind {
        Kind::Float(bits) => RawValue::Float(float_at(raw, bits)),
        _ => RawValue::Integer(raw),
    };
    registers::encode(tag, &value)
}

/// A text of the set whose two bytes in one register are these, the rest of it as short as can be.
fn spelled(text: &Text, place: u64, pair: [u8; 2]) -> Option<Vec<u8>> {
    let before = usize::try_from(2 * place).ok()?;
    let good = |byte: u8, length: usize| byte != 0 && text.charset.contains(byte) && length <= text.max.into();
    match pair {
        [0, 0] => Some(Vec::new()),
        [0, _] => None,
        [first, 0] => good(first, before + 1).then(|| vec![first; before + 1]),
        [first, second] => (good(first, before + 2) && good(second, before + 2)).then(|| {
            let mut bytes = vec![first; before + 2];
            bytes[before + 1] = second;
            bytes
        }),
    }
}

/// Neighbouring bits of a raw value.
#[derive(Clone, Copy, Debug)]
struct Field {
    /// The lowest.
    from: u32,
    bits: u32,
    value: i128,
}

impl Field {
    fn of(tag: &Tag, word: Word) -> Self {
        let order = if tag.kind == Kind::Bool { WordOrder::Abcd } else { tag.words };
        let low_first = matches!(order, WordOrder::Cdab | WordOrder::Dcba);
        let swapped = matches!(order, WordOrder::Badc | WordOrder::Dcba);
        let (mask, value) =
            if swapped { (word.mask.swap_bytes(), word.value.swap_bytes()) } else { (word.mask, word.value) };
        let below = if low_first { word.place } else { (tag.items - 1).saturating_sub(word.place) };
        let (inside, bits) = (mask.trailing_zeros() % 16, mask.count_ones());
        Self { from: 16 * below as u32 + inside, bits, value: ((value & mask) >> inside).into() }
    }

    /// The least number of a range, in two's complement, that has the value in these bits.
    fn first(self, low: i128, high: i128) -> Option<i128> {
        let mask = (1i128 << self.bits) - 1;
        if low <= high && low >> self.from & mask == self.value {
            return Some(low);
        }
        let above = low >> (self.from + self.bits);
        let with = |above: i128| above << (self.from + self.bits) | self.value << self.from;
        [with(above), with(above + 1)].into_iter().find(|raw| *raw >= low).filter(|raw| *raw <= high)
    }

    /// The same for numbers with a point: the range and the result are in their order.
    fn in_order(self, (low, high): (i128, i128), bits: u8) -> Option<i128> {
        if let Some(found) = self.first(low.max(0), high) {
            return Some(found);
        }
        if low >= 0 {
            return None;
        }
        // Below zero the bits are a sign and the size.
        let sign = 1i128 << (bits - 1);
        self.first(sign | -high.min(-1), sign | -low).map(|raw| -(raw & !sign))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::language::fixture::tag;
    use crate::site::Charset;
    use proptest::prelude::*;

    fn words(order: usize, kind: Kind, items: u64) -> Tag {
        let words = [WordOrder::Abcd, WordOrder::Cdab, WordOrder::Badc, WordOrder::Dcba][order];
        Tag { items, kind, words, ..tag("x,40001,u16,,,") }
    }

    /// The raw value of registers, as a set counts it.
    fn counted(tag: &Tag, registers: &[u16]) -> i128 {
        match registers::value(tag, |n| registers.get(usize::from(n)).copied()).unwrap() {
            RawValue::Integer(raw) => raw,
            RawValue::Float(number) => float_order(number, if tag.items == 2 { 32 } else { 64 }),
            RawValue::Text(_) => unreachable!(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        /// Against every value that is in the set: 16 bits are few enough to try them all.
        #[test]
        fn a_word_is_found_where_there_is_one(
            ranges in prop::collection::vec((-33_000i128..66_000, 0i128..3000), 1..4),
            signed: bool, order in 0usize..4, bit in 0u16..17, value: u16
        ) {
            let tag = words(order, if signed { Kind::Signed(16) } else { Kind::Unsigned(16) }, 1);
            let (least, greatest) = tag.kind.integers().unwrap();
            let set = language::joined(
                ranges.into_iter().map(|(low, more)| (low.max(least), (low + more).min(greatest))).collect());
            let mask = if bit == 16 { u16::MAX } else { 1 << bit };
            let word = Word { place: 0, mask, value: value & mask };
            let exists = set.iter().any(|(low, high)| {
                (*low..=*high).any(|raw| encode(&tag, raw)[0] & mask == word.value)
            });
            let found = Set::Numbers(set.clone()).with_word(&tag, word);
            prop_assert_eq!(found.is_some(), exists, "{:?} {:?}", set, word);
            if let Some(found) = found {
                let raw = counted(&tag, &found);
                prop_assert!(found[0] & mask == word.value);
                prop_assert!(set.iter().any(|(low, high)| (*low..=*high).contains(&raw)));
            }
        }

        /// Of wide values, too: the word of a value that is in the set is found, and what is found is in the set.
        #[test]
        fn a_word_of_a_wide_value_is_found(
            low: u32, width in 0i128..200_000, tried: u32, kind in 0usize..3, order in 0usize..4, place in 0u64..2, bit in 0u16..17
        ) {
            let tag = words(order, [Kind::Unsigned(32), Kind::Signed(32), Kind::Float(32)][kind], 2);
            let low = match kind {
                0 => i128::from(low),
                1 => i128::from(low.cast_signed()),
                _ => float_order(f32::from_bits(low).into(), 32),
            };
            let (least, greatest) = language::domain(tag.kind);
            let low = low.clamp(least, greatest);
            let range = (low, (low + width).min(greatest));
            let mask = if bit == 16 { u16::MAX } else { 1 << bit };
            let tried = range.0 + i128::from(tried) % (range.1 - range.0 + 1);
            let word = Word { place, mask, value: encode(&tag, tried)[place as usize] & mask };
            let found = Set::Numbers(vec![range]).with_word(&tag, word);
            let found = found.unwrap();
            prop_assert_eq!(found[place as usize] & mask, word.value);
            prop_assert!((range.0..=range.1).contains(&counted(&tag, &found)), "{:?} {:?}", range, found);
        }
    }

    #[test]
    fn a_text_has_a_register_that_its_letters_spell() {
        let tag = words(0, Kind::Text { bytes: 6, swapped: false }, 3);
        let mut charset = Charset::default();
        b"AB".iter().for_each(|byte| charset.insert(*byte));
        let set = Set::Text(Text { max: 3, charset });
        let word = |place, value| set.with_word(&tag, Word { place, mask: u16::MAX, value });
        assert_eq!(word(0, 0x4142), Some(vec![0x4142, 0, 0]));
        assert_eq!(word(1, 0x4200), Some(vec![0x4242, 0x4200, 0]));
        assert_eq!(word(1, 0x4241), None, "four letters are too many");
        assert_eq!((word(2, 0x4100), word(2, 0)), (None, Some(vec![0, 0, 0])));
        assert_eq!(word(0, 0x0041), None);
    }

    #[test]
    fn what_is_in_both_and_what_is_in_none() {
        let numbers = |ranges: &[(i128, i128)]| Set::Numbers(ranges.to_vec());
        let dose = tag("x,40001,u16,,,");
        assert_eq!(numbers(&[(0, 10), (20, 30)]).and(&numbers(&[(5, 25)])), numbers(&[(5, 10), (20, 25)]));
        assert_eq!(numbers(&[(201, 65_535)]).registers(&dose), Some(vec![201]));
        assert_eq!(numbers(&[(0, 49)]).registers(&dose), Some(vec![49]));
        assert_eq!(numbers(&[(0, 10)]).and(&numbers(&[(11, 12)])).registers(&dose), None);
        assert_eq!(Set::Any.registers(&dose), Some(vec![0]));
    }
}
