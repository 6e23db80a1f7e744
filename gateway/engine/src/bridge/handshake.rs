//! How a flow begins, and how it ends at once.

use super::emit::Besides;
use super::flow::{Flow, Phase};
use super::half::Half;
use super::segment::{Options, Segment};
use super::seq::Seq;
use super::work::Timer;
use super::{Passage, Turn, other};
use crate::frames::TcpFlags;
use sluice_model::Direction;

impl Flow {
    /// A SYN: it passes without content and without what the bridge does not know.
    pub(super) fn handshake(&mut self, direction: Direction, syn: &Segment<'_>, turn: &mut Turn<'_>) -> Passage {
        let first = direction == Direction::ToClient && self.phase == Phase::Asked;
        let taken = match direction {
            Direction::ToServer => self.asked(syn, turn),
            Direction::ToClient => self.answered(syn, turn),
        };
        if !taken {
            // A client that forgot the connection hears where it is, and resets it (RFC 5961 4.2).
            if self.phase == Phase::Answered && direction == Direction::ToServer && !syn.flags.has(TcpFlags::ACK) {
                self.emit_ack(Direction::ToClient, Besides::default(), turn);
            }
            return Passage::Consumed;
        }
        if let Some((value, _)) = syn.options.timestamps {
            let half = self.half_mut(direction);
            // A SYN that is sent again is heard with its own time.
            half.clock = if first { value } else { Seq(half.clock).later(Seq(value)).0 };
        }
        if syn.payload.is_empty() && !syn.options.stripped && !syn.flags.has(TcpFlags::FIN) {
            return Passage::Forward;
        }
        let flags = TcpFlags(syn.flags.0 & (TcpFlags::SYN | TcpFlags::ACK | TcpFlags::MARKS).0);
        let options = Options { stripped: false, ..syn.options };
        turn.wire.emit(direction, &Segment { flags, options, payload: &[], ..*syn });
        Passage::Consumed
    }

    /// The client's SYN, for the first time or again.
    fn asked(&mut self, syn: &Segment<'_>, turn: &mut Turn<'_>) -> bool {
        let (half, back) = self.pair(Direction::ToServer);
        if syn.flags.has(TcpFlags::ACK) || syn.sequence + 1 != half.in_next || half.una != half.in_next {
            return false;
        }
        half.timed(syn.sequence + 1, turn);
        back.segment = syn.options.maximum_segment.unwrap_or(back.segment);
        back.scale = syn.options.window_scale.unwrap_or(0);
        if self.phase == Phase::Asked {
            // Whether the server agrees is not known before it answers.
            self.stamped = syn.options.timestamps.is_some();
            let back = self.half_mut(Direction::ToClient);
            // Until the server's first number is known, the distance to the edge stands for the edge.
            back.edge = back.una + u32::from(syn.window);
        }
        true
    }

    /// The server's SYN, for the first time or again.
    fn answered(&mut self, syn: &Segment<'_>, turn: &mut Turn<'_>) -> bool {
        let (first, again) = (syn.sequence + 1, self.phase == Phase::Answered);
        let (half, back) = self.pair(Direction::ToClient);
        if !syn.flags.has(TcpFlags::ACK) || syn.acknowledgement != back.una {
            return false;
        }
        if again {
            half.timed(first, turn);
            return half.in_next == first || half.una == first;
        }
        back.acknowledged(syn.acknowledgement, turn.now);
        let room = half.edge.past(half.una);
        let (segment, mut scale) = (half.segment, half.scale);
        *half = Half::new(first);
        back.segment = syn.options.maximum_segment.unwrap_or(back.segment);
        back.scale = syn.options.window_scale.unwrap_or(0);
        if syn.options.window_scale.is_none() {
            scale = 0;
        }
        // A client that did not ask for scaling gets none, whatever the server says (RFC 7323 2.2).
        (half.segment, half.scale) = (segment, scale);
        half.timed(first, turn);
        (half.edge, half.granted) = (first + room, first + room);
        (back.edge, back.granted) = (back.una + u32::from(syn.window), back.in_next + u32::from(syn.window));
        self.stamped &= syn.options.timestamps.is_some();
        self.phase = Phase::Answered;
        true
    }

    /// Between a client's SYN and its answer, a server that knows an older connection says where that is; the client, which
    /// does not, resets it there (RFC 9293 3.5.1).
    pub(super) fn half_open(&mut self, direction: Direction, segment: &Segment<'_>) -> Passage {
        let plain = segment.flags == TcpFlags::ACK && segment.payload.is_empty() && !segment.options.stripped;
        if direction == Direction::ToServer || !plain {
            return Passage::Consumed;
        }
        // Until the server's first number is known, what it may send says where its client would be.
        self.half_mut(direction).granted = segment.acknowledgement;
        Passage::Forward
    }

    /// A reset counts at exactly the place where its sender is; it takes effect and leaves translated.
    pub(super) fn reset(&mut self, direction: Direction, rst: &Segment<'_>, turn: &mut Turn<'_>) -> Passage {
        let (half, back) = (self.half(direction), self.half(other(direction)));
        let sequence = if self.phase == Phase::Asked {
            // What the server said of an older connection, see above: the SYN will be sent again.
            if direction == Direction::ToServer && rst.sequence == back.granted && rst.payload.is_empty() {
                return Passage::Forward;
            }
            // Only the server can refuse what was asked, and does so by what it acknowledges.
            if direction == Direction::ToServer && rst.sequence != half.in_next {
                return Passage::Consumed;
            }
            if direction == Direction::ToClient && rst.acknowledgement != back.in_next {
                return Passage::Consumed;
            }
            rst.sequence
        } else if rst.sequence == half.in_next {
            half.sent
        } else if rst.sequence == half.told {
            half.una
        } else {
            return Passage::Consumed;
        };
        let acknowledgement = if rst.flags.has(TcpFlags::ACK) { back.acked } else { rst.acknowledgement };
        let unchanged = sequence == rst.sequence
            && (self.phase == Phase::Asked || acknowledgement == rst.acknowledgement)
            && rst.payload.is_empty();
        if !unchanged {
            let options = Options::default();
            let out = Segment { sequence, acknowledgement, window: 0, options, payload: &[], ..*rst };
            turn.wire.emit(direction, &out);
        }
        self.forget();
        if unchanged { Passage::Forward } else { Passage::Consumed }
    }

    /// Whoever speaks on a connection that is over learns that it is (RFC 9293 3.10.7.1).
    pub(super) fn answer_over(direction: Direction, segment: &Segment<'_>, turn: &mut Turn<'_>) {
        if segment.flags.has(TcpFlags::RST) || !segment.flags.has(TcpFlags::ACK) {
            return;
        }
        let out = Segment {
            sequence: segment.acknowledgement,
            acknowledgement: segment.end(),
            flags: TcpFlags::RST,
            window: 0,
            options: Options::default(),
            payload: &[],
        };
        turn.wire.emit(other(direction), &out);
    }
}

impl Half {
    /// A SYN leaves, which `end` acknowledges; one that is sent again tells no round trip.
    fn timed(&mut self, end: Seq, turn: &mut Turn<'_>) {
        let again = self.work.is_some();
        let timer = &mut self.work(turn.spare).timer;
        *timer = Timer { timed: (!again).then_some((end, turn.now)), ..*timer };
    }
}
