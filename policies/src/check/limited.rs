//! Where statements limit tags, so that raw ranges are compared only with the statements that they meet.

use super::lifts::Writer;
use super::lists::Lists;
use super::ranges::Ranges;
use crate::site::{AssetId, Items, Site, Tag, TagGrant};
use sluice_model::Span;
use std::collections::{BTreeSet, HashMap};

/// By device, the lists of tags that statements limit there.
pub(super) struct Limited<'s>(HashMap<(AssetId, usize), (Ranges<usize>, Lists<'s>)>);

impl<'s> Limited<'s> {
    pub(super) fn of(site: &Site, writers: &[Writer<'s>]) -> Self {
        let mut devices: HashMap<(AssetId, usize), Lists<'s>> = HashMap::new();
        for (index, writer) in writers.iter().enumerate() {
            let Items::Tags(grants) = &writer.statement.items else { continue };
            for grant in grants {
                devices.entry((grant.asset, grant.speaks)).or_default().add(&grant.tags, index);
            }
        }
        let ranges = |((asset, speaks), lists): ((AssetId, usize), Lists<'s>)| {
            let tags = &site.asset(asset).speaks[speaks].tags;
            let each = lists.all.iter().enumerate();
            let spans = each.flat_map(|(list, (granted, _))| limited(tags, granted).map(move |span| (span, list)));
            ((asset, speaks), (Ranges::of(spans), lists))
        };
        Self(devices.into_iter().map(ranges).collect())
    }

    /// The statements that limit anything in `ranges`, which `wide` grants.
    pub(super) fn met_by(&self, site: &Site, wide: &Writer<'_>, ranges: &[Span]) -> BTreeSet<usize> {
        let mut met = BTreeSet::new();
        let mut look = |asset, speaks, span| {
            let Some((limited, lists)) = self.0.get(&(asset, speaks)) else { return };
            met.extend(limited.meeting(span).flat_map(|(_, list)| &lists.all[*list].1));
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

/// The items of the tags that are limited.
fn limited<'s>(tags: &'s [Tag], granted: &'s [TagGrant]) -> impl Iterator<Item = Span> + 's {
    granted.iter().filter(|g| g.limit.is_some()).map(|g| tags[g.tag].span(g.first, g.last))
}
