//! A segment of an established flow.

use super::emit::Besides;
use super::flow::{Flow, Phase};
use super::segment::Segment;
use super::seq::Seq;
use super::{BOTH, Passage, Turn, other};
use crate::anomalies::CONFLICT;
use crate::frames::TcpFlags;
use crate::inspect::Message;
use crate::output::{Response, What};
use sluice_model::{Anomaly, Direction};

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
        for waiting in BOTH {
            self.half_mut(waiting).settle(turn.spare);
            if self.phase != Phase::Over {
                self.digest_held(waiting, turn);
            }
        }
        if self.phase == Phase::Over {
            return Passage::Consumed;
        }
        for each in BOTH {
            self.half_mut(each).settle(turn.spare);
        }
        let passage = self.leave(direction, segment, heard, old, turn);
        for each in BOTH {
            self.half_mut(each).arm(turn.now, turn.spare);
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
        let news = half.acknowledged(segment.acknowledgement, turn.now);
        let edge = half.edge;
        if !segment.acknowledgement.before(half.una) {
            half.edge = edge.later(segment.acknowledgement + (u32::from(segment.window) << half.scale));
        }
        let bare = segment.payload.is_empty() && !segment.flags.has(TcpFlags::FIN);
        let again = bare && segment.acknowledgement == half.una && edge == half.edge;
        self.recover(back, news, again.then(|| segment.options.sack[0].is_some()), turn);
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
        if old {
            self.compare(direction, segment, turn);
        }
        let half = self.half(direction);
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

    /// What came before is not taken again, but what differs from it is reported, wherever it is still kept.
    fn compare(&mut self, direction: Direction, segment: &Segment<'_>, turn: &mut Turn<'_>) {
        let half = self.half(direction);
        let known = half.in_next.past(segment.sequence).min(segment.payload.len() as u32);
        let bytes = &segment.payload[..known as usize];
        if !half.agrees(segment.sequence, bytes) {
            self.conflict(direction, bytes, turn);
        }
    }

    fn conflict(&self, direction: Direction, bytes: &[u8], turn: &mut Turn<'_>) {
        let message = Message { now: turn.now, policy: turn.policy, direction, unit: bytes };
        let what = What::Anomaly(Anomaly::new(&CONFLICT, 0));
        self.inspection.report(&message, what, Response::Dropped, turn.reports);
    }

    /// Bytes that lie at or ahead of what is missing.
    fn arrive(&mut self, direction: Direction, at: Seq, bytes: &[u8], turn: &mut Turn<'_>) {
        let half = self.half_mut(direction);
        if half.in_next == at && half.in_order() {
            return self.take(direction, bytes, turn);
        }
        if !half.work(turn.spare).store.insert(at, bytes) {
            self.conflict(direction, bytes, turn);
        }
        while self.phase != Phase::Over {
            let half = self.half_mut(direction);
            let next = half.in_next;
            match half.work(turn.spare).store.take(next) {
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
        let none = &mut Besides::default();
        self.flush(back, none, turn);
        if !old && self.unchanged(direction, segment) {
            if segment.payload.is_empty() && self.redundant(back, segment, heard) {
                return Passage::Consumed;
            }
            let (half, behind) = self.pair(direction);
            half.leaves(half.sent, half.sendable(), turn.now);
            behind.tell();
            self.acknowledge(direction, none, turn);
            return Passage::Forward;
        }
        let mut besides = self.besides(back, segment);
        let sent = self.flush(direction, &mut besides, turn);
        if old {
            self.again(direction, segment, &mut besides, turn);
        } else if segment.payload.is_empty() && !sent && !segment.flags.has(TcpFlags::FIN) {
            self.pass_on(direction, segment, heard, besides, turn);
        }
        self.acknowledge(direction, none, turn);
        self.acknowledge(back, &mut besides, turn);
        Passage::Consumed
    }

    /// Tells the sender of `direction` what is acknowledged, if that is news to it.
    fn acknowledge(&mut self, direction: Direction, besides: &mut Besides, turn: &mut Turn<'_>) {
        let half = self.half(direction);
        if half.told.before(half.acked) {
            self.emit_ack(other(direction), core::mem::take(besides), turn);
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
    fn pass_on(
        &mut self,
        direction: Direction,
        segment: &Segment<'_>,
        heard: bool,
        besides: Besides,
        turn: &mut Turn<'_>,
    ) {
        if segment.sequence + 1 == self.half(direction).in_next {
            self.emit_probe(direction, turn);
        } else if !self.redundant(other(direction), segment, heard) {
            self.emit_ack(direction, besides, turn);
        }
    }

    /// What `segment` says beside its content, its blocks in the numbers of the sender of `back`; what lies within a
    /// refusal has none.
    fn besides(&self, back: Direction, segment: &Segment<'_>) -> Besides {
        let half = self.half(back);
        let translated = segment.options.sack.iter().flatten().filter_map(|(from, to)| {
            let (from, to) = (half.inv(*from), half.inv(*to).earlier(half.judged));
            (from.before(to) && half.acked.before(from)).then_some((from, to))
        });
        let mut besides = Besides { marks: segment.flags.only(TcpFlags::MARKS), ..Besides::default() };
        for (place, block) in besides.sack.iter_mut().zip(translated) {
            *place = Some(block);
        }
        besides
    }

    /// Content that came before: what of it is unacknowledged leaves again, from the ring; what was acknowledged is
    /// acknowledged again.
    fn again(&mut self, direction: Direction, segment: &Segment<'_>, besides: &mut Besides, turn: &mut Turn<'_>) {
        let half = self.half(direction);
        let end = segment.end().earlier(half.judged);
        let (from, to) = (half.lo(segment.sequence).later(half.una), half.hi(end).earlier(half.sent));
        let known = segment.sequence.before(half.acked);
        if segment.sequence + 1 == half.in_next && half.una == half.next && !segment.flags.has(TcpFlags::FIN) {
            // A keep-alive with a byte: the receiver is to answer it, not the bridge.
            self.emit_probe(direction, turn);
        } else if known {
            self.emit_ack(other(direction), Besides::default(), turn);
        }
        self.send(direction, from, to, besides, turn);
        if self.half(direction).sent != self.half(direction).next
            && self.half(direction).una == self.half(direction).sent
        {
            self.resend(direction, turn);
        }
    }
}
