//! Whether a message does what a guarantee forbids: a second opinion, register by register.

use sluice_model::{Operation, Span, Values};
use sluice_policies::site::{
    AssetId, Devices, Kind, Never, NeverTag, NeverValues, Site, Tag, Text, WordOrder, float_order,
};

/// Whether `operation` from one asset to another breaks `never`, for what is written in part, in some state of the device.
pub(crate) fn breaks(site: &Site, never: &Never, from: AssetId, to: AssetId, operation: &Operation<'_>) -> bool {
    if from == to || !never.from.assets.contains(&from) || !never.to.assets.contains(&to) {
        return false;
    }
    if let Some(functions) = &never.functions {
        let by_verb = operation.function.by_verb && functions.named.verbs.contains(operation.action);
        if !by_verb && !functions.named.codes.iter().any(|code| code.covers(operation.code)) {
            return false;
        }
    }
    let opaque = operation.function.opaque;
    if !(opaque || never.actions.is_empty() || never.actions.contains(operation.action)) {
        return false;
    }
    let Some(tags) = &never.tags else { return true };
    let speaks = &site.asset(to).speaks;
    let listed = speaks.iter().position(|s| matches!(&s.devices, Devices::Listed(l) if l.contains(&operation.device)));
    let Some(device) = listed.or_else(|| speaks.iter().position(|s| s.devices == Devices::Any)) else { return false };
    let mut own = tags.iter().filter(|t| (t.asset, t.speaks) == (to, device));
    own.any(|never| opaque || tag(&speaks[device].tags[never.tag], never, operation))
}

fn tag(tag: &Tag, never: &NeverTag, operation: &Operation<'_>) -> bool {
    let Some(target) = operation.target.filter(|t| t.space == tag.space) else { return false };
    (never.first..=never.last).any(|element| {
        let span = tag.span(element, element);
        let meets = span.first <= target.last && target.first <= span.last;
        let words: Vec<Known> = (span.first..=span.last).map(|item| known(operation, target, item)).collect();
        meets && becomes(tag, never.values.as_deref(), operation, &words)
    })
}

/// The bits of a register that an operation sets, and what to.
#[derive(Clone, Copy, Debug)]
struct Known {
    mask: u16,
    value: u16,
}

fn known(operation: &Operation<'_>, target: Span, item: u64) -> Known {
    let outside = !(target.first..=target.last).contains(&item);
    match operation.values {
        _ if outside => Known { mask: 0, value: 0 },
        Values::Mask { and, or } => Known { mask: !and, value: or },
        values => match values.item((item - target.first) as usize) {
            Some(value) => Known { mask: u16::MAX, value },
            None => Known { mask: 0, value: 0 },
        },
    }
}

fn becomes(tag: &Tag, values: Option<&NeverValues>, operation: &Operation<'_>, words: &[Known]) -> bool {
    let carries = !matches!(operation.values, Values::None);
    let touched = tag.bit.map_or(u16::MAX, |bit| 1 << bit);
    match values {
        // A read touches what it covers, a mask the bits that it sets.
        None => !carries || words.iter().any(|w| w.mask & touched != 0),
        Some(_) if !carries => false,
        Some(NeverValues::Numbers(ranges)) => match tag.bit {
            Some(bit) => {
                let value = i128::from(words[0].value >> bit & 1);
                words[0].mask & touched != 0 && ranges.iter().any(|(low, high)| (*low..=*high).contains(&value))
            }
            None => changes(words) && raw_ranges(tag.kind, ranges).iter().any(|range| some_value(tag, *range, words)),
        },
        Some(NeverValues::Text(text)) => changes(words) && some_text(tag, text, words),
    }
}

fn changes(words: &[Known]) -> bool {
    words.iter().any(|w| w.mask != 0)
}

/// Ranges of numbers as ranges of the bits that stand for them.
fn raw_ranges(kind: Kind, ranges: &[(i128, i128)]) -> Vec<(u128, u128)> {
    let (bits, negative): (u32, Box<dyn Fn(i128) -> i128>) = match kind {
        Kind::Signed(bits) => (bits.into(), Box::new(move |n| n + (1 << bits))),
        Kind::Float(bits) => (bits.into(), Box::new(move |n| (1 << (bits - 1)) - n)),
        Kind::Unsigned(bits) => (bits.into(), Box::new(|n| n)),
        _ => (16, Box::new(|n| n)),
    };
    let mut raw = Vec::new();
    for (low, high) in ranges {
        if *high >= 0 {
            raw.push(((*low).max(0), *high));
        }
        if *low < 0 {
            let (a, b) = (negative(*low), negative((*high).min(-1)));
            raw.push((a.min(b), a.max(b)));
        }
    }
    let top = (1i128 << bits) - 1;
    raw.into_iter().map(|(low, high)| (low.cast_unsigned(), high.min(top).cast_unsigned())).collect()
}

/// Whether some value of a range has what is known of its registers; digit by digit, the most significant first.
fn some_value(tag: &Tag, (low, high): (u128, u128), words: &[Known]) -> bool {
    let order = if tag.kind == Kind::Bool { WordOrder::Abcd } else { tag.words };
    let mut digits: Vec<Known> = words.to_vec();
    if matches!(order, WordOrder::Cdab | WordOrder::Dcba) {
        digits.reverse();
    }
    if matches!(order, WordOrder::Badc | WordOrder::Dcba) {
        for digit in &mut digits {
            *digit = Known { mask: digit.mask.swap_bytes(), value: digit.value.swap_bytes() };
        }
    }
    let digit = |number: u128, at: usize| (number >> (16 * (digits.len() - 1 - at)) & 0xFFFF) as u16;
    // What is still possible: equal to the low end, to the high end, to both, strictly between.
    let mut states = vec![(true, true)];
    for (at, known) in digits.iter().enumerate() {
        let mut next = Vec::new();
        for (at_low, at_high) in states {
            let (least, most) =
                (if at_low { digit(low, at) } else { 0 }, if at_high { digit(high, at) } else { u16::MAX });
            let fits = |d: &u16| d & known.mask == known.value & known.mask;
            if least > most {
                continue;
            }
            for end in [least, most] {
                if fits(&end) {
                    next.push((at_low && end == digit(low, at), at_high && end == digit(high, at)));
                }
            }
            if (least..=most).any(|d| fits(&d) && d != least && d != most) {
                next.push((false, false));
            }
        }
        next.sort_unstable();
        next.dedup();
        states = next;
    }
    !states.is_empty()
}

/// Whether some text of the set has what is known; every byte that is not known is tried as NUL and as a letter.
fn some_text(tag: &Tag, text: &Text, words: &[Known]) -> bool {
    let swapped = matches!(tag.kind, Kind::Text { swapped: true, .. });
    let letters: Vec<u8> = (1..=255).filter(|b| text.charset.contains(*b)).collect();
    let bytes = words.len() * 2;
    let fits = |candidate: &[u8]| {
        words.iter().enumerate().all(|(n, known)| {
            let pair = [candidate[2 * n], candidate[2 * n + 1]];
            let word = if swapped { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) };
            word & known.mask == known.value & known.mask
        })
    };
    (0..=bytes.min(text.max.into())).any(|length| {
        let mut all = vec![Vec::new()];
        for at in 0..bytes {
            let choices: &[u8] = if at < length { &letters } else { &[0] };
            all = all
                .into_iter()
                .flat_map(|head: Vec<u8>| choices.iter().map(move |b| [head.as_slice(), &[*b]].concat()))
                .collect();
        }
        all.iter().any(|candidate| fits(candidate))
    })
}

#[test]
fn the_second_opinion_knows_its_numbers() {
    let ranges = raw_ranges(Kind::Signed(16), &[(-2, 3)]);
    assert_eq!(ranges, [(0, 3), (0xFFFE, 0xFFFF)]);
    let low = float_order(-1.5, 32);
    assert_eq!(raw_ranges(Kind::Float(32), &[(low, low)]), [(0xBFC0_0000, 0xBFC0_0000)]);
}
