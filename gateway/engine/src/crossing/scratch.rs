//! Frames that were built and not yet sent: they leave when the flow that built them has reported what it judged.

use super::build;
use super::flow::Entry;
use super::key::Ends;
use super::lead::Lead;
use super::{Leaving, Side};
use crate::bridge::{Segment, Wire};
use sluice_model::Direction;

/// Frames, one behind the other.
#[derive(Default)]
pub(super) struct Scratch {
    bytes: Vec<u8>,
    /// Where each ends, and the port that it leaves by.
    ends: Vec<(Side, usize)>,
}

/// Most room that is kept when nothing waits.
const KEPT: usize = 256 * 1024;

impl Scratch {
    /// Adds the frame that `write` appends.
    pub(super) fn add(&mut self, to: Side, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push((to, self.bytes.len()));
    }

    /// Sends everything.
    pub(super) fn send(&mut self, out: &mut dyn Leaving) {
        let mut start = 0;
        for (to, end) in self.ends.drain(..) {
            out.emit(to, &self.bytes[start..end]);
            start = end;
        }
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
    }
}

/// Builds the segments of one flow.
pub(super) struct Builder<'b> {
    pub(super) ends: Ends,
    /// How frames in each direction begin.
    pub(super) leads: [Option<Lead>; 2],
    pub(super) exits: [Side; 2],
    pub(super) id: u16,
    pub(super) scratch: &'b mut Scratch,
}

impl<'b> Builder<'b> {
    pub(super) fn of(entry: &Entry, scratch: &'b mut Scratch) -> Self {
        let each = [Direction::ToServer, Direction::ToClient];
        Self {
            ends: entry.ends,
            leads: each.map(|direction| entry.lead_or_turned(direction)),
            exits: each.map(|direction| entry.exit(direction)),
            id: entry.id,
            scratch,
        }
    }
}

impl Wire for Builder<'_> {
    fn emit(&mut self, direction: Direction, segment: &Segment<'_>) {
        // A flow has a lead from its first frame on.
        let Some(lead) = self.leads[direction as usize] else { return };
        let (head, ports) = self.ends.heading(direction);
        self.id = self.id.wrapping_add(1);
        let id = self.id;
        self.scratch.add(self.exits[direction as usize], |frame| build::tcp(frame, &lead, &head, ports, id, segment));
    }
}
