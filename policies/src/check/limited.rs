//! Where statements limit tags, so that raw ranges are compared only with the statements that they meet.

use super::lifts::Writer;
use super::ranges::Ranges;
use crate::site::{AssetId, Grant, Items, Site};
use sluice_model::Span;
use std::collections::{BTreeSet, HashMap};

/// By device, the indices of the statements that limit tags there.
pub(super) struct Limited(HashMap<(AssetId, usize), Ranges<usize>>);

impl Limited {
    pub(super) fn of(site: &Site, writers: &[Writer<'_>]) -> Self {
        let mut devices: HashMap<(AssetId, usize), Vec<(Span, usize)>> = HashMap::new();
        for (index, writer) in writers.iter().enumerate() {
            let Items::Tags(grants) = &writer.statement.items else { continue };
            for grant in grants {
                let spans = limited(site, grant).map(|span| (span, index));
                devices.entry((grant.asset, grant.speaks)).or_default().extend(spans);
            }
        }
        Self(devices.into_iter().map(|(device, spans)| (device, Ranges::of(spans))).collect())
    }

    /// The statements that limit anything in `ranges`, which `wide` grants.
    pub(super) fn met_by(&self, site: &Site, wide: &Writer<'_>, ranges: &[Span]) -> BTreeSet<usize> {
        let mut met = BTreeSet::new();
        let mut look = |asset, speaks, span| {
            let limited = self.0.get(&(asset, speaks));
            met.extend(limited.into_iter().flat_map(|l| l.meeting(span)).map(|(_, index)| *index));
        };
        for asset in &wide.conduit.to {
            let speaks = site.asset(*asset).speaks.iter().enumerate();
            for (index, _) in speaks.filter(|(_, s)| s.protocol.id == wide.statement.protocol.id) {
                for span in ranges {
                    look(*asset, index, *span);
                }
            }
        }
        met
    }
}

/// The items of the tags that a grant limits.
fn limited<'s>(site: &'s Site, grant: &'s Grant) -> impl Iterator<Item = Span> + 's {
    let tags = &site.asset(grant.asset).speaks[grant.speaks].tags;
    grant.tags.iter().filter(|g| g.limit.is_some()).map(|g| tags[g.tag].span(g.first, g.last))
}
