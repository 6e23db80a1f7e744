//! One value of a tag, raw and in words.

use super::scale::Ratio;
use crate::site::{Decimal, Kind, Scaling, Tag};

/// A raw value of one element of a tag, in the order of its words already undone.
#[derive(Clone, Debug, PartialEq)]
pub enum RawValue {
    /// Of a bit (0 or 1) or an integer tag.
    Integer(i128),
    /// Of a floating-point tag; a 32-bit one is widened.
    Float(f64),
    /// Of a text tag, without the NULs that fill its end.
    Text(Vec<u8>),
}

impl Kind {
    /// The least and greatest raw integer that it can hold; `None` for numbers with a point and texts.
    pub(crate) const fn integers(self) -> Option<(i128, i128)> {
        match self {
            Self::Bool => Some((0, 1)),
            Self::Signed(bits) => Some((-(1 << (bits - 1)), (1 << (bits - 1)) - 1)),
            Self::Unsigned(bits) => Some((0, (1 << bits) - 1)),
            Self::Float(_) | Self::Text { .. } => None,
        }
    }

    /// Bits of mantissa of a floating-point kind.
    pub(crate) const fn mantissa(self) -> u32 {
        if matches!(self, Self::Float(32)) { 24 } else { 53 }
    }

    /// The name in a tag list: `u16`.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Bool => "bool".into(),
            Self::Signed(bits) => format!("i{bits}"),
            Self::Unsigned(bits) => format!("u{bits}"),
            Self::Float(bits) => format!("f{bits}"),
            Self::Text { bytes, swapped: false } => format!("string({bytes})"),
            Self::Text { bytes, swapped: true } => format!("string({bytes},swapped)"),
        }
    }
}

impl Tag {
    /// Its scaling, the identity when it has none.
    pub(crate) fn scale(&self) -> Scaling {
        self.engineering.scaling.unwrap_or(Scaling::IDENTITY)
    }

    /// A raw value in the plant's words: `60 Hz`, `run`, `on`, `"batch 7"`.
    pub fn show_raw(&self, raw: &RawValue) -> String {
        match raw {
            RawValue::Integer(raw) => self.show_integer(*raw),
            RawValue::Float(raw) => self.with_unit(&self.show_float(*raw)),
            RawValue::Text(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
        }
    }

    fn show_integer(&self, raw: i128) -> String {
        if let Some((_, name)) = self.engineering.states.iter().find(|(value, _)| *value == raw) {
            return name.clone();
        }
        if self.kind == Kind::Bool && self.engineering.states.is_empty() {
            return if raw == 0 { "off" } else { "on" }.into();
        }
        if !self.engineering.states.is_empty() {
            return format!("raw {raw}, which is no state");
        }
        self.scale().engineering(raw).map_or_else(|| format!("raw {raw}"), |number| self.with_unit(&number.to_string()))
    }

    fn show_float(&self, raw: f64) -> String {
        match (self.engineering.scaling, self.kind) {
            (Some(scaling), _) => shortest(scaling.engineering_float(raw), self.kind.mantissa()),
            (None, Kind::Float(32)) => format!("{}", raw as f32),
            (None, _) => format!("{raw}"),
        }
    }

    /// `number` with the tag's unit behind it.
    pub(crate) fn with_unit(&self, number: &str) -> String {
        if self.engineering.unit.is_empty() { number.into() } else { format!("{number} {}", self.engineering.unit) }
    }

    /// The raw value of `60 Hz`, `run`, `on` or `"batch 7"`: the state names or the unit of this tag, and a value that it
    /// can hold exactly (the nearest one for a floating-point tag). The unit may be left out here, never be another.
    pub fn raw_from_text(&self, text: &str) -> Result<RawValue, String> {
        let text = text.trim();
        if let Kind::Text { bytes, .. } = self.kind {
            let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
            return match inner.len() {
                length if length > usize::from(bytes) => {
                    Err(format!("{} holds {bytes} bytes, this text has {length}", self.name))
                }
                _ => Ok(RawValue::Text(inner.as_bytes().to_vec())),
            };
        }
        if let Some(raw) = self.named(text) {
            return Ok(RawValue::Integer(raw));
        }
        if text.is_empty() {
            return Err(format!("a value is missing: {} = ...", self.name));
        }
        let (number, unit) = split_unit(text);
        self.check_numeric(text)?;
        if number.is_empty() {
            return Err(format!(
                "`{text}` is no value of {}: write a number, as in {}",
                self.name,
                self.with_unit("5")
            ));
        }
        if !unit.is_empty() && unit != self.engineering.unit {
            return Err(self.other_unit(text));
        }
        let number = Decimal::parse(number)?;
        let ratio = self.ratio(number)?;
        if let Kind::Float(_) = self.kind {
            return Ok(RawValue::Float(ratio.nearest(self.kind.mantissa())));
        }
        self.exact(number, ratio).map(RawValue::Integer)
    }

    /// The raw value of a state name, or of `on` and `off` for a bit without named states.
    pub(crate) fn named(&self, name: &str) -> Option<i128> {
        if self.engineering.states.is_empty() && self.kind == Kind::Bool {
            return match name {
                "off" => Some(0),
                "on" => Some(1),
                _ => None,
            };
        }
        self.engineering.states.iter().find(|(_, state)| state == name).map(|(raw, _)| *raw)
    }

    /// The names that its values have, for messages: empty when its values are numbers.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self.kind {
            Kind::Bool if self.engineering.states.is_empty() => vec!["off", "on"],
            _ => self.engineering.states.iter().map(|(_, name)| name.as_str()).collect(),
        }
    }

    fn check_numeric(&self, text: &str) -> Result<(), String> {
        let names = self.names();
        if names.is_empty() {
            Ok(())
        } else {
            Err(format!("`{text}` is no state of {}: {}", self.name, names.join(" | ")))
        }
    }

    /// U003's text.
    pub(crate) fn other_unit(&self, text: &str) -> String {
        match self.engineering.unit.as_str() {
            "" => format!("\"{text}\": {} has no unit", self.name),
            unit => format!("\"{text}\": {} is in {unit}", self.name),
        }
    }

    /// The exact raw quotient of an engineering number.
    pub(crate) fn ratio(&self, number: Decimal) -> Result<Ratio, String> {
        self.scale().raw(number).ok_or_else(|| format!("{number} has too many digits for the scale of {}", self.name))
    }

    fn exact(&self, number: Decimal, ratio: Ratio) -> Result<i128, String> {
        let (least, greatest) = self.kind.integers().unwrap_or((i128::MIN, i128::MAX));
        let raw = ratio.floor();
        if raw < least || ratio.ceil() > greatest {
            let kind = self.kind.name();
            return Err(format!(
                "{} is more than {} can hold: it is a {kind} with values from {} to {}",
                self.with_unit(&number.to_string()),
                self.name,
                self.show_integer(least),
                self.show_integer(greatest)
            ));
        }
        if !ratio.is_whole() {
            let (below, above) = (self.show_integer(raw), self.show_integer(raw + 1));
            return Err(format!("{} cannot hold {number} exactly: it holds {below} and {above}", self.name));
        }
        Ok(raw)
    }
}

/// `60 Hz` as its number and its unit.
pub(crate) fn split_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number.trim_end(), unit.trim())
}

/// A computed number with the digits that its type carries, zeros at the end left out.
fn shortest(number: f64, mantissa: u32) -> String {
    if !number.is_finite() {
        return format!("{number}");
    }
    let digits = if mantissa == 24 { 6 } else { 14 };
    let rounded: f64 = format!("{number:.digits$e}").parse().unwrap_or(number);
    format!("{rounded}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::language::fixture::tag;
    use std::sync::Arc;

    #[test]
    fn integers_are_shown_and_read_in_engineering_units() {
        let speed = tag("pump_speed,40101,u16,0.01,0,Hz");
        assert_eq!(speed.show_raw(&RawValue::Integer(6000)), "60 Hz");
        assert_eq!(speed.show_raw(&RawValue::Integer(65535)), "655.35 Hz");
        assert_eq!(speed.raw_from_text("60 Hz"), Ok(RawValue::Integer(6000)));
        assert_eq!(speed.raw_from_text("60Hz"), Ok(RawValue::Integer(6000)));
        assert_eq!(speed.raw_from_text("0.01"), Ok(RawValue::Integer(1)));
        assert_eq!(speed.raw_from_text("60 rpm"), Err("\"60 rpm\": pump_speed is in Hz".into()));
        assert_eq!(
            speed.raw_from_text("60.005 Hz"),
            Err("pump_speed cannot hold 60.005 exactly: it holds 60 Hz and 60.01 Hz".into())
        );
        assert_eq!(
            speed.raw_from_text("700 Hz"),
            Err("700 Hz is more than pump_speed can hold: it is a u16 with values from 0 Hz to 655.35 Hz".into())
        );
    }

    #[test]
    fn states_and_bits_go_by_name() {
        let mut run = tag("run_cmd,40102,u16,,,");
        Arc::make_mut(&mut run.engineering).states = vec![(0, "stop".into()), (1, "run".into())];
        assert_eq!(run.show_raw(&RawValue::Integer(1)), "run");
        assert_eq!(run.show_raw(&RawValue::Integer(7)), "raw 7, which is no state");
        assert_eq!(run.raw_from_text("run"), Ok(RawValue::Integer(1)));
        assert_eq!(run.raw_from_text("1"), Err("`1` is no state of run_cmd: stop | run".into()));
        let fault = tag("pump_fault,10001,bool,,,");
        assert_eq!(fault.show_raw(&RawValue::Integer(0)), "off");
        assert_eq!(fault.raw_from_text("on"), Ok(RawValue::Integer(1)));
    }

    #[test]
    fn floats_and_texts_are_shown_as_people_write_them() {
        let flow = tag("flow,40003,f32,,,m3/h");
        assert_eq!(flow.show_raw(&RawValue::Float(f64::from(0.1f32))), "0.1 m3/h");
        assert_eq!(flow.raw_from_text("0.1 m3/h"), Ok(RawValue::Float(f64::from(0.1f32))));
        let scaled = tag("flow,40003,f32,0.1,5,m3/h");
        assert_eq!(scaled.show_raw(&RawValue::Float(2.0)), "5.2 m3/h");
        assert_eq!(scaled.show_raw(&RawValue::Float(f64::NAN)), "NaN m3/h");
        let name = tag("batch,40120,string(4),,,");
        assert_eq!(name.show_raw(&RawValue::Text(b"A-7".to_vec())), "\"A-7\"");
        assert_eq!(name.raw_from_text("\"A-7\""), Ok(RawValue::Text(b"A-7".to_vec())));
        assert_eq!(name.raw_from_text("12345"), Err("batch holds 4 bytes, this text has 5".into()));
    }
}
