//! What an ICMP error says of a flow: it quotes a segment as it passed behind the bridge.

use super::flow::{Flow, Phase};
use super::other;
use super::seq::Seq;
use sluice_model::Direction;

/// No link is so narrow that the bridge sends less than this at once, whatever an error says (RFC 791: 68 bytes a
/// packet, less its headers).
const NARROWEST: u16 = 28;

impl Flow {
    /// The sequence number and, where it is quoted, the acknowledgement of a segment that went in `direction`, as its
    /// sender knows them. None if no such segment is under way: the error is about nothing, and is to be dropped
    /// (RFC 5927 4.1). One about what the bridge put in itself is told of the place where it did.
    pub fn quoted(
        &self,
        direction: Direction,
        sequence: Seq,
        acknowledgement: Option<Seq>,
    ) -> Option<(Seq, Option<Seq>)> {
        let (half, back) = (self.half(direction), self.half(other(direction)));
        match self.phase {
            Phase::Found | Phase::Over => None,
            // Nothing but a SYN is under way.
            Phase::Asked => {
                let syn = direction == Direction::ToServer && sequence + 1 == half.in_next;
                syn.then_some((sequence, acknowledgement))
            }
            Phase::Answered => {
                // A probe lies one before.
                let under_way = !sequence.before(half.una - 1) && !half.sent.before(sequence);
                under_way.then(|| (half.inv(sequence), acknowledgement.map(|ack| back.hi(ack))))
            }
        }
    }

    /// A link behind the bridge takes no more than `bytes` of a segment's content and options that go in `direction`: what the bridge
    /// builds from now on is not larger. For an error that [`Flow::quoted`] knew.
    pub fn narrow(&mut self, direction: Direction, bytes: u16) {
        let half = self.half_mut(direction);
        half.segment = half.segment.min(bytes.max(NARROWEST));
    }
}
