//! What a page shows beyond counts: who spoke to whom, when, and where something odd was first seen. Bounded.

use super::timeline::Timeline;
use sluice_engine::observe::{Odd, Seen};
use sluice_model::{Action, AnomalyKind, Direction};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// Most conversations that are told apart; what comes later is counted together.
const CONVERSATIONS: usize = 256;

/// What was overheard in one capture.
#[derive(Default)]
pub(in super::super) struct Story {
    pub(super) conversations: BTreeMap<Pair, Talk>,
    /// Operations of conversations beyond [`CONVERSATIONS`].
    pub(super) beyond: u64,
    /// Requests by time.
    pub(super) timeline: Timeline,
    /// By protocol, or `None` of frames and flows, and name. There are as many as the program knows.
    pub(super) anomalies: BTreeMap<(Option<&'static str>, &'static str), Oddness>,
}

/// Client, server, protocol.
pub(super) type Pair = (IpAddr, IpAddr, &'static str);

/// What two devices did in one protocol.
#[derive(Default)]
pub(super) struct Talk {
    /// Requests, by the discriminant of their action.
    pub(super) asked: [u64; Action::ALL.len()],
    pub(super) answered: u64,
    pub(super) refused: u64,
    /// Messages with an anomaly.
    pub(super) odd: u64,
}

/// How often one kind of anomaly was seen.
pub(super) struct Oddness {
    pub(super) kind: &'static AnomalyKind,
    pub(super) count: u64,
    /// Where it was seen first.
    pub(super) packet: u64,
    pub(super) between: Option<(SocketAddr, SocketAddr)>,
}

impl Talk {
    /// Everything that was counted of it.
    pub(super) fn total(&self) -> u64 {
        self.requests().max(self.answered + self.refused) + self.odd
    }

    pub(super) fn requests(&self) -> u64 {
        self.asked.iter().sum()
    }
}

impl Story {
    pub(in super::super) fn operation(&mut self, seen: &Seen<'_>) {
        let (action, direction) = (seen.operation.action, seen.operation.direction);
        let ends = (seen.scene.source, seen.scene.destination);
        if direction == Direction::ToServer {
            self.timeline.add(seen.scene.at, action);
        }
        let Some(talk) = self.talk(ends, direction, seen.protocol.name) else {
            self.beyond += 1;
            return;
        };
        match (direction, seen.refused) {
            (Direction::ToServer, _) => talk.asked[action as usize] += 1,
            (Direction::ToClient, None) => talk.answered += 1,
            (Direction::ToClient, Some(_)) => talk.refused += 1,
        }
    }

    pub(in super::super) fn anomaly(&mut self, odd: &Odd<'_>) {
        let Odd { kind, packet, between, message, .. } = *odd;
        let fresh = Oddness { kind, count: 0, packet, between };
        self.anomalies.entry((message.map(|(p, _)| p.name), kind.name)).or_insert(fresh).count += 1;
        if let (Some(ends), Some((protocol, direction))) = (between, message) {
            match self.talk(ends, direction, protocol.name) {
                Some(talk) => talk.odd += 1,
                None => self.beyond += 1,
            }
        }
    }

    /// The conversation that something belongs to; `None` of a new one when there are too many.
    fn talk(
        &mut self,
        (source, destination): (SocketAddr, SocketAddr),
        direction: Direction,
        protocol: &'static str,
    ) -> Option<&mut Talk> {
        let (client, server) = match direction {
            Direction::ToServer => (source.ip(), destination.ip()),
            Direction::ToClient => (destination.ip(), source.ip()),
        };
        let pair = (client, server, protocol);
        let room = self.conversations.len() < CONVERSATIONS || self.conversations.contains_key(&pair);
        room.then(|| self.conversations.entry(pair).or_default())
    }
}
