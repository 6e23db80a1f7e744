//! What was asked, in tag names where the items are whole tags, in addresses where they are not.

use super::subject::{element_name, written};
use crate::policy::{Device, Policy, Route};
use sluice_model::{Action, Operation, Span, Values};

/// How many tags or values are named before `and n more`.
const NAMED: usize = 4;

pub(super) fn words(policy: &Policy, route: Route, operation: &Operation<'_>) -> String {
    let verb = match operation.action {
        action @ (Action::Read | Action::Write) if operation.function.by_verb => action.name(),
        _ => operation.function.name,
    };
    let Some(span) = operation.target else {
        return format!("function {} ({})", operation.code, operation.function.name);
    };
    let known = policy.device(route, operation.device);
    let named = known.and_then(|device| match operation.values {
        Values::Mask { and, or } => bits(device, span, and, or),
        _ => tags(device, span, operation),
    });
    if let Some(parts) = named {
        return format!("{verb} {}", listed(&parts));
    }
    let single = known.filter(|_| span.items() == 1);
    let tag = single.and_then(|device| Some(device.tags.tag(device.tags.whole(span.space, span.first)?)));
    let place = match tag {
        Some(tag) if tag.items == 1 && tag.count == 1 => tag.name,
        _ => place(policy, span, operation),
    };
    format!("{verb} {place}{}", values(span, operation))
}

/// The parts, the first few of them by name.
fn listed(parts: &[String]) -> String {
    let shown = parts[..parts.len().min(NAMED)].join(", ");
    if parts.len() > NAMED { format!("{shown} and {} more", parts.len() - NAMED) } else { shown }
}

fn place(policy: &Policy, span: Span, operation: &Operation<'_>) -> String {
    match policy.protocol(operation.protocol) {
        Some(protocol) => (protocol.show_span)(span),
        None => format!("{} .. {}", span.first, span.last),
    }
}

/// The tags that fill the span exactly, with what they would become.
fn tags(device: Device<'_>, span: Span, operation: &Operation<'_>) -> Option<Vec<String>> {
    let (mut parts, mut item) = (Vec::new(), span.first);
    loop {
        let tag = device.tags.tag(device.tags.whole(span.space, item)?);
        let first = (item - tag.first) / tag.items;
        if tag.span(first, first).first != item {
            return None;
        }
        let fits = (span.last + 1 - item) / tag.items;
        let count = if operation.values == Values::None { fits.min(tag.count - first) } else { fits.min(1) };
        let last = first + count.checked_sub(1)?;
        let name = element_name(&tag, first, last);
        parts.push(match written(&tag, first, operation) {
            Some(raw) => format!("{name} = {}", tag.show_raw(&raw)),
            None => name,
        });
        item = tag.span(first, last).last;
        if item >= span.last {
            return Some(parts);
        }
        item += 1;
    }
}

/// The bits that a mask touches, when each has a tag.
fn bits(device: Device<'_>, span: Span, and: u16, or: u16) -> Option<Vec<String>> {
    let mut missing = !and;
    let mut parts = Vec::new();
    for tag in device.tags.bits(span.space, span.first).map(|i| device.tags.tag(i)) {
        if let Some(bit) = tag.bit
            && missing >> bit & 1 == 1
        {
            missing &= !(1 << bit);
            let raw = crate::language::RawValue::Integer((or >> bit & 1).into());
            parts.push(format!("{} = {}", tag.name, tag.show_raw(&raw)));
        }
    }
    (missing == 0 && !parts.is_empty()).then_some(parts)
}

/// The raw values that go with a span, the first few of them.
fn values(span: Span, operation: &Operation<'_>) -> String {
    match operation.values {
        Values::None => String::new(),
        Values::Mask { and, or } => format!(" and 0x{and:04X} or 0x{or:04X}"),
        values => {
            let count = usize::try_from(span.items()).unwrap_or(usize::MAX);
            let all: Vec<_> = (0..count).map_while(|n| values.item(n)).take(NAMED).map(|v| v.to_string()).collect();
            let rest = if count > NAMED { " .." } else { "" };
            format!(" = {}{rest}", all.join(" "))
        }
    }
}
