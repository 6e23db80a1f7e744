//! A connection that is found under way: nothing of it passes before its numbers are known on both sides, and one request
//! at a time until a response proves that messages begin where the bridge thinks they do.
//!
//! 1. Both ends are asked for their numbers by a segment that any TCP answers with an acknowledgement: one before what
//!    it waits for, without content. The answer says where an end is, and where it waits for the other. An end that is
//!    where the other waits never had anything taken out of what it says: it would be further.
//! 2. A client that has a request under way is further for that alone, so that numbers do not tell such a request from
//!    one that the server has, behind others that were taken out. The server's silence does: it would answer, or ask for
//!    its answer to be acknowledged.
//! 3. The first request is judged as the first message of a connection. Until a response matches it, the next ones are
//!    held; a message of the server that answers nothing resets both.
//! 4. A server that is silent may also be slow. Of what the client had under way, reads alone are delivered, which may
//!    come twice; anything else resets both, and its client knows best what became of it.
//!
//! Ends that disagree had their numbers edited by a gateway that is gone: both are reset, each at the number that it gave
//! itself.

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
/// How long the server must have said nothing before a request that is under way is taken for new: time for two answers.
const QUIET: Duration = Duration::from_millis(750);
/// How much further back each question lies than the one before, in case the first is no old one to its receiver.
const STEP: u32 = 1 << 20;
/// The window of an end that did not speak yet; whoever asks with an old number is not believed anyway.
const WINDOW: u16 = 1024;

/// How far the picking up is.
#[derive(Debug, Default)]
pub(super) struct Pickup {
    /// What the client and the server said last.
    said: [Option<Said>; 2],
    /// The first content of the client.
    request: Vec<u8>,
    probes: u8,
    /// When it was found.
    since: Instant,
    /// When to ask again or to give up.
    pub(super) due: Option<Instant>,
    /// A request was let through that no response answers yet.
    pub(super) asked: bool,
    /// Where what the client had under way ends, if it had: the server may have it, behind others that were left out.
    pub(super) doubt: Option<Seq>,
}

/// What one end said.
#[derive(Clone, Copy, Debug)]
struct Said {
    /// The number of its first segment.
    first: Seq,
    /// The end of all that it sent.
    end: Seq,
    /// Where it is, by an answer without content: the end of all that it sent. A keep-alive may come before.
    at: Option<Seq>,
    /// The first content that it sent, and where that ends.
    content: Option<(Seq, Seq)>,
    /// Where it waits for the other.
    acknowledgement: Seq,
    window: u16,
    stamps: Option<(u32, u32)>,
}

impl Pickup {
    /// How many bytes of content are kept.
    pub(super) fn kept(&self) -> usize {
        self.request.len()
    }
}

impl Said {
    /// Somewhere in what it sends.
    fn somewhere(&self) -> Seq {
        self.content.map(|(start, _)| start).or(self.at).unwrap_or(self.first)
    }
}

impl Flow {
    /// A segment of a connection whose numbers are not known yet.
    pub(super) fn found(&mut self, direction: Direction, segment: &Segment<'_>, turn: &mut Turn<'_>) -> Passage {
        if !segment.flags.has(TcpFlags::ACK) {
            return Passage::Consumed;
        }
        let most = self.held_bytes as usize;
        let pickup = self.pickup.get_or_insert_with(|| Box::new(Pickup { since: turn.now, ..Pickup::default() }));
        pickup.note(direction, segment, most);
        if pickup.probes == 0 {
            self.ask(turn);
        } else if let Some((client, server)) = pickup.agreed(turn.now) {
            self.join(client, server, turn);
        }
        Passage::Consumed
    }

    /// Asks both ends where they are.
    fn ask(&mut self, turn: &mut Turn<'_>) {
        let Some(pickup) = &mut self.pickup else { return };
        for direction in BOTH {
            let (speaker, hearer) = (pickup.said[direction as usize], pickup.said[other(direction) as usize]);
            let (sequence, acknowledgement, window, stamps) = match (speaker, hearer) {
                (Some(s), _) => (s.somewhere(), s.acknowledgement, s.window, s.stamps),
                // What the hearer waits for, and nothing that it did not say.
                (None, Some(h)) => {
                    (h.acknowledgement, h.somewhere(), WINDOW, h.stamps.map(|(value, echo)| (echo, value)))
                }
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
        match pickup.agreed(turn.now).filter(|_| self.phase == Phase::Found) {
            Some((client, server)) => self.join(client, server, turn),
            None if self.phase == Phase::Found && pickup.probes < PROBES && !pickup.is_lost(turn.now) => self.ask(turn),
            None => self.disprove(turn),
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
            if let Some(at) = hearer.map(|h| h.acknowledgement).or(speaker.map(|s| s.somewhere())) {
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
        let doubt = server.acknowledgement.before(client.end).then_some(client.end);
        self.pickup = Some(Box::new(Pickup { doubt, ..Pickup::default() }));
        let open = client.content.filter(|(start, _)| *start == server.acknowledgement && !request.is_empty());
        if let Some((sequence, _)) = open {
            let Said { acknowledgement, window, stamps, .. } = client;
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
            (Direction::ToClient, Fate::Deliver) if answered => {
                (pickup.asked, pickup.due) = (false, None);
                if !self.is_doubtful() {
                    self.pickup = None;
                }
            }
            (Direction::ToServer, _) | (Direction::ToClient, Fate::Deliver) => {}
            (Direction::ToClient, _) => return false,
        }
        true
    }

    /// Whether the next request may have reached the server before.
    pub(super) fn is_doubtful(&self) -> bool {
        let doubt = self.pickup.as_ref().and_then(|pickup| pickup.doubt);
        doubt.is_some_and(|end| self.to_server.judged.before(end))
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
    pub(super) fn joined(due: Option<Instant>, asked: bool, doubt: Option<Seq>) -> Self {
        Self { due, asked, doubt, ..Self::default() }
    }

    fn note(&mut self, direction: Direction, segment: &Segment<'_>, most: usize) {
        let Segment { sequence, acknowledgement, window, options, payload, .. } = *segment;
        let stamps = options.timestamps;
        let end = segment.end();
        let new = Said { first: sequence, end, at: None, content: None, acknowledgement, window, stamps };
        let said = self.said[direction as usize].get_or_insert(new);
        said.end = said.end.later(end);
        (said.acknowledgement, said.window, said.stamps) =
            (said.acknowledgement.later(acknowledgement), window, stamps);
        if end == sequence {
            if self.probes > 0 {
                said.at = Some(said.at.map_or(sequence, |at| at.later(sequence)));
            }
        } else if said.content.is_none_or(|(start, _)| sequence.before(start)) {
            said.content = Some((sequence, end));
            if direction == Direction::ToServer {
                self.request = payload[..payload.len().min(most)].to_vec();
            }
        }
    }

    /// What the ends said, if they agree.
    fn agreed(&self, now: Instant) -> Option<(Said, Said)> {
        let [Some(client), Some(server)] = self.said else { return None };
        let quiet = now >= self.since + QUIET;
        let asked = client.content.is_some_and(|(start, _)| start == server.acknowledgement) && quiet;
        let idle = client.at == Some(server.acknowledgement);
        let answered = server.at == Some(client.acknowledgement);
        ((asked || idle) && answered).then_some((client, server))
    }

    /// Whether the server answers what nobody here knows the question of.
    fn is_lost(&self, now: Instant) -> bool {
        let [Some(client), Some(server)] = self.said else { return false };
        let unheard = server.content.is_some_and(|(_, end)| client.acknowledgement.before(end));
        unheard && now >= self.since + QUIET
    }
}
