//! What values may be, in words that are the same for the same set of values.

use super::join;
use crate::language::RawValue;
use crate::site::{Charset, Limit, Tag, Text};

/// `raw 200 .. 450 = 20 Hz .. 45 Hz`, or `any`.
pub(super) fn limit(tag: &Tag, limit: Option<&Limit>) -> String {
    let range = |low: RawValue, high: RawValue| {
        let (raw_low, raw_high) = (raw(&low), raw(&high));
        if raw_low == raw_high {
            return format!("raw {raw_low} = {}", tag.show_raw(&low));
        }
        format!("raw {raw_low} .. {raw_high} = {} .. {}", tag.show_raw(&low), tag.show_raw(&high))
    };
    match limit {
        None => "any".into(),
        Some(Limit::Integers(ranges)) if ranges.is_empty() => "none".into(),
        Some(Limit::Floats(ranges)) if ranges.is_empty() => "none".into(),
        Some(Limit::Integers(ranges)) => {
            join(" | ", ranges.iter().map(|(a, b)| range(RawValue::Integer(*a), RawValue::Integer(*b))))
        }
        Some(Limit::Floats(ranges)) => {
            join(" | ", ranges.iter().map(|(a, b)| range(RawValue::Float(*a), RawValue::Float(*b))))
        }
        Some(Limit::Text(text)) => self::text(text),
    }
}

/// `20 % .. 100 %`: a limit in the plant's words alone.
pub(super) fn engineering(tag: &Tag, limit: &Limit) -> String {
    let range = |low: RawValue, high: RawValue| {
        if low == high { tag.show_raw(&low) } else { format!("{} .. {}", tag.show_raw(&low), tag.show_raw(&high)) }
    };
    match limit {
        Limit::Integers(r) => join(" | ", r.iter().map(|(a, b)| range(RawValue::Integer(*a), RawValue::Integer(*b)))),
        Limit::Floats(r) => join(" | ", r.iter().map(|(a, b)| range(RawValue::Float(*a), RawValue::Float(*b)))),
        Limit::Text(text) => self::text(text),
    }
}

/// `text(12) of 0x2D 0x30 .. 0x39`.
pub(super) fn text(text: &Text) -> String {
    format!("text({}) of {}", text.max, join(" ", bytes(&text.charset)))
}

/// Runs of bytes, printable ones as they are.
fn bytes(charset: &Charset) -> Vec<String> {
    let shown = |byte: u8| {
        if byte.is_ascii_graphic() { char::from(byte).to_string() } else { format!("0x{byte:02X}") }
    };
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for byte in (0..=u8::MAX).filter(|b| charset.contains(*b)) {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(byte) => *last = byte,
            _ => runs.push((byte, byte)),
        }
    }
    runs.into_iter().map(|(a, b)| if a == b { shown(a) } else { format!("{}-{}", shown(a), shown(b)) }).collect()
}

/// A raw value by itself. A floating-point one has digits enough to tell it from its neighbours.
fn raw(value: &RawValue) -> String {
    match value {
        RawValue::Integer(raw) => raw.to_string(),
        RawValue::Float(raw) => format!("{raw:?}"),
        RawValue::Text(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
    }
}
