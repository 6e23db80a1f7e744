//! How often: `6 / min per tag`, `1 / 20 min`, `20 / s per source`.

use super::{Fault, duration};
use crate::site::RateScope;
use core::time::Duration;

/// A rate as its author wrote it; the scope if one is said.
pub(crate) type Often = (u32, Duration, Option<RateScope>);

/// The most that one rate counts: each is remembered.
const MOST: u32 = 10_000;

/// Reads a rate: P056.
pub(crate) fn rate(text: &str) -> Result<Often, Fault> {
    let wrong = |message: String| {
        Fault::new("P056", message, 0..text.len())
            .help("write \"6 / min per tag\", \"1 / 20 min\" or \"20 / s per source\"")
    };
    let (often, scope) = match text.split_once(" per ") {
        Some((often, scope)) => (often, Some(scope.trim())),
        None => (text, None),
    };
    let scope = match scope {
        None => None,
        Some("tag") => Some(RateScope::Tag),
        Some("source") => Some(RateScope::Source),
        Some("conduit") => Some(RateScope::Conduit),
        Some(other) => {
            return Err(wrong(format!("`{other}` is nothing that a rate counts by: tag, source or conduit")));
        }
    };
    let Some((count, span)) = often.split_once('/') else { return Err(wrong(format!("`{text}` is no rate"))) };
    let count = count.trim().parse::<u32>().ok().filter(|n| (1..=MOST).contains(n));
    let count = count.ok_or_else(|| wrong(format!("a rate counts 1 .. {MOST}")))?;
    let span = span.trim();
    let one = format!("1 {span}");
    let said = if span.starts_with(|c: char| c.is_ascii_digit()) { span } else { &one };
    let per = duration(said, 0..said.len()).map_err(|_| wrong(format!("`{span}` is no span of time")))?;
    Ok((count, per, scope))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rates_are_read_as_the_language_writes_them() {
        for (text, count, seconds, scope) in [
            ("6 / min per tag", 6, 60, Some(RateScope::Tag)),
            ("1 / 20 min per tag", 1, 1200, Some(RateScope::Tag)),
            ("20/s per source", 20, 1, Some(RateScope::Source)),
            ("3 / h per conduit", 3, 3600, Some(RateScope::Conduit)),
            ("6 / min", 6, 60, None),
        ] {
            assert_eq!(rate(text), Ok((count, Duration::from_secs(seconds), scope)), "{text}");
        }
        for text in ["", "6", "6 per min", "0 / min", "6 / fortnight", "6 / min per person", "99999 / s", "-1 / s"] {
            assert_eq!(rate(text).unwrap_err().code, "P056", "{text}");
        }
    }
}
