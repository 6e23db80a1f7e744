//! What a fact must be: `> 20 %`, `= off`, `= 0 | 20 .. 45 Hz`, `!= run`.

use super::value::split_unit;
use super::{Fault, limit};
use crate::site::{Decimal, Kind, Limit, Tag};
use core::ops::Range;
use std::sync::Arc;

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Less,
    AtMost,
    More,
    AtLeast,
    Is,
    IsNot,
}

/// The spellings, longer ones first.
const OPERATORS: [(&str, Operator); 6] = [
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("!=", Operator::IsNot),
    ("<", Operator::Less),
    (">", Operator::More),
    ("=", Operator::Is),
];

impl Operator {
    /// The first operator in a text, and where it stands.
    pub(crate) fn find(text: &str) -> Option<(Self, Range<usize>)> {
        let at = text.find(['<', '>', '=', '!'])?;
        let (word, operator) = OPERATORS.iter().find(|(word, _)| text[at..].starts_with(word))?;
        Some((*operator, at..at + word.len()))
    }

    const fn flipped(self) -> Self {
        match self {
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
            other => other,
        }
    }
}

/// The raw values of a tag that compare so to what stands at `part` of a text. The tag's own `min` and `max` bound
/// writes; what a device reports may lie anywhere. Not a number, and infinities, compare to nothing.
pub(crate) fn compared(tag: &Tag, operator: Operator, text: &str, part: Range<usize>) -> Result<Limit, Fault> {
    if matches!(tag.kind, Kind::Text { .. }) {
        return Err(Fault::new("P051", format!("{} is a text, and no fact to compare", tag.name), part));
    }
    let value = &text[part.clone()];
    let moved = |fault: Fault| Fault { part: part.start + fault.part.start..part.start + fault.part.end, ..fault };
    match operator {
        Operator::Is | Operator::IsNot => {
            let mut free = tag.clone();
            Arc::make_mut(&mut free.engineering).bounds = (None, None);
            let limited = limit(&free, value).map_err(moved)?;
            if let Some(cut) = limited.cut.into_iter().next() {
                return Err(moved(cut));
            }
            Ok(if operator == Operator::IsNot { without(tag, &limited.limit) } else { limited.limit })
        }
        _ => ordered(tag, operator, value).map_err(moved),
    }
}

fn ordered(tag: &Tag, operator: Operator, value: &str) -> Result<Limit, Fault> {
    let whole = 0..value.len();
    let names = tag.names();
    if !names.is_empty() {
        let message = format!("the values of {} have names and no order; write = {}", tag.name, names.join(" | "));
        return Err(Fault::new("U007", message, whole));
    }
    let (number, unit) = split_unit(value.trim());
    let number = Decimal::parse(number).map_err(|why| Fault::new("U001", why, whole.clone()))?;
    if unit != tag.engineering.unit {
        return Err(match unit {
            "" => Fault::new("U004", format!("{} is in {}; say the unit", tag.name, tag.engineering.unit), whole)
                .help(format!("write {number} {}", tag.engineering.unit)),
            _ => Fault::new("U003", tag.other_unit(value.trim()), whole),
        });
    }
    let ratio = tag.ratio(number).map_err(|why| Fault::new("U001", why, whole.clone()))?;
    let operator = if tag.scale().scale.mantissa < 0 { operator.flipped() } else { operator };
    let empty = || Fault::new("U006", format!("{} can never be {value}", tag.name), whole.clone());
    if let Some((least, greatest)) = tag.kind.integers() {
        let (low, high) = match operator {
            Operator::Less => (least, ratio.ceil() - 1),
            Operator::AtMost => (least, ratio.floor()),
            Operator::More => (ratio.floor() + 1, greatest),
            _ => (ratio.ceil(), greatest),
        };
        let (low, high) = (low.max(least), high.min(greatest));
        return if low <= high { Ok(Limit::Integers(vec![(low, high)])) } else { Err(empty()) };
    }
    let narrow = tag.kind == Kind::Float(32);
    let near = ratio.nearest(tag.kind.mantissa());
    let greatest = if narrow { f64::from(f32::MAX) } else { f64::MAX };
    let up = |n: f64| if narrow { f64::from((n as f32).next_up()) } else { n.next_up() };
    let down = |n: f64| if narrow { f64::from((n as f32).next_down()) } else { n.next_down() };
    let (low, high) = match operator {
        Operator::Less => (-greatest, down(near)),
        Operator::AtMost => (-greatest, near),
        Operator::More => (up(near), greatest),
        _ => (near, greatest),
    };
    if low <= high { Ok(Limit::Floats(vec![(low, high)])) } else { Err(empty()) }
}

/// All values of a tag but some; their ranges are sorted and disjoint.
fn without(tag: &Tag, limit: &Limit) -> Limit {
    match limit {
        Limit::Integers(ranges) => {
            let (mut next, greatest) = tag.kind.integers().unwrap_or((0, 0));
            let mut rest = Vec::new();
            for (low, high) in ranges {
                rest.extend((next < *low).then_some((next, low - 1)));
                next = high + 1;
            }
            rest.extend((next <= greatest).then_some((next, greatest)));
            Limit::Integers(rest)
        }
        Limit::Floats(ranges) => {
            let greatest = if tag.kind == Kind::Float(32) { f64::from(f32::MAX) } else { f64::MAX };
            let mut next = -greatest;
            let mut rest = Vec::new();
            for (low, high) in ranges {
                rest.extend((next < *low).then_some((next, low.next_down())));
                next = high.next_up();
            }
            rest.extend((next <= greatest).then_some((next, greatest)));
            Limit::Floats(rest)
        }
        other @ Limit::Text(_) => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::language::fixture::tag;

    fn of(tag: &Tag, text: &str) -> Result<Limit, &'static str> {
        let (operator, at) = Operator::find(text).unwrap();
        compared(tag, operator, text, at.end..text.len()).map_err(|f| f.code)
    }

    #[test]
    fn facts_are_compared_in_engineering_units() {
        let level = tag("tank_level,40001,u16,0.1,0,%");
        let integers = |low, high| Ok(Limit::Integers(vec![(low, high)]));
        assert_eq!(of(&level, "> 20 %"), integers(201, 65535));
        assert_eq!(of(&level, ">= 20 %"), integers(200, 65535));
        assert_eq!(of(&level, "< 20.05 %"), integers(0, 200));
        assert_eq!(of(&level, "<= 20.05 %"), integers(0, 200));
        assert_eq!(of(&level, "= 20 .. 30 %"), integers(200, 300));
        assert_eq!(of(&level, "!= 20 .. 30 %"), Ok(Limit::Integers(vec![(0, 199), (301, 65535)])));
        for (text, code) in
            [("> 20", "U004"), ("> 20 bar", "U003"), ("> 9999 %", "U006"), ("> a", "U001"), ("= on", "U007")]
        {
            assert_eq!(of(&level, text), Err(code), "{text}");
        }
        let falling = tag("x,40001,i16,-1,0,");
        assert_eq!(of(&falling, "> 5"), integers(-32768, -6));
        let fault = tag("pump_fault,10001,bool,,,");
        assert_eq!(of(&fault, "= off"), integers(0, 0));
        assert_eq!(of(&fault, "!= off"), integers(1, 1));
        assert_eq!(of(&fault, "> off"), Err("U007"));
        let flow = tag("flow,40003,f32,,,m3/h");
        let next = f64::from(0.1f32.next_up());
        assert_eq!(of(&flow, "> 0.1 m3/h"), Ok(Limit::Floats(vec![(next, f64::from(f32::MAX))])));
        assert_eq!(of(&tag("n,40003,string(4),,,"), "= x"), Err("P051"));
    }
}
