//! What one batch of frames of one port came to, counted once for all of them.

use crate::metrics::{Fate, PortSeries};
use sluice_engine::bridge::{Outcome, Why};
use sluice_hardware::port::Sent;

/// The frames of one batch.
#[derive(Default)]
pub(super) struct Tally {
    frames: u64,
    bytes: u64,
    fates: [u64; Fate::ALL.len()],
}

impl Tally {
    /// A frame of this length came in.
    pub(super) fn came(&mut self, bytes: &[u8]) {
        self.frames += 1;
        self.bytes += bytes.len() as u64;
    }

    /// And this became of it.
    pub(super) fn became(&mut self, outcome: Outcome) {
        let fate = match outcome {
            Outcome::Forwarded => Fate::Forwarded,
            Outcome::Consumed => Fate::Consumed,
            Outcome::Dropped(Why::Policy(_)) => Fate::Denied,
            Outcome::Dropped(Why::Anomaly(_)) => Fate::Malformed,
            Outcome::Dropped(Why::Bound(_)) => Fate::Bound,
        };
        self.fates[fate as usize] += 1;
    }

    /// Adds it to the series of the port that they came in by.
    pub(super) fn add(&self, port: &PortSeries) {
        port.packets[0].inc_by(self.frames);
        port.bytes[0].inc_by(self.bytes);
        port.fates(&self.fates);
    }
}

/// Frames that passed, or may have, without the gateway.
pub(super) fn unheard(port: &PortSeries, frames: u64) {
    let mut tally = Tally { frames, ..Tally::default() };
    tally.fates[Fate::Unheard as usize] = frames;
    tally.add(port);
}

/// Frames left by a port.
pub(super) fn left(port: &PortSeries, sent: Sent) {
    port.packets[1].inc_by(sent.frames);
    port.bytes[1].inc_by(sent.bytes);
    if sent.lost > 0 {
        port.drops[1].inc_by(sent.lost);
    }
}
