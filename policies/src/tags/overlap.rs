//! Two tags on one item.

use crate::diagnose::Diagnostic;
use crate::read::Reader;
use crate::site::Tag;
use sluice_model::{Descriptor, Span};
use std::collections::HashMap;

/// T020: tags overlap, and neither is a bit of the other. T021: two tags are the same bit.
pub(super) fn check(reader: &mut Reader<'_>, tags: &[(Tag, bool)], protocol: &'static Descriptor) {
    let mut bits: HashMap<(u8, u64, u8), &Tag> = HashMap::new();
    let mut whole: Vec<&Tag> = Vec::with_capacity(tags.len());
    for (tag, _) in tags {
        match tag.bit {
            None => whole.push(tag),
            Some(bit) => {
                if let Some(other) = bits.insert((tag.space.0, tag.first, bit), tag) {
                    let message = format!("{} and {} are the same bit", other.name, tag.name);
                    reader.report(Diagnostic::error("T021", &tag.at, message).also(&other.at, "the other one"));
                }
            }
        }
    }
    whole.sort_by_key(|t| (t.space, t.first, t.at.span.start));
    let mut widest: Option<&Tag> = None;
    for tag in whole {
        let before = widest.filter(|w| w.space == tag.space && w.whole().last >= tag.first);
        if let Some(before) = before {
            let last = before.whole().last.min(tag.whole().last);
            let shared = (protocol.show_span)(Span { space: tag.space, first: tag.first, last });
            let (first, second) = if before.at.span.start < tag.at.span.start { (before, tag) } else { (tag, before) };
            let message =
                format!("{} and {} overlap at {shared} and neither is a bit of the other", first.name, second.name);
            reader.report(Diagnostic::error("T020", &second.at, message).also(&first.at, "the other one"));
        }
        if before.is_none_or(|b| tag.whole().last > b.whole().last) {
            widest = Some(tag);
        }
    }
}
