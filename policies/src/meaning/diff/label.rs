//! Names of what changed: tags, addresses, values in engineering units.

use super::beyond::{Piece, What};
use super::values::Values;
use crate::language::RawValue;
use crate::meaning::{join, values};
use crate::site::{Charset, Kind, Limit, Speaks, Tag, Text};
use serde::Serialize;
use sluice_model::{Space, Span};

/// One item, or some in a row, of which something changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Item {
    /// The tag, with its elements if it is an array; `None` for items without one.
    pub tag: Option<String>,
    /// Where it lies, in every notation.
    pub place: String,
    /// The space, by its name.
    pub space: &'static str,
    /// The first item.
    pub first: u64,
    /// The last item, included.
    pub last: u64,
    /// What values: `45.1 Hz .. 60 Hz`; `None` when values play no part.
    pub values: Option<String>,
    /// What a message that passes on one side alone carries.
    #[serde(skip)]
    pub example: Example,
}

/// What a message carries that passes on one side alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Example {
    /// It reads these items, first and last, or changes them in a way that no value describes.
    Items(u64, u64),
    /// It writes these words from this item on; one bit each in a space of bits.
    Words(u64, Vec<u16>),
    /// It changes one bit of this item to this.
    Bit(u64, u8, bool),
}

/// The items of a piece, cut where tags begin and end.
pub(super) fn items(speaks: &Speaks, space: &'static Space, piece: &Piece) -> Vec<Item> {
    let protocol = speaks.protocol;
    let own = |t: &&Tag| t.space == space.id && t.whole().first <= piece.last && piece.first <= t.whole().last;
    let bit = if let What::Bit { bit, .. } = piece.what { Some(bit) } else { None };
    let mut tags: Vec<&Tag> = speaks.tags.iter().filter(own).filter(|t| t.bit == bit).collect();
    tags.sort_by_key(|t| t.first);
    let mut items = Vec::new();
    let mut next = piece.first;
    for tag in tags {
        let (first, last) = (tag.whole().first.max(piece.first), tag.whole().last.min(piece.last));
        if next < first {
            items.push(item(protocol, space, piece, (next, first - 1), None));
        }
        if first >= next {
            items.push(item(protocol, space, piece, (first, last), Some(tag)));
            next = last + 1;
        }
    }
    if next <= piece.last {
        items.push(item(protocol, space, piece, (next, piece.last), None));
    }
    items
}

fn item(
    protocol: &sluice_model::Descriptor,
    space: &'static Space,
    piece: &Piece,
    (first, last): (u64, u64),
    tag: Option<&Tag>,
) -> Item {
    let bit = if let What::Bit { bit, .. } = piece.what { format!(" bit {bit}") } else { String::new() };
    Item {
        tag: tag.map(|tag| name(tag, first, last)),
        place: protocol.show_both(Span { space: space.id, first, last }) + &bit,
        space: space.name,
        first,
        last,
        values: match &piece.what {
            What::Gap(..) => Some("spanned by a read".into()),
            What::Bit { may_be: [true, true], .. } | What::Values(Values::Any) => None,
            What::Bit { may_be: [to_zero, _], .. } => {
                let raw = RawValue::Integer(i128::from(!to_zero));
                Some(tag.map_or_else(|| i32::from(!to_zero).to_string(), |tag| tag.show_raw(&raw)))
            }
            What::Values(set) => Some(shown(tag.filter(|t| t.items == piece.width), set)),
        },
        example: example(piece, first),
    }
}

fn example(piece: &Piece, first: u64) -> Example {
    match &piece.what {
        What::Gap(first, last) => Example::Items(first.saturating_sub(1), last.saturating_add(1)),
        What::Bit { bit, may_be: [to_zero, _] } => Example::Bit(first, *bit, !to_zero),
        What::Values(_) => {
            let width = piece.width.max(1);
            Example::Words(piece.first + (first - piece.first) / width * width, piece.example.clone())
        }
    }
}

/// `flow`, `flow[2 .. 3]`; `flow (a part)` where an element is cut.
fn name(tag: &Tag, first: u64, last: u64) -> String {
    let (from, to) = ((first - tag.first) / tag.items, (last - tag.first) / tag.items);
    let whole = tag.span(from, to);
    let part = if (whole.first, whole.last) == (first, last) { "" } else { " (a part of it)" };
    match (tag.count, from == to) {
        (1, _) => format!("{}{part}", tag.name),
        (_, true) => format!("{}[{from}]{part}", tag.name),
        (_, false) => format!("{}[{from} .. {to}]{part}", tag.name),
    }
}

/// A set of values in the words of a tag, else raw.
fn shown(tag: Option<&Tag>, set: &Values) -> String {
    match (set, tag) {
        (Values::Any, _) => "any".into(),
        (Values::Text { max, charset, .. }, _) => values::text(&Text { max: *max, charset: Charset(*charset) }),
        (Values::Bits(_, ranges), Some(tag)) => of_tag(tag, ranges),
        (Values::Bits(_, ranges), None) => {
            let range = |(a, b): &(u64, u64)| if a == b { format!("0x{a:X}") } else { format!("0x{a:X} .. 0x{b:X}") };
            format!("raw {}", join(" | ", ranges.iter().map(range)))
        }
    }
}

fn of_tag(tag: &Tag, ranges: &[(u64, u64)]) -> String {
    let bits = (tag.items * 16).min(64);
    match tag.kind {
        Kind::Float(width) => floats(tag, ranges, width),
        Kind::Signed(_) => {
            let half = 1i128 << (bits - 1);
            let cut = ranges.iter().flat_map(|(a, b)| {
                let (a, b) = (i128::from(*a), i128::from(*b));
                let upper = (a.max(half) - 2 * half, b - 2 * half);
                [(a <= b.min(half - 1)).then(|| (a, b.min(half - 1))), (b >= half).then_some(upper)]
            });
            let mut signed: Vec<(i128, i128)> = cut.flatten().collect();
            signed.sort_unstable();
            signed.dedup_by(|next, before| {
                let joins = before.1 + 1 == next.0;
                if joins {
                    before.1 = next.1;
                }
                joins
            });
            values::engineering(tag, &Limit::Integers(signed))
        }
        _ => {
            values::engineering(tag, &Limit::Integers(ranges.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect()))
        }
    }
}

/// Numbers with a point: finite ones by their ends, and whether there are others.
fn floats(tag: &Tag, ranges: &[(u64, u64)], width: u8) -> String {
    let (sign, infinity) = if width == 32 { (1u64 << 31, 0x7F80_0000) } else { (1 << 63, 0x7FF0_0000_0000_0000) };
    let value = |bits: u64| if width == 32 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) };
    let (mut finite, mut other) = (Vec::new(), false);
    for (first, last) in ranges {
        for (from, to) in [(0, sign - 1), (sign, sign | (sign - 1))] {
            let (low, high) = ((*first).max(from), (*last).min(to));
            if low > high {
                continue;
            }
            let greatest = from | (infinity - 1);
            other |= high > greatest;
            if low <= greatest {
                let (a, b) = (value(low), value(high.min(greatest)));
                finite.push(if from == 0 { (a, b) } else { (b, a) });
            }
        }
    }
    finite.sort_by(|a, b| a.0.total_cmp(&b.0));
    finite.dedup_by(|next, before| {
        let joins = next.0 == 0.0 && before.1 == 0.0;
        if joins {
            before.1 = next.1;
        }
        joins
    });
    let shown = values::engineering(tag, &Limit::Floats(finite.clone()));
    match (finite.is_empty(), other) {
        (true, _) => "not a number, or infinite".into(),
        (false, true) => format!("{shown} | not a number, or infinite"),
        (false, false) => shown,
    }
}
