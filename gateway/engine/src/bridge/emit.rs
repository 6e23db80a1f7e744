//! How output becomes segments. Bytes leave from the ring alone.

use super::flow::Flow;
use super::half::Half;
use super::segment::{Options, Segment};
use super::seq::Seq;
use super::{Turn, other};
use crate::frames::TcpFlags;
use core::time::Duration;
use sluice_model::{Direction, Instant};

/// What the timestamps option takes of a segment.
const STAMPS: u16 = 12;
/// How long the bridge waits for an acknowledgement before it sends again; doubled each time.
const RETRY: Duration = Duration::from_millis(250);
/// After so many times in vain, it waits no longer than before.
const DOUBLINGS: u8 = 6;

/// Blocks that the receiver has behind a gap.
pub(super) type Sack = [Option<(Seq, Seq)>; 4];

impl Flow {
    /// Sends what waits in `direction` and has room at the receiver; whether something left.
    pub(super) fn flush(&mut self, direction: Direction, turn: &mut Turn<'_>) -> bool {
        let half = self.half(direction);
        let (from, to) = (half.sent, half.sendable());
        self.send(direction, from, to, turn);
        from != to
    }

    /// Sends the output in `[from, to)` in segments of a size that the receiver takes.
    pub(super) fn send(&mut self, direction: Direction, mut from: Seq, to: Seq, turn: &mut Turn<'_>) {
        let most = self.largest(direction);
        while from.before(to) {
            let half = self.half(direction);
            let mut end = to.earlier(from + most);
            // A FIN behind a full segment rides along.
            if half.ended && end + 1 == half.next {
                end = to;
            }
            self.emit(direction, from, end, Sack::default(), turn);
            from = end;
        }
    }

    /// Sends an acknowledgement in `direction`, without content.
    pub(super) fn emit_ack(&mut self, direction: Direction, sack: Sack, turn: &mut Turn<'_>) {
        let at = self.half(direction).sent;
        self.emit(direction, at, at, sack, turn);
    }

    /// Sends a segment that asks the receiver whether it is there: one before what it waits for, without content.
    pub(super) fn emit_probe(&mut self, direction: Direction, turn: &mut Turn<'_>) {
        let at = self.half(direction).sent - 1;
        self.emit(direction, at, at, Sack::default(), turn);
    }

    /// Bytes that one segment to the receiver may carry.
    pub(super) fn largest(&self, direction: Direction) -> u32 {
        let stamps = if self.stamped { STAMPS } else { 0 };
        u32::from(self.half(direction).segment.saturating_sub(stamps).max(1))
    }

    /// Tells both ends to forget the connection.
    pub(super) fn emit_resets(&mut self, turn: &mut Turn<'_>) {
        for direction in [Direction::ToServer, Direction::ToClient] {
            let (half, back) = (self.half(direction), self.half(other(direction)));
            let segment = Segment {
                sequence: half.sent,
                acknowledgement: back.acked,
                flags: TcpFlags::RST | TcpFlags::ACK,
                window: 0,
                options: Options::default(),
                payload: &[],
            };
            turn.wire.emit(direction, &segment);
        }
    }

    fn emit(&mut self, direction: Direction, from: Seq, to: Seq, sack: Sack, turn: &mut Turn<'_>) {
        let stamped = self.stamped;
        let (half, back) = self.pair(direction);
        let (acknowledgement, window) = (back.acked, back.window());
        back.tell();
        let options = Options { timestamps: stamped.then_some((half.clock, back.clock)), sack, ..Options::default() };
        half.sent = half.sent.later(to);
        let last = to == half.next && from != to;
        let (payload, fin) = half.output(from, to);
        let mut flags = TcpFlags::ACK;
        if last {
            flags = flags | TcpFlags::PSH;
        }
        if fin {
            flags = flags | TcpFlags::FIN;
        }
        turn.wire.emit(direction, &Segment { sequence: from, acknowledgement, flags, window, options, payload });
    }

    /// Sends again what is due, and says when the next is.
    pub(super) fn retry(&mut self, direction: Direction, turn: &mut Turn<'_>) {
        if self.half(direction).retry.is_some_and(|at| at <= turn.now) {
            self.resend(direction, turn);
            let half = self.half_mut(direction);
            half.retry = None;
            half.attempts = half.attempts.saturating_add(1);
        }
        self.half_mut(direction).arm(turn.now);
    }

    /// Sends the first segment that is not acknowledged again; of what has no room, one byte asks for some.
    pub(super) fn resend(&mut self, direction: Direction, turn: &mut Turn<'_>) {
        let most = self.largest(direction);
        let half = self.half(direction);
        let from = half.una;
        let to = half.sendable().earlier(from + most).later(from + 1).earlier(half.next);
        self.send(direction, from, to, turn);
    }
}

impl Half {
    /// Sets the time of the next retransmission if one may become necessary.
    pub(super) fn arm(&mut self, now: Instant) {
        if self.owned() {
            self.retry.get_or_insert(now + RETRY * (1 << self.attempts.min(DOUBLINGS)));
        } else {
            (self.retry, self.attempts) = (None, 0);
        }
    }
}
