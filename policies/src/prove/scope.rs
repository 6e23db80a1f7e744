//! What a proof does not cover, and guarantees that say less than their authors may think.

use super::Proof;
use super::report::Guarantees;
use crate::decision::Mode;
use crate::diagnose::Diagnostic;
use crate::language;
use crate::site::{AssetId, Never, NeverTag, NeverValues, OnLoss, Site, Tag};
use std::collections::BTreeMap;

/// How many floors one asset can have: a route keeps them in the bits of one number.
pub(crate) const FLOORS: usize = 64;

/// N003: what no gateway sees, so that nothing is proven about it.
pub(super) fn refused(site: &Site, never: &Never) -> Option<Diagnostic> {
    if !never.from.strangers.is_empty() || !never.to.strangers.is_empty() || never.from.assets.is_empty() {
        return None;
    }
    let inside = |members: &[AssetId], ids: &[AssetId]| ids.iter().all(|id| members.contains(id));
    let zone =
        site.zones.iter().find(|z| inside(&z.assets, &never.from.assets) && inside(&z.assets, &never.to.assets))?;
    let message = format!("cannot be proven: \"{}\"", never.says);
    let wrong = Diagnostic::error("N003", &never.at, message).label(format!("both ends lie in zone {}", zone.name));
    let wrong = wrong.also(&zone.at, "declared here").note("what is sent inside one zone passes no gateway");
    Some(wrong.help("split the zone where a gateway stands, or leave the guarantee out"))
}

/// N010: nothing could break it, whatever the statements say.
pub(super) fn vacuous(site: &Site, never: &Never, proof: &Proof) -> Option<Diagnostic> {
    let tags = never.tags.as_ref().filter(|_| proof.withheld.is_empty())?;
    let whys: Option<Vec<String>> = tags.iter().map(|tag| out_of_reach(site, tag)).collect();
    let why = whys?.into_iter().next()?;
    let message = format!("vacuous: nothing in the policy could break this guarantee ({why})");
    Some(
        Diagnostic::warning("N010", &tags.first()?.at, message)
            .help("leave it out, or forbid values that the tag can have"),
    )
}

/// Why no write can give a tag a forbidden value.
fn out_of_reach(site: &Site, never: &NeverTag) -> Option<String> {
    let tag = &site.asset(never.asset).speaks[never.speaks].tags[never.tag];
    let NeverValues::Numbers(bad) = never.values.as_deref()? else { return None };
    let Some((lowest, highest)) = bad.first().zip(bad.last()).map(|(a, b)| (a.0, b.1)) else {
        return Some(format!("{} can hold no such value", tag.name));
    };
    let (min, max) = bounds(tag)?;
    let (above, below) = (lowest > max, highest < min);
    let inside = bad.iter().any(|(low, high)| *low <= max && min <= *high);
    let turned = tag.engineering.scaling.is_some_and(|s| s.scale.mantissa < 0);
    let shown = |bound: Option<crate::site::Decimal>| bound.map(|b| tag.with_unit(&b.to_string()));
    let (low, high) = tag.engineering.bounds;
    match (above != turned, shown(high), shown(low)) {
        _ if inside => None,
        (true, Some(max), _) if above || below => Some(format!("max of the tag is already {max}")),
        (false, _, Some(min)) if above || below => Some(format!("min of the tag is already {min}")),
        _ => Some(format!("the tag allows {} alone", tag.reach())),
    }
}

/// The least and the greatest value that any write may carry, as a guarantee counts them.
fn bounds(tag: &Tag) -> Option<(i128, i128)> {
    let limit = language::bounds(tag).ok().flatten()?;
    match super::values::Set::of_limit(Some(&limit), tag.kind) {
        super::values::Set::Numbers(ranges) => Some((ranges.first()?.0, ranges.last()?.1)),
        _ => None,
    }
}

/// N012: `{ not = Z }` leaves out an asset that stands in another zone, too.
pub(super) fn both_sides(site: &Site, never: &Never) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (left, at) in never.from.without.iter().chain(&never.to.without) {
        let of_zones = |id: &AssetId| site.zones.iter().filter(|z| z.assets.contains(id)).collect::<Vec<_>>();
        let stays = |zone: &&&crate::site::Zone| zone.assets.iter().any(|id| left.binary_search(id).is_err());
        for id in left {
            let zones = of_zones(id);
            let Some(other) = zones.iter().find(stays) else { continue };
            let out = zones.iter().find(|zone| !stays(zone)).map_or("what is left out", |z| z.name.as_str());
            let name = &site.asset(*id).name;
            let message = format!("{name} is on both sides of this guarantee: in {out} and in {}", other.name);
            let warning = Diagnostic::warning("N012", at, message).label(format!("leaves {name} out altogether"));
            let warning = warning.also(&other.at, "its other zone");
            found.push(warning.help(format!("if it is not to be left out, name it: [{{ not = .. }}, \"{name}\"]")));
        }
    }
    found
}

/// N013: more floors than a route has room for.
pub(super) fn crowded(site: &Site) -> Vec<Diagnostic> {
    let mut floors: BTreeMap<AssetId, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for never in site.nevers.iter().filter(|n| n.floor) {
        let mut over = None;
        // A route to a gateway of a protocol has the floors of what stands behind it, too.
        let gateways = never.to.assets.iter().filter_map(|id| site.asset(*id).behind());
        for id in never.to.assets.iter().copied().chain(gateways) {
            let count = floors.entry(id).or_default();
            *count += 1;
            if *count > FLOORS {
                over = over.or(Some(id));
            }
        }
        if let Some(id) = over {
            let message = format!("{} has more than {FLOORS} floors", site.asset(id).name);
            found.push(
                Diagnostic::error("N013", &never.at, message)
                    .help("join several into one, or lead them to fewer assets"),
            );
        }
    }
    found
}

/// N009: guarantees that lapse where a mode lets pass what is not allowed.
pub(super) fn modes(site: &Site, guarantees: &Guarantees) -> Option<Diagnostic> {
    let all = guarantees.all.len();
    let lapse = guarantees.all.iter().filter(|g| g.holds == Some(super::Holds::WhileEnforced)).count();
    let mut open = Vec::new();
    if site.unmatched.mode != Mode::Enforce {
        let ends = site.unmatched.ends.map(|ends| ends.to_zoned_datetime(site.time_zone.0.clone()).date());
        let until = ends.and_then(|day| day.yesterday().ok()).map(|day| format!(" until {day}")).unwrap_or_default();
        open.push(format!("[unmatched] is {}{until}", site.unmatched.mode.name()));
    }
    for mode in [Mode::Alert, Mode::Learn] {
        let names: Vec<&str> = site.conduits.iter().filter(|c| c.mode == mode).map(|c| c.name.as_str()).collect();
        match names.as_slice() {
            [] => {}
            [one] => open.push(format!("conduit {one} is {}", mode.name())),
            several => open.push(format!("conduits {} are {}", several.join(", "), mode.name())),
        }
    }
    if lapse == 0 || open.is_empty() {
        return None;
    }
    let holds = if lapse == 1 { "holds" } else { "hold" };
    let message = format!("{lapse} of {all} guarantees {holds} only while every conduit enforces; {}", open.join("; "));
    Some(Diagnostic { severity: crate::diagnose::Severity::Warning, ..Diagnostic::nowhere("N009", message) })
}

/// What no proof covers.
pub(super) fn uncovered(site: &Site) -> Vec<String> {
    if site.nevers.is_empty() {
        return Vec::new();
    }
    let mut all = Vec::new();
    if let Some(glass) = &site.break_glass
        && site.nevers.iter().any(|n| !n.floor)
    {
        let names: Vec<&str> =
            glass.covers.iter().filter_map(|c| site.conduits.get(usize::from(*c))).map(|c| c.name.as_str()).collect();
        all.push(format!("what passes while the glass is broken ({}); floors hold then, too", names.join(", ")));
    }
    let open: Vec<&str> = site.gateways.iter().filter(|g| g.on_loss == OnLoss::Open).map(|g| g.name.as_str()).collect();
    if !open.is_empty() {
        all.push(format!("what passes while {} is lost (on-loss = \"open\")", open.join(", ")));
    }
    let shared = site.zones.iter().filter(|zone| {
        let meets = |ids: &[AssetId]| zone.assets.iter().filter(|id| ids.binary_search(id).is_ok()).count();
        zone.assets.len() > 1 && site.nevers.iter().any(|n| meets(&n.from.assets) > 0 && meets(&n.to.assets) > 0)
    });
    let zones: Vec<&str> = shared.map(|z| z.name.as_str()).collect();
    if !zones.is_empty() {
        all.push(format!("what is sent inside of one zone ({}), which no gateway sees", zones.join(", ")));
    }
    all
}
