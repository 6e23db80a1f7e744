//! Notices in full: what happened, to whom, why, in the plant's own names. Runs on the recorder's thread.

use super::event::{Action, Anomaly, Decision, Endpoint, Event, Ics, Severity, class};
use super::frames::Frames;
use super::notice::{Bound, Ends, Failure, Notice, Occurrence, Verdict};
use super::technique;
use crate::metrics::Upstream;
use core::fmt::Write;
use serde_json::{Number, Value};
use sluice_engine::{Response, What};
use sluice_model::{Code, Direction, Span};
use sluice_policies::decision::{ConduitId, Reason, Verdict as Ruling};
use std::net::{IpAddr, Ipv4Addr};

/// Version of the layout of `ics`.
pub(super) const ICS_V: u32 = 1;

/// When two notices are the same: conduit, source, destination, operation, reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    class: &'static str,
    conduit: String,
    source: IpAddr,
    destination: String,
    operation: Option<(Code, u32, Option<Span>)>,
    reason: &'static str,
}

/// The kind of a notice and its source; `None` for what is always told.
pub(super) fn kind(notice: &Notice) -> Option<(Kind, IpAddr)> {
    let (class, ends, conduit, operation, reason) = match notice {
        Notice::Verdict(v) => {
            let operation = v.operation();
            let reason = v.decision.reason.map_or("", Reason::name);
            (
                v.ruling.name(),
                &v.ends,
                Some(v.decision.conduit),
                Some((operation.code, operation.device, operation.target)),
                reason,
            )
        }
        Notice::Incident(o) => ("incident", &o.ends, Some(o.conduit), None, o.what.name()),
        Notice::Bound(b) => ("bound", &b.ends, None, None, b.cause.name()),
        Notice::Failure(f) => ("failure", &f.ends, None, None, f.kind.name()),
        Notice::Frames(frames) => return Some(frames_kind(frames)),
        Notice::Policy(_) | Notice::Lifecycle(_) | Notice::Condition { .. } => return None,
    };
    let source = ends.source.ip();
    let conduit = conduit.map_or(String::new(), |id| conduit_name(ends, id));
    let destination = ends.target.asset.clone();
    Some((Kind { class, conduit, source, destination, operation, reason }, source))
}

fn frames_kind(frames: &Frames) -> (Kind, IpAddr) {
    let source = frames.source.ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let conduit = frames.loaded.policy.conduit_name(frames.conduit).to_owned();
    let destination = format!("{} {}", frames.name(&frames.destination), frames.carried());
    (Kind { class: "frames", conduit, source, destination, operation: None, reason: frames.why.name() }, source)
}

/// The event of a notice that happened `count` times.
pub(super) fn describe(notice: &Notice, at: u64, count: u64) -> Event {
    let severity = notice.severity();
    let event = match notice {
        Notice::Verdict(verdict) => of_verdict(verdict, at, severity),
        Notice::Incident(occurrence) => of_incident(occurrence, at, severity),
        Notice::Bound(bound) => of_bound(bound, at, severity),
        Notice::Failure(failure) => of_failure(failure, at, severity),
        Notice::Policy(state) => {
            let message = match state.mistakes.len() {
                0 if state.state == "lapsed" => "the date of [unmatched] has passed: it is enforced again".to_owned(),
                0 => format!("policy {} is in force", short(&state.hash)),
                n if state.state == "rejected" => {
                    let s = if n == 1 { "" } else { "s" };
                    format!("a changed policy was rejected for {n} mistake{s}; policy {} stays", short(&state.hash))
                }
                _ => format!("policy {} is in force, but {}", short(&state.hash), state.mistakes.join("; ")),
            };
            Event { policy: Some(state.clone()), ..Event::new(class::POLICY, at, severity, message) }
        }
        Notice::Frames(frames) => {
            // Repetitions were counted before they were told.
            let event = frames.event(at, severity);
            return Event { count: event.count + count - 1, ..event };
        }
        Notice::Lifecycle(message) | Notice::Condition { message, .. } => {
            Event::new(class::LIFECYCLE, at, severity, message.clone())
        }
    };
    Event { count, ..event }
}

fn of_verdict(verdict: &Verdict, at: u64, severity: Severity) -> Event {
    let Verdict { ends, decision, route, ruling, .. } = verdict;
    let operation = verdict.operation();
    let protocol = ends.target.protocol.descriptor();
    let why = ends.loaded.policy.explain_at(*route, &operation, decision, verdict.now);
    let (done, action) = match ruling {
        Ruling::Deny => ("denied", Action::Denied),
        Ruling::Alert => ("would be denied", Action::Observed),
        Ruling::Allow if decision.trial => ("passed on trial", Action::Observed),
        Ruling::Allow => ("allowed", Action::Allowed),
    };
    let (who, asset) = (who(ends), &ends.target.asset);
    let message = format!("{who} -> {asset}: {} {} {done}: {}", protocol.name, why.operation, why.sentence);
    let ics = Ics {
        protocol: protocol.name,
        operation: Some(why.operation),
        action: Some(operation.action.name()),
        code: Some(operation.code.function),
        sub: operation.code.sub,
        device: Some(operation.device),
        items: operation.target.map(protocol.show_span),
        tag: why.tag,
        value: why.value.map(|text| number(&text, why.unit.as_deref())),
        unit: why.unit,
        anomaly: None,
    };
    Event {
        action_id: Some(action),
        attacks: technique::of_operation(operation.function, operation.action, decision.reason),
        ics: Some(ics),
        decision: Some(Decision {
            verdict: ruling.name(),
            conduit: Some(conduit_name(ends, decision.conduit)),
            statement: why.statement,
            at: why.at,
            reason: decision.reason.map(Reason::name),
            why: Some(why.sentence),
            nearest: why.nearest,
        }),
        ..between(ends, at, severity, message)
    }
}

fn of_incident(occurrence: &Occurrence, at: u64, severity: Severity) -> Event {
    let Occurrence { ends, what, reason, direction, excerpt, response, conduit } = occurrence;
    let protocol = ends.target.protocol.descriptor();
    let message = format!(
        "{} message {}: {}; {}",
        protocol.name,
        match direction {
            Direction::ToServer => format!("from {} to {}", who(ends), ends.target.asset),
            Direction::ToClient => format!("from {} to {}", ends.target.asset, who(ends)),
        },
        what.meaning().trim_end_matches('.'),
        match response {
            Response::Refused => "it was refused",
            Response::Dropped => "it was dropped",
            Response::Reset => "the connection was reset",
            Response::Overheard => "it was overheard, and went by",
        }
    );
    let anomaly = match what {
        What::Anomaly(anomaly) => Some(Anomaly {
            kind: anomaly.kind.name,
            clause: anomaly.kind.clause,
            offset: anomaly.offset,
            excerpt: hexadecimal(excerpt),
        }),
        What::Failure(_) => None,
    };
    let attacks = match what {
        What::Anomaly(_) => Vec::new(),
        What::Failure(cause) => technique::of_bound((*cause).into()),
    };
    Event {
        action_id: Some(Action::Denied),
        attacks,
        ics: Some(Ics { protocol: protocol.name, anomaly, ..Ics::default() }),
        decision: Some(Decision {
            verdict: Ruling::Deny.name(),
            conduit: Some(conduit_name(ends, *conduit)),
            reason: Some(reason.name()),
            why: Some(what.meaning().to_owned()),
            ..Decision::default()
        }),
        ..between(ends, at, severity, message)
    }
}

fn of_bound(bound: &Bound, at: u64, severity: Severity) -> Event {
    let Bound { ends, cause } = bound;
    let done = if cause.at_the_door() { "refused" } else { "ended" };
    let message = format!("connection from {} to {} {done}: {}", who(ends), ends.target.asset, cause.meaning());
    let decision = Decision { verdict: Ruling::Deny.name(), reason: Some(cause.name()), ..Decision::default() };
    Event {
        action_id: Some(Action::Denied),
        attacks: technique::of_bound(*cause),
        decision: Some(decision),
        ..between(ends, at, severity, message)
    }
}

fn of_failure(failure: &Failure, at: u64, severity: Severity) -> Event {
    let Failure { ends, kind } = failure;
    let target = &ends.target;
    let what = match kind {
        Upstream::Refused => "refuses connections",
        Upstream::TimeOut => "does not answer",
        Upstream::Unreachable => "cannot be reached",
        Upstream::Lost => "broke off a connection",
    };
    let message = format!("{} ({}) {what}; the connection of {} was reset", target.asset, target.upstream, who(ends));
    between(ends, at, severity, message)
}

/// An event about a connection.
fn between(ends: &Ends, at: u64, severity: Severity, message: String) -> Event {
    let name = ends.loaded.policy.asset_name_of(ends.source.ip()).map(ToOwned::to_owned);
    let source = Endpoint { name, ip: ends.source.ip().to_string(), port: ends.source.port() };
    let upstream = ends.target.upstream;
    let name = Some(ends.target.asset.clone());
    let destination = Endpoint { name, ip: upstream.ip().to_string(), port: upstream.port() };
    Event {
        src_endpoint: Some(source),
        dst_endpoint: Some(destination),
        ics_v: Some(ICS_V),
        ..Event::new(class::VERDICT, at, severity, message)
    }
}

/// The source's name, or its address when it is no asset.
fn who(ends: &Ends) -> String {
    let ip = ends.source.ip();
    ends.loaded.policy.asset_name_of(ip).map_or_else(|| ip.to_string(), ToOwned::to_owned)
}

fn conduit_name(ends: &Ends, id: ConduitId) -> String {
    ends.loaded.policy.conduit_name(id).to_owned()
}

/// `60 Hz` as the number 60, and what is no number as it is.
fn number(text: &str, unit: Option<&str>) -> Value {
    let bare = unit.and_then(|unit| text.strip_suffix(unit)).unwrap_or(text).trim();
    match bare.parse::<i64>() {
        Ok(whole) => whole.into(),
        Err(_) => bare.parse().ok().and_then(Number::from_f64).map_or_else(|| text.into(), Value::Number),
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The first digits of a hash, enough to tell policies apart.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
