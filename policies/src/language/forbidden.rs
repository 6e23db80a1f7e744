//! Values that a guarantee forbids: `> 15 m/min`, `0 | 20 .. 45 Hz`, `open | close`.

use super::Fault;
use super::limit::{Raw, check_unit, raw_range};
use super::range::{Alternative, Wording};
use super::text::text_limit;
use crate::site::{Decimal, Kind, Limit, NeverValues, Tag, float_order};

/// How a number is compared; a value is forbidden when it is this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// The raw values of a tag that a text forbids. Numbers past what its type can hold are left out: it never has them.
pub(crate) fn forbidden(tag: &Tag, text: &str) -> Result<NeverValues, Fault> {
    if let Kind::Text { bytes, .. } = tag.kind {
        return match text_limit(&tag.name, bytes, text)? {
            Limit::Text(text) => Ok(NeverValues::Text(text)),
            Limit::Integers(_) | Limit::Floats(_) => Ok(NeverValues::Numbers(Vec::new())),
        };
    }
    let (plain, signs) = signs(text);
    let wording = Wording::parse(&plain)?;
    check_unit(tag, text, &wording)?;
    let mut ranges = Vec::new();
    for ((alternative, part), sign) in wording.alternatives.iter().zip(signs) {
        let range = match sign {
            Some(sign) => compared(tag, sign, alternative),
            None => raw_range(tag, alternative).map(|raw| keys(tag.kind, raw)),
        };
        let range = range.map_err(|(code, why)| Fault::new(code, why, part.clone()))?;
        let (least, greatest) = domain(tag.kind);
        ranges.push((range.0.max(least), range.1.min(greatest)));
    }
    Ok(NeverValues::Numbers(joined(ranges)))
}

/// The text with blanks for the signs in it, and the sign of each alternative.
fn signs(text: &str) -> (String, Vec<Option<Compared>>) {
    let (mut plain, mut signs) = (Vec::new(), Vec::new());
    for piece in text.split('|') {
        let all = [("<=", Compared::AtMost), (">=", Compared::AtLeast), ("<", Compared::Below), (">", Compared::Above)];
        let lead = piece.len() - piece.trim_start().len();
        let found = all.iter().find_map(|(sign, meaning)| Some((piece[lead..].strip_prefix(sign)?, sign, *meaning)));
        signs.push(found.map(|(.., meaning)| meaning));
        plain.push(match found {
            Some((rest, sign, _)) => format!("{}{rest}", " ".repeat(lead + sign.len())),
            None => piece.to_owned(),
        });
    }
    (plain.join("|"), signs)
}

/// The values on one side of a number.
fn compared(tag: &Tag, sign: Compared, alternative: &Alternative) -> Result<(i128, i128), (&'static str, String)> {
    let number = match alternative {
        Alternative::Numbers(low, high) if low == high => *low,
        Alternative::Numbers(..) => return Err(("U001", "behind < or > stands one number, not a range".into())),
        Alternative::Name(name) => return Err(("U007", format!("`{name}` is a name; only numbers are compared"))),
    };
    // Reports what is wrong with a number of this tag; the number itself may be one that no raw value has.
    if !tag.names().is_empty() {
        raw_range(tag, alternative)?;
    }
    let sign = if tag.scale().scale.mantissa < 0 { sign.turned() } else { sign };
    let (least, greatest) = domain(tag.kind);
    let (below, above) = around(tag, number).map_err(|why| ("U001", why))?;
    Ok(match sign {
        Compared::Below => (least, if below == above { below - 1 } else { below }),
        Compared::AtMost => (least, below),
        Compared::Above => (if below == above { above + 1 } else { above }, greatest),
        Compared::AtLeast => (above, greatest),
    })
}

/// The nearest raw values at or below a number and at or above it. A number with a point stands for the nearest one that
/// the tag can hold, as in limits.
fn around(tag: &Tag, number: Decimal) -> Result<(i128, i128), String> {
    let ratio = tag.ratio(number)?;
    if let Kind::Float(bits) = tag.kind {
        let at = float_order(ratio.nearest(tag.kind.mantissa()), bits);
        return Ok((at, at));
    }
    Ok((ratio.floor(), ratio.ceil()))
}

impl Compared {
    const fn turned(self) -> Self {
        match self {
            Self::Below => Self::Above,
            Self::AtMost => Self::AtLeast,
            Self::Above => Self::Below,
            Self::AtLeast => Self::AtMost,
        }
    }
}

fn keys(kind: Kind, raw: Raw) -> (i128, i128) {
    match (raw, kind) {
        (Raw::Integers(low, high), _) => (low, high),
        (Raw::Floats(low, high), Kind::Float(bits)) => (float_order(low, bits), float_order(high, bits)),
        (Raw::Floats(..), _) => (1, 0),
    }
}

/// The least and the greatest value of a kind, infinities included.
pub(crate) fn domain(kind: Kind) -> (i128, i128) {
    match kind {
        Kind::Float(bits) => (float_order(f64::NEG_INFINITY, bits), float_order(f64::INFINITY, bits)),
        other => other.integers().unwrap_or((1, 0)),
    }
}

/// Sorted and disjoint.
pub(crate) fn joined(mut ranges: Vec<(i128, i128)>) -> Vec<(i128, i128)> {
    ranges.retain(|(low, high)| low <= high);
    ranges.sort_unstable();
    let mut out: Vec<(i128, i128)> = Vec::new();
    for (low, high) in ranges {
        match out.last_mut() {
            Some((_, end)) if low <= end.saturating_add(1) => *end = high.max(*end),
            _ => out.push((low, high)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]
    use super::*;
    use crate::language::fixture::tag;
    use crate::site::float_at;

    fn shown(row: &str, text: &str) -> String {
        match forbidden(&tag(row), text) {
            Ok(NeverValues::Numbers(ranges)) => format!("{ranges:?}"),
            Ok(NeverValues::Text(text)) => format!("text({})", text.max),
            Err(fault) => format!("{}: {} @{:?}", fault.code, fault.message, fault.part),
        }
    }

    #[test]
    fn numbers_are_compared_exactly() {
        let dose = "dose,40001,u16,0.01,0,mg/L";
        for (text, raw) in [
            ("> 2 mg/L", "[(201, 65535)]"),
            (">= 2 mg/L", "[(200, 65535)]"),
            ("< 0.005 mg/L | > 2.005 mg/L", "[(0, 0), (201, 65535)]"),
            ("<= 0.5mg/L", "[(0, 50)]"),
            ("> 655.35 mg/L", "[]"),
            ("1 .. 2 mg/L | > 1.5", "[(100, 65535)]"),
        ] {
            assert_eq!(shown(dose, text), raw, "{text}");
        }
        assert_eq!(shown("x,40001,i16,-0.5,100,%", "> 99.5 %"), "[(-32768, 0)]");
        assert_eq!(shown("pump,10001,bool,,,", "on"), "[(1, 1)]");
    }

    #[test]
    fn of_numbers_with_a_point_infinity_is_above_all() {
        let Ok(NeverValues::Numbers(ranges)) = forbidden(&tag("flow,40001,f32,,,m"), "> 0.1 m") else { unreachable!() };
        assert_eq!(ranges.len(), 1);
        assert_eq!(float_at(ranges[0].0 - 1, 32), f64::from(0.1f32));
        assert!(float_at(ranges[0].1, 32).is_infinite());
    }

    #[test]
    fn what_is_no_such_value_is_said_with_its_place() {
        insta::assert_snapshot!(
            [
                ("dose,40001,u16,0.01,0,mg/L", "> 2"),
                ("dose,40001,u16,0.01,0,mg/L", "> 2 g/L"),
                ("dose,40001,u16,0.01,0,mg/L", "> 1 .. 2 mg/L"),
                ("dose,40001,u16,0.01,0,mg/L", "> high"),
                ("dose,40001,u16,0.01,0,mg/L", ">"),
                ("dose,40001,u16,0.01,0,mg/L", "!= 2 mg/L"),
                ("pump,10001,bool,,,", "> 0"),
            ]
            .map(|(row, text)| format!("{text:14} {}", shown(row, text)))
            .join("\n")
        );
    }
}
