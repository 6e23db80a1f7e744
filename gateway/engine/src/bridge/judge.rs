//! Input becomes output: in-order bytes are cut into messages, judged, and each delivered, left out or replaced.

use super::Turn;
use super::flow::Flow;
use super::work::Spare;
use crate::Cause;
use crate::anomalies::TRUNCATED;
use crate::inspect::{Fate, Message};
use crate::output::{Response, What};
use sluice_model::{Anomaly, Direction, Instant};
use sluice_protocols::Frame;

impl Flow {
    /// Bytes that follow what came before.
    pub(super) fn take(&mut self, direction: Direction, bytes: &[u8], turn: &mut Turn<'_>) {
        self.half_mut(direction).in_next += bytes.len() as u32;
        if self.half(direction).held().is_empty() {
            return self.digest(direction, bytes, turn.now, turn);
        }
        self.half_mut(direction).work(turn.spare).held.extend_from_slice(bytes);
        self.digest_held(direction, turn);
    }

    /// Judges what is held if it may be whole, as far as edits can be taken.
    pub(super) fn digest_held(&mut self, direction: Direction, turn: &mut Turn<'_>) {
        if self.half(direction).is_whole() && self.may_judge(direction) {
            let work = self.half_mut(direction).work(turn.spare);
            let (held, since) = (core::mem::take(&mut work.held), work.since);
            self.digest(direction, &held, since, turn);
        }
    }

    /// The sender said its last; what it left incomplete is left out. False if that has to wait.
    pub(super) fn end(&mut self, direction: Direction, turn: &mut Turn<'_>) -> bool {
        let held = self.half(direction).held().len();
        if held > 0 {
            if !self.may_judge(direction) {
                return false;
            }
            let bytes = core::mem::take(&mut self.half_mut(direction).work(turn.spare).held);
            let message = Message { now: turn.now, policy: turn.policy, direction, unit: &bytes };
            let what = What::Anomaly(Anomaly::new(&TRUNCATED, held));
            self.inspection.report(&message, what, Response::Dropped, turn.reports);
            self.half_mut(direction).edit(held, &[], turn.spare);
        }
        self.half_mut(direction).end();
        true
    }

    /// Judges whole messages of `bytes`, the first of which came at `since`, and holds the rest.
    fn digest(&mut self, direction: Direction, bytes: &[u8], since: Instant, turn: &mut Turn<'_>) {
        let mut rest = bytes;
        let mut need = 0;
        // Whatever a message's fate is, there must be room for its edit and for its refusal.
        while !rest.is_empty() && self.may_judge(direction) {
            let message = Message { now: turn.now, policy: turn.policy, direction, unit: rest };
            match self.inspection.frame(direction, rest) {
                Frame::Unit(length) => {
                    let (unit, behind) = rest.split_at(length);
                    let whole = Message { unit, ..message };
                    if direction == Direction::ToServer && self.is_doubtful() && !self.inspection.only_reads(&whole) {
                        return self.abandon(&whole, What::Failure(Cause::Unproven), turn);
                    }
                    let outstanding = self.inspection.outstanding();
                    let fate = self.inspection.message(&whole, turn.reports);
                    if fate == Fate::Reset {
                        return self.close(turn);
                    }
                    let answered = self.inspection.outstanding() < outstanding;
                    if !self.proves(direction, &fate, answered, turn.now) {
                        return self.abandon(&message, What::Failure(Cause::Unproven), turn);
                    }
                    self.act(direction, unit, &fate, turn.spare);
                    rest = behind;
                }
                Frame::Need(bytes) if bytes <= self.held_bytes as usize => {
                    need = bytes;
                    break;
                }
                Frame::Bad(anomaly) => return self.abandon(&message, What::Anomaly(anomaly), turn),
                Frame::Need(_) => return self.abandon(&message, What::Failure(Cause::HeldFull), turn),
            }
        }
        if !rest.is_empty() {
            let work = self.half_mut(direction).work(turn.spare);
            work.held = rest.to_vec();
            work.need = need;
            work.since = if rest.len() == bytes.len() { since } else { turn.now };
        }
    }

    fn act(&mut self, direction: Direction, unit: &[u8], fate: &Fate, spare: &mut Spare) {
        let (half, back) = self.pair(direction);
        match (fate, direction) {
            (Fate::Deliver, _) => half.deliver(unit, spare),
            (Fate::Withhold | Fate::Reset, _) => half.edit(unit.len(), &[], spare),
            (Fate::Refuse(refusal), Direction::ToClient) => half.edit(unit.len(), refusal, spare),
            (Fate::Refuse(refusal), Direction::ToServer) => {
                half.edit(unit.len(), &[], spare);
                // What is held is a message's beginning, so output always ends with a message. Behind a FIN nothing
                // can be said.
                if !back.ended {
                    back.edit(0, refusal, spare);
                }
            }
        }
    }

    /// Gives up a flow whose next message cannot be found.
    pub(super) fn abandon(&mut self, message: &Message<'_>, what: What, turn: &mut Turn<'_>) {
        self.inspection.report(message, what, Response::Reset, turn.reports);
        self.close(turn);
    }

    /// Closes both sides.
    pub(super) fn close(&mut self, turn: &mut Turn<'_>) {
        self.place();
        self.emit_resets(turn);
        self.forget();
    }
}
