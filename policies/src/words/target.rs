//! What a function touches: tags, elements of arrays, raw ranges, each with its value.

use super::function::{first_word, number};
use super::{Listener, Trouble};
use crate::language::RawValue;
use crate::read::names::nearest;
use crate::site::Tag;
use sluice_model::{Descriptor, Span};

/// One target of a message in words.
pub(super) enum Target<'p> {
    /// Elements of a tag, each with the value.
    Tag { listener: Listener<'p>, tag: Box<Tag>, first: u64, last: u64, value: Option<RawValue> },
    /// Raw items, with one value for each.
    Raw { span: Span, bits: u8, values: Option<Vec<u16>> },
}

impl<'p> Target<'p> {
    /// The device that has the tag.
    pub(super) fn listener(&self) -> Option<Listener<'p>> {
        match self {
            Self::Tag { listener, .. } => Some(*listener),
            Self::Raw { .. } => None,
        }
    }
}

/// Reads `TAG|RANGE [= VALUE], ...`.
pub(super) fn read<'p, 't>(
    asset: &str,
    protocol: &'static Descriptor,
    listeners: &[Listener<'p>],
    text: &'t str,
) -> Result<Vec<Target<'p>>, Trouble<'t>> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let one = |part: &&'t str| {
        let (place, value) = match part.split_once('=') {
            Some((place, value)) => (place.trim(), Some(value.trim())),
            None => (part.trim(), None),
        };
        raw(protocol, place, value).unwrap_or_else(|| tag(asset, protocol, listeners, place, value))
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
fn raw<'p, 't>(
    protocol: &'static Descriptor,
    place: &'t str,
    value: Option<&'t str>,
) -> Option<Result<Target<'p>, Trouble<'t>>> {
    let (word, rest) = first_word(place);
    let space = protocol.spaces.iter().find(|s| s.name == word || s.key == word)?;
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let span = (protocol.parse_span)(space.id, rest);
    let span = span.map_err(|e| Trouble {
        hint: e.suggestion.map(|s| format!("did you mean {s}?")),
        ..Trouble::at(place, e.message)
    });
    Some(span.and_then(|span| {
        let values = value.map(|v| raw_values(v, span.items(), space.bits).map_err(|e| Trouble::value(v, e)));
        Ok(Target::Raw { span, bits: space.bits, values: values.transpose()? })
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

fn tag<'p, 't>(
    asset: &str,
    protocol: &'static Descriptor,
    listeners: &[Listener<'p>],
    place: &'t str,
    value: Option<&'t str>,
) -> Result<Target<'p>, Trouble<'t>> {
    let (name, elements) = match place.strip_suffix(']').and_then(|p| p.split_once('[')) {
        Some((name, elements)) => (name.trim(), Some(elements)),
        None => (place, None),
    };
    let found = listeners.iter().find_map(|listener| Some((*listener, listener.tags.called(name)?)));
    let Some((listener, tag)) = found else {
        let hint = hint(asset, protocol, listeners, name);
        return Err(Trouble { hint, ..Trouble::unknown(name, format!("{asset} has no tag `{name}`")) });
    };
    let (first, last) = match elements {
        Some(text) => range(&tag, text).map_err(|e| Trouble::at(place, e))?,
        None => (0, tag.count - 1),
    };
    if value.is_some() && elements.is_none() && tag.count > 1 {
        let which = format!("{name} has {} elements: say which, as in {name}[0] or {name}[0 .. {last}]", tag.count);
        return Err(Trouble::at(place, which));
    }
    let value = value.map(|text| tag.raw_from_text(text).map_err(|e| Trouble::value(text, e))).transpose()?;
    Ok(Target::Tag { listener, tag: Box::new(tag), first, last, value })
}

/// What the author of a name that is no tag may have meant.
fn hint(asset: &str, protocol: &'static Descriptor, listeners: &[Listener<'_>], name: &str) -> Option<String> {
    let known = |name: &str| listeners.iter().any(|l| l.tags.called(name).is_some());
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
    let meant = nearest(name, listeners.iter().flat_map(|l| l.tags.all()));
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
