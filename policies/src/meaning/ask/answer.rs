//! Answers.

use super::question::{Puzzle, Question, Target, Verb, Who};
use crate::decision::{Mode, Verdict};
use crate::meaning::diff::{Change, Difference, Item};
use crate::meaning::join;
use crate::policy::Policy;
use crate::site::{AssetId, Conditions, Conduit, Grant, Items, Site, TagGrant};
use core::fmt;
use serde::Serialize;
use sluice_model::{Action, Instant};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The answer to a question.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// Yes or no, when that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may: Option<bool>,
    /// What is allowed of that which was asked about.
    pub rights: Vec<Change>,
    /// Why a value is not allowed, for each who asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
    /// What else lets messages pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Answers a question about a site.
///
/// # Errors
/// When a value is none that the tag can hold.
pub fn answer(site: &Site, question: &Question) -> Result<Answer, Puzzle> {
    let (who, verb, target) = match question {
        Question::Who(verb, target) => (&Who::Anyone, *verb, Some(target)),
        Question::What(who, target) => (who, Verb::Reach, target.as_ref()),
        Question::May(who, verb, target) => (who, *verb, Some(target)),
    };
    let asked = Asked { site, who, verb, target };
    let mut rights: Vec<Change> = allowed(site).into_iter().filter_map(|right| asked.part(right)).collect();
    let notes = asked.unenforced();
    let (mut may, mut why) = (None, Vec::new());
    if let Question::May(..) = question {
        let mut yes = !rights.is_empty();
        if let Some(Target { asset, tag: Some(tag), value: Some(value) }) = target {
            let functions = rights.iter().flat_map(|r| &r.functions).map(|(_, name)| *name).collect();
            let (statements, reasons) = asked.value(*asset, *tag, value, &functions)?;
            rights.retain(|right| right.statements.iter().any(|(name, _)| statements.contains(name)));
            (yes, why) = (!statements.is_empty(), reasons);
        }
        may = Some(yes || !notes.is_empty());
    }
    Ok(Answer { may, rights, why, notes })
}

/// Everything that a site allows.
fn allowed(site: &Site) -> Vec<Change> {
    let mut nothing = site.clone();
    for conduit in &mut nothing.conduits {
        conduit.statements.clear();
        conduit.services.clear();
    }
    Difference::between(&nothing, site).changes
}

struct Asked<'s> {
    site: &'s Site,
    who: &'s Who,
    verb: Verb,
    target: Option<&'s Target>,
}

impl Asked<'_> {
    /// What of a right was asked about.
    fn part(&self, mut right: Change) -> Option<Change> {
        if let Who::Named(names) = self.who {
            right.from.retain(|from| names.contains(from));
        }
        if let Verb::Action(action) = self.verb {
            // What is not decoded may be anything.
            let opaque = right.action == Action::Unknown.name();
            if right.what == "service" || right.action != action.name() && !opaque {
                return None;
            }
        }
        if let Some(target) = self.target {
            let name = &self.site.asset(target.asset).name;
            let is_meant =
                |to: &String| to.strip_prefix(name.as_str()).is_some_and(|r| r.is_empty() || r.starts_with(' '));
            right.to.retain(is_meant);
            if let Some(tag) = target.tag
                && !right.items.is_empty()
            {
                right.items.retain(|item| self.meets(item, target.asset, tag));
                if right.items.is_empty() {
                    return None;
                }
            }
        }
        (!right.from.is_empty() && !right.to.is_empty()).then_some(right)
    }

    /// Whether items belong to a tag.
    fn meets(&self, item: &Item, asset: AssetId, (speaks, tag): (usize, usize)) -> bool {
        let speaks = &self.site.asset(asset).speaks[speaks];
        let span = speaks.tags[tag].whole();
        speaks.protocol.space(span.space).name == item.space && item.first <= span.last && span.first <= item.last
    }

    /// Which statements allow a value of those who are asked about, by the usual function or by one of these; and why the
    /// usual one may not write it, when none may.
    fn value(
        &self,
        to: AssetId,
        (speaks, tag): (usize, usize),
        value: &str,
        functions: &BTreeSet<&str>,
    ) -> Result<(Vec<String>, Vec<String>), Puzzle> {
        let spoken = &self.site.asset(to).speaks[speaks];
        let policy = Policy::compile(unconditional(self.site));
        let written = |verb: &str| {
            let words = format!("{verb} {} = {value}", spoken.tags[tag].name);
            policy.words(to, spoken.protocol, &words)
        };
        let mut messages = vec![written("write").map_err(Puzzle)?];
        // A function that cannot carry the value says so; the others are asked.
        messages.extend(functions.iter().filter_map(|name| written(name).ok()));
        let (mut statements, mut why) = (Vec::new(), Vec::new());
        let asks = |name: &str| match self.who {
            Who::Anyone => true,
            Who::Named(names) => names.contains(name),
        };
        for asset in self.site.assets.iter().filter(|a| asks(&a.name)) {
            let Some(from) = asset.addresses.first() else { continue };
            let route = policy.route(*from, to, spoken.protocol.id);
            for (index, operation) in messages.iter().enumerate().flat_map(|(i, m)| m.operations().map(move |o| (i, o)))
            {
                let decision = policy.turn(Instant(0)).judge(route, &operation);
                if decision.verdict == Verdict::Allow {
                    statements.extend(decision.statement.map(|id| policy.statement_name(id)));
                } else if index == 0 && self.who != &Who::Anyone {
                    why.push(format!("{}: {}", asset.name, policy.explain(route, &operation, &decision)));
                }
            }
        }
        if !statements.is_empty() {
            why.clear();
        }
        Ok((statements, why))
    }

    /// Conduits between those who are asked about that do not enforce.
    fn unenforced(&self) -> Vec<String> {
        let named = |id: &AssetId| match self.who {
            Who::Anyone => true,
            Who::Named(names) => names.contains(&self.site.asset(*id).name),
        };
        let joins = |c: &&Conduit| {
            c.from.iter().any(named) && self.target.is_none_or(|t| c.to.contains(&t.asset)) && c.mode != Mode::Enforce
        };
        let note = |name: &str, mode: Mode| {
            format!("{name} is in {}: what it does not allow passes all the same, and is reported", mode.name())
        };
        let conduits = self.site.conduits.iter().filter(joins);
        let mut notes: Vec<String> = conduits.map(|c| note(&format!("conduit {}", c.name), c.mode)).collect();
        if self.site.unmatched.mode != Mode::Enforce {
            notes.push(note("[unmatched]", self.site.unmatched.mode));
        }
        notes
    }
}

/// A site whose statements hold at all times.
fn unconditional(site: &Site) -> Site {
    let mut site = site.clone();
    for conduit in &mut site.conduits {
        conduit.until = None;
        for statement in &mut conduit.statements {
            statement.conditions = Conditions::default();
            if let Items::Tags(grants) = &mut statement.items {
                for Grant { tags, .. } in grants.iter_mut().filter(|g| g.tags.iter().any(|t| t.conditions.is_some())) {
                    let plain = tags.iter().map(|t| TagGrant { conditions: None, ..t.clone() });
                    *tags = plain.collect::<Arc<[TagGrant]>>();
                }
            }
        }
    }
    site
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.may {
            Some(true) => writeln!(f, "yes")?,
            Some(false) => writeln!(f, "no")?,
            None if self.rights.is_empty() => writeln!(f, "nothing of it is allowed")?,
            None => {}
        }
        let mut before = None;
        for right in &self.rights {
            let ends = (&right.from, &right.to, &right.what);
            if before != Some(ends) {
                writeln!(f, "{} -> {} ({})", join(", ", &right.from), join(", ", &right.to), right.what)?;
                before = Some(ends);
            }
            write!(f, "{right}")?;
        }
        self.why.iter().try_for_each(|why| writeln!(f, "  {why}"))?;
        self.notes.iter().try_for_each(|note| writeln!(f, "note: {note}"))
    }
}
