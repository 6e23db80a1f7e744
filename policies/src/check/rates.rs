//! P070: two statements that limit how often one tag is written, each for itself.

use super::Conditioned;
use super::lifts::writes;
use crate::diagnose::{Diagnostic, Diagnostics};
use crate::language::show_duration;
use crate::site::{Conduit, Items, Rate, RateScope, Site};
use std::collections::{BTreeMap, HashSet};

pub(super) fn check(site: &Site, diagnostics: &mut Diagnostics) {
    let mut by_tag: BTreeMap<_, Vec<(&Conduit, &Rate)>> = BTreeMap::new();
    let mut conditioned = Conditioned::default();
    for conduit in &site.conduits {
        for statement in conduit.statements.iter().filter(|s| writes(s)) {
            let Items::Tags(grants) = &statement.items else { continue };
            let of_statement = statement.conditions.rate.as_ref();
            for grant in grants {
                if of_statement.is_none() && !conditioned.has(&grant.tags) {
                    continue;
                }
                for granted in grant.tags.iter() {
                    let own = granted.conditions.as_deref().and_then(|c| c.rate.as_ref());
                    if let Some(rate) = own.or(of_statement).filter(|r| r.scope == RateScope::Tag) {
                        let key = (grant.asset, grant.speaks, granted.tag);
                        by_tag.entry(key).or_default().push((conduit, rate));
                    }
                }
            }
        }
    }
    let mut said = HashSet::new();
    for ((asset, speaks, tag), rates) in &by_tag {
        let [(first, one), .., (_, last)] = rates.as_slice() else { continue };
        if !said.insert((one.at.clone(), last.at.clone())) {
            continue;
        }
        let (asset, name) = (site.asset(*asset), &site.asset(*asset).speaks[*speaks].tags[*tag].name);
        let conduits: HashSet<&str> = rates.iter().map(|(c, _)| c.name.as_str()).collect();
        let what = match conduits.len() {
            1 => format!("{} statements of conduit {}", rates.len(), first.name),
            several => format!("{several} conduits to {}", asset.name),
        };
        let same = rates.iter().all(|(_, r)| r.per == one.per);
        let total: u32 = rates.iter().map(|(_, r)| r.count).sum();
        let span = show_duration(one.per);
        let span = span.strip_prefix("1 ").unwrap_or(&span);
        let together = if same { format!("; together {total} / {span}") } else { String::new() };
        let message = format!("{what} rate-limit {name} separately{together}");
        diagnostics.push(Diagnostic::warning("P070", &last.at, message).also(&one.at, "the other rate"));
    }
}
