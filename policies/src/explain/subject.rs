//! What a decision is about: the tag that decided, what it would have become, and the grant that limits it.

use crate::decision::{Decision, Reason};
use crate::language::RawValue;
use crate::policy::{Device, Granted, Policy, Route};
use crate::registers;
use crate::site::Tag;
use sluice_model::{Operation, Span, Values};
use std::borrow::Cow;

/// The tag that decided; everything is `None` when no tag did.
#[derive(Default)]
pub(super) struct Subject<'p> {
    pub(super) tag: Option<Tag>,
    /// Which element of it.
    element: u64,
    raw: Option<RawValue>,
    pub(super) grant: Option<Granted<'p>>,
}

impl<'p> Subject<'p> {
    pub(super) fn find(policy: &'p Policy, route: Route, operation: &Operation<'_>, decision: &Decision) -> Self {
        let (Some(span), Some(device)) = (operation.target, policy.device(route, operation.device)) else {
            return Self::default();
        };
        let item = match decision.item {
            Some(item) => item,
            // An allowed write of one element is about that element.
            None if span.items() <= 4 && decision.reason.is_none() => span.first,
            None => return Self::default(),
        };
        let tags = device.tags.whole(span.space, item).into_iter().chain(device.tags.bits(span.space, item));
        let found = tags.map(|tag| Self::of(policy, device, tag, item, operation, decision));
        // Of equals the first.
        found.reduce(|best, new| if new.rank(decision) > best.rank(decision) { new } else { best }).unwrap_or_default()
    }

    fn of(
        policy: &'p Policy,
        device: Device<'p>,
        tag: usize,
        item: u64,
        operation: &Operation<'_>,
        decision: &Decision,
    ) -> Self {
        let shape = device.tags.tag(tag);
        let element = (item - shape.first) / shape.items.max(1);
        let mut granted = decision.statement.into_iter().flat_map(|id| policy.granted(id, device, tag));
        let grant = granted.find(|g| (g.first..=g.last).contains(&element));
        let raw = written(&shape, element, operation);
        Self { tag: Some(shape), element, raw, grant }
    }

    /// How well a tag explains the decision: one that the statement limits wrongly, one that it names, a whole one.
    fn rank(&self, decision: &Decision) -> (bool, bool, bool) {
        let fails = decision.reason == Some(Reason::Value) && self.grant.is_some() && !self.within();
        (fails, self.grant.is_some(), self.tag.as_ref().is_some_and(|t| t.bit.is_none()))
    }

    /// Whether this is what fails when a value does: a whole tag whose value is good would have allowed the write, a
    /// bit may be good beside another that is not.
    fn within(&self) -> bool {
        let (Some(grant), Some(tag)) = (&self.grant, &self.tag) else { return true };
        match (tag.bit, &self.raw) {
            (Some(_), Some(RawValue::Integer(raw))) => grant.may_be[usize::from(*raw != 0)],
            // A bit that the write leaves alone.
            (Some(_), _) => true,
            (None, _) => grant.limit.is_none(),
        }
    }

    pub(super) fn name(&self) -> Option<String> {
        self.tag.as_ref().map(|tag| element_name(tag, self.element, self.element))
    }

    /// The items of the element.
    pub(super) fn span(&self) -> Option<Span> {
        self.tag.as_ref().map(|tag| tag.span(self.element, self.element))
    }

    pub(super) fn value(&self) -> Option<String> {
        Some(self.tag.as_ref()?.show_raw(self.raw.as_ref()?))
    }

    pub(super) fn unit(&self) -> Option<String> {
        self.tag.as_ref().map(|t| t.engineering.unit.clone()).filter(|u| !u.is_empty())
    }

    /// What the limit's author wrote.
    pub(super) fn wording(&self) -> Option<Cow<'p, str>> {
        Some(self.grant?.limit?.about(self.tag.as_ref()?)).filter(|words| !words.is_empty())
    }
}

/// `recipe[3]`, `recipe[0 .. 9]`, or the name alone when the tag is no array.
pub(super) fn element_name(tag: &Tag, first: u64, last: u64) -> String {
    match (tag.count, first == last) {
        (1, _) => tag.name.clone(),
        (count, false) if first == 0 && last + 1 == count => tag.name.clone(),
        (_, true) => format!("{}[{first}]", tag.name),
        (_, false) => format!("{}[{first} .. {last}]", tag.name),
    }
}

/// What an element would become, when the operation writes all of it.
pub(super) fn written(tag: &Tag, element: u64, operation: &Operation<'_>) -> Option<RawValue> {
    let span = operation.target?;
    let first = tag.first + element * tag.items;
    match operation.values {
        Values::None => None,
        Values::Mask { and, or } => {
            let touched = tag.bit.map_or(and == 0, |bit| and >> bit & 1 == 0);
            if touched && tag.items == 1 { registers::value(tag, |_| Some(or)) } else { None }
        }
        values => {
            let offset = usize::try_from(first.checked_sub(span.first)?).ok()?;
            if first + tag.items - 1 > span.last {
                return None;
            }
            registers::value(tag, |n| values.item(offset + usize::from(n)))
        }
    }
}
