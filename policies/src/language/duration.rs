//! Spans of time: `10 s`, `500 ms`, `4 h`.

use super::Fault;
use super::value::split_unit;
use crate::site::Decimal;
use core::ops::Range;
use core::time::Duration;

/// The units, in nanoseconds.
const UNITS: [(&str, u64); 5] = [
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// The longest span: what is longer is a slip.
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// Reads the span of time that stands at `part` of a text: P050.
pub(crate) fn duration(text: &str, part: Range<usize>) -> Result<Duration, Fault> {
    let said = text[part.clone()].trim();
    let wrong =
        |message: String| Fault::new("P050", message, part.clone()).help("write 500 ms, 10 s, 5 min, 4 h or 2 d");
    let (number, unit) = split_unit(said);
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    let Some((_, nanoseconds)) = known.filter(|_| !number.is_empty()) else {
        return Err(wrong(format!("`{said}` is no span of time")));
    };
    let number = Decimal::parse(number).map_err(&wrong)?;
    let span = number.mantissa.checked_mul(i128::from(*nanoseconds)).map(|n| n / 10i128.pow(number.places));
    match span.and_then(|n| u64::try_from(n).ok()).map(Duration::from_nanos) {
        Some(span) if span > Duration::ZERO && span <= LONGEST => Ok(span),
        _ => Err(wrong(format!("`{said}` is not between 1 ms and 366 d"))),
    }
}

/// A span as people write it: `90 s`, `4 h`.
pub(crate) fn show(span: Duration) -> String {
    let nanoseconds = span.as_nanos();
    let fits = |(_, unit): &&(&str, u64)| nanoseconds.is_multiple_of(u128::from(*unit));
    match UNITS.iter().rev().find(fits) {
        Some((name, unit)) => format!("{} {name}", nanoseconds / u128::from(*unit)),
        None => format!("{:.1} s", span.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn spans_of_time_are_read_and_shown() {
        for (text, millis, shown) in [
            ("10 s", 10_000, "10 s"),
            ("500ms", 500, "500 ms"),
            ("1.5 min", 90_000, "90 s"),
            ("4 h", 14_400_000, "4 h"),
            ("2 d", 172_800_000, "2 d"),
        ] {
            let span = duration(text, 0..text.len()).unwrap();
            assert_eq!((span, show(span).as_str()), (Duration::from_millis(millis), shown), "{text}");
        }
        for text in ["", "10", "s", "10 sec", "-1 s", "0 s", "400 d", "10 s s", "1e3 s"] {
            assert_eq!(duration(text, 0..text.len()).unwrap_err().code, "P050", "{text}");
        }
    }
}
