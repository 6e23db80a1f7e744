//! A connection that is found under way: nothing of it passes before its numbers are known on both sides, and one request
//! at a time until a response proves that messages begin where the bridge thinks they do.
//!
//! 1. Both ends are asked for their numbers by a segment that any TCP answers with an acknowledgement: one before what
//!    it waits for, without content. An end's answer says what it waits for; the other end must be exactly there. Ends that
//!    disagree had their numbers edited by a gateway that is gone: both are reset, each at the number that it gave itself.
//! 2. The first request is judged as the first message of a connection. Until a response matches it, the next ones are
//!    held; a message of the server that answers nothing resets both.

use super::flow::{Flow, Phase};
use super::half::Half;
use super::segment::{Options, Segment};
use super::seq::Seq;
use super::{BOTH, Passage, Turn, other};
use crate::Cause;
use crate::frames::TcpFlags;
use crate::inspect::{Fate, Message};
use crate::output::What;
use core::time::Duration;
use sluice_model::{Direction, Instant};

/// How long an end has to answer, the first time; doubled each time.
const PATIENCE: Duration = Duration::from_millis(250);
/// How often the ends are asked: they have some 8 s together, in which they send again whatever was lost.
const PROBES: u8 = 5;
/// How much further back each question lies than the one before, in case the first is no old one to its receiver.
const STEP: u32 = 1 << 20;
/// The window of an end that did not speak yet; whoever asks with an old number is not believed anyway.
const WINDOW: u16 = 1024;

/// How far the picking up is.
#[derive(Debug, Default)]
pub(super) struct Pickup {
    /// What the client and the server said last.
    said: [Option<Said>; 2],
    /// The content of the client's segment.
    request: Vec<u8>,
    probes: u8,
    /// When to ask again or to give up.
    pub(super) due: Option<Instant>,
    /// A request was let through that no response answers yet.
    pub(super) asked: bool,
}

/// What one end said.
#[derive(Clone, Copy, Debug)]
struct Said {
    sequence: Seq,
    end: Seq,
    acknowledgement: Seq,
    window: u16,
    stamps: Option<(u32, u32)>,
    /// It tells where the end is: it brings content, or it may answer a question. A keep-alive does not.
    counts: bool,
}

impl Said {
    /// Whether its speaker is where `receiver` waits for it.
    fn meets(&self, receiver: &Self) -> bool {
        self.counts && (receiver.acknowledgement == self.sequence || receiver.acknowledgement == self.end)
    }
}

impl Flow {
    /// A segment of a connection whose numbers are not known yet.
    pub(super) fn found(&mut self, direction: Direction, segment: &Segment<'_>, turn: &mut Turn<'_>) -> Passage {
        if !segment.flags.has(TcpFlags::ACK) {
            return Passage::Consumed;
        }
        let most = self.held_bytes as usize;
        let pickup = self.pickup.get_or_insert_default();
        pickup.note(direction, segment, most);
        if let [Some(client), Some(server)] = pickup.said
            && client.meets(&server)
            && server.meets(&client)
        {
            self.join(client, server, turn);
        } else if pickup.probes == 0 {
            self.ask(turn);
        }
        Passage::Consumed
    }

    /// Asks both ends where they are.
    fn ask(&mut self, turn: &mut Turn<'_>) {
        let Some(pickup) = &mut self.pickup else { return };
        for direction in BOTH {
            let (speaker, hearer) = (pickup.said[direction as usize], pickup.said[other(direction) as usize]);
            let (sequence, acknowledgement, window, stamps) = match (speaker, hearer) {
                (Some(s), _) => (s.sequence, s.acknowledgement, s.window, s.stamps),
                // What the hearer waits for, and nothing that it did not say.
                (None, Some(h)) => (h.acknowledgement, h.sequence, WINDOW, h.stamps.map(|(value, echo)| (echo, value))),
                (None, None) => continue,
            };
            let sequence = sequence - 1 - STEP * u32::from(pickup.probes);
            let options = Options { timestamps: stamps, ..Options::default() };
            let flags = TcpFlags::ACK;
            turn.wire.emit(direction, &Segment { sequence, acknowledgement, flags, window, options, payload: &[] });
        }
        pickup.due = Some(turn.now + PATIENCE * (1 << pickup.probes));
        pickup.probes += 1;
    }

    /// Time has passed while the flow is picked up.
    pub(super) fn wait(&mut self, turn: &mut Turn<'_>) {
        let Some(pickup) = self.pickup.as_ref().filter(|p| p.due.is_some_and(|due| due <= turn.now)) else { return };
        if self.phase == Phase::Found && pickup.probes < PROBES {
            self.ask(turn);
        } else {
            self.disprove(turn);
        }
    }

    /// Gives the flow up.
    fn disprove(&mut self, turn: &mut Turn<'_>) {
        let request = self.pickup.as_mut().map(|p| core::mem::take(&mut p.request)).unwrap_or_default();
        let direction = Direction::ToServer;
        let message = Message { now: turn.now, policy: turn.policy, direction, unit: &request };
        self.abandon(&message, What::Failure(Cause::Unproven), turn);
    }

    /// Where each end is by its own word, as far as it is known.
    pub(super) fn place(&mut self) {
        let Some(pickup) = self.pickup.as_ref().filter(|_| self.phase == Phase::Found) else { return };
        let said = pickup.said;
        for direction in BOTH {
            let (speaker, hearer) = (said[direction as usize], said[other(direction) as usize]);
            if let Some(at) = hearer.map(|h| h.acknowledgement).or(speaker.map(|s| s.sequence)) {
                *self.half_mut(direction) = Half::new(at);
            }
        }
    }

    /// Both ends agree: the flow begins here, with whatever its first segments left open.
    fn join(&mut self, client: Said, server: Said, turn: &mut Turn<'_>) {
        self.place();
        for (direction, speaker, hearer) in
            [(Direction::ToServer, client, server), (Direction::ToClient, server, client)]
        {
            let half = self.half_mut(direction);
            // How windows are scaled was said in the SYNs: unscaled, they are no wider than they are.
            half.edge = half.una + u32::from(hearer.window);
            half.granted = half.edge;
            half.clock = speaker.stamps.map_or(0, |(value, _)| value);
        }
        self.stamped = client.stamps.is_some() && server.stamps.is_some();
        self.phase = Phase::Answered;
        let request = self.pickup.as_mut().map(|p| core::mem::take(&mut p.request)).unwrap_or_default();
        self.pickup = Some(Box::default());
        if !request.is_empty() {
            let Said { sequence, acknowledgement, window, stamps, .. } = client;
            // It came in a frame that is gone.
            let options = Options { timestamps: stamps, stripped: true, ..Options::default() };
            let flags = TcpFlags::ACK;
            let segment = Segment { sequence, acknowledgement, flags, window, options, payload: &request };
            let _built = self.receive(Direction::ToServer, &segment, turn);
        }
    }

    /// Whether the next message in `direction` may be judged.
    pub(super) fn may_judge(&self, direction: Direction) -> bool {
        let waits = direction == Direction::ToServer && self.pickup.as_ref().is_some_and(|p| p.asked);
        !waits && !self.is_full()
    }

    /// What a message's fate says of a flow that is being picked up; `answered` if it answers a request. False if the
    /// flow cannot go on.
    pub(super) fn proves(&mut self, direction: Direction, fate: &Fate, answered: bool, now: Instant) -> bool {
        let patience = self.inspection.patience();
        let Some(pickup) = &mut self.pickup else { return true };
        match (direction, fate) {
            (Direction::ToServer, Fate::Deliver) => (pickup.asked, pickup.due) = (true, Some(now + patience)),
            (Direction::ToClient, Fate::Deliver) if answered => self.pickup = None,
            (Direction::ToServer, _) | (Direction::ToClient, Fate::Deliver) => {}
            (Direction::ToClient, _) => return false,
        }
        true
    }

    /// A reset of a flow whose numbers are not known counts if it is where its receiver says that it waits.
    pub(super) fn found_reset(&mut self, direction: Direction, rst: &Segment<'_>) -> Passage {
        let hearer = self.pickup.as_ref().and_then(|p| p.said[other(direction) as usize]);
        if hearer.is_none_or(|h| h.acknowledgement != rst.sequence) || !rst.payload.is_empty() {
            return Passage::Consumed;
        }
        self.place();
        self.forget();
        Passage::Forward
    }
}

impl Pickup {
    /// Of a flow whose ends agree.
    pub(super) fn joined(due: Option<Instant>, asked: bool) -> Self {
        Self { due, asked, ..Self::default() }
    }

    fn note(&mut self, direction: Direction, segment: &Segment<'_>, most: usize) {
        let content = segment.end() != segment.sequence;
        let said = Said {
            sequence: segment.sequence,
            end: segment.end(),
            acknowledgement: segment.acknowledgement,
            window: segment.window,
            stamps: segment.options.timestamps,
            counts: content || self.probes > 0,
        };
        let place = &mut self.said[direction as usize];
        match place {
            // The first content that is open tells more than what comes behind it.
            Some(first) if first.end != first.sequence && first.sequence.before(said.end) => {
                (first.acknowledgement, first.window) =
                    (first.acknowledgement.later(said.acknowledgement), said.window);
                first.stamps = said.stamps;
            }
            _ => {
                *place = Some(said);
                if direction == Direction::ToServer && segment.payload.len() <= most {
                    self.request = segment.payload.to_vec();
                }
            }
        }
    }
}
