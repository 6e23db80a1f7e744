//! Conditions in words: which one failed, with facts, their ages and what is asked of them.

use super::About;
use super::subject::{Subject, element_name};
use crate::decision::{Reason, StatementId};
use crate::language::show_duration;
use crate::policy::Policy;
use crate::policy::terms::{FactTerm, StatementTerms, TagTerms};
use crate::registers;
use crate::site::AssetId;
use crate::state::{Observed, Turn};
use core::time::Duration;
use jiff::Timestamp;
use sluice_model::Instant;

/// What a fact is worth: the gateway sees what devices report, and then the world goes on.
const NO_SIS: &str = "it is not a SIS: a fact can change after the verdict";

impl<'p> About<'_, 'p, '_> {
    /// Why a condition of the nearest statement fails.
    pub(super) fn condition(&mut self, reason: Reason, subject: &Subject<'_>, statement: &str) -> Option<String> {
        let id = self.decision.statement;
        match reason {
            Reason::Step => self.step(subject),
            Reason::Rate => Some(self.rate(self.tag().map(|(terms, _)| terms), subject, statement)),
            Reason::When => self.failing().map(|words| format!("{words}; {NO_SIS}")),
            Reason::Stale => self.failing().or_else(|| self.base()),
            _ => {
                let known = self.known.as_deref()?;
                Some(self.policy.lasting_words(known, id?, reason, statement))
            }
        }
    }

    /// The facts that allowed it, if any were asked for.
    pub(super) fn facts(&mut self) -> Option<String> {
        let known = self.known.as_deref()?;
        let all: Vec<String> = self.asked().map(|fact| self.policy.fact_words(known, fact, self.to())).collect();
        (!all.is_empty()).then(|| format!("; {} ({NO_SIS})", all.join("; ")))
    }

    /// The asset that obeys, which may stand behind the one that is dialled.
    fn to(&self) -> AssetId {
        self.policy.reach(self.route, self.operation.device).to()
    }

    fn tag(&self) -> Option<(&'p TagTerms, u64)> {
        let policy: &'p Policy = self.policy;
        let item = self.decision.item.or(self.operation.target.map(|span| span.first))?;
        policy.terms_at(self.route, self.operation, item, self.decision.statement?)
    }

    /// The facts that count for the statement and the tag.
    fn asked(&self) -> impl Iterator<Item = &FactTerm> {
        let terms = self.policy.terms();
        let statement = self.decision.statement.and_then(|id| terms.of(id)).map_or(&[][..], |s| terms.facts(&s.facts));
        let tag = self.tag().map_or(&[][..], |(tag, _)| terms.facts(&tag.facts));
        statement.iter().chain(tag)
    }

    /// The first fact that does not hold, in words.
    fn failing(&self) -> Option<String> {
        let known = self.known.as_deref()?;
        let fails = |fact: &&FactTerm| !self.policy.fact_holds(known, fact, self.to());
        let fact = self.asked().find(fails)?;
        Some(format!("{} does not hold: {}", fact.wording, self.policy.fact_words(known, fact, self.to())))
    }

    fn step(&mut self, subject: &Subject<'_>) -> Option<String> {
        let (terms, element) = self.tag()?;
        let (wording, slot) = (terms.step_wording.clone()?, self.policy.terms().step(terms, element)?);
        let tag = subject.tag.as_ref()?;
        let known = self.known.as_deref_mut()?;
        let base = known.base(slot)?;
        let from = tag.show_raw(&registers::of_raw(tag, base.raw));
        let value = subject.value().unwrap_or_else(|| "it".into());
        let age = ago(base, known.now());
        Some(format!("{value} is more than a step ({wording}) from {from}, {age}, or from what is being written"))
    }

    /// The base of a step that is missing.
    fn base(&mut self) -> Option<String> {
        let (terms, element) = self.tag()?;
        let within = terms.step.map(|s| s.within).or(terms.others.map(|(_, w)| w)).or(terms.compose)?;
        let slot = self.policy.terms().step(terms, element).or(terms.others.map(|(slot, _)| slot))?;
        let name = self.decision.item.map_or_else(|| "the value".into(), |item| self.item_name(item));
        let known = self.known.as_deref_mut()?;
        let seen = match known.base(slot) {
            Some(base) => format!("was last known {}", ago(base, known.now())),
            None => "is not known: it was never read, or a write of it was not answered".into(),
        };
        let within = show_duration(within);
        Some(match terms.step {
            Some(_) => format!("{name} {seen}, and a step is measured from what it was within {within}"),
            None => format!("{name} {seen}, and the rest of it must be as it was within {within}"),
        })
    }

    fn item_name(&self, item: u64) -> String {
        let device = self.policy.device(self.route, self.operation.device);
        let tag = device.zip(self.operation.target).and_then(|(device, span)| {
            let index = device.tags.whole(span.space, item)?;
            let tag = device.tags.tag(index);
            let element = (item - tag.first) / tag.items.max(1);
            Some(element_name(&tag, element, element))
        });
        tag.unwrap_or_else(|| "the register".into())
    }

    fn rate(&self, tag: Option<&TagTerms>, subject: &Subject<'_>, statement: &str) -> String {
        let of_tag = tag.and_then(|terms| terms.rate_wording.as_deref());
        let of_statement = self.decision.statement.and_then(|id| self.policy.terms().of(id));
        let of_statement = of_statement.and_then(|terms| terms.rate.as_ref()).map(|r| &*r.wording);
        match (of_tag, of_statement, subject.name()) {
            (Some(wording), None, Some(name)) => format!("{name} has had its {wording}"),
            (Some(wording), None, None) | (None, Some(wording), _) => format!("{statement} has had its {wording}"),
            (Some(tag), Some(own), _) => format!("{statement} has had its {own} or {tag}"),
            (None, None, _) => format!("{statement} was used too often"),
        }
    }
}

impl Policy {
    fn fact_holds(&self, known: &Turn<'_>, fact: &FactTerm, to: AssetId) -> bool {
        let Some(about) = fact.about(to) else { return false };
        known.fact(about.slot, fact.within).is_ok_and(|raw| self.holds(about.check, raw))
    }

    /// `plc-intake.tank_level was 18 % 3 s ago`.
    fn fact_words(&self, known: &Turn<'_>, fact: &FactTerm, to: AssetId) -> String {
        let Some(about) = fact.about(to) else {
            return format!("{} has no such tag", self.site().asset(to).name);
        };
        let tag = self.tags_of(about.asset, about.speaks).tag(about.tag);
        let name =
            format!("{}.{}", self.site().asset(about.asset).name, element_name(&tag, about.element, about.element));
        let Some(seen) = known.seen(about.slot) else { return format!("{name} was never seen") };
        let value = tag.show_raw(&registers::of_raw(&tag, seen.raw));
        let old = if known.now() - seen.at > fact.within { ", which is too old" } else { "" };
        format!("{name} was {value} {}{old}", ago(seen, known.now()))
    }

    /// Why a statement does not hold for a while.
    pub(super) fn lasting_words(&self, known: &Turn<'_>, id: StatementId, reason: Reason, statement: &str) -> String {
        let terms = self.terms().of(id);
        match reason {
            Reason::During => self.during_words(known, terms, statement),
            Reason::Window => match terms.and_then(|t| t.window.as_ref()) {
                Some(window) if known.window(window.slot) => {
                    format!("{statement} needs window {}, which does not cover this asset", window.name)
                }
                Some(window) => format!("{statement} needs window {}, which is closed", window.name),
                None => format!("{statement} needs a window"),
            },
            Reason::Broadcast => {
                format!(
                    "it reaches several devices at once, and {statement} does not say broadcast = true for all of them"
                )
            }
            Reason::Expired => {
                match terms.and_then(|t| t.until).and_then(|until| Timestamp::from_second(until - 1).ok()) {
                    Some(_) if known.wall().is_none() => {
                        format!("{statement} ends on a date, and the gateway's clock is not to be trusted")
                    }
                    Some(last) => {
                        format!("{statement} ended on {}", self.site().time_zone.0.to_datetime(last).date())
                    }
                    None => format!("{statement} has ended"),
                }
            }
            Reason::Lockdown => format!("the plant is locked down, and {statement} is not kept"),
            Reason::Bound => "the gateway can follow no more writes that are under way".into(),
            other => format!("the message is not acceptable ({})", other.name()),
        }
    }

    fn during_words(&self, known: &Turn<'_>, terms: Option<&StatementTerms>, statement: &str) -> String {
        let schedule = terms.and_then(|t| t.during).and_then(|at| self.terms().times.get(at as usize));
        let wording = schedule.map_or("its schedule", |times| &*times.schedule.wording);
        match known.wall().and_then(|now| Timestamp::from_second(now).ok()) {
            Some(now) => {
                let shown = self.site().time_zone.0.to_datetime(now).strftime("%a %Y-%m-%d %H:%M").to_string();
                format!("{statement} holds {wording}, and it is {shown}")
            }
            None => format!("{statement} holds {wording}, and the gateway's clock is not to be trusted"),
        }
    }
}

/// `3 s ago`.
fn ago(seen: Observed, now: Instant) -> String {
    let age = now - seen.at;
    let rounded = if age < Duration::from_secs(1) {
        Duration::from_millis(age.as_millis() as u64)
    } else {
        Duration::from_secs(age.as_secs())
    };
    if rounded.is_zero() { "just now".into() } else { format!("{} ago", show_duration(rounded)) }
}
