//! Lowers the conditions of statements: names become slots of the gateway's state, schedules moments, limits checks.

use super::build::Device;
use super::check::Builder as Checks;
use super::covers::{ALWAYS, ANY_VALUE, Claim, Right};
use super::terms::{
    Asked, FactTerm, Known, NONE, RateSlots, RateTerm, StatementTerms, StepTerm, TagTerms, Terms, Under, WindowTerm,
};
use super::times::Times;
use crate::decision::StatementId;
use crate::site::{
    self, AssetId, Conditions, Conduit, Facts, Interlock, Items, Kind, Partial, RateScope, Schedule, Site, Statement,
    Tag, TagGrant,
};
use crate::state::{Counted, Element, Part, StepSlot, Wants};
use core::ops::Range;
use core::time::Duration;
use jiff::Timestamp;
use sluice_model::Action;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// How old the rest of a value may be that is written in part, unless its author said how old a base may be.
const REST: Duration = Duration::from_secs(5);

/// What tells the conditions of one grant apart: the statement, the device, the tag, its first element.
type GrantKey = (StatementId, AssetId, usize, usize, u64, bool);

/// Lowers the conditions of one site.
pub(super) struct Lower<'s> {
    site: &'s Site,
    pub(super) checks: Checks,
    wants: Wants,
    names: Vec<String>,
    inspected: Vec<&'s Statement>,
    statements: Vec<Option<Box<StatementTerms>>>,
    /// Whether each statement about a protocol, with all of its tags, has no conditions.
    plain: Vec<bool>,
    wider: BTreeSet<StatementId>,
    under: Vec<Under>,
    known: HashMap<Under, u32>,
    tags: Vec<TagTerms>,
    known_tags: HashMap<GrantKey, u32>,
    steps: Vec<StepSlot>,
    rates: Vec<crate::state::RateSlot>,
    facts: Vec<FactTerm>,
    known_facts: HashMap<*const Interlock, Range<u32>>,
    times: Vec<Times>,
    calendars: Arc<[site::Calendar]>,
    now: Timestamp,
}

impl<'s> Lower<'s> {
    /// Lowers the conditions of all statements; those of protocols have the first ids, then those of services.
    pub(super) fn of(site: &'s Site) -> Self {
        let inspected = site.conduits.iter().flat_map(|c| &c.statements).collect();
        let mut lower = Self {
            site,
            checks: Checks::default(),
            wants: Wants::default(),
            names: Vec::new(),
            inspected,
            statements: Vec::new(),
            plain: site.conduits.iter().flat_map(|c| c.statements.iter().map(|s| is_plain(c, s))).collect(),
            wider: BTreeSet::new(),
            under: Vec::new(),
            known: HashMap::new(),
            tags: Vec::new(),
            known_tags: HashMap::new(),
            steps: Vec::new(),
            rates: Vec::new(),
            facts: Vec::new(),
            known_facts: HashMap::new(),
            times: Vec::new(),
            calendars: site.calendars.clone().into(),
            now: site.read_at,
        };
        for conduit in &site.conduits {
            for statement in &conduit.statements {
                lower.statement(conduit, &statement.id, &statement.conditions, true);
            }
        }
        for conduit in &site.conduits {
            for service in &conduit.services {
                lower.statement(conduit, &service.id, &service.conditions, false);
            }
        }
        lower
    }

    fn statement(&mut self, conduit: &'s Conduit, id: &str, conditions: &'s Conditions, inspected: bool) {
        let name = format!("{}.{id}", conduit.name);
        let of_own = conditions.is_empty() && !conditions.trial && conduit.until.is_none();
        let terms = (!of_own).then(|| Box::new(self.terms(conduit, &name, conditions, inspected)));
        if conditions.broadcast {
            self.wider.insert(StatementId(self.statements.len() as u32));
        }
        self.names.push(name);
        self.statements.push(terms);
    }

    fn terms(&mut self, conduit: &Conduit, name: &str, conditions: &'s Conditions, inspected: bool) -> StatementTerms {
        let until = [conduit.until, conditions.until].into_iter().flatten().min().map(Timestamp::as_second);
        let window = conditions.window.and_then(|id| self.site.windows.get(usize::from(id.0)));
        StatementTerms {
            until,
            during: conditions.during.as_ref().map(|schedule| self.schedule(schedule)),
            window: window.map(|window| WindowTerm {
                slot: self.wants.window(&window.name),
                name: window.name.as_str().into(),
                covers: inspected.then(|| window.covers.clone().into()),
            }),
            facts: self.interlocks(&conditions.when),
            // A rate per tag belongs to each tag.
            rate: conditions.rate.as_ref().filter(|r| r.scope != RateScope::Tag).map(|rate| {
                let slot = |wants: &mut Wants, counted| wants.rate(self.site, counted, rate.count, rate.per);
                let scope = if rate.scope == RateScope::Conduit {
                    RateSlots::Conduit(slot(&mut self.wants, Counted::Statement(name)))
                } else {
                    let ends = conduit.from.iter().chain(&conduit.to);
                    let ends: BTreeSet<AssetId> = ends.copied().collect();
                    let known = ends.into_iter().map(|id| (id, slot(&mut self.wants, Counted::Source(name, id))));
                    let known = known.collect();
                    let others = format!("{name} from all others");
                    RateSlots::Source(known, slot(&mut self.wants, Counted::Statement(&others)))
                };
                RateTerm { scope, wording: Arc::clone(&rate.wording) }
            }),
            broadcast: conditions.broadcast,
            trial: conditions.trial,
        }
    }

    fn schedule(&mut self, schedule: &Arc<Schedule>) -> u32 {
        let alike = |t: &Times| t.schedule.spans == schedule.spans && t.schedule.except == schedule.except;
        if let Some(known) = self.times.iter().position(alike) {
            return known as u32;
        }
        self.times.push(Times::new(self.site, schedule, &self.calendars, self.now));
        (self.times.len() - 1) as u32
    }

    fn interlocks(&mut self, when: &'s [Interlock]) -> Range<u32> {
        if when.is_empty() {
            return 0..0;
        }
        if let Some(known) = self.known_facts.get(&when.as_ptr()) {
            return known.clone();
        }
        let from = self.facts.len() as u32;
        for Interlock { wording, within, facts, .. } in when {
            let mut known: Vec<Known> = facts.all().iter().map(|fact| self.fact(fact, *within)).collect();
            known.sort_by_key(|k| k.asset);
            let of = match (facts, known.pop()) {
                (Facts::One(_), Some(only)) => Asked::One(only),
                (_, last) => Asked::Own(known.into_iter().chain(last).collect()),
            };
            self.facts.push(FactTerm { within: *within, of, wording: Arc::clone(wording) });
        }
        let range = from..self.facts.len() as u32;
        self.known_facts.insert(when.as_ptr(), range.clone());
        range
    }

    fn fact(&mut self, fact: &site::Fact, within: Duration) -> Known {
        let site::Fact { asset, speaks, tag, element, must } = fact;
        let of = &self.site.asset(*asset).speaks[*speaks].tags[*tag];
        let what = Part::Tag { tag: *tag, element: *element };
        let slot = self.wants.fact(self.site, Element { asset: *asset, speaks: *speaks, what }, within);
        let check = self.checks.check(of, Some(must));
        Known { asset: *asset, speaks: *speaks, tag: *tag, element: *element, slot, check }
    }

    /// Whether a statement has no conditions, but for those of its tags.
    fn is_always(&self, id: StatementId) -> bool {
        self.statements[id.0 as usize].is_none()
    }

    /// Whether a statement about a protocol, with all of its tags, has no conditions.
    pub(super) fn is_plain(&self, id: StatementId) -> bool {
        self.plain[id.0 as usize]
    }

    /// Statements that allow what other ones never do.
    pub(super) fn wider(&self) -> &BTreeSet<StatementId> {
        &self.wider
    }

    /// A claim without tags.
    pub(super) fn claim(&mut self, id: StatementId, right: Right) -> Claim {
        let under = if self.is_always(id) { ALWAYS } else { self.under(Under { right, tag: NONE }) };
        Claim { statement: id, right, under }
    }

    /// A claim on a tag that is read: of its own conditions, facts alone matter.
    pub(super) fn read(&mut self, device: Device<'s>, id: StatementId, granted: &'s TagGrant) -> Claim {
        let facts = granted.conditions.as_deref().filter(|c| !c.when.is_empty());
        let Some(conditions) = facts else { return self.claim(id, Right::Free) };
        let key = (id, device.asset, device.index, granted.tag, granted.first, false);
        let known = self.known_tags.get(&key).copied();
        let tag = known.unwrap_or_else(|| {
            let facts = self.interlocks(&conditions.when);
            self.tag(key, TagTerms { facts, ..TagTerms::none() })
        });
        Claim { statement: id, right: Right::Free, under: self.under(Under { right: Right::Free, tag }) }
    }

    /// A claim on a tag that is changed.
    pub(super) fn change(
        &mut self,
        device: Device<'s>,
        id: StatementId,
        tag: &Tag,
        granted: &'s TagGrant,
        right: Right,
    ) -> Claim {
        let key = (id, device.asset, device.index, granted.tag, granted.first, true);
        let known = self.known_tags.get(&key).copied();
        let Some(terms) = known.or_else(|| self.changed(key, device, tag, granted, right)) else {
            return self.claim(id, right);
        };
        // Elements are told apart by where they begin.
        let right = match right {
            Right::Free => {
                Right::Element { width: 1, check: ANY_VALUE, base: tag.span(granted.first, granted.last).first }
            }
            other => other,
        };
        Claim { statement: id, right, under: self.under(Under { right, tag: terms }) }
    }

    /// The conditions of one tag that is changed; `None` when it has none.
    fn changed(
        &mut self,
        key: GrantKey,
        device: Device<'s>,
        tag: &Tag,
        granted: &'s TagGrant,
        right: Right,
    ) -> Option<u32> {
        let statement = self.inspected[key.0.0 as usize];
        let own = granted.conditions.as_deref();
        let rate = own.and_then(|c| c.rate.as_ref());
        let rate = rate.or(statement.conditions.rate.as_ref()).filter(|r| r.scope == RateScope::Tag);
        let step = own.and_then(|c| c.step.as_ref());
        let others = statement.conditions.others.filter(|_| matches!(right, Right::Bit { .. }));
        let limited = matches!(right, Right::Element { check, .. } if check != ANY_VALUE);
        let masked = (limited || step.is_some()) && tag.items == 1 && masks(statement);
        let in_part = device.speaks.partial == Partial::Compose;
        let wide = matches!(right, Right::Element { width: 2..=4, .. }) && in_part;
        let compose = (masked || wide).then(|| step.map_or(REST, |s| s.within));
        let facts = own.map_or(0..0, |c| self.interlocks(&c.when));
        if rate.is_none() && step.is_none() && others.is_none() && compose.is_none() && facts.is_empty() {
            return None;
        }
        let mut terms = TagTerms { facts, compose, order: tag.words, ..TagTerms::none() };
        let element = |what| Element { asset: device.asset, speaks: device.index, what };
        let elements = || (granted.first..=granted.last).map(|element| Part::Tag { tag: granted.tag, element });
        if step.is_some() || compose.is_some() {
            terms.steps = self.steps.len() as u32;
            self.steps.extend(elements().map(|what| self.wants.step(self.site, element(what))));
        }
        if let Some(step) = step {
            let (signed, bits) = match tag.kind {
                Kind::Signed(bits) => (true, bits),
                Kind::Unsigned(bits) | Kind::Float(bits) => (false, bits),
                Kind::Bool | Kind::Text { .. } => (false, 16),
            };
            terms.step = Some(StepTerm { most: step.most, within: step.within, signed, bits });
            terms.step_wording = Some(Arc::clone(&step.wording));
        }
        if let Some(rate) = rate {
            terms.rates = self.rates.len() as u32;
            let name = &self.names[key.0.0 as usize];
            self.rates.extend(elements().map(|what| {
                let counted = Counted::Element(name, element(what));
                self.wants.rate(self.site, counted, rate.count, rate.per)
            }));
            terms.rate_wording = Some(Arc::clone(&rate.wording));
        }
        if let Some(within) = others {
            let what = Part::Item { space: tag.space, item: tag.first };
            terms.others = Some((self.wants.step(self.site, element(what)), within));
        }
        Some(self.tag(key, terms))
    }

    fn tag(&mut self, key: GrantKey, terms: TagTerms) -> u32 {
        self.tags.push(terms);
        let new = (self.tags.len() - 1) as u32;
        self.known_tags.insert(key, new);
        new
    }

    fn under(&mut self, under: Under) -> u32 {
        let list = &mut self.under;
        *self.known.entry(under).or_insert_with(|| {
            list.push(under);
            (list.len() - 1) as u32
        })
    }

    /// What the policy keeps: the conditions, what they want of the state, and the checks.
    pub(super) fn done(mut self) -> (Terms, Wants, Checks) {
        self.wants.close(self.site);
        let terms = Terms {
            statements: self.statements.into(),
            under: self.under.into(),
            tags: self.tags.into(),
            steps: self.steps.into(),
            rates: self.rates.into(),
            facts: self.facts.into(),
            times: self.times.into(),
            clock_lost: self.site.clock_lost,
        };
        (terms, self.wants, self.checks)
    }
}

impl TagTerms {
    const fn none() -> Self {
        Self {
            step: None,
            steps: NONE,
            compose: None,
            rates: NONE,
            facts: 0..0,
            others: None,
            order: site::WordOrder::Abcd,
            step_wording: None,
            rate_wording: None,
        }
    }
}

/// Whether neither a statement, nor its conduit, nor any of its tags has conditions.
fn is_plain(conduit: &Conduit, statement: &Statement) -> bool {
    let tags = match &statement.items {
        Items::Tags(grants) => grants.iter().all(|g| g.tags.iter().all(|t| t.conditions.is_none())),
        Items::None | Items::Raw(_) => true,
    };
    tags && conduit.until.is_none() && statement.conditions.is_empty() && !statement.conditions.trial
}

/// Whether a statement names a function that writes one item, and that no verb means: one that may change a part of it.
fn masks(statement: &Statement) -> bool {
    statement
        .functions
        .codes
        .iter()
        .filter_map(|code| statement.protocol.function(*code))
        .any(|function| function.single && !function.by_verb && function.actions.contains(&Action::Write))
}
