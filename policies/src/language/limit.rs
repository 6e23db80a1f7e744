//! A limit on one tag, as raw values.

use super::Fault;
use super::range::{Alternative, Wording};
use super::text::text_limit;
use crate::site::{Decimal, Kind, Limit, Tag};

/// A limit on a tag in raw values, and what an author should know about it.
#[derive(Debug)]
pub(crate) struct Limited {
    pub(crate) limit: Limit,
    /// Parts of the limit that the tag's own bounds or type take away.
    pub(crate) cut: Vec<Fault>,
}

/// The raw values that a limit leaves a tag: inside the tag's own bounds, rounded inward for integers; the ends of a
/// limit on a floating-point tag are the numbers of its type nearest to those written.
pub(crate) fn limit(tag: &Tag, text: &str) -> Result<Limited, Fault> {
    if let Kind::Text { bytes, .. } = tag.kind {
        return text_limit(&tag.name, bytes, text).map(|limit| Limited { limit, cut: Vec::new() });
    }
    let wording = Wording::parse(text)?;
    check_unit(tag, text, &wording)?;
    let mut ranges = Vec::new();
    for (alternative, part) in &wording.alternatives {
        let range = raw_range(tag, alternative).map_err(|(code, why)| Fault::new(code, why, part.clone()))?;
        ranges.push((range, part.clone()));
    }
    narrow(tag, text, ranges)
}

/// What the tag's own `min` and `max` leave; `None` when it has neither.
pub(crate) fn bounds(tag: &Tag) -> Result<Option<Limit>, String> {
    let (min, max) = tag.engineering.bounds;
    if min.is_none() && max.is_none() {
        return Ok(None);
    }
    let range = bounded(tag, min, max)?;
    match range {
        Raw::Integers(low, high) if low <= high => Ok(Some(Limit::Integers(vec![(low, high)]))),
        Raw::Floats(low, high) if low <= high => Ok(Some(Limit::Floats(vec![(low, high)]))),
        _ => Err(format!("no value that {} can hold lies between its min and max", tag.name)),
    }
}

/// One range of raw values, possibly empty.
#[derive(Clone, Copy, Debug)]
pub(super) enum Raw {
    Integers(i128, i128),
    Floats(f64, f64),
}

/// U003, U004: the unit is the tag's own and is said.
pub(super) fn check_unit(tag: &Tag, text: &str, wording: &Wording) -> Result<(), Fault> {
    let numbers = wording.alternatives.iter().find(|(a, _)| matches!(a, Alternative::Numbers(..)));
    match (&wording.unit, numbers) {
        (Some((unit, part)), _) if *unit != tag.engineering.unit => {
            let number = &text[part.clone()];
            Err(Fault::new("U003", tag.other_unit(number), part.clone()))
        }
        (None, Some((_, part))) if !tag.engineering.unit.is_empty() && tag.names().is_empty() => {
            let message = format!("{} is in {}; a limit says its unit", tag.name, tag.engineering.unit);
            Err(Fault::new("U004", message, part.clone()).help(format!("write \"{wording} {}\"", tag.engineering.unit)))
        }
        _ => Ok(()),
    }
}

/// An alternative in raw values.
pub(super) fn raw_range(tag: &Tag, alternative: &Alternative) -> Result<Raw, (&'static str, String)> {
    let names = tag.names();
    match alternative {
        Alternative::Name(name) => match tag.named(name) {
            Some(raw) => Ok(Raw::Integers(raw, raw)),
            None if names.is_empty() => {
                Err(("U007", format!("{} has no named states; `{name}` is none of its values", tag.name)))
            }
            None => Err(("U007", format!("`{name}` is no state of {}: {}", tag.name, names.join(" | ")))),
        },
        Alternative::Numbers(..) if !names.is_empty() => {
            Err(("U007", format!("the values of {} have names; write {}", tag.name, names.join(" | "))))
        }
        Alternative::Numbers(low, high) => {
            let range = numbers(tag, *low, *high).map_err(|why| ("U001", why))?;
            match range {
                Raw::Integers(a, b) if a > b => {
                    let both = if low == high { low.to_string() } else { format!("{low} .. {high}") };
                    Err(("U002", format!("no value that {} can hold lies in {both}", tag.name)))
                }
                other => Ok(other),
            }
        }
    }
}

fn numbers(tag: &Tag, low: Decimal, high: Decimal) -> Result<Raw, String> {
    let (mut low, mut high) = (tag.ratio(low)?, tag.ratio(high)?);
    if tag.scale().scale.mantissa < 0 {
        (low, high) = (high, low);
    }
    Ok(match tag.kind {
        Kind::Float(_) => Raw::Floats(low.nearest(tag.kind.mantissa()), high.nearest(tag.kind.mantissa())),
        _ => Raw::Integers(low.ceil(), high.floor()),
    })
}

/// The tag's bounds and type in raw values.
fn bounded(tag: &Tag, min: Option<Decimal>, max: Option<Decimal>) -> Result<Raw, String> {
    let at = |number: Option<Decimal>| number.map(|n| numbers(tag, n, n)).transpose();
    let (mut low, mut high) = (at(min)?, at(max)?);
    if tag.scale().scale.mantissa < 0 {
        (low, high) = (high, low);
    }
    Ok(if let Some((least, greatest)) = tag.kind.integers() {
        // A bound between two raw values gives (above, below): the inward one of the two is taken.
        let low = low.map_or(least, |r| if let Raw::Integers(a, _) = r { a.max(least) } else { least });
        let high = high.map_or(greatest, |r| if let Raw::Integers(_, b) = r { b.min(greatest) } else { greatest });
        Raw::Integers(low, high)
    } else {
        let greatest = tag.kind.greatest();
        let float = |raw: Option<Raw>, other: f64| if let Some(Raw::Floats(a, _)) = raw { a } else { other };
        Raw::Floats(float(low, -greatest), float(high, greatest))
    })
}

/// Takes from each range what the tag's bounds and type forbid; sorts and joins the rest.
fn narrow(tag: &Tag, text: &str, ranges: Vec<(Raw, core::ops::Range<usize>)>) -> Result<Limited, Fault> {
    let whole = 0..text.len();
    let bounds = bounded(tag, tag.engineering.bounds.0, tag.engineering.bounds.1)
        .map_err(|why| Fault::new("T009", why, whole.clone()))?;
    let (mut integers, mut floats, mut cut) = (Vec::new(), Vec::new(), Vec::new());
    for (range, part) in ranges {
        let kept = match (range, bounds) {
            (Raw::Integers(a, b), Raw::Integers(least, greatest)) => {
                let (low, high) = (a.max(least), b.min(greatest));
                integers.extend((low <= high).then_some((low, high)));
                (low, high) == (a, b)
            }
            (Raw::Floats(a, b), Raw::Floats(least, greatest)) => {
                let (low, high) = (a.max(least), b.min(greatest));
                floats.extend((low <= high).then_some((low, high)));
                low <= a && b <= high
            }
            _ => true,
        };
        if !kept {
            let message = format!("`{}` goes past what {} allows: {}", &text[part.clone()], tag.name, tag.reach());
            cut.push(Fault::new("U005", message, part));
        }
    }
    if integers.is_empty() && floats.is_empty() {
        let message = format!("nothing of \"{text}\" lies in what {} allows: {}", tag.name, tag.reach());
        return Err(Fault::new("U006", message, whole));
    }
    let limit = if tag.kind.integers().is_some() {
        Limit::Integers(joined(integers))
    } else {
        Limit::Floats(joined_floats(floats))
    };
    Ok(Limited { limit, cut })
}

impl Kind {
    /// The greatest finite number of a floating-point kind.
    const fn greatest(self) -> f64 {
        match self {
            Self::Float(32) => f32::MAX as f64,
            _ => f64::MAX,
        }
    }
}

impl Tag {
    /// The values that any write may carry, in words: its bounds, or what its type holds.
    pub(crate) fn reach(&self) -> String {
        self.reach_within(self.engineering.bounds)
    }

    /// The values that its type holds between `bounds`, in words.
    pub(crate) fn reach_within(&self, bounds: (Option<Decimal>, Option<Decimal>)) -> String {
        let names = self.names();
        if !names.is_empty() {
            return names.join(" | ");
        }
        let (least, greatest) = match self.kind.integers() {
            Some((least, greatest)) => {
                let ends = [least, greatest].map(|raw| self.scale().engineering(raw));
                if self.scale().scale.mantissa < 0 { (ends[1], ends[0]) } else { (ends[0], ends[1]) }
            }
            None => (None, None),
        };
        let show = |bound: Option<Decimal>| bound.map_or_else(|| "any".into(), |n| n.to_string());
        match (bounds.0.or(least), bounds.1.or(greatest)) {
            (None, None) => "any value".into(),
            (low, high) => self.with_unit(&format!("{} .. {}", show(low), show(high))),
        }
    }
}

/// Sorted, and ranges that touch joined.
fn joined(mut ranges: Vec<(i128, i128)>) -> Vec<(i128, i128)> {
    ranges.sort_unstable();
    let mut out: Vec<(i128, i128)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        match out.last_mut() {
            Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
            _ => out.push((low, high)),
        }
    }
    out
}

fn joined_floats(mut ranges: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    ranges.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out: Vec<(f64, f64)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        match out.last_mut() {
            Some(last) if low <= last.1 => last.1 = last.1.max(high),
            _ => out.push((low, high)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::language::fixture::tag;
    use crate::site::Scaling;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn shown(tag: &Tag, text: &str) -> String {
        match limit(tag, text) {
            Ok(Limited { limit: Limit::Integers(r), cut }) => {
                let cut: Vec<String> = cut.iter().map(|f| format!(" {}: {}", f.code, f.message)).collect();
                format!("{r:?}{}", cut.concat())
            }
            Ok(Limited { limit: Limit::Floats(r), .. }) => format!("{r:?}"),
            Ok(other) => format!("{other:?}"),
            Err(f) => format!("{}: {}", f.code, f.message),
        }
    }

    #[test]
    fn engineering_limits_become_raw_ones() {
        let mut speed = tag("pump_speed,40101,u16,0.01,0,Hz");
        Arc::make_mut(&mut speed.engineering).bounds = (Some(Decimal::whole(0)), Some(Decimal::whole(50)));
        let mut run = tag("run_cmd,40102,u16,,,");
        Arc::make_mut(&mut run.engineering).states = vec![(0, "stop".into()), (1, "run".into())];
        let lines: Vec<String> = [
            "0 | 20 .. 45 Hz",
            "20.001 .. 20.019 Hz",
            "20.001 .. 20.009 Hz",
            "40 .. 60 Hz",
            "60 .. 70 Hz",
            "20 .. 45",
            "45 rpm",
            "20 .. 30 Hz | 30.01 .. 31 Hz",
            "open",
        ]
        .iter()
        .map(|t| format!("{t:30} {}", shown(&speed, t)))
        .chain(["run", "stop | run", "1", "go"].iter().map(|t| format!("run_cmd {t:22} {}", shown(&run, t))))
        .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn a_negative_scale_turns_a_limit_round() {
        let level = tag("level,40001,i16,-0.5,100,%");
        assert_eq!(shown(&level, "90 .. 95 %"), "[(10, 20)]");
        let flow = tag("flow,40001,f32,-2,0,m");
        assert_eq!(shown(&flow, "1 .. 4 m"), "[(-2.0, -0.5)]");
    }

    #[test]
    fn the_end_of_a_float_limit_can_be_written() {
        let flow = tag("flow,40001,f32,,,m");
        let Limit::Floats(ranges) = limit(&flow, "0.05 .. 0.1 m").unwrap().limit else { unreachable!() };
        assert_eq!(ranges, [(f64::from(0.05f32), f64::from(0.1f32))]);
    }

    proptest! {
        /// A raw value is in the limit exactly when its engineering value, by exact arithmetic, is in the range; looked at
        /// around both ends of the range.
        #[test]
        fn limits_agree_with_exact_arithmetic(
            low in -4_000_000i128..4_000_000, width in 0i128..2_000_000, places in 0u32..4,
            scale in prop_oneof![1i128..5000, -5000i128..-1], scale_places in 0u32..4,
            offset in -10_000i128..10_000, offset_places in 0u32..4
        ) {
            let mut tag = tag("x,40001,i16,,,");
            Arc::make_mut(&mut tag.engineering).scaling = Some(Scaling {
                scale: Decimal { mantissa: scale, places: scale_places },
                offset: Decimal { mantissa: offset, places: offset_places },
            });
            let at = |mantissa| Decimal { mantissa, places };
            let ranges = match limit(&tag, &format!("{} .. {}", at(low), at(low + width))) {
                Ok(Limited { limit: Limit::Integers(ranges), .. }) => ranges,
                Ok(_) => unreachable!(),
                Err(_) => Vec::new(),
            };
            // Everything times 10^6, so that all terms are integers.
            let million = |n: i128, p: u32| n * 10i128.pow(6 - p);
            let (least, greatest) = (million(low, places), million(low + width, places));
            let (scale, offset) = (million(scale, scale_places), million(offset, offset_places));
            for edge in [least, greatest] {
                let near = (edge - offset).div_euclid(scale);
                for raw in (near - 3..=near + 3).filter(|r| i16::try_from(*r).is_ok()) {
                    let inside = ranges.iter().any(|(a, b)| (*a..=*b).contains(&raw));
                    prop_assert_eq!(inside, (least..=greatest).contains(&(raw * scale + offset)), "raw {}", raw);
                }
            }
        }
    }
}
