//! What a route leads to: its stance, the statements of its pair, and a bank of tables for every device.

use super::reach::NO_REACH;
use crate::decision::{ConduitId, Mode, OnDeny, Reason, StatementId};
use crate::site::{AssetId, Unmatched};
use sluice_model::{ProtocolId, SpaceId};

/// The gate of pairs that no conduit joins; always the first.
pub(super) const UNMATCHED: u32 = 0;

/// That gate.
pub(super) fn unmatched(unmatched: &Unmatched) -> Gate {
    let Unmatched { mode, on_deny, .. } = *unmatched;
    let joined = mode != Mode::Enforce;
    Gate::closed(Stance { joined, mode, on_deny, conduit: ConduitId::UNMATCHED }, Reason::NoConduit)
}

/// How the messages of one protocol from one source to one destination are judged. `Copy`, and an index: only the
/// policy that gave it understands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    pub(super) gate: u32,
    pub(super) from: Option<AssetId>,
    pub(super) to: AssetId,
    pub(super) protocol: ProtocolId,
    /// The floors that it meets, a bit each.
    pub(super) floors: u64,
}

impl Route {
    /// The source, when its address is an asset's.
    pub fn from(self) -> Option<AssetId> {
        self.from
    }

    /// The destination.
    pub fn to(self) -> AssetId {
        self.to
    }

    /// The protocol.
    pub fn protocol(self) -> ProtocolId {
        self.protocol
    }
}

/// What holds for everything on a route, operations or not: anomalies, dialling, limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stance {
    /// Whether messages may be judged towards the device: a conduit joins the two, or `[unmatched]` does not enforce.
    pub joined: bool,
    /// The mode.
    pub mode: Mode,
    /// How denials are answered.
    pub on_deny: OnDeny,
    /// The conduit that stands for the route in metrics: the first that speaks the protocol, else the first.
    pub conduit: ConduitId,
}

/// Everything that joins a set of conduits to one destination; shared by all sources with the same conduits.
#[derive(Debug)]
pub(super) struct Group {
    /// The gates of the protocols that have statements.
    pub(super) spoken: Vec<(ProtocolId, u32)>,
    /// The gate of every other protocol.
    pub(super) silent: u32,
}

impl Group {
    pub(super) fn gate(&self, protocol: ProtocolId) -> u32 {
        self.spoken.iter().find(|(p, _)| *p == protocol).map_or(self.silent, |(_, gate)| *gate)
    }
}

/// One protocol between a group's sources and its destination.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    pub(super) stance: Stance,
    /// Why nothing passes, whatever the operation.
    pub(super) closed: Option<Reason>,
    /// The statements that speak the protocol, in order.
    pub(super) statements: Box<[StatementId]>,
    /// Index into the policy's function tables.
    pub(super) functions: u32,
    /// Banks by device address, sorted.
    pub(super) devices: Box<[(u32, u32)]>,
    /// The bank of every other device address, if an asset owns them all.
    pub(super) any: Option<u32>,
    /// Where device addresses lead when the destination is a gateway: an index into the policy's reaches, or `NO_REACH`.
    pub(super) reach: u32,
    /// The gate that judges instead of it under a lockdown.
    pub(super) locked: u32,
    /// Whether its denials pass, reported, while the glass is broken.
    pub(super) glass: bool,
    /// Whether decisions depend on nothing but the message.
    pub(super) pure: bool,
}

impl Gate {
    /// The bank of a device; `None` when no asset owns that address.
    pub(super) fn bank(&self, device: u32) -> Option<u32> {
        if let [(only, bank)] = *self.devices
            && only == device
        {
            return Some(bank);
        }
        let found = self.devices.binary_search_by_key(&device, |(d, _)| *d);
        found.ok().map(|at| self.devices[at].1).or(self.any)
    }
}

/// The tables of one device under one set of statements.
#[derive(Debug)]
pub(super) struct Bank {
    /// How many spaces the protocol has.
    pub(super) spaces: usize,
    /// For each function class, each space, each [`Use`]: an index into the policy's tables, or `NO_TABLE`.
    pub(super) tables: Box<[u32]>,
}

/// A conduit that has no gate of its own.
pub(super) const NO_GATE: u32 = u32::MAX;

/// No statement of the class grants anything in the space.
pub(super) const NO_TABLE: u32 = u32::MAX;

/// What a table is asked for; a read needs less of it, so its intervals are fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Use {
    /// Containment alone, with gaps.
    Read,
    /// Whole elements and their values.
    Change,
}

impl Bank {
    pub(super) fn table(&self, class: u32, space: SpaceId, usage: Use) -> Option<u32> {
        let space = usize::from(space.0);
        if space >= self.spaces {
            return None;
        }
        let at = (class as usize * self.spaces + space) * 2 + usize::from(usage == Use::Change);
        self.tables.get(at).copied().filter(|t| *t != NO_TABLE)
    }
}

impl Gate {
    /// A gate that nothing passes, whatever the device.
    pub(super) fn closed(stance: Stance, reason: Reason) -> Self {
        Self {
            stance,
            closed: Some(reason),
            statements: Box::default(),
            functions: 0,
            devices: Box::default(),
            any: None,
            reach: NO_REACH,
            locked: UNMATCHED,
            glass: false,
            pure: true,
        }
    }

    /// Whether the destination speaks the protocol, so that it has device addresses.
    pub(super) fn addressed(&self) -> bool {
        !self.devices.is_empty() || self.any.is_some()
    }
}
