//! Values of tags out of registers, and back: word order, sign, text. Used by checks, explanations and words.

use crate::language::RawValue;
use crate::site::{Kind, Tag, WordOrder};

/// The bits of a value of `width` registers, most significant first; `None` when a word is not there.
pub(crate) fn join(order: WordOrder, width: u16, word: impl Fn(u16) -> Option<u16>) -> Option<u64> {
    let (low_first, swapped) = traits(order);
    let mut raw = 0;
    for place in 0..width.min(4) {
        let found = word(if low_first { width - 1 - place } else { place })?;
        raw = raw << 16 | u64::from(if swapped { found.swap_bytes() } else { found });
    }
    Some(raw)
}

/// The registers that carry these bits: the inverse of [`join`].
pub(crate) fn split(order: WordOrder, width: u16, raw: u64) -> Vec<u16> {
    (0..width).map(|place| word_of(order, width, raw, place)).collect()
}

/// Register `place` of those that carry these bits.
pub(crate) const fn word_of(order: WordOrder, width: u16, raw: u64, place: u16) -> u16 {
    let (low_first, swapped) = traits(order);
    let from_low = if low_first { place } else { width - 1 - place };
    let word = (raw >> (16 * from_low)) as u16;
    if swapped { word.swap_bytes() } else { word }
}

const fn traits(order: WordOrder) -> (bool, bool) {
    (matches!(order, WordOrder::Cdab | WordOrder::Dcba), matches!(order, WordOrder::Badc | WordOrder::Dcba))
}

/// Two's complement bits as the integer of a kind.
fn integer(kind: Kind, raw: u64) -> i128 {
    match kind {
        Kind::Signed(bits) => {
            let unused = 64u32.saturating_sub(bits.into());
            i128::from((raw << unused).cast_signed() >> unused)
        }
        _ => raw.into(),
    }
}

/// The value of one element of a tag whose register (or bit item) `n` is `word(n)`; `None` when one is not there.
pub(crate) fn value(tag: &Tag, word: impl Fn(u16) -> Option<u16>) -> Option<RawValue> {
    let width = u16::try_from(tag.items).ok()?;
    if let Some(bit) = tag.bit {
        return Some(RawValue::Integer((word(0)? >> bit & 1).into()));
    }
    match tag.kind {
        Kind::Bool => Some(RawValue::Integer(word(0)?.into())),
        Kind::Text { swapped, .. } => {
            let words = (0..width).map(&word).collect::<Option<Vec<_>>>()?;
            let mut bytes: Vec<u8> =
                words.into_iter().flat_map(|w| if swapped { w.to_le_bytes() } else { w.to_be_bytes() }).collect();
            bytes.truncate(bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1));
            Some(RawValue::Text(bytes))
        }
        Kind::Float(32) => Some(RawValue::Float(f32::from_bits(join(tag.words, width, word)? as u32).into())),
        Kind::Float(_) => Some(RawValue::Float(f64::from_bits(join(tag.words, width, word)?))),
        kind => Some(RawValue::Integer(integer(kind, join(tag.words, width, word)?))),
    }
}

/// The value that raw bits of a tag, its words in order, stand for; of no text.
pub(crate) fn of_raw(tag: &Tag, raw: u64) -> RawValue {
    match tag.kind {
        Kind::Float(32) => RawValue::Float(f32::from_bits(raw as u32).into()),
        Kind::Float(_) => RawValue::Float(f64::from_bits(raw)),
        kind => RawValue::Integer(integer(kind, raw)),
    }
}

/// The registers (or bit items) of one element that carry a value.
#[allow(clippy::cast_sign_loss)] // two's complement keeps the sign
pub(crate) fn encode(tag: &Tag, value: &RawValue) -> Vec<u16> {
    let width = tag.items as u16;
    match (value, tag.kind) {
        (RawValue::Integer(raw), Kind::Bool) => vec![*raw as u16],
        (RawValue::Integer(raw), _) => split(tag.words, width, *raw as u64),
        (RawValue::Float(number), Kind::Float(32)) => split(tag.words, width, (*number as f32).to_bits().into()),
        (RawValue::Float(number), _) => split(tag.words, width, number.to_bits()),
        (RawValue::Text(bytes), kind) => {
            let swapped = matches!(kind, Kind::Text { swapped: true, .. });
            let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
            let word = |n: usize| {
                let pair = [byte(2 * n), byte(2 * n + 1)];
                if swapped { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
            };
            (0..usize::from(width)).map(word).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_word_orders_of_0x0a0b0c0d() {
        for (order, words) in [
            (WordOrder::Abcd, [0x0A0B, 0x0C0D]),
            (WordOrder::Cdab, [0x0C0D, 0x0A0B]),
            (WordOrder::Badc, [0x0B0A, 0x0D0C]),
            (WordOrder::Dcba, [0x0D0C, 0x0B0A]),
        ] {
            assert_eq!(split(order, 2, 0x0A0B_0C0D), words, "{order:?}");
            assert_eq!(join(order, 2, |n| words.get(usize::from(n)).copied()), Some(0x0A0B_0C0D), "{order:?}");
        }
        assert_eq!(split(WordOrder::Cdab, 4, 0x0001_0002_0003_0004), [4, 3, 2, 1]);
        assert_eq!(join(WordOrder::Abcd, 2, |n| (n == 0).then_some(1)), None);
    }
}
