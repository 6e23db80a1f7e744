//! A wire that an observer listens to: connections are played, what it hears is written down.

use crate::build::{self, ACK, SYN, Segment};
use sluice_engine::frames::LinkType;
use sluice_engine::observe::{Class, Limits, Observer, Odd, Report, Seen, Summary};
use sluice_model::{Direction, Instant};
use sluice_policies::policy::Policy;
use std::net::SocketAddr;
use std::sync::Arc;

/// What an observer said.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Direction, function, verdict.
    pub(crate) operations: Vec<(Direction, u16, Option<String>)>,
    pub(crate) odd: Vec<&'static str>,
}

impl Report for Notes {
    fn operation(&mut self, seen: &Seen<'_>) {
        let verdict = seen.judged.map(|j| {
            assert!(!format!("{:?}", j.explain()).is_empty());
            format!("{:?}", j.verdict).to_lowercase()
        });
        self.operations.push((seen.operation.direction, seen.operation.code.function, verdict));
    }

    fn anomaly(&mut self, odd: &Odd<'_>) {
        self.odd.push(odd.kind.name);
    }
}

pub(crate) struct Wire {
    pub(crate) observer: Observer,
    pub(crate) notes: Notes,
    at: u64,
}

impl Wire {
    pub(crate) fn new(policy: Option<Arc<Policy>>, limits: Limits) -> Self {
        Self { observer: Observer::new(policy, limits), notes: Notes::default(), at: 0 }
    }

    /// A frame passes; what became of it.
    pub(crate) fn frame(&mut self, frame: &[u8]) -> Class {
        let before = self.observer.summary().classes;
        self.at += 1000;
        self.observer.packet(Instant(self.at), LinkType::Ethernet, frame, frame.len(), &mut self.notes);
        let after = self.observer.summary().classes;
        *after.iter().find(|(class, n)| before.get(class) != Some(n)).unwrap().0
    }

    /// Time passes in silence.
    pub(crate) fn pass(&mut self, time: std::time::Duration) {
        self.at += time.as_nanos() as u64;
    }

    pub(crate) fn finish(&mut self) -> Summary {
        self.observer.finish(&mut self.notes);
        let summary = self.observer.summary();
        assert_eq!(summary.classes.values().sum::<u64>(), summary.packets);
        summary
    }
}

/// A TCP connection: the client and the server, and what each sends next.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    pub(crate) ends: [SocketAddr; 2],
    pub(crate) next: [u32; 2],
}

impl Link {
    pub(crate) fn new(client: SocketAddr, server: SocketAddr) -> Self {
        Self { ends: [client, server], next: [u32::MAX - 3, 1000] }
    }

    /// A segment from the client (0) or the server (1).
    pub(crate) fn segment<'a>(&self, side: usize, flags: u8, bytes: &'a [u8]) -> Segment<'a> {
        let [from, to] = [self.ends[side], self.ends[1 - side]];
        let [sequence, acknowledgement] = [self.next[side], self.next[1 - side]];
        Segment { from, to, sequence, acknowledgement, flags, options: &[], bytes }
    }

    /// The handshake.
    pub(crate) fn open(&mut self, wire: &mut Wire) {
        wire.frame(&build::frame(&self.segment(0, SYN, b"")));
        self.next[0] = self.next[0].wrapping_add(1);
        wire.frame(&build::frame(&self.segment(1, SYN | ACK, b"")));
        self.next[1] = self.next[1].wrapping_add(1);
        wire.frame(&build::frame(&self.segment(0, ACK, b"")));
    }

    /// Bytes from the client (0) or the server (1), and what became of the packet.
    pub(crate) fn say(&mut self, wire: &mut Wire, side: usize, bytes: &[u8]) -> Class {
        let class = wire.frame(&build::frame(&self.segment(side, ACK, bytes)));
        self.skip(side, bytes.len());
        class
    }

    /// Bytes that pass unseen.
    pub(crate) fn skip(&mut self, side: usize, bytes: usize) {
        self.next[side] = self.next[side].wrapping_add(bytes as u32);
    }
}
