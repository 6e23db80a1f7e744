//! One connection through the bridge, from SYN to the last acknowledgement.

use crate::end::{End, Habits};
use crate::network::{Dice, Packet};
use crate::recorder::Recorder;
use crate::sites::{self, Rules, TARGET};
use crate::toy::{DESCRIPTOR, ITEM, READ, REFUSAL, RESPONSE, Toy, WRITE, request, response};
use sluice_engine::bridge::{Flow, Passage, Segment, Spare, Turn, Wire};
use sluice_engine::frames::TcpFlags;
use sluice_engine::{Limits, Opening};
use sluice_model::{Direction, Instant};
use sluice_policies::Policy;
use sluice_policies::decision::OnDeny;
use sluice_protocols::{Protocol, registry};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Milliseconds in which a run must be over: patience of the policy (30 s) lies far below.
const PATIENCE: u64 = 600_000;
/// How often a gateway loses what it knows.
const DEATHS: u8 = 3;
/// What clients of the toy protocol may do.
const RULES: Rules = Rules::new(200, 8);
/// Milliseconds in which whatever a reset connection still brings has come.
const LINGER: u64 = 20_000;

/// What the client asks: whether it is allowed, and how long the request is (in items).
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    pub allowed: bool,
    pub items: u8,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub asks: Vec<Ask>,
    /// Percent of segments that are lost or come twice, on each side of the bridge.
    pub lost: u64,
    pub twice: u64,
    /// Milliseconds that one may take longer than another.
    pub spread: u64,
    pub client: Habits,
    pub server: Habits,
    pub close: bool,
    /// Percent of segments and moments after which another process takes over.
    pub handed_over: u64,
    /// Percent of segments and moments after which the gateway knows nothing any more, at most [`DEATHS`] times.
    pub killed: u64,
    /// What is denied is left out without a word, and what is allowed are writes.
    pub silent: bool,
    /// Milliseconds that the server takes to answer.
    pub slow: u64,
    pub seed: u64,
}

/// What a bridge does with segments; the real one, or one that is broken on purpose.
pub struct Gateway {
    pub flow: Option<Flow>,
    pub policy: Arc<Policy>,
    pub out: Recorder,
    pub protocol: &'static dyn Protocol,
    pub limits: Limits,
    spare: Spare,
}

#[derive(Default)]
pub struct Emitted(pub Vec<(Direction, Packet)>);

impl Wire for Emitted {
    fn emit(&mut self, direction: Direction, segment: &Segment<'_>) {
        self.0.push((direction, segment.into()));
    }
}

impl Gateway {
    /// The toy protocol, of which items below 200 may be read and below 8 be written.
    pub fn new() -> Self {
        Self::of(RULES)
    }

    fn of(rules: Rules) -> Self {
        Self::with(&Toy, sites::policy(&DESCRIPTOR, ITEM, rules))
    }

    /// Modbus, of which a client may do what `rules` say with holding registers.
    pub fn modbus(rules: Rules) -> Self {
        let protocol = registry::ALL[0];
        let holding = protocol.descriptor().spaces.iter().find(|s| s.name == "holding").unwrap().id;
        Self::with(protocol, sites::policy(protocol.descriptor(), holding, rules))
    }

    fn with(protocol: &'static dyn Protocol, policy: Arc<Policy>) -> Self {
        let hour = core::time::Duration::from_hours(1);
        let limits = Limits { patience: hour, stall: hour, ..Limits::default() };
        Self { flow: None, policy, out: Recorder::default(), protocol, limits, spare: Spare::default() }
    }

    /// Another process takes over.
    pub fn hand_over(&mut self) {
        let Some(flow) = &self.flow else { return };
        let mut state = vec![];
        flow.export(&mut state);
        self.flow = Some(Flow::import(&self.policy, [self.protocol], &self.limits, &state).unwrap());
    }

    /// What leaves when `packet` comes, and whether it leaves as it came.
    pub fn segment(&mut self, now: u64, direction: Direction, packet: &Packet) -> (Vec<(Direction, Packet)>, bool) {
        let segment = packet.segment();
        let mut wire = Emitted::default();
        let Self { protocol, limits, .. } = *self;
        let opening = Opening { source: sites::client(), asset: TARGET, protocol, limits };
        let (syn, ack) = (packet.flags.has(TcpFlags::SYN), packet.flags.has(TcpFlags::ACK));
        if self.flow.is_none() && syn && ack {
            return (vec![], false);
        }
        let open = || Flow::open(&self.policy, opening, &segment);
        let adopt = || Flow::adopt(&self.policy, opening);
        let flow = self.flow.get_or_insert_with(|| if syn { open() } else { adopt() });
        let mut turn = Turn {
            now: Instant(now * 1_000_000),
            policy: &self.policy,
            wire: &mut wire,
            reports: &mut self.out,
            spare: &mut self.spare,
        };
        let passage = flow.segment(direction, &segment, &mut turn);
        let unchanged = passage == Passage::Forward;
        if unchanged {
            wire.0.push((direction, packet.clone()));
        }
        (wire.0, unchanged)
    }

    pub fn tick(&mut self, now: u64) -> Vec<(Direction, Packet)> {
        let mut wire = Emitted::default();
        let now = Instant(now * 1_000_000);
        if let Some(flow) = &mut self.flow
            && flow.deadline().is_some_and(|at| at <= now)
        {
            flow.tick(&mut Turn {
                now,
                policy: &self.policy,
                wire: &mut wire,
                reports: &mut self.out,
                spare: &mut self.spare,
            });
        }
        wire.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Bridge(bool),
    Client,
    Server,
}

pub struct Run<'c> {
    case: &'c Case,
    dice: Dice,
    /// Decides when another process takes over, and nothing else.
    fate: Dice,
    /// Everything that left the bridge.
    left: Vec<(u64, Direction, Packet)>,
    now: u64,
    count: u64,
    way: BTreeMap<(u64, u64), (Place, Packet)>,
    client: End,
    server: End,
    gateway: Gateway,
    allowed: Vec<u8>,
    served: usize,
    /// Answers of the server that are to come, and when.
    to_answer: VecDeque<(u64, Vec<u8>)>,
    /// When an end heard of a reset: only when the gateway lost what it knew.
    over: Option<u64>,
    /// How often that happened.
    deaths: u8,
}

impl<'c> Run<'c> {
    pub fn new(case: &'c Case) -> Self {
        let mut client = End::new(case.client);
        let mut allowed = Vec::new();
        for (tid, ask) in (0..).zip(&case.asks) {
            let (code, first) = match (ask.allowed, case.silent) {
                (true, false) => (READ, 100),
                (true, true) => (WRITE, 1),
                (false, _) => (WRITE, 100),
            };
            let items: Vec<_> = (0..ask.items).map(|i| (code, first + i)).collect();
            let message = request(tid, &items);
            client.to_send.extend(&message);
            if ask.allowed {
                allowed.extend(message);
            }
        }
        client.closing = case.close;
        let mut server = End::new(case.server);
        client.lenient = case.killed > 0;
        server.lenient = client.lenient;
        Self {
            case,
            dice: Dice::new(case.seed),
            fate: Dice::new(case.seed + 1),
            left: vec![],
            now: 0,
            count: 0,
            way: BTreeMap::new(),
            client,
            server,
            gateway: Gateway::of(Rules { on_deny: if case.silent { OnDeny::Drop } else { OnDeny::Refuse }, ..RULES }),
            allowed,
            served: 0,
            to_answer: VecDeque::new(),
            over: None,
            deaths: 0,
        }
    }

    /// Runs until everything is settled; panics if something is wrong or it never is. Returns everything that left the
    /// bridge, and when.
    pub fn finish(mut self) -> Vec<(u64, Direction, Packet)> {
        self.client.connect(0);
        self.collect();
        while !self.settled() {
            let next = self.way.first_key_value().map_or(u64::MAX, |((at, _), _)| *at);
            let poll = (self.now / 10 + 1) * 10;
            if next <= poll {
                let ((at, _), (place, packet)) = self.way.pop_first().unwrap();
                self.now = at;
                self.arrive(place, &packet);
            } else {
                self.now = poll;
                self.poll();
            }
            self.collect();
            self.check();
        }
        if self.over.is_none() {
            self.answers();
        }
        self.left
    }

    fn settled(&self) -> bool {
        assert!(self.now < PATIENCE, "stuck: {}", self.state());
        if let Some(since) = self.over {
            return self.now > since + LINGER;
        }
        let asked = self.answered().len() == self.to_be_answered().count();
        asked
            && if self.case.close {
                self.client.done() && self.server.done() && self.client.ended && self.server.ended
            } else {
                self.client.everything_acknowledged() && self.server.everything_acknowledged()
            }
    }

    fn state(&self) -> String {
        format!(
            "server received {} of {}, client received {} answers of {}; client done {} ended {}, server done {} ended {}",
            self.server.received.len(),
            self.allowed.len(),
            self.answered().len(),
            self.case.asks.len(),
            self.client.done(),
            self.client.ended,
            self.server.done(),
            self.server.ended,
        )
    }

    fn arrive(&mut self, place: Place, packet: &Packet) {
        match place {
            Place::Client => self.client.hear(packet, self.now, &mut self.dice),
            Place::Server => {
                self.server.hear(packet, self.now, &mut self.dice);
                self.serve();
                self.server.push(self.now, &mut self.dice);
            }
            Place::Bridge(to_server) => {
                let direction = if to_server { Direction::ToServer } else { Direction::ToClient };
                let (out, _) = self.gateway.segment(self.now, direction, packet);
                self.emitted(out);
            }
        }
    }

    /// The server answers every whole request.
    fn serve(&mut self) {
        while let Some(message) = whole(&self.server.received[self.served..]) {
            self.served += message.len();
            self.to_answer.push_back((self.now + self.case.slow, response(message[3], (message.len() - 4) / 4)));
        }
        while let Some((_, answer)) = self.to_answer.pop_front_if(|(at, _)| *at <= self.now) {
            self.server.to_send.extend(answer);
        }
        if self.server.ended && self.to_answer.is_empty() {
            self.server.closing = true;
        }
    }

    fn poll(&mut self) {
        let out = self.gateway.tick(self.now);
        self.emitted(out);
        self.serve();
        self.client.tick(self.now, &mut self.dice);
        self.server.tick(self.now, &mut self.dice);
        self.client.push(self.now, &mut self.dice);
        self.server.push(self.now, &mut self.dice);
    }

    fn emitted(&mut self, out: Vec<(Direction, Packet)>) {
        if self.fate.percent(self.case.handed_over) {
            self.gateway.hand_over();
        }
        if self.fate.percent(self.case.killed) && self.deaths < DEATHS && self.gateway.flow.is_some() {
            self.gateway.flow = None;
            self.deaths += 1;
        }
        for (direction, packet) in out {
            self.left.push((self.now, direction, packet.clone()));
            let place = if direction == Direction::ToServer { Place::Server } else { Place::Client };
            self.under_way(place, &packet);
        }
    }

    fn collect(&mut self) {
        for packet in core::mem::take(&mut self.client.out) {
            self.under_way(Place::Bridge(true), &packet);
        }
        for packet in core::mem::take(&mut self.server.out) {
            self.under_way(Place::Bridge(false), &packet);
        }
    }

    fn under_way(&mut self, place: Place, packet: &Packet) {
        let copies = if self.dice.percent(self.case.twice) { 2 } else { 1 };
        for _ in 0..copies {
            if !self.dice.percent(self.case.lost) {
                self.count += 1;
                let at = self.now + 1 + self.dice.roll(self.case.spread + 1);
                self.way.insert((at, self.count), (place, packet.clone()));
            }
        }
    }

    /// At every moment.
    fn check(&mut self) {
        assert!(
            self.allowed.starts_with(&self.server.received),
            "the server received something else: {:02X?} of {:02X?}",
            self.server.received,
            self.allowed
        );
        if self.client.reset || self.server.reset {
            assert!(self.case.killed > 0, "a reset: {:?}", self.gateway.out.incidents());
            self.over.get_or_insert(self.now);
        }
    }

    /// The requests that are answered, by the server or by the bridge.
    fn to_be_answered(&self) -> impl Iterator<Item = (u8, &Ask)> {
        (0..).zip(&self.case.asks).filter(|(_, ask)| ask.allowed || !self.case.silent)
    }

    fn answered(&self) -> BTreeMap<u8, Vec<u8>> {
        let mut answers = BTreeMap::new();
        let mut rest = &self.client.received[..];
        while let Some(message) = whole(rest) {
            assert!(answers.insert(message[3], message.to_vec()).is_none(), "two answers for one request");
            rest = &rest[message.len()..];
        }
        answers
    }

    fn answers(&self) {
        assert_eq!(self.server.received, self.allowed);
        let answers = self.answered();
        assert_eq!(answers.values().map(Vec::len).sum::<usize>(), self.client.received.len());
        for (tid, ask) in self.to_be_answered() {
            let answer = &answers[&tid];
            if ask.allowed {
                assert_eq!(*answer, response(tid, usize::from(ask.items)));
            } else {
                assert_eq!((answer[2], answer.len()), (REFUSAL, 5));
            }
        }
        let kinds: BTreeSet<_> = answers.values().map(|a| a[2]).collect();
        assert!(kinds.is_subset(&BTreeSet::from([RESPONSE, REFUSAL])));
        if self.case.killed > 0 {
            return;
        }
        let verdicts = self.gateway.out.verdicts().len();
        let operations: usize = self.case.asks.iter().map(|a| usize::from(a.items)).sum();
        assert_eq!(verdicts, operations, "judged more or less than once");
        assert_eq!(self.gateway.flow.as_ref().unwrap().outstanding(), 0);
    }
}

/// The first message of `stream`, if it is whole.
pub fn whole(stream: &[u8]) -> Option<&[u8]> {
    let length = 2 + usize::from(*stream.get(1)?);
    stream.get(..length)
}
