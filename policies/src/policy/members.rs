//! Which conduits each end of a packet belongs to. Room for each member of each conduit and no more: a conduit from
//! everyone to everyone is not written out pair by pair, and one `within = "cell"` asks for the cells of its two ends.

use crate::decision::ConduitId;
use crate::services::End;
use crate::site::{AssetId, Net, Outside, Site, Within};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// The end commands or publishes there.
pub(super) const FROM: u8 = 1;
/// The end obeys or listens there.
pub(super) const TO: u8 = 2;

/// A conduit and the roles that an end has in it.
type Member = (ConduitId, u8);

/// Who is in which conduit.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// By [`AssetId`]; sorted by conduit.
    assets: Box<[Box<[Member]>]>,
    /// Of every single address that is no asset's.
    anyone: Box<[Member]>,
    /// By [`AssetId`], the number of its cell; 0 for none.
    cells: Box<[u32]>,
    /// By [`ConduitId`], whether it joins the two ends within one cell alone.
    within: Box<[bool]>,
    /// Where ranges of addresses begin of which all belong to the same nets, sorted; each with its members.
    ranges: Box<[(Key, Box<[Member]>)]>,
}

/// An address in one order, those of IPv4 (`false`) before those of IPv6.
type Key = (bool, u128);

/// The conduits of one end.
#[derive(Clone, Copy, Default)]
pub(super) struct Ends<'m> {
    own: &'m [Member],
    /// Those of strangers, beside its own.
    anyone: &'m [Member],
    cell: u32,
}

impl Members {
    pub(super) fn of(site: &Site) -> Self {
        let mut assets = vec![Vec::new(); site.assets.len()];
        let mut anyone = Vec::new();
        let mut nets: Vec<(Net, Member)> = Vec::new();
        for (id, conduit) in (0..).map(ConduitId).zip(&site.conduits) {
            for (role, ids, outside) in
                [(FROM, &conduit.from, &conduit.from_outside), (TO, &conduit.to, &conduit.to_outside)]
            {
                for AssetId(index) in ids {
                    add(&mut assets[*index as usize], id, role);
                }
                let Outside { anyone: all, nets: of } = outside;
                if *all {
                    add(&mut anyone, id, role);
                }
                nets.extend(of.iter().map(|net| (*net, (id, role))));
            }
        }
        let assets = assets.into_iter().map(Vec::into_boxed_slice).collect();
        let within = site.conduits.iter().map(|c| c.within == Within::Cell).collect();
        Self { assets, anyone: anyone.into(), cells: cells(site), within, ranges: ranges(&nets) }
    }

    /// The conduits of an end.
    pub(super) fn ends(&self, end: End) -> Ends<'_> {
        match end {
            End::Asset(AssetId(index)) => {
                let own = self.assets.get(index as usize).map_or(&[][..], |m| m);
                Ends { own, anyone: &[], cell: self.cells.get(index as usize).copied().unwrap_or(0) }
            }
            End::Address(ip) => {
                let at = self.ranges.partition_point(|(first, _)| *first <= key(ip));
                let own = at.checked_sub(1).map_or(&[][..], |at| &self.ranges[at].1);
                Ends { own, anyone: if super::service::group(end).is_some() { &[] } else { &self.anyone }, cell: 0 }
            }
            End::Mac(mac) => Ends { own: &[], anyone: if mac.is_group() { &[] } else { &self.anyone }, cell: 0 },
        }
    }

    /// The conduits from one asset to another.
    pub(super) fn joining(&self, from: AssetId, to: AssetId) -> impl Iterator<Item = ConduitId> + '_ {
        let both = self.common(self.ends(End::Asset(from)), self.ends(End::Asset(to)));
        both.filter(|(_, from, to)| from & FROM != 0 && to & TO != 0).map(|(conduit, ..)| conduit)
    }

    /// The conduits that two ends have in common, in order, with the roles of each.
    pub(super) fn common<'m>(
        &'m self,
        sender: Ends<'m>,
        receiver: Ends<'m>,
    ) -> impl Iterator<Item = (ConduitId, u8, u8)> + 'm {
        let apart = sender.cell == 0 || sender.cell != receiver.cell;
        let swapped = receiver.len() < sender.len();
        let (short, long) = if swapped { (receiver, sender) } else { (sender, receiver) };
        let joins = move |conduit: ConduitId| !(apart && self.is_within(conduit));
        short.iter().filter(move |(conduit, _)| joins(*conduit)).filter_map(move |(conduit, roles)| {
            match (long.roles(conduit), swapped) {
                (0, _) => None,
                (others, false) => Some((conduit, roles, others)),
                (others, true) => Some((conduit, others, roles)),
            }
        })
    }

    /// Whether a conduit joins its two ends within one cell alone.
    pub(super) fn is_within(&self, conduit: ConduitId) -> bool {
        self.within.get(usize::from(conduit.0)).copied().unwrap_or(false)
    }

    /// The number of an asset's cell; 0 for none.
    pub(super) fn cell(&self, asset: AssetId) -> u32 {
        self.cells.get(asset.0 as usize).copied().unwrap_or(0)
    }
}

/// Numbers the cells.
fn cells(site: &Site) -> Box<[u32]> {
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut numbers = Vec::with_capacity(site.assets.len());
    for asset in &site.assets {
        let next = known.len() as u32 + 1;
        numbers.push(asset.cell.as_deref().map_or(0, |cell| *known.entry(cell).or_insert(next)));
    }
    numbers.into()
}

/// Conduits are added in order, so that the lists are sorted.
fn add(members: &mut Vec<Member>, conduit: ConduitId, role: u8) {
    match members.last_mut() {
        Some((last, roles)) if *last == conduit => *roles |= role,
        _ => members.push((conduit, role)),
    }
}

fn key(ip: IpAddr) -> Key {
    match ip {
        IpAddr::V4(ip) => (false, ip.to_bits().into()),
        IpAddr::V6(ip) => (true, ip.to_bits()),
    }
}

/// Cuts the addresses where a net begins or ends, and says for each piece who holds it.
fn ranges(nets: &[(Net, Member)]) -> Box<[(Key, Box<[Member]>)]> {
    let mut cuts: BTreeMap<Key, Vec<(Member, bool)>> = BTreeMap::new();
    for (net, member) in nets {
        let (first, last) = net.range();
        cuts.entry(key(first)).or_default().push((*member, true));
        let (is_v6, last) = key(last);
        if let Some(behind) = last.checked_add(1) {
            cuts.entry((is_v6, behind)).or_default().push((*member, false));
        }
    }
    // How many nets give a role in a conduit, here.
    let mut held: BTreeMap<Member, u32> = BTreeMap::new();
    let piece = |(cut, changes): (Key, Vec<(Member, bool)>)| {
        for (member, begins) in changes {
            let count = held.entry(member).or_default();
            *count = if begins { *count + 1 } else { *count - 1 };
        }
        held.retain(|_, count| *count > 0);
        let mut members = Vec::new();
        for (conduit, role) in held.keys() {
            add(&mut members, *conduit, *role);
        }
        (cut, members.into())
    };
    cuts.into_iter().map(piece).collect()
}

impl<'m> Ends<'m> {
    fn len(self) -> usize {
        self.own.len() + self.anyone.len()
    }

    /// What the end is in a conduit: [`FROM`], [`TO`], both or 0.
    pub(super) fn roles(self, conduit: ConduitId) -> u8 {
        let of = |list: &[Member]| list.binary_search_by_key(&conduit, |(id, _)| *id).map_or(0, |at| list[at].1);
        of(self.own) | of(self.anyone)
    }

    /// Every conduit once, in order.
    pub(super) fn iter(self) -> impl Iterator<Item = Member> + 'm {
        let (mut own, mut anyone) = (self.own, self.anyone);
        core::iter::from_fn(move || {
            let next = match (own.first(), anyone.first()) {
                (None, None) => return None,
                (Some((a, _)), Some((b, _))) => (*a).min(*b),
                (Some((only, _)), None) | (None, Some((only, _))) => *only,
            };
            let mut roles = 0;
            for list in [&mut own, &mut anyone] {
                if let Some(((id, role), rest)) = list.split_first()
                    && *id == next
                {
                    roles |= role;
                    *list = rest;
                }
            }
            Some((next, roles))
        })
    }
}
