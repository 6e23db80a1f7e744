//! The text of a limit: `0 | 20 .. 45 Hz`, `open | close`.

use super::Fault;
use super::value::split_unit;
use crate::site::Decimal;
use core::cmp::Ordering;
use core::fmt;
use core::ops::Range;

/// How many alternatives one limit may have.
const MOST: usize = 256;

/// A limit as its author wrote it, before it is known which tag it limits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wording {
    /// The alternatives, each with its place in the text.
    pub(crate) alternatives: Vec<(Alternative, Range<usize>)>,
    /// The unit, with the place of the number it stands behind.
    pub(crate) unit: Option<(String, Range<usize>)>,
}

/// One alternative of a limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Alternative {
    /// A named state.
    Name(String),
    /// Numbers, both ends included.
    Numbers(Decimal, Decimal),
}

impl Wording {
    /// Reads a limit: U001 when it is none, U002 when a range runs backwards, U003 when it has two units.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let mut wording = Self { alternatives: Vec::new(), unit: None };
        let mut start = 0;
        for piece in text.split('|') {
            let lead = piece.len() - piece.trim_start().len();
            let place = start + lead..start + lead + piece.trim().len();
            wording.add(piece.trim(), place)?;
            start += piece.len() + 1;
        }
        Ok(wording)
    }

    fn add(&mut self, piece: &str, place: Range<usize>) -> Result<(), Fault> {
        if self.alternatives.len() == MOST {
            return Err(Fault::new("U001", format!("a limit has at most {MOST} alternatives"), place));
        }
        let alternative = match piece.chars().next() {
            None => return Err(Fault::new("U001", "a value is missing here", place).help("write 0 | 20 .. 45 Hz")),
            Some(c) if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => self.numbers(piece, &place)?,
            Some(_) if is_name(piece) => Alternative::Name(piece.into()),
            Some(_) => {
                let message = format!("`{piece}` is neither a number nor the name of a state");
                return Err(Fault::new("U001", message, place).help("write 0 | 20 .. 45 Hz, or open | close"));
            }
        };
        self.alternatives.push((alternative, place));
        Ok(())
    }

    fn numbers(&mut self, piece: &str, place: &Range<usize>) -> Result<Alternative, Fault> {
        let (low, high) = piece.split_once("..").unwrap_or((piece, piece));
        let low = self.number(low.trim(), place)?;
        let high = self.number(high.trim(), place)?;
        if low.compare(high) == Ordering::Greater {
            let message = format!("`{piece}` runs backwards, so nothing lies in it");
            return Err(Fault::new("U002", message, place.clone()).help(format!("write {high} .. {low}")));
        }
        Ok(Alternative::Numbers(low, high))
    }

    fn number(&mut self, text: &str, place: &Range<usize>) -> Result<Decimal, Fault> {
        let (number, unit) = split_unit(text);
        if let Some(help) = slip(unit) {
            return Err(Fault::new("U001", format!("`{text}` is no number with a unit"), place.clone()).help(help));
        }
        match &self.unit {
            _ if unit.is_empty() => {}
            Some((first, _)) if first != unit => {
                return Err(Fault::new("U003", format!("two units in one limit: {first} and {unit}"), place.clone()));
            }
            Some(_) => {}
            None => self.unit = Some((unit.into(), place.clone())),
        }
        let number = if number.is_empty() { text } else { number };
        Decimal::parse(number).map_err(|why| Fault::new("U001", why, place.clone()))
    }
}

/// What to write instead of what stands behind a number and cannot be a unit.
fn slip(unit: &str) -> Option<&'static str> {
    let mut letters = unit.chars();
    let (first, second) = (letters.next()?, letters.next());
    let digit = second.is_some_and(|c| c.is_ascii_digit() || matches!(c, '+' | '-'));
    match first {
        ',' => Some("decimals are written with a point: 0.5"),
        '_' | '\'' if digit => Some("digits are not grouped: 1000"),
        'e' | 'E' if digit => Some("numbers are written in full: 1000, 0.001"),
        'x' | 'X' if second.is_some_and(|c| c.is_ascii_hexdigit()) => Some("numbers are decimal: 16"),
        '-' | '.' | '~' | '–' | '—' | '…' => Some("a range is written 20 .. 45"),
        _ if unit.contains("..") => Some("a range has two ends: 20 .. 45; several are joined by |"),
        _ if unit.starts_with("to ") => Some("a range is written 20 .. 45"),
        c if c.is_ascii_digit() => Some("digits are not grouped: 1000"),
        _ => None,
    }
}

/// Whether a text can be the name of a state.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/'))
}

/// The limit with one spelling: `0 | 20 .. 45 Hz`.
impl fmt::Display for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (alternative, _)) in self.alternatives.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { " | " })?;
            match alternative {
                Alternative::Name(name) => f.write_str(name)?,
                Alternative::Numbers(low, high) if low == high => write!(f, "{low}")?,
                Alternative::Numbers(low, high) => write!(f, "{low} .. {high}")?,
            }
        }
        match &self.unit {
            Some((unit, _)) => write!(f, " {unit}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        Wording::parse(text).map_or_else(|f| format!("{}: {} @{:?}", f.code, f.message, f.part), |w| w.to_string())
    }

    #[test]
    fn limits_are_read_as_the_language_writes_them() {
        for (text, expected) in [
            ("0 | 20 .. 45 Hz", "0 | 20 .. 45 Hz"),
            ("20..45Hz", "20 .. 45 Hz"),
            ("-5.50 .. +3 %", "-5.5 .. 3 %"),
            ("20 Hz .. 45 Hz", "20 .. 45 Hz"),
            ("stop|run", "stop | run"),
            ("1 .. 2 m3/h | 7", "1 .. 2 | 7 m3/h"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_limit_is_said_with_its_place() {
        insta::assert_snapshot!(
            [
                "",
                "1 |",
                "45 .. 20 Hz",
                "1 Hz | 2 rpm",
                "1 ... 2",
                "*",
                "1e5",
                "0x10",
                "> 5",
                "0,5 Hz",
                "20 – 45 Hz",
                "20 to 45 Hz",
                "1 .. 2 .. 3",
                "0 .. nan",
                "1 000"
            ]
            .map(|t| format!("{t:14} {}", shown(t)))
            .join("\n")
        );
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,40}") {
            let _ = Wording::parse(&text);
        }

        #[test]
        fn a_limit_survives_its_own_spelling(
            ranges in proptest::collection::vec((-1_000_000i128..1_000_000, 0i128..1_000_000, 0u32..6), 1..6), unit in "(|Hz|%|m3/h)"
        ) {
            let texts: Vec<String> = ranges
                .iter()
                .map(|(low, width, places)| {
                    let at = |mantissa| Decimal { mantissa, places: *places };
                    format!("{} .. {}", at(*low), at(low + width))
                })
                .collect();
            let text = format!("{} {unit}", texts.join(" | "));
            let once = Wording::parse(&text).unwrap().to_string();
            prop_assert_eq!(Wording::parse(&once).unwrap().to_string(), once);
        }
    }
}
