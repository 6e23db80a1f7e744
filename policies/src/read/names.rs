//! The nearest name to one that does not exist.

/// Names longer than this are not compared, nor more of them than that: a hostile file must not cost time.
const LONGEST: usize = 64;
const MOST: usize = 20_000;

/// The name among `known` that `name` is most likely a slip of.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let allowed = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .take(MOST)
        .filter(|k| k.len() <= LONGEST && k.len().abs_diff(name.len()) <= 2 * allowed)
        .map(|k| (strsim::damerau_levenshtein(name, k), k))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let known = ["tags", "value", "pump_speed"];
        assert_eq!(nearest("tgas", known), Some("tags"));
        assert_eq!(nearest("pump_sped", known), Some("pump_speed"));
        assert_eq!(nearest("chlorine", known), None);
        assert_eq!(nearest("", known), None);
    }
}
