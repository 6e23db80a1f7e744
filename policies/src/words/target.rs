//! What a function touches: tags, elements of arrays, raw ranges, each with its value.

use super::function::{first_word, number};
use crate::language::RawValue;
use crate::policy::{Device, Tags};
use crate::read::names::nearest;
use crate::site::Tag;
use sluice_model::{Descriptor, Span};

/// One target of a message in words.
pub(super) enum Target<'p> {
    /// Elements of a tag, each with the value.
    Tag { device: Device<'p>, tag: Box<Tag>, first: u64, last: u64, value: Option<RawValue> },
    /// Raw items, with one value for each.
    Raw { span: Span, bits: u8, values: Option<Vec<u16>> },
}

impl<'p> Target<'p> {
    /// The device that has the tag.
    pub(super) fn device(&self) -> Option<Device<'p>> {
        match self {
            Self::Tag { device, .. } => Some(*device),
            Self::Raw { .. } => None,
        }
    }
}

/// Reads `TAG|RANGE [= VALUE], ...`.
pub(super) fn read<'p>(
    asset: &str,
    protocol: &'static Descriptor,
    devices: &[Device<'p>],
    text: &str,
) -> Result<Vec<Target<'p>>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let one = |part: &&str| {
        let (place, value) = match part.split_once('=') {
            Some((place, value)) => (place.trim(), Some(value.trim())),
            None => (part.trim(), None),
        };
        raw(protocol, place, value).unwrap_or_else(|| tag(asset, protocol, devices, place, value))
    };
    parts(text).iter().map(one).collect()
}

/// Splits at commas that stand outside of quotes.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut from, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// A raw range, when the text begins with a space's name.
fn raw<'p>(protocol: &'static Descriptor, place: &str, value: Option<&str>) -> Option<Result<Target<'p>, String>> {
    let (word, rest) = first_word(place);
    let space = protocol.spaces.iter().find(|s| s.name == word || s.key == word)?;
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let span = (protocol.parse_span)(space.id, rest).map_err(|e| match e.suggestion {
        Some(meant) => format!("{} (did you mean {meant}?)", e.message),
        None => e.message,
    });
    Some(span.and_then(|span| {
        let values = value.map(|v| raw_values(v, span.items(), space.bits)).transpose()?;
        Ok(Target::Raw { span, bits: space.bits, values })
    }))
}

/// The most raw values that a message in words may carry.
const MOST: u64 = 4096;

/// One value for all items, or one for each, with blanks between.
fn raw_values(text: &str, items: u64, bits: u8) -> Result<Vec<u16>, String> {
    if items > MOST {
        return Err(format!("{items} values are more than a message carries"));
    }
    let one = |word: &str| match word {
        "on" => Ok(1),
        "off" => Ok(0),
        _ => number(word)
            .filter(|n| bits > 1 || *n <= 1)
            .ok_or_else(|| format!("`{word}` is no raw value of {bits} bits")),
    };
    let values = text.split_whitespace().map(one).collect::<Result<Vec<_>, _>>()?;
    match values.as_slice() {
        [only] => Ok(vec![*only; items as usize]),
        all if all.len() as u64 == items => Ok(values),
        all => Err(format!("{} values for {items} items", all.len())),
    }
}

fn tag<'p>(
    asset: &str,
    protocol: &'static Descriptor,
    devices: &[Device<'p>],
    place: &str,
    value: Option<&str>,
) -> Result<Target<'p>, String> {
    let (name, elements) = match place.strip_suffix(']').and_then(|p| p.split_once('[')) {
        Some((name, elements)) => (name.trim(), Some(elements)),
        None => (place, None),
    };
    let found = devices.iter().find_map(|device| Some((*device, device.tags.tag(device.tags.named(name)?))));
    let Some((device, tag)) = found else {
        let hint = hint(asset, protocol, devices, name).map(|hint| format!(", {hint}")).unwrap_or_default();
        return Err(format!("{asset} has no tag `{name}`{hint}"));
    };
    let (first, last) = match elements {
        Some(text) => range(&tag, text)?,
        None => (0, tag.count - 1),
    };
    if value.is_some() && elements.is_none() && tag.count > 1 {
        return Err(format!(
            "{name} has {0} elements: say which, as in {name}[0] or {name}[0 .. {1}]",
            tag.count, last
        ));
    }
    let value = value.map(|text| tag.raw_from_text(text)).transpose()?;
    Ok(Target::Tag { device, tag: Box::new(tag), first, last, value })
}

/// What the author of a name that is no tag may have meant.
fn hint(asset: &str, protocol: &'static Descriptor, devices: &[Device<'_>], name: &str) -> Option<String> {
    let known = |name: &str| devices.iter().any(|d| d.tags.named(name).is_some());
    let (first, rest) = first_word(name);
    if known(first) {
        return Some(format!("a value stands behind `=`: {first} = {}", rest.strip_prefix("to ").unwrap_or(rest)));
    }
    if let Some(own) = name.strip_prefix(asset).and_then(|rest| rest.strip_prefix('.')).filter(|own| known(own)) {
        return Some(format!("write {own} alone"));
    }
    if name.contains(['*', '?']) {
        return Some("a message names its tags one by one".into());
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        let place =
            protocol.notations.iter().rev().find_map(|n| (protocol.parse_address)(n.name, name).err()?.suggestion);
        return Some(match place {
            Some(place) => format!("did you mean {place}?"),
            None => "commas part items, and decimals are written with a point".into(),
        });
    }
    let meant = nearest(name, devices.iter().map(|d| d.tags).flat_map(Tags::names));
    meant.map(|meant| format!("did you mean {meant}?"))
}

fn range(tag: &Tag, text: &str) -> Result<(u64, u64), String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let parsed = first.trim().parse::<u64>().ok().zip(last.trim().parse::<u64>().ok());
    match parsed {
        Some((first, last)) if first <= last && last < tag.count => Ok((first, last)),
        _ => Err(format!("{}[{text}]: its elements are 0 .. {}", tag.name, tag.count - 1)),
    }
}
