//! P052, P044: facts, and values before steps, that nobody reads, or nobody often enough.

use super::Conditioned;
use crate::diagnose::{Diagnostic, Diagnostics, Severity};
use crate::language::show_duration;
use crate::site::{AssetId, Conduit, Items, Location, Site, Statement, Tag};
use core::time::Duration;
use sluice_model::{Action, Span};
use std::collections::{HashMap, HashSet};

/// A statement that lets somebody read.
#[derive(Clone, Copy)]
struct Reading<'s> {
    conduit: &'s Conduit,
    statement: &'s Statement,
}

/// An element that must be read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Wanted {
    asset: AssetId,
    speaks: usize,
    tag: usize,
    element: u64,
}

/// Who reads what; looks only at sites without mistakes, for what was left out because of one may be the read.
pub(super) fn check(site: &Site, diagnostics: &mut Diagnostics) {
    if diagnostics.kept.iter().any(|d| d.severity == Severity::Error) {
        return;
    }
    let mut readings: HashMap<AssetId, Vec<Reading<'_>>> = HashMap::new();
    for conduit in &site.conduits {
        for statement in conduit.statements.iter().filter(|s| reads(s)) {
            for to in &conduit.to {
                readings.entry(*to).or_default().push(Reading { conduit, statement });
            }
        }
    }
    let mut fresh = Fresh { site, readings, known: HashMap::new(), conditioned: Conditioned::default() };
    let mut said = HashSet::new();
    for conduit in &site.conduits {
        for statement in &conduit.statements {
            fresh.facts(conduit, statement, &mut said, diagnostics);
            fresh.steps(conduit, statement, &mut said, diagnostics);
        }
    }
}

/// Whether a statement can report values.
fn reads(statement: &Statement) -> bool {
    let reads = |action: Action| matches!(action, Action::Read | Action::Event);
    let functions = &statement.functions;
    functions.verbs.iter().any(reads)
        || functions
            .codes
            .iter()
            .filter_map(|code| statement.protocol.function(*code))
            .any(|f| f.actions.iter().copied().any(reads))
}

struct Fresh<'s> {
    site: &'s Site,
    /// By destination.
    readings: HashMap<AssetId, Vec<Reading<'s>>>,
    /// The statements that read an element.
    known: HashMap<Wanted, Vec<Reading<'s>>>,
    conditioned: Conditioned,
}

impl<'s> Fresh<'s> {
    fn tag(&self, wanted: Wanted) -> &'s Tag {
        &self.site.asset(wanted.asset).speaks[wanted.speaks].tags[wanted.tag]
    }

    fn readers(&mut self, wanted: Wanted) -> &[Reading<'s>] {
        let (site, tag) = (self.site, self.tag(wanted));
        let of_asset = self.readings.get(&wanted.asset).map_or(&[][..], Vec::as_slice);
        self.known
            .entry(wanted)
            .or_insert_with(|| of_asset.iter().filter(|r| covers(site, r.statement, wanted, tag)).copied().collect())
    }

    fn facts(
        &mut self,
        conduit: &Conduit,
        statement: &'s Statement,
        said: &mut HashSet<&'s Location>,
        diagnostics: &mut Diagnostics,
    ) {
        let of_tags = match &statement.items {
            Items::Tags(grants) => grants.as_slice(),
            _ => &[],
        };
        let of_tags: Vec<_> = of_tags.iter().filter(|g| self.conditioned.has(&g.tags)).collect();
        let of_tags = of_tags.into_iter().flat_map(|g| g.tags.iter()).filter_map(|t| t.conditions.as_deref());
        for interlock in statement.conditions.when.iter().chain(of_tags.flat_map(|c| c.when.iter())) {
            for fact in interlock.facts.all() {
                let wanted = Wanted { asset: fact.asset, speaks: fact.speaks, tag: fact.tag, element: fact.element };
                if self.readers(wanted).is_empty() && said.insert(&interlock.at) {
                    diagnostics.push(self.never(conduit, statement, &interlock.at, "the interlock can never be fresh"));
                }
            }
        }
    }

    fn steps(
        &mut self,
        conduit: &Conduit,
        statement: &'s Statement,
        said: &mut HashSet<&'s Location>,
        diagnostics: &mut Diagnostics,
    ) {
        let Items::Tags(grants) = &statement.items else { return };
        for grant in grants {
            if !self.conditioned.has(&grant.tags) {
                continue;
            }
            for granted in grant.tags.iter() {
                let Some(step) = granted.conditions.as_deref().and_then(|c| c.step.as_ref()) else { continue };
                let (asset, speaks, tag, element) = (grant.asset, grant.speaks, granted.tag, granted.first);
                let wanted = Wanted { asset, speaks, tag, element };
                let name = &self.tag(wanted).name;
                let slow = self.readers(wanted).iter().map(|r| (*r, every(r.statement)));
                let slow: Vec<(Reading<'_>, Option<Duration>)> = slow.collect();
                if slow.is_empty() {
                    if said.insert(&step.at) {
                        let title = format!("the step of {name} can never be measured");
                        diagnostics.push(self.never(conduit, statement, &step.at, &title));
                    }
                } else if let Some((reading, Some(every))) = slow.iter().min_by_key(|(_, every)| *every)
                    && *every > step.within
                    && said.insert(&step.at)
                {
                    let line = self.site.files.get(usize::from(step.at.file)).map_or(0, |f| f.line(step.at.span.start));
                    let who = reading.conduit.from.first().map_or("nobody", |id| &self.site.asset(*id).name);
                    let message = format!(
                        "step on line {line} cannot bite: first write after restart is denied until {name} is read; only {who} reads it (every {} > within {})",
                        show_duration(*every),
                        show_duration(step.within)
                    );
                    diagnostics.push(Diagnostic::warning("P044", &step.at, message));
                }
            }
        }
    }

    fn never(&self, conduit: &Conduit, statement: &Statement, at: &Location, title: &str) -> Diagnostic {
        let gateways: Vec<&str> = self.site.gateways.iter().map(|g| g.name.as_str()).collect();
        let through = if gateways.is_empty() { String::new() } else { format!(" through {}", gateways.join(" or ")) };
        let client = conduit.from.first().map_or("a client", |id| &self.site.asset(*id).name);
        Diagnostic::error("P052", at, title)
            .label(format!("no statement lets anyone read it{through}"))
            .note(format!("every write by {}.{} would be denied (stale)", conduit.name, statement.id))
            .help(format!("allow a read of it, or name a tag that {client} polls"))
    }
}

/// How often a statement lets somebody read at most, when it says.
fn every(statement: &Statement) -> Option<Duration> {
    statement.conditions.rate.as_ref().map(|rate| rate.per / rate.count)
}

/// Whether a statement lets somebody read an element.
fn covers(site: &Site, statement: &Statement, wanted: Wanted, tag: &Tag) -> bool {
    let span = tag.span(wanted.element, wanted.element);
    let holds = |own: Span| own.space == span.space && own.first <= span.first && span.last <= own.last;
    let protocol = &site.asset(wanted.asset).speaks[wanted.speaks].protocol;
    if statement.protocol.id != protocol.id {
        return false;
    }
    match &statement.items {
        Items::None => false,
        Items::Raw(spans) => spans.iter().any(|s| holds(*s)),
        Items::Tags(grants) => {
            grants.iter().filter(|g| (g.asset, g.speaks) == (wanted.asset, wanted.speaks)).any(|g| {
                let at = g.tags.partition_point(|t| t.tag < wanted.tag);
                let own = g.tags[at..].iter().take_while(|t| t.tag == wanted.tag);
                let tags = &site.asset(g.asset).speaks[g.speaks].tags;
                own.into_iter().any(|t| (t.first..=t.last).contains(&wanted.element))
                // A bit is read with its register.
                || tag.bit.is_some() && g.tags.iter().any(|t| holds(tags[t.tag].span(t.first, t.last)))
            })
        }
    }
}
