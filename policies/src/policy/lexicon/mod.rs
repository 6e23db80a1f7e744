//! The plant's words for what the tables know: tags, limits as they were written, lines of files. A site of 100,000 tags
//! takes far more memory than the tables made from it, so a policy keeps of it what explanations need, packed. Asked by
//! explanations and words alone, never by a decision.

mod grants;
mod lines;
mod tags;

pub(crate) use grants::{Granted, bit_may_be};
pub(crate) use tags::Tags;

use crate::decision::StatementId;
use crate::site::{AssetId, Items, Location, Site, SourceFile};
use grants::{Grants, Packer};
use lines::Lines;
use std::collections::HashSet;
use tags::AllTags;

/// What a policy keeps of its site's long lists.
#[derive(Debug)]
pub(super) struct Lexicon {
    tags: AllTags,
    /// Which list each protocol of each asset has.
    lists: Box<[Box<[u32]>]>,
    grants: Grants,
    lines: Vec<Lines>,
}

impl Lexicon {
    /// Packs tags and granted tags, and takes them out of the site; [`lines`] were taken out before.
    pub(super) fn take(site: &mut Site, lines: Vec<Lines>) -> Self {
        let mut packer = Packer::default();
        let statements = || site.conduits.iter().flat_map(|c| &c.statements);
        for (id, statement) in (0..).map(StatementId).zip(statements()) {
            if let Items::Tags(granted) = &statement.items {
                packer.add(id, granted);
            }
        }
        let grants = packer.done();
        for statement in site.conduits.iter_mut().flat_map(|c| &mut c.statements) {
            if let Items::Tags(granted) = &mut statement.items {
                *granted = Vec::new();
            }
        }
        let (tags, lists) = AllTags::take(site);
        Self { tags, lists, grants, lines }
    }

    /// The tags of one protocol of an asset; its place in the asset's `speaks`.
    pub(super) fn tags(&self, asset: AssetId, index: usize) -> Tags<'_> {
        self.tags.list(self.lists[asset.0 as usize][index])
    }

    /// How many tags there are.
    pub(super) fn count(&self) -> usize {
        self.lists.iter().flatten().map(|list| self.tags.list(*list).len()).sum()
    }

    /// The list of tags that a statement grants on a device; equal for statements that grant the same list.
    pub(super) fn list(&self, statement: StatementId, asset: AssetId, index: usize) -> Option<u32> {
        self.grants.list(statement, asset, index)
    }

    /// What a statement grants of one tag.
    pub(super) fn granted(
        &self,
        statement: StatementId,
        asset: AssetId,
        index: usize,
        tag: usize,
    ) -> impl Iterator<Item = Granted<'_>> {
        self.grants.of(statement, asset, index, tag)
    }

    /// `site.toml:41` for a place.
    pub(super) fn show(&self, site: &Site, at: &Location) -> String {
        let file = usize::from(at.file);
        let path = site.files.get(file).map_or("?", |f| &f.path);
        format!("{path}:{}", self.lines.get(file).map_or(0, |l| l.of(at.span.start)))
    }
}

/// Where the lines of the files end, whose texts are taken out.
pub(super) fn lines(site: &mut Site) -> Vec<Lines> {
    let cited = cited(site);
    let of = |(index, file): (u16, &mut SourceFile)| {
        let text = core::mem::take(&mut file.text);
        if cited.contains(&index) { Lines::new(&text) } else { Lines::default() }
    };
    (0..).zip(&mut site.files).map(of).collect()
}

/// The files that explanations and tests point into; nothing points into tag lists any more.
fn cited(site: &Site) -> HashSet<u16> {
    let statements = site.conduits.iter().flat_map(|c| &c.statements).map(|s| s.at.file);
    let services = site.conduits.iter().flat_map(|c| &c.services).map(|s| s.at.file);
    let nevers = site.nevers.iter().map(|n| n.at.file);
    statements.chain(services).chain(nevers).chain(site.tests.iter().map(|t| t.at.file)).collect()
}
