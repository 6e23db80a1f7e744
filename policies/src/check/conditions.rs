//! Conditions that name what is not there, that can never hold, or that another statement makes void.

use super::Conditioned;
use super::lifts::{Writer, writes};
use super::meeting::Meeting;
use super::wider::is_wider;
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::site::{AssetId, Conduit, Facts, Items, Location, RateScope, Site, Statement, Tag, TagGrant};
use std::collections::{BTreeSet, HashMap, HashSet};

/// P083, W004, P051, and P041 about conditions.
pub(super) fn check(site: &Site, diagnostics: &mut Diagnostics) {
    let named: HashSet<String> =
        site.conduits.iter().flat_map(|c| c.statements.iter().map(move |s| format!("{}.{}", c.name, s.id))).collect();
    for conduit in &site.conduits {
        for statement in &conduit.statements {
            let conditions = &statement.conditions;
            if let Some(at) = &conditions.places.overrides {
                for name in conditions.overrides.iter().filter(|name| !named.contains(*name)) {
                    let message = format!("there is no statement `{name}` whose limits could be lifted");
                    diagnostics.push(Diagnostic::error("P083", at, message).help("write conduit.id"));
                }
            }
            broadcast(site, conduit, statement, diagnostics);
            uncovered(site, conduit, statement, diagnostics);
            selfless(site, statement, diagnostics);
        }
    }
    loosened(site, diagnostics);
}

/// M009: a message to every device behind a gateway reaches some that the conduit does not lead to.
fn broadcast(site: &Site, conduit: &Conduit, statement: &Statement, diagnostics: &mut Diagnostics) {
    let Some(at) = statement.conditions.places.broadcast.as_ref().filter(|_| statement.conditions.broadcast) else {
        return;
    };
    let protocol = statement.protocol;
    let Some(address) = protocol.device.broadcast else { return };
    let own = |id: AssetId| site.asset(id).speaks.iter().find(|s| s.protocol.id == protocol.id && s.gateway);
    let gateways: BTreeSet<AssetId> = conduit.to.iter().filter_map(|id| site.asset(*id).behind()).collect();
    for (gateway, speaks) in gateways.into_iter().filter_map(|id| Some((id, own(id)?))) {
        let behind = (0..).map(AssetId).zip(&site.assets).filter(|(_, a)| a.behind() == Some(gateway));
        let everyone: Vec<AssetId> =
            if speaks.broadcast.is_empty() { behind.map(|(id, _)| id).collect() } else { speaks.broadcast.clone() };
        let names = |ids: &mut dyn Iterator<Item = &AssetId>| {
            ids.map(|id| site.asset(*id).name.as_str()).collect::<Vec<_>>().join(" and ")
        };
        let mut left = everyone.iter().filter(|id| conduit.to.binary_search(id).is_err()).peekable();
        if left.peek().is_some() {
            let (all, left) = (names(&mut everyone.iter()), names(&mut left));
            let words = crate::explain::functions(protocol, &statement.functions);
            let verb = if left.contains(" and ") { "are" } else { "is" };
            let message =
                format!("{words} to {} {address} reaches {all}; {left} {verb} not in `to`", protocol.device.key);
            let wrong = Diagnostic::error("M009", at, message);
            diagnostics.push(wrong.help("add them to `to`, or leave broadcast out"));
        }
    }
}

/// W004: a window that covers none of those whom the statement is for.
fn uncovered(site: &Site, conduit: &Conduit, statement: &Statement, diagnostics: &mut Diagnostics) {
    let conditions = &statement.conditions;
    let window = conditions.window.and_then(|id| site.windows.get(usize::from(id.0)));
    let (Some(window), Some(at)) = (window, &conditions.places.window) else { return };
    if !conduit.to.is_empty() && !conduit.to.iter().any(|id| window.covers.binary_search(id).is_ok()) {
        let message =
            format!("window {} covers none of the assets that conduit {} leads to", window.name, conduit.name);
        let wrong =
            Diagnostic::warning("W004", at, message).also(&window.at, format!("it covers {}", window.zones.join(", ")));
        diagnostics.push(wrong.help("add their zone to its covers; until then this statement never holds"));
    }
}

/// P051: `self` of an asset that has no such tag.
fn selfless(site: &Site, statement: &Statement, diagnostics: &mut Diagnostics) {
    let Items::Tags(grants) = &statement.items else { return };
    for interlock in statement.conditions.when.iter() {
        let Facts::Own(facts) = &interlock.facts else { continue };
        let lacks = grants.iter().find(|g| !g.tags.is_empty() && facts.iter().all(|f| f.asset != g.asset));
        if let Some(grant) = lacks {
            let name = &site.asset(grant.asset).name;
            let message = format!("{name} has no such tag, so nothing is ever allowed there");
            let wrong =
                Diagnostic::error("P051", &interlock.at, message).also(&statement.at, "this statement is for it too");
            diagnostics
                .push(wrong.help("name the asset whose tag is meant, or write a statement of its own for the others"));
        }
    }
}

/// What a statement grants of one tag.
struct Granted<'s> {
    writer: Writer<'s>,
    tag: &'s TagGrant,
    at: &'s Location,
}

/// P041: the same tag for the same source, by a statement that asks for less.
fn loosened(site: &Site, diagnostics: &mut Diagnostics) {
    let mut by_tag: HashMap<_, Vec<Granted<'_>>> = HashMap::new();
    // Only devices of which some tag has conditions are looked at.
    let writers = || {
        let all = site.conduits.iter().flat_map(|conduit| conduit.statements.iter().map(move |s| (conduit, s)));
        all.filter(|(_, s)| writes(s)).map(|(conduit, statement)| Writer { conduit, statement })
    };
    let (mut asked, mut conditioned) = (HashSet::new(), Conditioned::default());
    for writer in writers() {
        let Items::Tags(grants) = &writer.statement.items else { continue };
        let own = &writer.statement.conditions;
        for grant in grants {
            if own.when.is_empty() && own.rate.is_none() && !conditioned.has(&grant.tags) {
                continue;
            }
            let of = |granted: &&TagGrant| !asks(writer.statement, granted).is_empty();
            asked.extend(grant.tags.iter().filter(of).map(|g| (grant.asset, grant.speaks, g.tag)));
        }
    }
    if asked.is_empty() {
        return;
    }
    for writer in writers() {
        let Items::Tags(grants) = &writer.statement.items else { continue };
        for grant in grants {
            for granted in grant.tags.iter().filter(|g| asked.contains(&(grant.asset, grant.speaks, g.tag))) {
                let at = grant.place(granted);
                by_tag.entry((grant.asset, grant.speaks, granted.tag)).or_default().push(Granted {
                    writer,
                    tag: granted,
                    at,
                });
            }
        }
    }
    let mut said = HashSet::new();
    let mut tags: Vec<_> = by_tag.into_iter().collect();
    tags.sort_by_key(|(key, _)| *key);
    for ((asset, speaks, tag), all) in &tags {
        let tag = &site.asset(*asset).speaks[*speaks].tags[*tag];
        for (wide, narrow) in all.iter().flat_map(|wide| all.iter().map(move |narrow| (wide, narrow))) {
            if let Some(wrong) = looser(site, *asset, tag, wide, narrow)
                && said.insert((wide.at.clone(), narrow.at.clone()))
            {
                diagnostics.push(wrong);
            }
        }
    }
}

/// What a statement asks of one tag beside its value, in words.
fn asks(statement: &Statement, granted: &TagGrant) -> Vec<&'static str> {
    let (own, of_tag) = (&statement.conditions, granted.conditions.as_deref());
    let by_tag = |scope| scope == RateScope::Tag;
    let rate = of_tag.and_then(|c| c.rate.as_ref()).or(own.rate.as_ref()).is_some_and(|r| by_tag(r.scope));
    let when = !own.when.is_empty() || of_tag.is_some_and(|c| !c.when.is_empty());
    let step = of_tag.is_some_and(|c| c.step.is_some());
    [("step", step), ("rate", rate), ("when", when)]
        .into_iter()
        .filter(|(_, asked)| *asked)
        .map(|(word, _)| word)
        .collect()
}

fn looser(site: &Site, asset: AssetId, tag: &Tag, wide: &Granted<'_>, narrow: &Granted<'_>) -> Option<Diagnostic> {
    let (w, n) = (wide.writer, narrow.writer);
    let missing: Vec<&str> =
        asks(n.statement, narrow.tag).into_iter().filter(|word| !asks(w.statement, wide.tag).contains(word)).collect();
    let meet = wide.tag.first <= narrow.tag.last && narrow.tag.first <= wide.tag.last;
    let name = format!("{}.{}", n.conduit.name, n.statement.id);
    if missing.is_empty() || !meet || w.statement.conditions.overrides.contains(&name) {
        return None;
    }
    let (own, other) = (wide.tag.limit.as_deref(), narrow.tag.limit.as_deref());
    // A wider value is reported as one.
    let as_wide = own == other || own.is_none() && other.is_none_or(|limit| !is_wider(None, limit, tag.kind));
    if !as_wide || Meeting::of(site, w.conduit, n.conduit).is_none_or(|m| m.to.binary_search(&asset).is_err()) {
        return None;
    }
    let message = format!("this statement lifts the limits of {name}");
    let wrong = Diagnostic::error("P041", wide.at, message)
        .label(format!("{} without its {}", tag.name, missing.join(" and ")))
        .also(narrow.at, "limited here for the same source")
        .note("statements add up; the widest one decides");
    Some(wrong.help(format!("leave it out, ask for the same, or say so: overrides = [\"{name}\"]")))
}
