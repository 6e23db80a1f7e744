//! Sets of written values, exactly as the bits that stand in a message, so that limits of different types can be compared.

use crate::site::{Charset, Kind, Limit, Tag, WordOrder};

/// What a written value of one element may be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Values {
    /// Anything.
    Any,
    /// Sorted, disjoint, inclusive ranges of the bits of the element, its words in this order.
    Bits(Order, Vec<(u64, u64)>),
    /// At most so many bytes of a set, then NUL.
    Text { swapped: bool, max: u16, charset: [u64; 4] },
}

/// [`WordOrder`], ordered; of one register alone only `Abcd` occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Abcd,
    Cdab,
    Badc,
    Dcba,
}

impl From<WordOrder> for Order {
    fn from(order: WordOrder) -> Self {
        match order {
            WordOrder::Abcd => Self::Abcd,
            WordOrder::Cdab => Self::Cdab,
            WordOrder::Badc => Self::Badc,
            WordOrder::Dcba => Self::Dcba,
        }
    }
}

impl Order {
    pub(super) const fn words(self) -> WordOrder {
        match self {
            Self::Abcd => WordOrder::Abcd,
            Self::Cdab => WordOrder::Cdab,
            Self::Badc => WordOrder::Badc,
            Self::Dcba => WordOrder::Dcba,
        }
    }
}

/// The greatest pattern of an element: `items` items of `bits` bits.
pub(super) const fn greatest(items: u64, bits: u8) -> u64 {
    let width = items * bits as u64;
    if width >= 64 { u64::MAX } else { (1 << width) - 1 }
}

impl Values {
    /// The values that a limit leaves one element of a tag, in a space whose items have `bits` bits.
    pub(super) fn of(tag: &Tag, limit: Option<&Limit>, bits: u8) -> Self {
        let Some(limit) = limit else { return Self::Any };
        let top = greatest(tag.items, bits);
        let (order, ranges) = match (tag.kind, limit) {
            (Kind::Bool, Limit::Integers(ranges)) => (WordOrder::Abcd, integers(ranges, false, top)),
            (Kind::Unsigned(_), Limit::Integers(ranges)) => (tag.words, integers(ranges, false, top)),
            (Kind::Signed(_), Limit::Integers(ranges)) => (tag.words, integers(ranges, true, top)),
            (Kind::Float(width), Limit::Floats(ranges)) => (tag.words, floats(ranges, width)),
            (Kind::Text { swapped, .. }, Limit::Text(text)) if tag.items == 1 => {
                let holds = |w: &u64| text_holds(swapped, text.max, text.charset, &[*w as u16]);
                (WordOrder::Abcd, united((0..=top).filter(holds).map(|w| (w, w)).collect()))
            }
            (Kind::Text { swapped, .. }, Limit::Text(text)) => {
                return Self::Text { swapped, max: text.max, charset: text.charset.0 };
            }
            _ => (WordOrder::Abcd, Vec::new()),
        };
        Self::ranges(order.into(), ranges, tag.items, bits)
    }

    /// A set of bits, in the only form that it has.
    pub(super) fn ranges(order: Order, ranges: Vec<(u64, u64)>, items: u64, bits: u8) -> Self {
        let ranges = united(ranges);
        if ranges.as_slice() == [(0, greatest(items, bits))] {
            return Self::Any;
        }
        match (items, order) {
            (1, Order::Badc | Order::Dcba) => Self::Bits(Order::Abcd, swapped(&ranges)),
            (1, _) => Self::Bits(Order::Abcd, ranges),
            _ => Self::Bits(order, ranges),
        }
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Bits(_, ranges) if ranges.is_empty())
    }

    /// What of it none of `others` holds; at least that where two of them are of kinds that cannot be compared.
    pub(super) fn without(&self, others: &[&Self], items: u64, bits: u8) -> Self {
        let nothing = || Self::Bits(Order::Abcd, Vec::new());
        if self.is_empty() || others.iter().any(|o| self.is_in(o)) {
            return nothing();
        }
        let orders: Vec<Order> =
            others.iter().filter_map(|o| if let Self::Bits(order, _) = o { Some(*order) } else { None }).collect();
        let (order, mut left) = match (self, orders.first()) {
            (Self::Bits(order, ranges), _) => (*order, ranges.clone()),
            (Self::Any, Some(order)) if items * u64::from(bits) <= 64 => (*order, vec![(0, greatest(items, bits))]),
            _ => return self.clone(),
        };
        for other in others {
            if let Self::Bits(of, ranges) = other
                && *of == order
            {
                left = minus(&left, ranges);
            }
        }
        Self::ranges(order, left, items, bits)
    }

    /// Whether it is certain that another set holds all of it.
    fn is_in(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Any) => true,
            (Self::Bits(a, inner), Self::Bits(b, outer)) => a == b && minus(inner, outer).is_empty(),
            (
                Self::Text { swapped: a, max: short, charset: few },
                Self::Text { swapped: b, max: long, charset: many },
            ) => {
                let charset = few.iter().zip(many).all(|(few, many)| few & !many == 0);
                a == b && short <= long && charset
            }
            _ => false,
        }
    }

    /// Whether an element with these words is in it.
    pub(super) fn holds(&self, words: &[u16]) -> bool {
        match self {
            Self::Any => true,
            Self::Bits(order, ranges) => {
                let word = |n: u16| words.get(usize::from(n)).copied();
                crate::registers::join(order.words(), words.len() as u16, word)
                    .is_some_and(|raw| ranges.iter().any(|(a, b)| (*a..=*b).contains(&raw)))
            }
            Self::Text { swapped, max, charset } => text_holds(*swapped, *max, Charset(*charset), words),
        }
    }
}

/// At most `max` bytes of the set, then nothing but NUL.
fn text_holds(swapped: bool, max: u16, charset: Charset, words: &[u16]) -> bool {
    let bytes = words.iter().flat_map(|w| if swapped { w.to_le_bytes() } else { w.to_be_bytes() });
    let bytes: Vec<u8> = bytes.collect();
    let length = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    length <= usize::from(max)
        && bytes[..length].iter().all(|b| charset.contains(*b))
        && bytes[length..].iter().all(|b| *b == 0)
}

/// Ranges of integers as bits: negative ones in two's complement.
#[allow(clippy::cast_sign_loss)] // two's complement keeps the sign
fn integers(ranges: &[(i128, i128)], signed: bool, top: u64) -> Vec<(u64, u64)> {
    let half = i128::from(top / 2);
    let (least, greatest) = if signed { (-half - 1, half) } else { (0, i128::from(top)) };
    let mut out = Vec::new();
    for (low, high) in ranges {
        let (low, high) = ((*low).max(least), (*high).min(greatest));
        let negative = (low, high.min(-1));
        let positive = (low.max(0), high);
        for (a, b) in [negative, positive] {
            if a <= b {
                out.push((a as u64 & top, b as u64 & top));
            }
        }
    }
    out
}

/// Ranges of finite numbers as bits: those of one sign lie in order.
fn floats(ranges: &[(f64, f64)], width: u8) -> Vec<(u64, u64)> {
    let (sign, infinity) = if width == 32 { (1u64 << 31, 0x7F80_0000) } else { (1 << 63, 0x7FF0_0000_0000_0000) };
    let value = |bits: u64| if width == 32 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) };
    let mut out = Vec::new();
    for (low, high) in ranges {
        for (of, least, most) in [(0, *low, *high), (sign, -*high, -*low)] {
            // Of the magnitudes, the first that is at least the least and the last that is at most the greatest.
            let from = first(infinity, |bits| value(bits) >= least);
            let to = first(infinity, |bits| value(bits) > most);
            if from < to {
                out.push((of | from, of | (to - 1)));
            }
        }
    }
    out
}

/// The first of `0 .. end` for which a condition that stays true holds; `end` if none.
fn first(end: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut from, mut to) = (0, end);
    while from < to {
        let middle = from + (to - from) / 2;
        if holds(middle) { to = middle } else { from = middle + 1 }
    }
    from
}

/// Sorted, disjoint, no two of them neighbours.
pub(super) fn united(mut ranges: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    ranges.sort_unstable();
    let mut out: Vec<(u64, u64)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match out.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
            _ => out.push((first, last)),
        }
    }
    out
}

/// What of sorted disjoint ranges is not in others.
pub(super) fn minus(ranges: &[(u64, u64)], others: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut out = Vec::new();
    for (first, last) in ranges {
        let mut from = Some(*first);
        let begin = others.partition_point(|(_, end)| end < first);
        for (low, high) in others[begin..].iter().take_while(|(low, _)| low <= last) {
            let Some(at) = from else { break };
            if at < *low {
                out.push((at, low - 1));
            }
            from = high.checked_add(1).map(|next| next.max(at));
        }
        out.extend(from.filter(|at| at <= last).map(|at| (at, *last)));
    }
    out
}

/// The values of one register with its bytes the other way round.
fn swapped(ranges: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let all = ranges.iter().flat_map(|(a, b)| *a..=*b);
    united(all.map(|v| u64::from((v as u16).swap_bytes())).map(|v| (v, v)).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::language::fixture::tag;
    use proptest::prelude::*;

    #[test]
    fn what_is_left_of_a_wider_limit() {
        let tag = tag("x,40001,u16,,,");
        let set = |a, b| Values::of(&tag, Some(&Limit::Integers(vec![(a, b)])), 16);
        assert_eq!(set(20, 60).without(&[&set(20, 45)], 1, 16), set(46, 60));
        assert_eq!(set(0, 65535), Values::Any);
        assert_eq!(Values::Any.without(&[&set(20, 65535)], 1, 16), set(0, 19));
        assert!(set(20, 45).without(&[&set(0, 30), &set(31, 50)], 1, 16).is_empty());
    }

    proptest! {
        /// The bits of a limit are those of the values that lie in it.
        #[test]
        fn bits_are_those_of_the_values(low in -40_000i128..70_000, wide in 0i128..70_000, signed: bool, swap: bool, word: u16) {
            let mut tag = tag(if signed { "x,40001,i16,,," } else { "x,40001,u16,,," });
            tag.words = if swap { WordOrder::Badc } else { WordOrder::Abcd };
            let values = Values::of(&tag, Some(&Limit::Integers(vec![(low, low + wide)])), 16);
            let raw = if swap { word.swap_bytes() } else { word };
            let value = if signed { i128::from(raw.cast_signed()) } else { i128::from(raw) };
            prop_assert_eq!(values.holds(&[word]), (low..=low + wide).contains(&value));
        }

        #[test]
        fn floats_are_those_between_the_ends(low in -1e6f32..1e6, wide in 0f32..1e6, bits: u32, near in -3i32..4) {
            let tag = tag("x,40001,f32,,,");
            let (low, high) = (f64::from(low), f64::from(low) + f64::from(wide));
            let values = Values::of(&tag, Some(&Limit::Floats(vec![(low, high)])), 16);
            let edge = (low as f32).to_bits().wrapping_add_signed(near);
            for bits in [bits, edge] {
                let value = f64::from(f32::from_bits(bits));
                let expected = value.is_finite() && low <= value && value <= high;
                prop_assert_eq!(values.holds(&[(bits >> 16) as u16, bits as u16]), expected, "{}", value);
            }
        }
    }
}
