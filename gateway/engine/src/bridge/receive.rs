//! A segment of an established flow.

use super::emit::Sack;
use super::flow::{Flow, Phase};
use super::segment::Segment;
use super::seq::Seq;
use super::{Passage, Turn, other};
use crate::anomalies::CONFLICT;
use crate::frames::TcpFlags;
use crate::inspect::Message;
use crate::output::{Response, What};
use sluice_model::{Anomaly, Direction};

/// How many acknowledgements without news mean that a segment was lost (RFC 5681 3.2).
const DUPLICATES: u8 = 3;

impl Flow {
    /// Takes a segment of an established flow: what it acknowledges, what it brings, then what may leave.
    pub(super) fn receive(&mut self, direction: Direction, segment: &Segment<'_>, turn: &mut Turn<'_>) -> Passage {
        let back = other(direction);
        let beyond = self.half(back).sent.before(segment.acknowledgement);
        if beyond || !self.timely(direction, segment) {
            return Passage::Consumed;
        }
        let heard = self.hear(back, segment, turn);
        let old = self.bring(direction, segment, turn);
        // What was acknowledged may make room for edits.
        for waiting in [Direction::ToServer, Direction::ToClient] {
            self.half_mut(waiting).settle();
            if self.phase != Phase::Over {
                self.digest_held(waiting, turn);
            }
        }
        if self.phase == Phase::Over {
            return Passage::Consumed;
        }
        self.half_mut(direction).settle();
        self.half_mut(back).settle();
        let passage = self.leave(direction, segment, heard, old, turn);
        for each in [Direction::ToServer, Direction::ToClient] {
            self.half_mut(each).arm(turn.now);
        }
        passage
    }

    /// Protection against wrapped sequence numbers (RFC 7323 5): old timestamps, or missing ones, do not count.
    fn timely(&mut self, direction: Direction, segment: &Segment<'_>) -> bool {
        if !self.stamped {
            return true;
        }
        let half = self.half_mut(direction);
        let Some((value, _)) = segment.options.timestamps else { return false };
        if Seq(value).before(Seq(half.clock)) {
            return false;
        }
        if !half.in_next.before(segment.sequence) {
            half.clock = value;
        }
        true
    }

    /// What the receiver of `back` acknowledges; whether that is news.
    fn hear(&mut self, back: Direction, segment: &Segment<'_>, turn: &mut Turn<'_>) -> bool {
        let half = self.half_mut(back);
        let (sent, attempts) = (half.sent, half.attempts);
        let news = half.acknowledged(segment.acknowledgement);
        let edge = half.edge;
        if !segment.acknowledgement.before(half.una) {
            half.edge = edge.later(segment.acknowledgement + (u32::from(segment.window) << half.scale));
        }
        let again = !news && segment.payload.is_empty() && segment.acknowledgement == half.una;
        if again && half.una != sent && edge == half.edge {
            half.duplicates = half.duplicates.saturating_add(1);
            if half.duplicates == DUPLICATES && half.owned() {
                self.resend(back, turn);
            }
        } else if news && half.owned() && half.una.before(sent) && attempts > 0 {
            // What follows what was lost was probably lost with it.
            self.resend(back, turn);
        }
        news
    }

    /// Takes what is new of a segment's content; whether any of it is old.
    fn bring(&mut self, direction: Direction, segment: &Segment<'_>, turn: &mut Turn<'_>) -> bool {
        let half = self.half(direction);
        let end = segment.sequence + segment.payload.len() as u32;
        let (fin, old) = (segment.flags.has(TcpFlags::FIN), segment.sequence.before(half.in_next));
        if segment.payload.is_empty() && !fin {
            return false;
        }
        // One byte past the window is a probe for a wider one.
        let limit = half.granted.later(half.in_next + 1).earlier(half.in_next + half.capacity() as u32);
        let skip = half.in_next.past(segment.sequence).min(segment.payload.len() as u32);
        let length = limit.past(segment.sequence).min(segment.payload.len() as u32).max(skip);
        let bytes = &segment.payload[skip as usize..length as usize];
        let at = segment.sequence + skip;
        if !half.ended && !bytes.is_empty() {
            self.arrive(direction, at, bytes, turn);
        }
        let half = self.half(direction);
        if fin && self.phase != Phase::Over && !half.ended && half.in_next == end {
            self.digest_held(direction, turn);
            self.end(direction, turn);
        }
        old
    }

    /// Bytes that lie at or ahead of what is missing.
    fn arrive(&mut self, direction: Direction, at: Seq, bytes: &[u8], turn: &mut Turn<'_>) {
        let half = self.half_mut(direction);
        if half.in_next == at && half.in_order() {
            return self.take(direction, bytes, turn);
        }
        if !half.work().store.insert(at, bytes) {
            let message = Message { now: turn.now, policy: turn.policy, direction, unit: bytes };
            let what = What::Anomaly(Anomaly::new(&CONFLICT, 0));
            self.inspection.report(&message, what, Response::Dropped, turn.reports);
        }
        while self.phase != Phase::Over {
            let half = self.half_mut(direction);
            let next = half.in_next;
            match half.work().store.take(next) {
                Some(bytes) => self.take(direction, &bytes, turn),
                None => return,
            }
        }
    }

    /// Lets out what may leave, and the segment itself if it would leave as it came.
    fn leave(
        &mut self,
        direction: Direction,
        segment: &Segment<'_>,
        heard: bool,
        old: bool,
        turn: &mut Turn<'_>,
    ) -> Passage {
        let back = other(direction);
        self.flush(back, turn);
        if !old && self.unchanged(direction, segment) {
            if segment.payload.is_empty() && self.redundant(back, segment, heard) {
                return Passage::Consumed;
            }
            let (half, behind) = self.pair(direction);
            half.sent = half.sendable();
            behind.tell();
            self.acknowledge(direction, turn);
            return Passage::Forward;
        }
        let sent = self.flush(direction, turn);
        if old {
            self.again(direction, segment, turn);
        } else if segment.payload.is_empty() && !sent && !segment.flags.has(TcpFlags::FIN) {
            self.pass_on(direction, segment, heard, turn);
        }
        self.acknowledge(direction, turn);
        self.acknowledge(back, turn);
        Passage::Consumed
    }

    /// Tells the sender of `direction` what is acknowledged, if that is news to it.
    fn acknowledge(&mut self, direction: Direction, turn: &mut Turn<'_>) {
        let half = self.half(direction);
        if half.told.before(half.acked) {
            self.emit_ack(other(direction), Sack::default(), turn);
        }
    }

    /// Whether what is to leave in `direction` is this segment and nothing else.
    fn unchanged(&mut self, direction: Direction, segment: &Segment<'_>) -> bool {
        let most = self.largest(direction) as usize;
        let (half, back) = self.pair(direction);
        let (from, to) = (half.sent, half.sendable());
        let header = segment.sequence == from
            && segment.acknowledgement == back.acked
            && segment.window == back.window()
            && !segment.options.stripped
            && (segment.options.sack[0].is_none() || back.is_plain());
        let (output, fin) = half.output(from, to);
        header && output == segment.payload && fin == segment.flags.has(TcpFlags::FIN) && output.len() <= most
    }

    /// Whether an acknowledgement says nothing to its receiver, while it told the bridge something: passed on, it would
    /// look like a sign of loss.
    fn redundant(&self, back: Direction, segment: &Segment<'_>, heard: bool) -> bool {
        let half = self.half(back);
        heard && half.told == half.acked && half.grant() == half.granted && !segment.flags.has(TcpFlags::FIN)
    }

    /// A segment without content leaves in the receiver's numbers.
    fn pass_on(&mut self, direction: Direction, segment: &Segment<'_>, heard: bool, turn: &mut Turn<'_>) {
        let back = other(direction);
        if segment.sequence + 1 == self.half(direction).in_next {
            self.emit_probe(direction, turn);
        } else if !self.redundant(back, segment, heard) {
            let sack = self.sack(back, segment);
            self.emit_ack(direction, sack, turn);
        }
    }

    /// The blocks of `segment` in the numbers of the sender of `back`; what lies within a refusal has none.
    fn sack(&self, back: Direction, segment: &Segment<'_>) -> Sack {
        let half = self.half(back);
        let translated = segment.options.sack.iter().flatten().filter_map(|(from, to)| {
            let (from, to) = (half.inv(*from), half.inv(*to).earlier(half.judged));
            (from.before(to) && half.acked.before(from)).then_some((from, to))
        });
        let mut sack = Sack::default();
        for (place, block) in sack.iter_mut().zip(translated) {
            *place = Some(block);
        }
        sack
    }

    /// Content that came before: what of it is unacknowledged leaves again, from the ring; what was acknowledged is
    /// acknowledged again.
    fn again(&mut self, direction: Direction, segment: &Segment<'_>, turn: &mut Turn<'_>) {
        let half = self.half(direction);
        let end = segment.end().earlier(half.judged);
        let (from, to) = (half.lo(segment.sequence).later(half.una), half.hi(end).earlier(half.sent));
        let known = segment.sequence.before(half.acked);
        if segment.sequence + 1 == half.in_next && half.una == half.next && !segment.flags.has(TcpFlags::FIN) {
            // A keep-alive with a byte: the receiver is to answer it, not the bridge.
            self.emit_probe(direction, turn);
        } else if known {
            self.emit_ack(other(direction), Sack::default(), turn);
        }
        self.send(direction, from, to, turn);
        if self.half(direction).sent != self.half(direction).next
            && self.half(direction).una == self.half(direction).sent
        {
            self.resend(direction, turn);
        }
    }
}
