//! P041: a statement on bits of a register that has bounds of its own. Who may change single bits could take the whole
//! value past them, and the gateway cannot know what the other bits are.

use super::lifts::writes;
use super::ranges::Ranges;
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::language;
use crate::registers;
use crate::site::{Items, Kind, Limit, Location, Site, Speaks, Tag, TagGrant};
use std::collections::{HashMap, HashSet};

pub(super) fn check(site: &Site, diagnostics: &mut Diagnostics) {
    let mut said = HashSet::new();
    let mut lists: HashMap<*const Tag, Ranges<_>> = HashMap::new();
    // What several statements grant is looked at once when there is nothing to say about it.
    let mut harmless: HashSet<(*const Tag, *const TagGrant)> = HashSet::new();
    for statement in site.conduits.iter().flat_map(|c| &c.statements).filter(|s| writes(s)) {
        let Items::Tags(grants) = &statement.items else { continue };
        for grant in grants {
            let speaks = &site.asset(grant.asset).speaks[grant.speaks];
            if !harmless.insert((speaks.tags.as_ptr(), grant.tags.as_ptr())) {
                continue;
            }
            let bits = || grant.tags.iter().filter(|g| speaks.tags[g.tag].bit.is_some());
            if bits().next().is_none() {
                continue;
            }
            let bounded = lists.entry(speaks.tags.as_ptr()).or_insert_with(|| bounded(speaks));
            for granted in bits() {
                let bit = &speaks.tags[granted.tag];
                for (_, (tag, limit)) in bounded.meeting(bit.whole()) {
                    let at = grant.place(granted);
                    if !escapes(tag, limit, bit, granted) {
                        continue;
                    }
                    harmless.remove(&(speaks.tags.as_ptr(), grant.tags.as_ptr()));
                    if said.insert((&tag.name, at.file, at.span.start)) {
                        diagnostics.push(lifted(bit, tag, at));
                    }
                }
            }
        }
    }
}

/// The tags of whole registers that have bounds, each with them.
fn bounded(speaks: &Speaks) -> Ranges<(&Tag, Limit)> {
    let whole = speaks.tags.iter().filter(|t| t.bit.is_none());
    Ranges::of(whole.filter_map(|t| Some((t.whole(), (t, language::bounds(t).ok().flatten()?)))))
}

/// Whether some value within the bounds of `tag` leaves them when only `bit` becomes what its grant allows.
fn escapes(tag: &Tag, bounds: &Limit, bit: &Tag, granted: &TagGrant) -> bool {
    let Limit::Integers(ranges) = bounds else { return true };
    let ([(low, high)], Some((least, greatest)), Some(number)) = (ranges.as_slice(), tag.kind.integers(), bit.bit)
    else {
        return true;
    };
    let word = ((bit.first - tag.first) % tag.items) as u16;
    let only = |n: u16| Some(if n == word { 1 << number } else { 0 });
    let Some(mask) = registers::join(tag.words, tag.items as u16, only) else { return true };
    let place = mask.trailing_zeros();
    let may_become = |value: i128| match granted.limit.as_deref() {
        Some(Limit::Integers(ranges)) => ranges.iter().any(|(a, b)| (*a..=*b).contains(&value)),
        _ => true,
    };
    if matches!(tag.kind, Kind::Signed(bits) if place + 1 == u32::from(bits)) {
        return (low, high) != (&least, &greatest);
    }
    let is_set = |raw: i128| raw >> place & 1 == 1;
    // The greatest value without the bit, and the least one with it: they leave the bounds first.
    let without = if is_set(*high) { (high >> place << place) - 1 } else { *high };
    let with = if is_set(*low) { *low } else { ((low >> place) + 1) << place };
    let step = 1i128 << place;
    (may_become(1) && without >= *low && without + step > *high)
        || (may_become(0) && with <= *high && with - step < *low)
}

fn lifted(bit: &Tag, tag: &Tag, at: &Location) -> Diagnostic {
    let message = format!("this statement lifts min and max of {}", tag.name);
    Diagnostic::error("P041", at, message)
        .label(format!("{} is a bit of it, whatever its other bits are", bit.name))
        .also(&tag.at, format!("{} of every write", tag.reach()))
        .note("min and max bound every write; policy only narrows")
        .help(format!("leave it out and write {} as a whole, or give {0} no min and no max", tag.name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::language::RawValue;
    use crate::language::fixture::tag;
    use crate::site::{WordOrder, Wording};
    use proptest::prelude::*;
    use std::sync::Arc;

    proptest! {
        #[test]
        fn a_bit_escapes_when_some_value_does(
            low in -200i128..66_000, wide in 0i128..66_000, signed: bool, swapped: bool, number in 0u8..16, may_be in 1usize..4
        ) {
            let mut whole = tag(if signed { "x,40001,i16,,," } else { "x,40001,u16,,," });
            whole.words = if swapped { WordOrder::Badc } else { WordOrder::Abcd };
            let (least, greatest) = whole.kind.integers().unwrap();
            let (low, high) = (low.clamp(least, greatest), (low + wide).clamp(least, greatest));
            let mut bit = tag("x,40001,u16,,,");
            bit.bit = Some(number);
            let values = [vec![(0, 0)], vec![(1, 1)], vec![(0, 1)]][may_be - 1].clone();
            let limit = Some(Arc::new(Limit::Integers(values.clone())));
            let granted = TagGrant { tag: 0, first: 0, last: 0, limit, wording: Arc::new(Wording::Bounds), conditions: None, place: 0 };
            let leaves = (low..=high).any(|raw| {
                values.iter().flat_map(|(a, b)| *a..=*b).any(|value| {
                    let word = registers::encode(&whole, &RawValue::Integer(raw))[0];
                    let word = word & !(1 << number) | u16::from(value == 1) << number;
                    let RawValue::Integer(raw) = registers::value(&whole, |_| Some(word)).unwrap() else { unreachable!() };
                    !(low..=high).contains(&raw)
                })
            });
            let found = escapes(&whole, &Limit::Integers(vec![(low, high)]), &bit, &granted);
            prop_assert!(found || !leaves, "{low} .. {high}");
            // The sign of a signed value is said to leave more bounds than it does.
            let sign = signed && (number == if swapped { 7 } else { 15 });
            prop_assert!(!found || leaves || sign, "{low} .. {high}");
        }
    }
}
