//! A plain TCP end: enough of RFC 9293 to send and receive streams over a bad network, and strict about what it hears.

use crate::network::{Dice, Packet};
use sluice_engine::bridge::{Options, Seq};
use sluice_engine::frames::TcpFlags;
use std::collections::BTreeMap;

/// Milliseconds before an end sends again.
const RETRY: u64 = 200;
/// Milliseconds between two keep-alives.
const ALIVE: u64 = 5000;

#[derive(Clone, Copy, Debug)]
pub struct Habits {
    pub nagle: bool,
    pub segment: usize,
    /// Bytes of the receive window, and its shift.
    pub window: usize,
    pub scale: u8,
    pub stamps: bool,
    /// It takes and gives selective acknowledgements, and believes them.
    pub sack: bool,
    /// Where its numbers begin.
    pub first: u32,
}

/// Positions count from the SYN, which is at 0; the first byte is at 1, the FIN behind the last.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct End {
    habits: Habits,
    peer_first: Option<Seq>,
    peer_segment: usize,
    peer_scale: u8,
    stamps: bool,
    scaled: bool,
    sack: bool,
    /// What the peer says to have behind a gap.
    sacked: Vec<(usize, usize)>,
    pub to_send: Vec<u8>,
    pub closing: bool,
    una: usize,
    nxt: usize,
    edge: usize,
    pub received: Vec<u8>,
    ahead: BTreeMap<usize, Vec<u8>>,
    pub ended: bool,
    pub reset: bool,
    /// The other end may have numbers of its own.
    pub lenient: bool,
    /// When it asks whether the other end is there, if that may have forgotten it.
    alive: u64,
    advertised: usize,
    clock: u32,
    heard_clock: u32,
    retry: u64,
    pub out: Vec<Packet>,
}

impl End {
    pub fn new(habits: Habits) -> Self {
        Self {
            habits,
            peer_first: None,
            peer_segment: 536,
            peer_scale: 0,
            stamps: habits.stamps,
            scaled: true,
            sack: habits.sack,
            sacked: Vec::new(),
            to_send: Vec::new(),
            closing: false,
            una: 0,
            nxt: 0,
            edge: 1,
            received: Vec::new(),
            ahead: BTreeMap::new(),
            ended: false,
            reset: false,
            lenient: false,
            alive: ALIVE,
            advertised: 0,
            clock: habits.first,
            heard_clock: 0,
            retry: 0,
            out: Vec::new(),
        }
    }

    pub fn connect(&mut self, now: u64) {
        self.nxt = 1;
        self.retry = now + RETRY;
        self.emit(0, 1);
    }

    /// Whether everything, the FIN as well, was sent and acknowledged.
    pub fn done(&self) -> bool {
        self.una == 1 + self.to_send.len() + usize::from(self.closing)
    }

    pub fn everything_acknowledged(&self) -> bool {
        self.una == 1 + self.to_send.len()
    }

    /// Sends what it may.
    pub fn push(&mut self, now: u64, dice: &mut Dice) {
        if self.peer_first.is_none() || self.una == 0 {
            return;
        }
        let last = 1 + self.to_send.len();
        while self.nxt < last && self.nxt < self.edge && !(self.habits.nagle && self.una < self.nxt) {
            let most = self.most().min(self.edge - self.nxt).min(last - self.nxt);
            let length = if self.habits.nagle { most } else { 1 + dice.roll(most as u64) as usize };
            self.emit(self.nxt, self.nxt + length);
            self.nxt += length;
            self.retry = now + RETRY;
        }
        if self.closing && self.nxt == last {
            self.emit(last, last + 1);
            self.nxt = last + 1;
            self.retry = now + RETRY;
        }
    }

    /// Sends again what was not acknowledged, cut anew; probes a closed window.
    pub fn tick(&mut self, now: u64, dice: &mut Dice) {
        if self.lenient && now >= self.alive && self.una > 0 && !self.reset {
            self.alive = now + ALIVE;
            self.packet(self.nxt - 1, TcpFlags::ACK, &[]);
        }
        if now < self.retry || self.reset {
            return;
        }
        self.retry = now + RETRY;
        let last = 1 + self.to_send.len();
        if self.una < self.nxt {
            let open = self.sacked.iter().map(|(from, _)| *from).min().unwrap_or(self.nxt);
            assert!(open > self.una, "what is missing is said to be there");
            let data_end = self.nxt.min(last.max(1)).min(open);
            let length = self.most().min(data_end.saturating_sub(self.una)) as u64;
            if self.una == 0 {
                self.emit(0, 1);
            } else if length == 0 {
                self.emit(self.una, self.nxt);
            } else {
                let length = if self.habits.nagle { length } else { 1 + dice.roll(length) };
                self.emit(self.una, self.una + length as usize);
            }
        } else if self.nxt < last && self.edge <= self.nxt && self.una > 0 {
            self.emit(self.nxt, self.nxt + 1);
            self.nxt += 1;
        }
    }

    pub fn hear(&mut self, p: &Packet, now: u64, dice: &mut Dice) {
        if self.reset {
            return;
        }
        if p.flags.has(TcpFlags::RST) {
            self.reset = self.peer_first.is_some_and(|first| p.sequence == first + self.expected() as u32);
            return;
        }
        if p.flags.has(TcpFlags::SYN) {
            return self.hear_syn(p);
        }
        let Some(first) = self.peer_first else { return };
        if !self.timely(p) {
            return self.acknowledge();
        }
        let fin = p.flags.has(TcpFlags::FIN);
        // What is old says nothing and is answered (RFC 9293 3.10.7.4).
        let end = p.sequence + p.payload.len() as u32 + u32::from(fin);
        let old = first + self.expected() as u32;
        if end.before(old) || (end == old && end != p.sequence) {
            return self.acknowledge();
        }
        if !self.hear_ack(p, now) {
            return self.acknowledge();
        }
        let at = p.sequence.0.wrapping_sub(first.0) as usize;
        if at <= self.expected() {
            self.heard_clock = p.options.timestamps.map_or(0, |(value, _)| value);
        }
        if p.payload.is_empty() && !fin {
            // What lies ahead is in the window and needs no answer (RFC 9293 3.10.7.4).
            if at < self.expected() {
                self.acknowledge();
            }
        } else {
            let blocks = p.options.sack.iter().flatten().count();
            let options = if self.stamps { 12 } else { 0 } + if blocks > 0 { 4 + 8 * blocks } else { 0 };
            // A gateway that did not hear the SYN does not know the maximum.
            let most = if self.lenient { 536 } else { self.habits.segment };
            assert!(p.payload.len() == 1 || p.payload.len() + options <= most, "past the maximum");
            assert!(at + p.payload.len() <= self.advertised + 1, "past the window");
            self.take(at, &p.payload, fin);
            self.acknowledge();
        }
        self.push(now, dice);
    }

    /// Whether its timestamp is as new as what was heard; it must have one if that was agreed.
    fn timely(&self, p: &Packet) -> bool {
        if !self.stamps {
            assert!(p.options.timestamps.is_none(), "a timestamp, though not agreed");
            return true;
        }
        let (value, echo) = p.options.timestamps.expect("no timestamp, though agreed");
        let sent = self.clock.wrapping_sub(self.habits.first);
        assert!(echo.wrapping_sub(self.habits.first) <= sent, "echo of nothing");
        value.wrapping_sub(self.heard_clock).cast_signed() >= 0
    }

    fn hear_syn(&mut self, p: &Packet) {
        assert!(p.payload.is_empty() && !p.options.stripped);
        if p.flags.has(TcpFlags::ACK) {
            assert_eq!(p.acknowledgement, Seq(self.habits.first) + 1);
            self.una = self.una.max(1);
        }
        let new = self.peer_first.is_none();
        self.peer_first = Some(p.sequence);
        if new {
            self.heard_clock = p.options.timestamps.map_or(0, |(value, _)| value);
            self.stamps &= p.options.timestamps.is_some();
            self.scaled = p.options.window_scale.is_some();
            self.sack &= p.options.sack_permitted;
            self.peer_scale = p.options.window_scale.unwrap_or(0);
            self.peer_segment = usize::from(p.options.maximum_segment.unwrap_or(536));
            self.edge = self.edge.max(1 + usize::from(p.window));
        }
        // A SYN that comes late finds the connection open: it is told where that is (RFC 9293 3.10.7.4).
        if p.flags.has(TcpFlags::ACK) || self.una > 0 {
            self.acknowledge();
        } else {
            self.nxt = self.nxt.max(1);
            self.emit(0, 1);
        }
    }

    /// False if it acknowledges what was never sent, which only an end does whose gateway forgot what it put in.
    fn hear_ack(&mut self, p: &Packet, now: u64) -> bool {
        let ack = p.acknowledgement.0.wrapping_sub(self.habits.first) as usize;
        if ack > self.nxt {
            assert!(self.lenient, "acknowledged {ack}, sent {}", self.nxt);
            return false;
        }
        if ack > self.una {
            self.una = ack;
            self.retry = now + RETRY;
        }
        let edge = ack + (usize::from(p.window) << self.peer_scale);
        self.edge = self.edge.max(edge);
        let una = self.una;
        self.sacked.retain(|(from, _)| *from > una);
        for (from, to) in p.options.sack.iter().flatten() {
            assert!(self.sack, "a block, though not agreed");
            let [from, to] = [from, to].map(|edge| edge.0.wrapping_sub(self.habits.first) as usize);
            assert!(
                ack < from && from < to && to <= self.nxt,
                "block {from}..{to}, {ack} acknowledged of {}",
                self.nxt
            );
            if from > una {
                self.sacked.push((from, to));
            }
        }
        true
    }

    /// What came behind a gap, as far as it fits beside `payload`.
    fn blocks(&self, payload: &[u8]) -> [Option<(Seq, Seq)>; 4] {
        let mut blocks = [None; 4];
        let (Some(first), true) = (self.peer_first, self.sack) else { return blocks };
        let mut merged: Vec<(usize, usize)> = vec![];
        for (at, bytes) in &self.ahead {
            let end = at + bytes.len();
            match merged.last_mut() {
                Some(last) if *at <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((*at, end)),
            }
        }
        let stamps = if self.stamps { 12 } else { 0 };
        let room = if payload.is_empty() { 40 } else { self.peer_segment.saturating_sub(payload.len()).min(40) };
        let most = room.saturating_sub(stamps + 4) / 8;
        for (place, (from, to)) in blocks.iter_mut().zip(merged.into_iter().filter(|(a, b)| a < b)).take(most) {
            *place = Some((first + from as u32, first + to as u32));
        }
        blocks
    }

    fn expected(&self) -> usize {
        1 + self.received.len() + usize::from(self.ended)
    }

    fn take(&mut self, at: usize, bytes: &[u8], fin: bool) {
        let kept = self.ahead.entry(at).or_default();
        if kept.len() < bytes.len() {
            *kept = bytes.to_vec();
        }
        while let Some((at, piece)) = self.ahead.first_key_value().map(|(at, p)| (*at, p.clone())) {
            let end = 1 + self.received.len();
            if at > end {
                break;
            }
            self.received.extend(piece.get(end - at..).unwrap_or(&[]));
            self.ahead.pop_first();
        }
        if fin && at + bytes.len() == 1 + self.received.len() {
            self.ended = true;
        }
    }

    pub fn acknowledge(&mut self) {
        self.packet(self.nxt, TcpFlags::ACK, &[]);
    }

    fn most(&self) -> usize {
        (self.peer_segment - if self.stamps { 12 } else { 0 }).min(self.habits.segment)
    }

    /// Sends `[from, to)`.
    fn emit(&mut self, from: usize, to: usize) {
        let last = 1 + self.to_send.len();
        let mut flags = if from == 0 { TcpFlags::SYN } else { TcpFlags::ACK };
        if from == 0 && self.peer_first.is_some() {
            flags = flags | TcpFlags::ACK;
        }
        if self.closing && to == last + 1 {
            flags = flags | TcpFlags::FIN;
        }
        let bytes = if from == 0 { vec![] } else { self.to_send[from - 1..(to - 1).min(self.to_send.len())].to_vec() };
        self.packet(from, flags, &bytes);
    }

    fn packet(&mut self, at: usize, flags: TcpFlags, payload: &[u8]) {
        let syn = flags.has(TcpFlags::SYN);
        self.clock = self.clock.wrapping_add(1);
        let options = Options {
            maximum_segment: syn.then_some(self.habits.segment as u16),
            window_scale: (syn && self.scaled).then_some(self.habits.scale),
            sack_permitted: syn && self.sack,
            timestamps: self.stamps.then_some((self.clock, self.heard_clock)),
            sack: if syn { [None; 4] } else { self.blocks(payload) },
            ..Options::default()
        };
        let shift = if syn || !self.scaled { 0 } else { self.habits.scale };
        let window = self.habits.window.min(0xFFFF) >> shift;
        self.advertised = self.advertised.max(self.expected() + (window << shift));
        self.out.push(Packet {
            sequence: Seq(self.habits.first) + at as u32,
            acknowledgement: self.peer_first.map_or(Seq(0), |f| f + self.expected() as u32),
            flags,
            window: window as u16,
            options,
            payload: payload.to_vec(),
        });
    }
}
