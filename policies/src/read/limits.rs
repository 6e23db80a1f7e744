//! What a statement's values mean for one tag.

use super::picks::Pick;
use super::reader::Reader;
use super::tree::{Node, Value};
use crate::diagnose::Diagnostic;
use crate::language::{self, Fault};
use crate::site::{Kind, Limit, Tag, Wording};
use std::collections::BTreeSet;

/// What a write must lie in, and its wording; `None` when the limit is wrong. The same for all tags of one type whose
/// values mean the same, unless there is something to report.
pub(super) fn limit(
    reader: &mut Reader<'_>,
    pick: &Pick<'_>,
    tag: &Tag,
    writes: bool,
) -> Option<(Option<Limit>, Wording)> {
    // Reported with the tag list if it fails.
    let own = language::bounds(tag).ok().flatten();
    let Some(node) = pick.limit.filter(|_| writes) else {
        return Some((own.filter(|_| writes), Wording::Bounds));
    };
    let Value::Text(text) = &node.value else { return None };
    if text.trim() == "in-range" {
        return in_range(reader, node, tag, own);
    }
    match language::limit(tag, text) {
        Ok(limited) => {
            for cut in limited.cut {
                cut_off(reader, node, tag, cut);
            }
            Some((Some(limited.limit), Wording::Written(text.trim().into())))
        }
        Err(why) => {
            reader.tag_fault(node, tag, why);
            None
        }
    }
}

/// U008: `in-range` needs a range.
fn in_range(reader: &mut Reader<'_>, node: &Node, tag: &Tag, own: Option<Limit>) -> Option<(Option<Limit>, Wording)> {
    let states = tag.engineering.states.iter().map(|(raw, _)| (*raw, *raw)).collect::<BTreeSet<_>>();
    let limit = match own {
        Some(limit) => limit,
        None if !states.is_empty() => Limit::Integers(states.into_iter().collect()),
        None if tag.kind == Kind::Bool => Limit::Integers(vec![(0, 1)]),
        None => {
            let message = format!("{} has no min and no max, so nothing says what is in range", tag.name);
            reader.report(Diagnostic::error("U008", &node.at, message).also(&tag.at, "declared here"));
            return None;
        }
    };
    Some((Some(limit), Wording::InRange))
}

/// Reports what the tag's own bounds or type take away from a limit.
fn cut_off(reader: &mut Reader<'_>, node: &Node, tag: &Tag, fault: Fault) {
    let at = reader.part(node, fault.part);
    let mut wrong = Diagnostic::warning(fault.code, &at, fault.message);
    wrong.help = fault.help;
    reader.report(wrong.also(&tag.at, format!("{} is declared here", tag.name)));
}
