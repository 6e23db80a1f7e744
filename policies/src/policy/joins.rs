//! Whether two ends have anything to do with each other, and who may dial whom.

use super::Policy;
use super::members::{FROM, TO};
use crate::decision::ConduitId;
use crate::services::End;
use crate::site::{AssetId, Opens};

impl Policy {
    /// Whether a conduit joins two ends, whatever it allows and whichever of them commands: then each may ask for the
    /// other's link address. Touches no heap.
    pub fn joined(&self, one: End, other: End) -> bool {
        self.meet(one, other, |_, a, b| a & FROM != 0 && b & TO != 0 || a & TO != 0 && b & FROM != 0)
    }

    /// Whether an end belongs to any conduit: then it may announce its own address.
    pub fn takes_part(&self, end: End) -> bool {
        self.standing(end).any(|end| self.members.ends(end).iter().next().is_some())
    }

    /// Whether `client` may open the connection on which it commands `server`, as the conduits between them say
    /// (`opens`). Touches no heap.
    pub fn dials(&self, client: End, server: End) -> bool {
        self.meet(client, server, |conduit, from, to| {
            from & FROM != 0 && to & TO != 0 && self.rules[usize::from(conduit.0)].opens != Opens::To
        })
    }

    /// The conduit that would join two assets if they stood in one cell.
    pub(crate) fn joined_in_a_cell(&self, from: AssetId, to: AssetId) -> Option<ConduitId> {
        let (sender, receiver) = (self.members.ends(End::Asset(from)), self.members.ends(End::Asset(to)));
        let both = |conduit, roles| roles & FROM != 0 && receiver.roles(conduit) & TO != 0;
        let mut within = sender.iter().filter(|(conduit, _)| self.members.is_within(*conduit));
        within.find(|(conduit, roles)| both(*conduit, *roles)).map(|(conduit, _)| conduit)
    }

    /// Whether a conduit joins two ends, or what stands behind them, in such a way.
    fn meet(&self, one: End, other: End, way: impl Fn(ConduitId, u8, u8) -> bool) -> bool {
        self.standing(one).any(|one| {
            self.standing(other).any(|other| {
                let mut common = self.members.common(self.members.ends(one), self.members.ends(other));
                common.any(|(conduit, a, b)| way(conduit, a, b))
            })
        })
    }

    /// An end, and the assets behind it that have no address of their own.
    fn standing(&self, end: End) -> impl Iterator<Item = End> + '_ {
        let behind = match end {
            End::Asset(asset) => Some(self.carried(asset).map(End::Asset)),
            End::Address(_) | End::Mac(_) => None,
        };
        core::iter::once(end).chain(behind.into_iter().flatten())
    }
}
