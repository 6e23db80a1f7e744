//! Output that the bridge owns is sent again: what the sender was told to be there, or never said.

use super::Turn;
use super::emit::Besides;
use super::flow::Flow;
use super::half::Half;
use super::work::Spare;
use crate::Cause;
use crate::inspect::Message;
use crate::output::{Incident, What};
use sluice_model::{Direction, Instant};

/// How many acknowledgements without news mean that a segment was lost (RFC 5681 3.2), at most.
const DUPLICATES: u32 = 3;
/// After so many times in vain the flow is given up: some 110 s on a quick line (RFC 9293 3.8.3 asks for 100 s).
const ATTEMPTS: u8 = 15;

impl Flow {
    /// Sends again what is due, and says when the next is; false if that was done too often.
    pub(super) fn retry(&mut self, direction: Direction, turn: &mut Turn<'_>) -> bool {
        let timer = self.half(direction).timer();
        if timer.due.is_some_and(|at| at <= turn.now) {
            if timer.attempts >= ATTEMPTS {
                return false;
            }
            self.resend(direction, turn);
            let half = self.half_mut(direction);
            let sent = half.sent;
            let timer = &mut half.work(turn.spare).timer;
            (timer.due, timer.recover) = (None, Some(sent));
            timer.attempts += 1;
        }
        self.half_mut(direction).arm(turn.now, turn.spare);
        true
    }

    /// Gives a flow up whose receiver does not take what the bridge owes it.
    pub(super) fn give_up(&mut self, direction: Direction, turn: &mut Turn<'_>) {
        let half = self.half(direction);
        let cause =
            if half.una == half.sent || half.edge == half.una { Cause::WindowClosed } else { Cause::Unacknowledged };
        let owed = half.output(half.una, half.next).0;
        let owed = owed[..owed.len().min(Incident::EXCERPT)].to_vec();
        let message = Message { now: turn.now, policy: turn.policy, direction, unit: &owed };
        self.abandon(&message, What::Failure(cause), turn);
    }

    /// What an acknowledgement by the receiver of `direction` says of losses: `news` if it says more than the last, `again`
    /// if it says the same, and then whether it names what came behind a gap.
    pub(super) fn recover(&mut self, direction: Direction, news: bool, again: Option<bool>, turn: &mut Turn<'_>) {
        let most = self.largest(direction);
        let half = self.half_mut(direction);
        let (una, sent) = (half.una, half.sent);
        let owned = half.owned() && una.before(sent);
        let Some(work) = &mut half.work else { return };
        let timer = &mut work.timer;
        if news {
            timer.recover = timer.recover.filter(|end| una.before(*end));
            // What follows what was lost was probably lost with it.
            if timer.recover.is_some() && owned {
                self.resend(direction, turn);
            }
        } else if let Some(sacked) = again.filter(|_| una != sent) {
            timer.duplicates = timer.duplicates.saturating_add(1);
            // With little under way, fewer acknowledgements than three must do (RFC 5827).
            let few = (sent.past(una).div_ceil(most) - 1).clamp(1, DUPLICATES);
            let enough = if sacked { few } else { DUPLICATES };
            if owned && timer.recover.is_none() && u32::from(timer.duplicates) >= enough {
                timer.recover = Some(sent);
                self.resend(direction, turn);
            }
        }
    }

    /// Sends the first segment that is not acknowledged again; of what has no room, one byte asks for some.
    pub(super) fn resend(&mut self, direction: Direction, turn: &mut Turn<'_>) {
        let most = self.largest(direction);
        let half = self.half(direction);
        let from = half.una;
        let to = half.sendable().earlier(from + most).later(from + 1).earlier(half.next);
        self.send(direction, from, to, &mut Besides::default(), turn);
    }
}

impl Half {
    /// Sets the time of the next retransmission if one may become necessary.
    pub(super) fn arm(&mut self, now: Instant, spare: &mut Spare) {
        if self.owned() {
            let rtt = self.rtt;
            let timer = &mut self.work(spare).timer;
            timer.due.get_or_insert(now + rtt.patience(timer.attempts));
        } else if let Some(work) = &mut self.work {
            (work.timer.due, work.timer.attempts) = (None, 0);
        }
    }
}
