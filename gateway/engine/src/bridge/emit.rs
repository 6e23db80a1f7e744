//! How output becomes segments. Bytes leave from the ring alone.

use super::flow::Flow;
use super::segment::{Options, Segment};
use super::seq::Seq;
use super::{BOTH, Turn, other};
use crate::frames::TcpFlags;
use sluice_model::Direction;

/// What the timestamps option takes of a segment.
const STAMPS: u16 = 12;

/// What a segment says beside its content, to be said again by the first that leaves in its stead.
#[derive(Clone, Copy, Default)]
pub(super) struct Besides {
    /// Blocks that its sender has behind a gap.
    pub(super) sack: [Option<(Seq, Seq)>; 4],
    /// Its marks of congestion (RFC 3168).
    pub(super) marks: TcpFlags,
}

impl Besides {
    /// What its blocks take of a segment.
    fn room(&self) -> u32 {
        match self.sack.iter().flatten().count() as u32 {
            0 => 0,
            blocks => 4 + 8 * blocks,
        }
    }
}

impl Flow {
    /// Sends what waits in `direction` and has room at the receiver; whether something left.
    pub(super) fn flush(&mut self, direction: Direction, besides: &mut Besides, turn: &mut Turn<'_>) -> bool {
        let half = self.half(direction);
        let (from, to) = (half.sent, half.sendable());
        self.send(direction, from, to, besides, turn);
        from != to
    }

    /// Sends the output in `[from, to)` in segments of a size that the receiver takes.
    pub(super) fn send(
        &mut self,
        direction: Direction,
        mut from: Seq,
        to: Seq,
        besides: &mut Besides,
        turn: &mut Turn<'_>,
    ) {
        let most = self.largest(direction);
        while from.before(to) {
            let half = self.half(direction);
            let besides = core::mem::take(besides);
            let mut end = to.earlier(from + most.saturating_sub(besides.room()).max(1));
            // A FIN behind a full segment rides along.
            if half.ended && end + 1 == half.next {
                end = to;
            }
            self.emit(direction, from, end, besides, turn);
            from = end;
        }
    }

    /// Sends an acknowledgement in `direction`, without content.
    pub(super) fn emit_ack(&mut self, direction: Direction, besides: Besides, turn: &mut Turn<'_>) {
        let at = self.half(direction).sent;
        self.emit(direction, at, at, besides, turn);
    }

    /// Sends a segment that asks the receiver whether it is there: one before what it waits for, without content.
    pub(super) fn emit_probe(&mut self, direction: Direction, turn: &mut Turn<'_>) {
        let at = self.half(direction).sent - 1;
        self.emit(direction, at, at, Besides::default(), turn);
    }

    /// Bytes that one segment to the receiver may carry.
    pub(super) fn largest(&self, direction: Direction) -> u32 {
        let stamps = if self.stamped { STAMPS } else { 0 };
        u32::from(self.half(direction).segment.saturating_sub(stamps).max(1))
    }

    /// Tells both ends to forget the connection.
    pub(super) fn emit_resets(&mut self, turn: &mut Turn<'_>) {
        for direction in BOTH {
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

    fn emit(&mut self, direction: Direction, from: Seq, to: Seq, besides: Besides, turn: &mut Turn<'_>) {
        let stamped = self.stamped;
        let (half, back) = self.pair(direction);
        let (acknowledgement, window) = (back.acked, back.window());
        back.tell();
        let timestamps = stamped.then_some((half.clock, back.clock));
        let options = Options { timestamps, sack: besides.sack, ..Options::default() };
        half.leaves(from, to, turn.now);
        let last = to == half.next && from != to;
        let (payload, fin) = half.output(from, to);
        let mut flags = TcpFlags::ACK | besides.marks;
        if last {
            flags = flags | TcpFlags::PSH;
        }
        if fin {
            flags = flags | TcpFlags::FIN;
        }
        turn.wire.emit(direction, &Segment { sequence: from, acknowledgement, flags, window, options, payload });
    }
}
