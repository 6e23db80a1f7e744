//! What comes out of a bridge: frames, what became of each that came in, and reports of what may not pass.

use super::why::Why;
use super::{Side, Traffic};
use crate::{Output, Response};
use sluice_policies::decision::{ConduitId, StatementId, Verdict};
use sluice_policies::policy::Policy;
use sluice_policies::site::AssetId;
use std::net::IpAddr;

/// Receives what a bridge lets out. Verdicts on the messages inside of inspected connections come through [`Output`], of
/// which a bridge never calls `send`, `finish` and `reset`.
pub trait Leaving: Output {
    /// Send the first `length` bytes of the frame that was handed in, with its offload. What lies behind them belongs to
    /// no packet. At most once for each frame.
    fn forward(&mut self, to: Side, length: usize);
    /// Send a frame that the bridge built: its checksums are whole, its packet fits into the port's MTU.
    fn emit(&mut self, to: Side, frame: &[u8]);
    /// Frames did not pass, or passed although the policy does not allow them. Called for the first frame of its kind at
    /// once, then with the number of those that followed, so that a flood costs no more than its counting.
    fn notice(&mut self, notice: &Notice<'_>);
}

/// What became of a frame.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It left as it came.
    Forwarded,
    /// It did its work and does not leave as it is: what of it passes was built anew, waits for the rest of its message
    /// or datagram, or was an acknowledgement meant for the bridge.
    Consumed,
    /// It does not pass.
    Dropped(Why),
}

/// One end of a frame's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Party {
    /// Its hardware address as it stands in the frame.
    pub mac: [u8; 6],
    /// Its IP address, if the frame has any.
    pub ip: Option<IpAddr>,
    /// The asset that has this address.
    pub asset: Option<AssetId>,
}

/// Frames of one kind between two ends.
#[derive(Clone, Copy)]
pub struct Notice<'n> {
    /// Why they may not pass.
    pub why: Why,
    /// Deny, or alert when they passed all the same.
    pub verdict: Verdict,
    /// How they were answered: dropped, or reset when both ends of a connection were told.
    pub response: Response,
    /// The port that they came in by.
    pub side: Side,
    /// Who sent them.
    pub source: Party,
    /// Whom they were for.
    pub destination: Party,
    /// The identifiers of their VLAN tags, the outer one first; 0 for none.
    pub vlans: [u16; 2],
    /// What they carry.
    pub traffic: Traffic,
    /// The conduit between the two, or [`ConduitId::UNMATCHED`].
    pub conduit: ConduitId,
    /// The nearest statement, if the policy has one.
    pub statement: Option<StatementId>,
    /// How many there were since the last notice of this kind.
    pub count: u64,
    /// The first bytes of the first of them, at most [`Notice::EXCERPT`]; empty when only their number is reported.
    pub excerpt: &'n [u8],
    /// The policy in whose terms this speaks.
    pub policy: &'n Policy,
}

impl Notice<'_> {
    /// Most bytes of an excerpt.
    pub const EXCERPT: usize = 64;
}
