//! Which of two limits is the wider one.

use crate::registers;
use crate::site::{Charset, Kind, Limit, Tag, Text};

/// Whether `wide` allows everything that `narrow` does, and more; no limit allows what the kind can hold.
pub(super) fn is_wider(wide: Option<&Limit>, narrow: &Limit, kind: Kind) -> bool {
    match (wide, narrow) {
        (None, Limit::Integers(narrow)) => kind.integers().is_none_or(|all| !contains(narrow, &[all], |a, b| a <= b)),
        (None, _) => true,
        (Some(wide), narrow) if wide == narrow => false,
        (Some(Limit::Integers(wide)), Limit::Integers(narrow)) => contains(wide, narrow, |a, b| a <= b),
        (Some(Limit::Floats(wide)), Limit::Floats(narrow)) => contains(wide, narrow, |a, b| a <= b),
        (Some(Limit::Text(wide)), Limit::Text(narrow)) => holds(wide, narrow),
        _ => false,
    }
}

/// What a bit can become when a whole value is written: bit `bit` of register `word` of a `tag` whose values lie in
/// `limit`. `None` when nothing keeps it from either.
pub(super) fn of_bit(tag: &Tag, limit: Option<&Limit>, word: u16, bit: u8) -> Option<Limit> {
    let Some(Limit::Integers(ranges)) = limit else { return None };
    let width = u16::try_from(tag.items).ok()?;
    let place = registers::join(tag.words, width, |n| Some(if n == word { 1 << bit } else { 0 }))?.trailing_zeros();
    // Two's complement repeats its sign for ever, so that bits of negative numbers are where they are in the register.
    let is_set = |raw: i128| raw >> place & 1;
    let can_be =
        |value: i128| ranges.iter().any(|(low, high)| is_set(*low) == value || ((low >> place) + 1) << place <= *high);
    let reached: Vec<(i128, i128)> = [0, 1].into_iter().filter(|v| can_be(*v)).map(|v| (v, v)).collect();
    (reached.len() < 2).then_some(Limit::Integers(reached))
}

/// Whether each range of `narrow` lies in one of `wide`.
fn contains<T: Copy>(wide: &[(T, T)], narrow: &[(T, T)], at_most: impl Fn(T, T) -> bool) -> bool {
    narrow
        .iter()
        .all(|(low, high)| wide.iter().any(|(least, greatest)| at_most(*least, *low) && at_most(*high, *greatest)))
}

fn holds(wide: &Text, narrow: &Text) -> bool {
    let Charset(more) = wide.charset;
    let Charset(fewer) = narrow.charset;
    wide.max >= narrow.max && more.iter().zip(fewer).all(|(more, fewer)| fewer & !more == 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::language::RawValue;
    use crate::language::fixture::tag;
    use crate::site::WordOrder;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_a_bit_can_become_is_what_some_value_makes_it(
            ranges in proptest::collection::vec((-300i128..66_000, 0i128..40), 1..4), wide in 0i128..30_000,
            signed: bool, order in 0usize..4, bit in 0u8..16
        ) {
            let mut tag = tag(if signed { "x,40001,i16,,," } else { "x,40001,u16,,," });
            tag.words = [WordOrder::Abcd, WordOrder::Cdab, WordOrder::Badc, WordOrder::Dcba][order];
            let (least, greatest) = tag.kind.integers().unwrap();
            let mut ranges: Vec<_> = ranges.into_iter().map(|(low, more)| (low, low + more)).collect();
            ranges[0].1 += wide;
            let ranges: Vec<_> =
                ranges.into_iter().map(|(a, b)| (a.max(least), b.min(greatest))).filter(|(a, b)| a <= b).collect();
            let become_it = |value: u16| {
                ranges.iter().any(|(a, b)| {
                    (*a..=*b).any(|raw| registers::encode(&tag, &RawValue::Integer(raw))[0] >> bit & 1 == value)
                })
            };
            let limit = Limit::Integers(ranges.clone());
            let reached = of_bit(&tag, Some(&limit), 0, bit).unwrap_or(Limit::Integers(vec![(0, 0), (1, 1)]));
            let Limit::Integers(reached) = reached else { unreachable!() };
            for value in [0, 1] {
                prop_assert_eq!(reached.contains(&(value.into(), value.into())), become_it(value), "{:?}", ranges);
            }
        }
    }

    #[test]
    fn wider_means_more_and_nothing_less() {
        let limit = |ranges: &[(i128, i128)]| Limit::Integers(ranges.to_vec());
        let narrow = limit(&[(0, 0), (20, 45)]);
        assert!(is_wider(None, &narrow, Kind::Unsigned(16)));
        assert!(is_wider(Some(&limit(&[(0, 50)])), &narrow, Kind::Unsigned(16)));
        assert!(is_wider(Some(&limit(&[(0, 1), (20, 45)])), &narrow, Kind::Unsigned(16)));
        assert!(!is_wider(Some(&narrow), &narrow, Kind::Unsigned(16)));
        assert!(!is_wider(Some(&limit(&[(20, 50)])), &narrow, Kind::Unsigned(16)));
        assert!(!is_wider(None, &limit(&[(0, 1)]), Kind::Bool));
    }
}
