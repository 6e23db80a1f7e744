//! Who may be at the two ends of what a guarantee forbids.

use crate::site::{AssetId, Conduit, Crowd, Outside, Relays, Site, Strangers};

/// Assets and strangers.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// By [`AssetId`].
    member: Vec<bool>,
    pub(super) strangers: Strangers,
}

impl Group {
    pub(super) fn of(site: &Site, crowd: &Crowd) -> Self {
        let mut group = Self { member: vec![false; site.assets.len()], strangers: crowd.strangers.clone() };
        for id in &crowd.assets {
            group.add(*id);
        }
        group
    }

    /// Everybody.
    pub(super) fn everyone(site: &Site) -> Self {
        Self { member: vec![true; site.assets.len()], strangers: Strangers::anyone() }
    }

    pub(super) fn contains(&self, id: AssetId) -> bool {
        self.member.get(id.0 as usize).copied().unwrap_or(false)
    }

    /// Those of a list that are in it.
    pub(super) fn among<'a>(&'a self, ids: &'a [AssetId]) -> impl Iterator<Item = AssetId> + 'a {
        ids.iter().copied().filter(|id| self.contains(*id))
    }

    /// Adds an asset; whether it was not in it.
    pub(super) fn add(&mut self, id: AssetId) -> bool {
        self.member.get_mut(id.0 as usize).is_some_and(|member| !core::mem::replace(member, true))
    }

    /// Those of it who act through a jump host.
    pub(super) fn relayed(&self, relays: &Relays) -> Self {
        let mut member = vec![false; self.member.len()];
        for id in self.among(&relays.assets) {
            member[id.0 as usize] = true;
        }
        Self { member, strangers: self.outside(&relays.outside) }
    }

    /// Strangers at an end of a conduit that are in it.
    pub(super) fn outside(&self, outside: &Outside) -> Strangers {
        let there = if outside.anyone { Strangers::anyone() } else { Strangers::of_nets(&outside.nets) };
        there.and(&self.strangers)
    }
}

/// One end of what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// An asset.
    Asset(AssetId),
    /// Strangers, any of them.
    Strangers(Strangers),
}

/// The members of one end of a conduit that are in a group: assets, then strangers.
pub(super) fn parties(group: &Group, assets: &[AssetId], outside: &Outside) -> Vec<Party> {
    let strangers = group.outside(outside);
    let all = group.among(assets).map(Party::Asset);
    all.chain((!strangers.is_empty()).then_some(Party::Strangers(strangers))).collect()
}

/// Whether a conduit joins two assets. None is joined to itself: a gateway does not see that.
pub(super) fn joins(site: &Site, conduit: &Conduit, from: AssetId, to: AssetId) -> bool {
    from != to && site.joins(conduit, from, to)
}
