//! Where statements limit tags, so that only those statements are compared that meet anywhere.

use super::lifts::Writer;
use super::ranges::Ranges;
use crate::site::{AssetId, Grant, Items, Site, TagGrant};
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
                let spans = spans(site, grant, |g| g.limit.is_some()).map(|span| (span, index));
                devices.entry((grant.asset, grant.speaks)).or_default().extend(spans);
            }
        }
        Self(devices.into_iter().map(|(device, spans)| (device, Ranges::of(spans))).collect())
    }

    /// The statements that limit anything which `wide` grants.
    pub(super) fn met_by(&self, site: &Site, wide: &Writer<'_>) -> BTreeSet<usize> {
        let mut met = BTreeSet::new();
        let mut look = |asset, speaks, span| {
            let limited = self.0.get(&(asset, speaks));
            met.extend(limited.into_iter().flat_map(|l| l.meeting(span)).map(|(_, index)| *index));
        };
        match &wide.statement.items {
            Items::None => {}
            Items::Tags(grants) => {
                for grant in grants {
                    spans(site, grant, |_| true).for_each(|span| look(grant.asset, grant.speaks, span));
                }
            }
            Items::Raw(ranges) => {
                for asset in &wide.conduit.to {
                    let speaks = site.asset(*asset).speaks.iter().enumerate();
                    for (index, _) in speaks.filter(|(_, s)| s.protocol.id == wide.statement.protocol.id) {
                        for span in ranges {
                            look(*asset, index, *span);
                        }
                    }
                }
            }
        }
        met
    }
}

/// The items of those tags of a grant that are asked for.
fn spans<'s>(
    site: &'s Site,
    grant: &'s Grant,
    asked: impl Fn(&TagGrant) -> bool + 's,
) -> impl Iterator<Item = Span> + 's {
    let tags = &site.asset(grant.asset).speaks[grant.speaks].tags;
    grant.tags.iter().filter(move |g| asked(g)).map(|g| tags[g.tag].span(g.first, g.last))
}
