//! A guarantee, as lines: taking one away lets later changes through that it would have stopped.

use super::clause::{Clause, ClauseKind};
use super::guard::schedule;
use super::{Lines, ends, items, join, statement, values};
use crate::language::RawValue;
use crate::site::{Crowd, Hops, Kind, Never, NeverTag, NeverValues, Site, float_at};

pub(super) fn clause(site: &Site, never: &Never) -> Clause {
    let hops = if never.hops == Hops::Any { "any" } else { "1" };
    let mut lines = vec![format!("hops {hops}")];
    if never.floor {
        lines.push("floor".into());
    }
    crowd(site, "from", &never.from, &mut lines);
    crowd(site, "to", &never.to, &mut lines);
    lines.extend(never.actions.iter().map(|action| format!("action {}", action.name())));
    if let Some(functions) = &never.functions {
        lines.push(format!("protocol {}", functions.protocol.name));
        statement::named(functions.protocol, &functions.named, &mut lines);
    }
    match &never.tags {
        None => lines.push("items any".into()),
        Some(tags) => lines.extend(tags.iter().map(|tag| of_tag(site, tag))),
    }
    if let Some(window) = never.unless.window.and_then(|id| site.windows.get(usize::from(id.0))) {
        lines.push(format!("unless window {} is open", window.name));
    }
    lines.extend(never.unless.during.iter().map(|s| format!("unless during {}", schedule(site, s))));
    let name = format!("never {:?}", never.says);
    Clause::new(ClauseKind::Setting, "never", name, Some(never.at.clone()), lines)
}

fn crowd(site: &Site, end: &str, crowd: &Crowd, lines: &mut Lines) {
    lines.extend(crowd.assets.iter().map(|id| format!("{end} {}", ends::asset(site, site.asset(*id)))));
    if !crowd.strangers.is_empty() {
        lines.push(format!("{end} strangers {}", crowd.strangers));
    }
}

fn of_tag(site: &Site, never: &NeverTag) -> String {
    let asset = site.asset(never.asset);
    let Some((speaks, tag)) = asset.speaks.get(never.speaks).and_then(|s| Some((s, s.tags.get(never.tag)?))) else {
        return format!("item {} ?", asset.name);
    };
    let at = (speaks.protocol.show_span)(tag.span(never.first, never.last));
    let bit = tag.bit.map_or_else(String::new, |bit| format!(".{bit}"));
    let value = match never.values.as_deref() {
        None => "any".into(),
        Some(NeverValues::Text(text)) => values::text(text),
        Some(NeverValues::Numbers(ranges)) => {
            let value = |number: i128| match tag.kind {
                Kind::Float(bits) => RawValue::Float(float_at(number, bits)),
                _ => RawValue::Integer(number),
            };
            let range = |(a, b): &(i128, i128)| {
                format!("raw {a} .. {b} = {} .. {}", tag.show_raw(&value(*a)), tag.show_raw(&value(*b)))
            };
            join(" | ", ranges.iter().map(range))
        }
    };
    let device = ends::device(asset, speaks);
    format!("item {device} {at}{bit}: {} {}, value {value}", tag.name, items::of_tag(tag))
}
