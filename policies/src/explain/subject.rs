//! What a decision is about: the tag that decided, what it would have become, and the grant that limits it.

use crate::decision::{Decision, Reason};
use crate::language::RawValue;
use crate::policy::{Policy, Route};
use crate::registers;
use crate::site::{Items, Limit, Speaks, Tag, TagGrant};
use sluice_model::{Operation, Span, Values};

/// The tag that decided; everything is `None` when no tag did.
#[derive(Default)]
pub(super) struct Subject<'p> {
    pub(super) tag: Option<&'p Tag>,
    /// Which element of it.
    element: u64,
    raw: Option<RawValue>,
    pub(super) grant: Option<&'p TagGrant>,
}

impl<'p> Subject<'p> {
    pub(super) fn find(policy: &'p Policy, route: Route, operation: &Operation<'_>, decision: &Decision) -> Self {
        let (Some(span), Some((index, speaks))) = (operation.target, policy.device(route, operation.device)) else {
            return Self::default();
        };
        let item = match decision.item {
            Some(item) => item,
            // An allowed write of one element is about that element.
            None if span.items() <= 4 && decision.reason.is_none() => span.first,
            None => return Self::default(),
        };
        let mut best = None;
        for tag in policy.tags_at(route, index, span.space, item) {
            let found = Self::of(policy, route, index, speaks, tag, item, operation, decision);
            if best.as_ref().is_none_or(|b: &Self| found.rank(decision) > b.rank(decision)) {
                best = Some(found);
            }
        }
        best.unwrap_or_default()
    }

    #[allow(clippy::too_many_arguments)] // the coordinates of one tag
    fn of(
        policy: &'p Policy,
        route: Route,
        index: usize,
        speaks: &'p Speaks,
        tag: usize,
        item: u64,
        operation: &Operation<'_>,
        decision: &Decision,
    ) -> Self {
        let shape = &speaks.tags[tag];
        let element = (item - shape.first) / shape.items.max(1);
        let items = decision.statement.map(|id| &policy.statement(id).items);
        let grant = items.and_then(|items| {
            grants_of(items, route, index, tag).iter().find(|g| (g.first..=g.last).contains(&element))
        });
        Self { tag: Some(shape), element, raw: written(shape, element, operation), grant }
    }

    /// How well a tag explains the decision: one that the statement limits wrongly, one that it names, a whole one.
    fn rank(&self, decision: &Decision) -> (bool, bool, bool) {
        let fails = decision.reason == Some(Reason::Value) && self.grant.is_some() && !self.within();
        (fails, self.grant.is_some(), self.tag.is_some_and(|t| t.bit.is_none()))
    }

    fn within(&self) -> bool {
        match (self.grant.and_then(|g| g.limit.as_deref()), &self.raw) {
            (None, _) => true,
            (Some(Limit::Integers(ranges)), Some(RawValue::Integer(raw))) => {
                ranges.iter().any(|(from, to)| from <= raw && raw <= to)
            }
            _ => false,
        }
    }

    pub(super) fn name(&self) -> Option<String> {
        self.tag.map(|tag| element_name(tag, self.element, self.element))
    }

    /// The items of the element.
    pub(super) fn span(&self) -> Option<Span> {
        self.tag.map(|tag| tag.span(self.element, self.element))
    }

    pub(super) fn value(&self) -> Option<String> {
        Some(self.tag?.show_raw(self.raw.as_ref()?))
    }

    pub(super) fn unit(&self) -> Option<String> {
        self.tag.map(|t| t.engineering.unit.clone()).filter(|u| !u.is_empty())
    }

    /// What the limit's author wrote.
    pub(super) fn wording(&self) -> Option<&'p str> {
        self.grant.filter(|g| g.limit.is_some()).map(|g| g.said.wording.as_str()).filter(|w| !w.is_empty())
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

/// The grants of one tag in a statement; the compiled policy keeps them sorted by tag.
pub(super) fn grants_of(items: &Items, route: Route, index: usize, tag: usize) -> &[TagGrant] {
    let Items::Tags(grants) = items else { return &[] };
    let of_device = grants.iter().find(|g| g.asset == route.to() && g.speaks == index);
    of_device.map_or(&[], |grant| {
        let from = grant.tags.partition_point(|g| g.tag < tag);
        let to = grant.tags.partition_point(|g| g.tag <= tag);
        &grant.tags[from..to]
    })
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
