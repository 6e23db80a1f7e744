//! Two hosts with real TCP ends on a network that loses, doubles and reorders frames, and the bridge between them: what the
//! controller receives is the allowed requests, what the operator receives is one answer for each request.

use crate::build;
use crate::end::{End, Habits};
use crate::network::{Dice, Packet};
use crate::plant::{HMI, Host, PLC, USUAL};
use crate::rig::{Rig, options};
use crate::wire::ether;
use proptest::prelude::*;
use sluice_engine::bridge::{Bounds, Bridge, Options, Segment, Side};
use sluice_engine::frames::{LinkType, Network, Packet as Read, Transport};
use std::collections::BTreeMap;
use std::time::Duration;

/// Milliseconds in which a run must be over.
const PATIENCE: u64 = 300_000;
const PORTS: [u16; 2] = [40_000, 502];

#[derive(Clone, Debug)]
struct Case {
    /// Whether each request is allowed.
    asks: Vec<bool>,
    lost: u64,
    twice: u64,
    spread: u64,
    client: Habits,
    server: Habits,
    v6: bool,
    /// Percent of moments after which another process takes over.
    handed_over: u64,
    seed: u64,
}

/// A read of two registers, or a write that nobody may.
fn request(tid: u8, allowed: bool) -> [u8; 12] {
    if allowed { [0, tid, 0, 0, 0, 6, 1, 3, 0, 3, 0, 2] } else { [0, tid, 0, 0, 0, 6, 1, 6, 0, 99, 0, 1] }
}

fn response(tid: u8) -> Vec<u8> {
    vec![0, tid, 0, 0, 0, 7, 1, 3, 4, 0, tid, 1, tid]
}

fn refusal(tid: u8) -> Vec<u8> {
    vec![0, tid, 0, 0, 0, 3, 1, 0x86, 2]
}

/// Options as they stand in a header.
fn options_of(options: &Options) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(most) = options.maximum_segment {
        bytes.extend([2, 4]);
        bytes.extend(most.to_be_bytes());
    }
    bytes.extend(options.window_scale.map_or(vec![], |shift| vec![3, 3, shift]));
    bytes.extend(if options.sack_permitted { &[4, 2][..] } else { &[] });
    if let Some((value, echo)) = options.timestamps {
        bytes.extend([8, 10]);
        bytes.extend(value.to_be_bytes());
        bytes.extend(echo.to_be_bytes());
    }
    let blocks: Vec<_> = options.sack.iter().flatten().collect();
    if !blocks.is_empty() {
        bytes.extend([5, 2 + 8 * blocks.len() as u8]);
        bytes.extend(blocks.iter().flat_map(|(from, to)| [from.0.to_be_bytes(), to.0.to_be_bytes()].concat()));
    }
    bytes.resize(bytes.len().next_multiple_of(4), 1);
    bytes
}

fn encode(packet: &Packet, side: Side, v6: bool) -> Vec<u8> {
    let ends: [(&Host, u16); 2] = [(&HMI, PORTS[0]), (&PLC, PORTS[1])];
    let ((from, source), (to, destination)) = if side == Side::A { (ends[0], ends[1]) } else { (ends[1], ends[0]) };
    let (a, b) = if v6 {
        (from.at6(source).ip(), to.at6(destination).ip())
    } else {
        (from.at(source).ip(), to.at(destination).ip())
    };
    let options = options_of(&packet.options);
    let mut content = [source.to_be_bytes(), destination.to_be_bytes()].concat();
    content.extend(packet.sequence.0.to_be_bytes());
    content.extend(packet.acknowledgement.0.to_be_bytes());
    content.extend([((20 + options.len() as u8) / 4) << 4, packet.flags.0]);
    content.extend(packet.window.to_be_bytes());
    content.extend([0; 4]);
    content.extend(&options);
    content.extend(&packet.payload);
    ether(from, to, &[], &build::ip(6, a, b, &build::sealed(6, a, b, content, 16)))
}

/// The segment in a frame, which is whole and right.
fn decode(frame: &[u8]) -> Packet {
    let read = Read::read(LinkType::Ethernet, frame, frame.len()).unwrap();
    assert_eq!((read.oddities.iter().count(), read.trailing), (0, 0), "{:?}", read.oddities.iter().collect::<Vec<_>>());
    let Network::Ip(ip) = read.network else { panic!("no packet") };
    let Transport::Tcp(tcp) = ip.transport else { panic!("no segment") };
    Packet::from(&Segment::from(&tcp))
}

/// Where a frame is under way to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Bridge(Side),
    Host(Side),
}

struct Run<'c> {
    case: &'c Case,
    dice: Dice,
    now: u64,
    count: u64,
    way: BTreeMap<(u64, u64), (Place, Vec<u8>)>,
    client: End,
    server: End,
    rig: Rig,
    served: usize,
}

impl<'c> Run<'c> {
    fn new(case: &'c Case) -> Self {
        let mut client = End::new(case.client);
        for (tid, allowed) in (0..).zip(&case.asks) {
            client.to_send.extend(request(tid, *allowed));
        }
        let (dice, server) = (Dice::new(case.seed), End::new(case.server));
        let rig = Rig::new(USUAL);
        Self { case, dice, now: 0, count: 0, way: BTreeMap::new(), client, server, rig, served: 0 }
    }

    fn finish(mut self) -> Result<(), TestCaseError> {
        self.client.connect(0);
        self.collect();
        while self.client.received.len() < self.answers().len() || !self.client.everything_acknowledged() {
            prop_assert!(self.now < PATIENCE, "stuck at {} of {}", self.client.received.len(), self.answers().len());
            let poll = (self.now / 10 + 1) * 10;
            match self.way.first_key_value().map(|((at, _), _)| *at) {
                Some(next) if next <= poll => {
                    let ((at, _), (place, frame)) = self.way.pop_first().unwrap();
                    self.pass(at);
                    self.arrive(place, &frame);
                }
                _ => {
                    self.pass(poll);
                    self.client.tick(self.now, &mut self.dice);
                    self.server.tick(self.now, &mut self.dice);
                    self.client.push(self.now, &mut self.dice);
                    self.server.push(self.now, &mut self.dice);
                }
            }
            self.collect();
            prop_assert!(self.allowed().starts_with(&self.server.received), "the controller received something else");
            prop_assert!(!self.client.reset && !self.server.reset, "a reset");
        }
        prop_assert_eq!(sorted(&self.client.received), sorted(&self.answers()));
        prop_assert_eq!(&self.server.received, &self.allowed());
        Ok(())
    }

    /// Lets the bridge's time pass too.
    fn pass(&mut self, now: u64) {
        self.rig.wait(Duration::from_millis(now - self.now));
        self.now = now;
    }

    fn allowed(&self) -> Vec<u8> {
        (0..).zip(&self.case.asks).filter(|(_, allowed)| **allowed).flat_map(|(tid, _)| request(tid, true)).collect()
    }

    fn answers(&self) -> Vec<u8> {
        let answer = |(tid, allowed): (u8, &bool)| if *allowed { response(tid) } else { refusal(tid) };
        (0..).zip(&self.case.asks).flat_map(answer).collect()
    }

    fn arrive(&mut self, place: Place, frame: &[u8]) {
        match place {
            Place::Bridge(side) => {
                self.rig.word(side, frame);
                if self.dice.percent(self.case.handed_over) {
                    let mut state = Vec::new();
                    self.rig.bridge.export(&mut state);
                    self.rig.bridge = Bridge::new(&options(Bounds::default()));
                    self.rig.bridge.import(self.rig.now, &self.rig.policy, &state).unwrap();
                }
            }
            Place::Host(Side::A) => self.client.hear(&decode(frame), self.now, &mut self.dice),
            Place::Host(Side::B) => {
                self.server.hear(&decode(frame), self.now, &mut self.dice);
                while let Some(asked) = self.server.received.get(self.served..self.served + 12) {
                    self.server.to_send.extend(response(asked[1]));
                    self.served += 12;
                }
                self.server.push(self.now, &mut self.dice);
            }
        }
    }

    fn collect(&mut self) {
        let v6 = self.case.v6;
        for packet in core::mem::take(&mut self.client.out) {
            self.under_way(Place::Bridge(Side::A), &encode(&packet, Side::A, v6));
        }
        for packet in core::mem::take(&mut self.server.out) {
            self.under_way(Place::Bridge(Side::B), &encode(&packet, Side::B, v6));
        }
        for (side, frame) in self.rig.sent() {
            self.under_way(Place::Host(side), &frame);
        }
    }

    fn under_way(&mut self, place: Place, frame: &[u8]) {
        let copies = if self.dice.percent(self.case.twice) { 2 } else { 1 };
        for _ in 0..copies {
            if !self.dice.percent(self.case.lost) {
                self.count += 1;
                let at = self.now + 1 + self.dice.roll(self.case.spread + 1);
                self.way.insert((at, self.count), (place, frame.to_vec()));
            }
        }
    }
}

/// The messages of a stream of answers, by transaction: any order is legal.
fn sorted(mut stream: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while stream.len() >= 6 {
        let (message, rest) = stream.split_at((6 + usize::from(stream[5])).min(stream.len()));
        messages.push(message.to_vec());
        stream = rest;
    }
    messages.sort();
    messages
}

fn habits() -> impl Strategy<Value = Habits> {
    let segment = prop_oneof![Just(64), Just(536), Just(1460)];
    (any::<bool>(), segment, 200..20_000_usize, 0..4_u8, any::<bool>(), any::<bool>(), any::<u32>()).prop_map(
        |(nagle, segment, window, scale, stamps, sack, first)| Habits {
            nagle,
            segment,
            window,
            scale,
            stamps,
            sack,
            first,
        },
    )
}

fn cases() -> impl Strategy<Value = Case> {
    let asks = proptest::collection::vec(prop::bool::weighted(0.6), 1..12);
    let bad = (0..15_u64, 0..15_u64, 0..60_u64, prop_oneof![Just(0), 0..10_u64]);
    (asks, bad, habits(), habits(), any::<bool>(), any::<u64>()).prop_map(
        |(asks, (lost, twice, spread, handed_over), client, server, v6, seed)| Case {
            asks,
            lost,
            twice,
            spread,
            client,
            server,
            v6,
            handed_over,
            seed,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn allowed_requests_arrive_and_every_request_is_answered_once(case in cases()) {
        Run::new(&case).finish()?;
    }
}
