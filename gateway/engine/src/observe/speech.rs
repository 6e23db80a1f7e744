//! A conversation: cuts what both ends say into messages and hands them to the inspection core.

use super::anomalies::HELD_FULL;
use super::flows::Key;
use super::identify::Found;
use super::ledger::{Ledger, Listener};
use crate::anomalies::TRUNCATED;
use crate::inspect::{Passive, Said, Seat};
use sluice_model::{Anomaly, Direction, Instant};
use sluice_protocols::{Cx, Frame, Opened, Protocol};

/// What a conversation costs beside the bytes that it holds.
const SESSION_COST: usize = 512;
/// What a request costs that waits for its response; one has room in every conversation.
const REQUEST_COST: usize = 128;

/// A conversation between the two ends of a flow.
pub(super) struct Speech {
    protocol: &'static dyn Protocol,
    passive: Passive,
    key: Key,
    server: usize,
    voices: [Voice; 2],
}

/// What one end says.
#[derive(Default)]
struct Voice {
    /// The beginning of a message.
    held: Vec<u8>,
    /// Where the next message begins is not known: at the next segment, with luck.
    lost: bool,
    /// Whether the device behind it is listed as speaking.
    noted: bool,
}

impl Speech {
    pub(super) fn new(found: Found, key: &Key, ledger: &Ledger<'_>) -> Self {
        let Found { protocol, server } = found;
        let [client, serving] = [key.ends[1 - server], key.ends[server]];
        let seat = ledger.policy.map(|policy| Seat::new(policy.clone(), client, serving.ip(), protocol));
        let opened = Opened { outstanding: ledger.limits.outstanding, patience: ledger.limits.patience };
        let passive = Passive::new(protocol, opened, seat);
        Self { protocol, passive, key: *key, server, voices: Default::default() }
    }

    /// It began before anyone listened.
    pub(super) fn under_way(mut self, now: Instant) -> Self {
        self.passive.missed(now);
        self
    }

    pub(super) fn cost(&self) -> usize {
        let waiting = self.passive.outstanding().max(1) * REQUEST_COST;
        SESSION_COST + waiting + self.passive.cost() + self.voices.iter().map(|v| v.held.capacity()).sum::<usize>()
    }

    /// Both ends have no more to say: a message that is not whole never will be.
    pub(super) fn finished(&mut self, ledger: &mut Ledger<'_>) {
        for sender in 0..2 {
            let held = core::mem::take(&mut self.voices[sender].held);
            if !held.is_empty() {
                ledger.between(&self.key, sender);
                self.unframed(sender, Anomaly::new(&TRUNCATED, held.len()), &held, ledger);
            }
        }
    }

    /// Something of what `end` said is missing.
    pub(super) fn gap(&mut self, end: usize, now: Instant) {
        self.voices[end].held = Vec::new();
        self.voices[end].lost = true;
        self.passive.missed(now);
    }

    /// The next bytes of a stream; `starts` if a segment begins with them.
    pub(super) fn bytes(&mut self, sender: usize, bytes: &[u8], starts: bool, ledger: &mut Ledger<'_>) {
        let voice = &mut self.voices[sender];
        if voice.lost && !starts {
            return;
        }
        voice.lost = false;
        let mut held = core::mem::take(&mut voice.held);
        if held.is_empty() {
            return self.read(sender, bytes, ledger);
        }
        held.extend_from_slice(bytes);
        self.read(sender, &held, ledger);
    }

    /// Reads the messages in `bytes`, which begin where one begins, and holds the rest.
    fn read(&mut self, sender: usize, bytes: &[u8], ledger: &mut Ledger<'_>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.passive.frame(self.direction(sender), rest) {
                Frame::Unit(length) => {
                    let (unit, behind) = rest.split_at(length);
                    self.message(sender, unit, ledger);
                    rest = behind;
                }
                Frame::Need(need) if need <= ledger.limits.held_bytes => {
                    self.voices[sender].held = rest.to_vec();
                    return;
                }
                Frame::Need(_) => {
                    ledger.odd(&HELD_FULL, rest);
                    return self.gap(sender, ledger.at);
                }
                Frame::Bad(anomaly) => {
                    self.unframed(sender, anomaly, rest, ledger);
                    return self.gap(sender, ledger.at);
                }
            }
        }
    }

    /// A datagram: whole messages and nothing else.
    pub(super) fn datagram(&mut self, sender: usize, bytes: &[u8], ledger: &mut Ledger<'_>) {
        ledger.between(&self.key, sender);
        self.read(sender, bytes, ledger);
        let held = core::mem::take(&mut self.voices[sender].held);
        if !held.is_empty() {
            self.unframed(sender, Anomaly::new(&TRUNCATED, held.len()), &held, ledger);
        }
        self.voices[sender].lost = false;
    }

    fn unframed(&mut self, sender: usize, anomaly: Anomaly, bytes: &[u8], ledger: &mut Ledger<'_>) {
        let direction = self.direction(sender);
        ledger.unframed(self.protocol.descriptor(), direction, anomaly, bytes);
    }

    fn message(&mut self, sender: usize, unit: &[u8], ledger: &mut Ledger<'_>) {
        let direction = self.direction(sender);
        if !self.voices[sender].noted {
            self.voices[sender].noted = true;
            ledger.speaks(self.key.ends[sender].ip(), self.protocol.descriptor().name, direction);
        }
        let cx = Cx { direction, now: ledger.at };
        ledger.message(self.protocol, direction, unit, 1);
        let mut listener = Listener { ledger, protocol: self.protocol.descriptor(), direction, unit, times: 1 };
        let heard = self.passive.message(&cx, unit, &mut listener);
        ledger.heard(self.protocol.descriptor(), heard);
    }

    /// A whole segment of `sender`, if it is a message alone that was judged before, or the answer to such a one; whether
    /// it takes memory. `None` if it is not, and nothing is changed.
    #[inline]
    pub(super) fn again(&mut self, sender: usize, bytes: &[u8], now: Instant) -> Option<bool> {
        let (direction, voice) = (self.direction(sender), &self.voices[sender]);
        if voice.lost || !voice.noted || !voice.held.is_empty() {
            return None;
        }
        self.passive.again(&Cx { direction, now }, bytes)
    }

    /// Tells what came again since it was last told.
    pub(super) fn tell(&mut self, ledger: &mut Ledger<'_>) {
        for Said { request, requests, response, responses } in self.passive.repeated() {
            self.tell_of(Direction::ToServer, &request, &request, requests, ledger);
            if let Some(response) = response {
                self.tell_of(Direction::ToClient, &request, &response, responses, ledger);
            }
        }
    }

    fn tell_of(&self, direction: Direction, request: &[u8], unit: &[u8], times: u64, ledger: &mut Ledger<'_>) {
        if times > 0 {
            let sender = if direction == Direction::ToClient { self.server } else { 1 - self.server };
            ledger.between(&self.key, sender);
            ledger.message(self.protocol, direction, unit, times);
            let cx = Cx { direction, now: ledger.at };
            let mut listener = Listener { ledger, protocol: self.protocol.descriptor(), direction, unit, times };
            self.passive.tell(&cx, request, &mut listener);
        }
    }

    fn direction(&self, sender: usize) -> Direction {
        if sender == self.server { Direction::ToClient } else { Direction::ToServer }
    }
}
