//! The plant's words for what the tables know: tags, limits as they were written, lines of files. A site of 100,000 tags
//! takes far more memory than the tables made from it, so a policy keeps of it what explanations need, packed. Asked by
//! explanations and words alone, never by a decision.

mod grants;
mod lines;
mod tags;

pub(crate) use grants::{Granted, bit_may_be};
pub(crate) use tags::Tags;

use crate::decision::StatementId;
use crate::site::{AssetId, Items, Location, Site, Speaks, Tag};
use grants::Grants;
use lines::Lines;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What a policy keeps of its site's long lists.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// The tags of each asset's protocols.
    tags: Vec<Vec<Arc<Tags>>>,
    grants: Grants,
    lines: Vec<Lines>,
}

impl Lexicon {
    /// Packs tags, granted tags and texts, and takes them out of the site.
    pub(super) fn take(site: &mut Site) -> Self {
        let cited = cited(site);
        let mut lexicon = Self { tags: Vec::new(), grants: Grants::default(), lines: Vec::new() };
        let mut packed: HashMap<*const Tag, Arc<Tags>> = HashMap::new();
        for asset in &site.assets {
            // Assets with the same list share it.
            let pack = |speaks: &Speaks| {
                packed.entry(speaks.tags.as_ptr()).or_insert_with(|| Arc::new(Tags::new(&speaks.tags))).clone()
            };
            lexicon.tags.push(asset.speaks.iter().map(pack).collect());
        }
        for speaks in site.assets.iter_mut().flat_map(|a| &mut a.speaks) {
            speaks.tags = Arc::default();
        }
        let statements = site.conduits.iter_mut().flat_map(|c| &mut c.statements);
        for (id, statement) in (0..).map(StatementId).zip(statements) {
            if let Items::Tags(granted) = &mut statement.items {
                lexicon.grants.add(id, core::mem::take(granted));
            }
        }
        for (index, file) in (0..).zip(&mut site.files) {
            let text = core::mem::take(&mut file.text);
            lexicon.lines.push(if cited.contains(&index) { Lines::new(&text) } else { Lines::default() });
        }
        lexicon.grants.done();
        lexicon
    }

    /// The tags of one protocol of an asset; its place in the asset's `speaks`.
    pub(super) fn tags(&self, asset: AssetId, index: usize) -> &Tags {
        &self.tags[asset.0 as usize][index]
    }

    /// How many tags there are.
    pub(super) fn count(&self) -> usize {
        self.tags.iter().flatten().map(|t| t.len()).sum()
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

/// The files that explanations and tests point into; nothing points into tag lists any more.
fn cited(site: &Site) -> HashSet<u16> {
    let statements = site.conduits.iter().flat_map(|c| &c.statements).map(|s| s.at.file);
    let services = site.conduits.iter().flat_map(|c| &c.services).map(|s| s.at.file);
    statements.chain(services).chain(site.tests.iter().map(|t| t.at.file)).collect()
}
