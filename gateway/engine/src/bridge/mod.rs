//! The active core of the transparent bridge: TCP segments of one flow in, TCP segments out, with every message judged
//! between. The bridge has no address and no connection of its own; both ends believe that they speak to each other.
//!
//! * An incomplete message is held and acknowledged to its sender (custody); nothing of it leaves before its verdict.
//! * What is denied is left out, a refusal is put in, and from then on both ends' numbers are translated (`edits`).
//! * Bytes leave from the bridge's own copy alone (`ring`), so that what was judged is what is delivered.
//!
//! * What the bridge owns it sends again itself, and gives up by name (`retransmit`). A flow can be handed over to another
//!   process (`handover`), and one that was under way before the bridge was is picked up or reset (`pickup`).
//!
//! A segment that would leave as it came is not built anew: [`Passage::Forward`]. No clock, no I/O, no frames: whoever
//! reads frames owns a [`Flow`] for each connection and hands it parsed segments, whose checksums were verified.
//!
//! Windows: a refusal is not given room by making the advertised window smaller. What a server was allowed to send and
//! what was put in besides waits in the ring for room at the client, and the bridge probes for it.

mod edits;
mod emit;
mod flow;
mod half;
mod handover;
mod handshake;
mod judge;
mod pickup;
mod quoted;
mod receive;
mod retransmit;
mod ring;
mod rtt;
mod segment;
mod seq;
mod store;
mod work;

pub use crate::crossing::{
    Bound, Bounds, Bridge, BridgeOptions, Census, FRAME_ANOMALIES, Leaving, Notice, Offload, Outcome, Party, Side,
    Traffic, Why,
};
pub use flow::Flow;
pub use segment::{Options, Segment};
pub use seq::Seq;
pub use work::Spare;

use crate::Output;
use sluice_model::{Direction, Instant};
use sluice_policies::policy::Policy;
use std::sync::Arc;

/// Receives segments that the bridge builds.
pub trait Wire {
    /// Send `segment` in `direction`, with the flow's own addresses, ports and link header that way.
    fn emit(&mut self, direction: Direction, segment: &Segment<'_>);
}

/// What is to be done with the segment that was handed in, after what was emitted.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Forward the frame as it came.
    Forward,
    /// Drop it: whatever of it is to pass was emitted.
    Consumed,
}

/// What surrounds one call.
pub struct Turn<'t> {
    /// The time.
    pub now: Instant,
    /// The policy in force.
    pub policy: &'t Arc<Policy>,
    /// Takes the segments.
    pub wire: &'t mut dyn Wire,
    /// Takes the reports; nothing is sent through it.
    pub reports: &'t mut dyn Output,
    /// Memory that flows share: one for each worker.
    pub spare: &'t mut Spare,
}

const BOTH: [Direction; 2] = [Direction::ToServer, Direction::ToClient];

const fn other(direction: Direction) -> Direction {
    match direction {
        Direction::ToServer => Direction::ToClient,
        Direction::ToClient => Direction::ToServer,
    }
}
