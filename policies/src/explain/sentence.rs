//! Why, in one sentence.

use super::About;
use super::subject::{Subject, element_name};
use crate::decision::{Decision, Reason, StatementId};
use crate::policy::{Device, Policy, Route};
use crate::site::{Functions, Items};
use sluice_model::{Descriptor, Operation, Span, Values};
use std::borrow::Cow;

pub(super) fn why(about: &mut About<'_, '_, '_>, subject: &Subject<'_>) -> String {
    let About { policy, route, operation, decision, .. } = *about;
    let statement = decision.statement.map(|id| policy.statement_name(id));
    let statement = statement.as_deref().unwrap_or("the policy");
    match decision.reason {
        None => {
            let facts = about.facts().unwrap_or_default();
            format!("{}{facts}", allowed(statement, subject))
        }
        Some(Reason::NoConduit) => no_conduit(policy, route, operation),
        Some(Reason::NoStatement) => {
            let protocol = policy.protocol(operation.protocol).map_or("this protocol", |p| p.name);
            format!("conduit {} has no statement about {protocol}", policy.conduit_name(decision.conduit))
        }
        Some(Reason::Function) => function(policy, operation, decision.statement),
        Some(Reason::Item) => item(about, subject, statement),
        Some(Reason::Partial) => partial(policy, operation, subject),
        Some(Reason::Value) => value(subject),
        Some(Reason::Floor) => floor(policy, route, operation),
        Some(reason) => about
            .condition(reason, subject, statement)
            .unwrap_or_else(|| format!("the message is not acceptable ({})", reason.name())),
    }
}

fn allowed(statement: &str, subject: &Subject<'_>) -> String {
    match (subject.value(), subject.wording()) {
        (Some(value), Some(limit)) => format!("{statement} allows {limit}, and {value} lies in it"),
        _ => format!("{statement} allows it"),
    }
}

fn no_conduit(policy: &Policy, route: Route, operation: &Operation<'_>) -> String {
    let meant = policy.asset_behind(route.to(), operation.device).unwrap_or(route.to());
    let asset = policy.site().assets.get(meant.0 as usize);
    let to = asset.map_or("a destination that is no asset of the site", |a| &a.name);
    let Some(from) = route.from() else {
        return format!("the source is no asset of the site, so no conduit joins it to {to}");
    };
    if meant != route.to() || policy.stance(route).conduit == crate::decision::ConduitId::UNMATCHED {
        return format!("no conduit joins {} to {to}{}", policy.site().asset(from).name, policy.apart(from, meant));
    }
    let key = policy.protocol(operation.protocol).map_or("device", |p| p.device.key);
    format!("{to} has no {key} {}", operation.device)
}

fn function(policy: &Policy, operation: &Operation<'_>, nearest: Option<StatementId>) -> String {
    let (name, code) = (operation.function.name, operation.code);
    if let Some(id) = nearest
        && policy.names_function(id, operation)
    {
        return format!("{} names {name}, but not with opaque = true", policy.statement_name(id));
    }
    if operation.function.by_verb {
        format!("no statement names {name} (function {code}) or the verb {}", operation.action.name())
    } else {
        format!("no statement names {name} (function {code}), and no verb means it")
    }
}

/// The guarantee that withholds it, in its author's words.
fn floor(policy: &Policy, route: Route, operation: &Operation<'_>) -> String {
    match policy.kept(route, operation) {
        Some(never) => format!("the floor \"{}\" ({}) withholds it in every mode", never.says, policy.show(&never.at)),
        None => "a floor withholds it in every mode".into(),
    }
}

fn address(policy: &Policy, operation: &Operation<'_>, item: u64) -> String {
    match (operation.target, policy.protocol(operation.protocol)) {
        (Some(span), Some(protocol)) => (protocol.show_span)(Span { first: item, last: item, ..span }),
        _ => item.to_string(),
    }
}

/// One item, with its tag's name where it has one.
fn item_name(policy: &Policy, operation: &Operation<'_>, item: u64, subject: &Subject<'_>) -> String {
    match (subject.name(), operation.target, policy.protocol(operation.protocol)) {
        (Some(tag), Some(span), Some(protocol)) => {
            format!("{tag} ({})", protocol.show_both(Span { first: item, last: item, ..span }))
        }
        _ => address(policy, operation, item),
    }
}

fn item(about: &mut About<'_, '_, '_>, subject: &Subject<'_>, statement: &str) -> String {
    let About { policy, route, operation, decision, .. } = *about;
    let item = decision.item.map_or_else(|| "it".into(), |item| item_name(policy, operation, item, subject));
    if subject.grant.is_some() && operation.values != Values::None {
        let item = decision.item.map_or(item, |at| address(policy, operation, at));
        return format!("{statement} allows single bits of {item}, and this write changes others");
    }
    let verb = operation.action.name();
    let mut others = false;
    let count = &mut |id, reason| others |= reason == Reason::Item && Some(id) != decision.statement;
    if let Some(known) = about.known.as_deref_mut() {
        policy.each_failure(route, operation, decision.item, known, count);
    }
    if others {
        return format!("no statement allows to {verb} {item}");
    }
    format!("{item} is not among what {statement} allows to {verb}")
}

fn partial(policy: &Policy, operation: &Operation<'_>, subject: &Subject<'_>) -> String {
    let (Some(tag), Some(name)) = (&subject.tag, subject.name()) else {
        return "the write covers a part of a tag alone".into();
    };
    if let Values::Mask { .. } = operation.values
        && tag.items == 1
    {
        return format!("{name} has a limit, and a mask that keeps some of its bits leaves its value unknown");
    }
    let whole = policy.protocol(operation.protocol).zip(subject.span()).map(|(p, span)| p.show_both(span));
    format!("a write must cover {name} whole ({})", whole.unwrap_or_default())
}

fn value(subject: &Subject<'_>) -> String {
    let limit = subject.wording().unwrap_or("its limit".into());
    match (subject.value(), subject.name()) {
        (Some(value), _) if limit.contains("..") => format!("{value} is outside {limit}"),
        (Some(value), _) => format!("{value}, where only {limit} is allowed"),
        (None, Some(name)) => format!("{name} is limited to {limit}, and the message carries no value of it"),
        (None, None) => "a value is outside its limit".into(),
    }
}

/// What would have been allowed.
pub(super) fn nearest(
    policy: &Policy,
    route: Route,
    operation: &Operation<'_>,
    decision: &Decision,
    subject: &Subject<'_>,
) -> Option<String> {
    let statement = policy.statement(decision.statement?);
    match decision.reason? {
        Reason::Value => subject.wording().map(Cow::into_owned),
        Reason::Function => Some(functions(statement.protocol, &statement.functions)),
        Reason::Partial => subject.span().map(statement.protocol.show_span),
        Reason::Item => nearest_item(policy, route, operation, decision.statement?, decision.item?),
        _ => None,
    }
}

/// The verbs and functions of a statement.
pub(crate) fn functions(protocol: &'static Descriptor, functions: &Functions) -> String {
    let verbs = functions.verbs.iter().map(|v| v.name().to_owned());
    let codes = functions.codes.iter().map(|c| {
        let declared = protocol.function(*c).filter(|f| f.codes.start() == f.codes.end());
        declared.map_or_else(|| c.to_string(), |f| f.name.to_owned())
    });
    verbs.chain(codes).collect::<Vec<_>>().join(", ")
}

/// The granted range or tag that lies nearest to an item, in the same space.
fn nearest_item(
    policy: &Policy,
    route: Route,
    operation: &Operation<'_>,
    statement: StatementId,
    item: u64,
) -> Option<String> {
    let space = operation.target?.space;
    let distance = |s: &Span| s.first.saturating_sub(item).max(item.saturating_sub(s.last));
    match &policy.statement(statement).items {
        Items::None => None,
        Items::Raw(spans) => {
            let span = spans.iter().filter(|s| s.space == space).min_by_key(|s| distance(s))?;
            policy.protocol(operation.protocol).map(|p| (p.show_span)(*span))
        }
        Items::Tags(_) => {
            let device: Device<'_> = policy.device(route, operation.device)?;
            let near = device.tags.around(space, item, REACH);
            let granted =
                near.filter_map(|at| Some((device.tags.tag(at), policy.granted(statement, device, at).next()?)));
            let (tag, grant) = granted.min_by_key(|(t, g)| distance(&t.span(g.first, g.last)))?;
            Some(element_name(&tag, grant.first, grant.last))
        }
    }
}

/// How many tags on either side of an item are looked at for the nearest one that is granted.
const REACH: usize = 64;
