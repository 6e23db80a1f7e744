//! The pairs of assets that two conduits both join.

use crate::site::{AssetId, Conduit, Site, Within};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// What two conduits have in common.
pub(super) struct Meeting {
    /// An asset that commands the first of `to` through both.
    pub(super) source: AssetId,
    /// Assets that obey somebody through both, sorted; never empty.
    pub(super) to: Vec<AssetId>,
}

impl Meeting {
    /// What two conduits have in common; `None` when no pair of assets.
    pub(super) fn of(site: &Site, a: &Conduit, b: &Conduit) -> Option<Self> {
        let from = common(&a.from, &b.from);
        let source = *from.first()?;
        let mut to = common(&a.to, &b.to);
        if a.within == Within::Site && b.within == Within::Site {
            return (!to.is_empty()).then_some(Self { source, to });
        }
        let cell = |id: AssetId| site.asset(id).cell.as_deref();
        let cells: HashSet<&str> = from.iter().filter_map(|id| cell(*id)).collect();
        to.retain(|id| cell(*id).is_some_and(|cell| cells.contains(cell)));
        let first = cell(*to.first()?);
        let source = from.into_iter().find(|id| cell(*id) == first)?;
        Some(Self { source, to })
    }
}

/// Meetings that were looked up before; hundreds of statements may stand in two conduits.
pub(super) struct Meetings<'s> {
    site: &'s Site,
    known: HashMap<(*const Conduit, *const Conduit), Option<Rc<Meeting>>>,
}

impl<'s> Meetings<'s> {
    pub(super) fn of(site: &'s Site) -> Self {
        Self { site, known: HashMap::new() }
    }

    /// What two conduits of the site have in common.
    pub(super) fn find(&mut self, a: &'s Conduit, b: &'s Conduit) -> Option<Rc<Meeting>> {
        let found = || Meeting::of(self.site, a, b).map(Rc::new);
        self.known.entry((core::ptr::from_ref(a), core::ptr::from_ref(b))).or_insert_with(found).clone()
    }
}

/// The assets that are in both lists; both are sorted.
fn common(a: &[AssetId], b: &[AssetId]) -> Vec<AssetId> {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short.iter().filter(|id| long.binary_search(id).is_ok()).copied().collect()
}
