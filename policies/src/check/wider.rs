//! Which of two limits is the wider one.

use crate::site::{Charset, Kind, Limit, Text};

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
    use super::*;

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
