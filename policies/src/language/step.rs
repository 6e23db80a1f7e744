//! Steps: `5 Hz within 10 s`, and what they are as raw differences of a tag.

use super::value::split_unit;
use super::{Fault, duration};
use crate::site::{Decimal, Kind, StepSize, Tag};
use core::ops::Range;
use core::time::Duration;

/// A step as its author wrote it.
#[derive(Debug)]
pub(crate) struct Said {
    /// The number, and where it stands with its unit.
    number: Decimal,
    unit: String,
    part: Range<usize>,
    /// How fresh the value before must be.
    pub(crate) within: Duration,
}

impl Said {
    /// Reads a step, before it is known of which tag: P054.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let whole = 0..text.len();
        let wrong = |message: String| Fault::new("P054", message, whole.clone()).help("write \"5 Hz within 10 s\"");
        let (size, span) = text
            .split_once(" within ")
            .ok_or_else(|| wrong("a step says how fresh the value before it must be: \"5 Hz within 10 s\"".into()))?;
        let within = duration(text, text.len() - span.len()..text.len())?;
        let (number, unit) = split_unit(size.trim());
        let part = 0..size.len();
        let number = Decimal::parse(number).map_err(&wrong)?;
        if number.mantissa <= 0 {
            return Err(wrong(format!("a step is more than nothing; this is {}", size.trim())));
        }
        Ok(Self { number, unit: unit.into(), part, within })
    }

    /// The greatest raw difference, rounded inward: P055 for a tag that has no steps, U003 and U004 for its unit.
    pub(crate) fn of(&self, tag: &Tag) -> Result<StepSize, Fault> {
        let wrong = |message: String| Fault::new("P055", message, self.part.clone());
        if !tag.names().is_empty() || matches!(tag.kind, Kind::Text { .. } | Kind::Bool) {
            return Err(wrong(format!("the values of {} are no numbers, so nothing is a step of it", tag.name)));
        }
        let own = tag.engineering.unit.as_str();
        if self.unit != own {
            let said = format!("{} {}", self.number, self.unit);
            return Err(match self.unit.as_str() {
                "" => Fault::new("U004", format!("{} is in {own}; a step says its unit", tag.name), self.part.clone())
                    .help(format!("write \"{} {own} within ...\"", self.number)),
                _ => Fault::new("U003", tag.other_unit(&said), self.part.clone()),
            });
        }
        let scale = Decimal { mantissa: tag.scale().scale.mantissa.abs(), ..tag.scale().scale };
        let ratio = crate::site::Scaling { scale, offset: Decimal::ZERO }.raw(self.number);
        let ratio = ratio.ok_or_else(|| wrong(format!("{} has too many digits for {}", self.number, tag.name)))?;
        if matches!(tag.kind, Kind::Float(_)) {
            return Ok(StepSize::Float(ratio.nearest(tag.kind.mantissa())));
        }
        match u64::try_from(ratio.floor()) {
            Ok(0) => {
                let least = tag.with_unit(&tag.scale().scale.to_string());
                Err(wrong(format!("{} goes in steps of {least}, so no write could change it", tag.name)))
            }
            Ok(most) => Ok(StepSize::Integer(most)),
            Err(_) => Ok(StepSize::Integer(u64::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::language::fixture::tag;

    #[test]
    fn a_step_is_rounded_inward() {
        let speed = tag("pump_speed,40101,u16,0.01,0,Hz");
        let of = |text: &str| Said::parse(text).and_then(|s| s.of(&speed));
        assert_eq!(of("5 Hz within 10 s").unwrap(), StepSize::Integer(500));
        assert_eq!(of("0.019 Hz within 10 s").unwrap(), StepSize::Integer(1));
        for (text, code) in [
            ("0.009 Hz within 10 s", "P055"),
            ("5 rpm within 10 s", "U003"),
            ("5 within 10 s", "U004"),
            ("5 Hz", "P054"),
            ("5 Hz within soon", "P050"),
            ("-5 Hz within 10 s", "P054"),
            ("0 Hz within 10 s", "P054"),
        ] {
            assert_eq!(of(text).unwrap_err().code, code, "{text}");
        }
        let falling = tag("x,40101,i16,-0.5,100,bar");
        assert_eq!(Said::parse("2 bar within 1 s").unwrap().of(&falling).unwrap(), StepSize::Integer(4));
        let flow = tag("flow,40001,f32,0.1,0,m3/h");
        assert_eq!(Said::parse("2 m3/h within 1 s").unwrap().of(&flow).unwrap(), StepSize::Float(20.0));
        assert_eq!(Said::parse("1 within 1 s").unwrap().of(&tag("b,10001,bool,,,")).unwrap_err().code, "P055");
    }
}
