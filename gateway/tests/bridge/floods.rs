//! Floods, bounded in number: a million SYNs, a hundred thousand idle connections, ten thousand requests that never end.
//! The gateway's memory stays bounded, and a client that polls all the while keeps all of its answers.

use crate::device::Device;
use crate::gate::{Gate, Kind};
use crate::lab::addresses::{CLIENT, CRAFTED, CROWD, CROWDS, STRANGER};
use crate::lab::{Between, Lab, Links};
use crate::raw::packet::{ACK, PSH, Packet, SYN};
use crate::raw::responder::{self, Responder};
use crate::raw::seen::Seen;
use crate::raw::wire::Wire;
use crate::raw::{MODBUS, Opening, Raw};
use crate::rig::frames;
use crate::site;
use std::collections::HashSet;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// Most KiB that a flood may add to the gateway's memory.
const GROWTH: u64 = 100 * 1024;

/// The same for a hundred thousand connections that are put away: 512 bytes each, and what an allocator keeps for itself.
const ASLEEP: u64 = 64 * 1024;

/// A well-behaved client that polls on one connection, from another address than the flood.
fn poll(wire: &Wire, stop: &AtomicBool) -> usize {
    let mut raw = Raw::new(wire, 30_000, Opening { place: CLIENT, ..Opening::default() });
    assert!(raw.open(), "the polling client did not come through");
    let mut answered = 0;
    while !stop.load(Ordering::Relaxed) {
        let request = frames::read(answered as u16, 0, 4);
        assert!(raw.is_answered_for_long(&request), "poll {answered} was never answered");
        answered += 1;
        std::thread::sleep(Duration::from_millis(5));
    }
    answered
}

/// Runs `flood` while the polling client polls; gives what the gateway's memory grew by, in KiB.
fn beside_a_poll(wire: &Wire, gate: &Gate, flood: impl FnOnce()) -> u64 {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let polling = scope.spawn(|| poll(wire, &stop));
        std::thread::sleep(Duration::from_millis(300));
        let before = gate.resident();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(flood));
        let growth = gate.resident().saturating_sub(before);
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
        assert!(polling.join().unwrap() > 50, "the polling client hardly polled");
        if let Err(panic) = result {
            std::panic::resume_unwind(panic);
        }
        eprintln!("the flood added {growth} KiB");
        growth
    })
}

#[test]
fn a_million_syns() {
    if !Lab::possible() {
        return;
    }
    let lab = Lab::with(Links::default(), Between::default());
    let _device = Device::start(&lab);
    let site = site::folder(MODBUS, None);
    let gate = Gate::start(&Kind::under_test(), &lab, &site);
    let wire = Wire::take(&lab);
    crate::lab::addresses::know(&lab.server, "s", &CLIENT);
    let growth = beside_a_poll(&wire, &gate, || {
        let mut syn = Raw::new(&wire, 1, Opening::default()).syn();
        for n in 0..1_000_000_u32 {
            // One that the policy knows, one that it does not, one that is somebody else's; every port.
            syn.ip.from = [CRAFTED, STRANGER, CLIENT][n as usize % 3].ip(false);
            syn.tcp.from = (n / 3) as u16;
            syn.tcp.sequence = n.wrapping_mul(0x9E37_79B9);
            wire.send(syn.frame());
        }
    });
    assert!(growth < GROWTH, "{growth} KiB");
}

/// Connections of the crowd: number `n` is one address and one port.
struct Crowd<'w> {
    wire: &'w Wire,
    incoming: Receiver<Seen>,
    blank: Packet,
}

/// Connections that are opened at once.
const BATCH: u32 = 100;

/// The first sequence number of each.
const FIRST: u32 = 7_000;

impl<'w> Crowd<'w> {
    fn new(wire: &'w Wire) -> Self {
        let blank = Raw::new(wire, 1, Opening { place: CROWD, ..Opening::default() }).segment();
        Self { wire, incoming: wire.listen_to_others(), blank }
    }

    fn key(n: u32) -> (IpAddr, u16) {
        let address = CROWD.after((n % u32::from(CROWDS)) as u8);
        (address.into(), 40_000 + (n / u32::from(CROWDS)) as u16)
    }

    /// Puts a segment, with how many bytes either side has sent before it.
    fn put(&mut self, n: u32, flags: u8, (sent, heard): (u32, u32), payload: &[u8]) {
        let (from, port) = Self::key(n);
        self.blank.ip.from = from;
        self.blank.tcp.from = port;
        self.blank.tcp.sequence = FIRST + sent;
        self.blank.tcp.acknowledgement = if flags & ACK == 0 { 0 } else { responder::FIRST + heard };
        self.blank.tcp.flags = flags;
        self.blank.tcp.payload = payload.to_vec();
        self.wire.send(self.blank.frame());
    }

    /// Opens the connections `range`; gives how many came to be.
    fn open(&mut self, range: Range<u32>) -> usize {
        let opened =
            self.until_all(range.clone(), |crowd, n| crowd.put(n, SYN, (0, 0), &[]), |seen| seen.flags & SYN != 0);
        range.for_each(|n| self.put(n, ACK, (1, 1), &[]));
        opened
    }

    /// Sends for each of `range`, again for those that go unanswered, and gives how many were answered.
    fn until_all(
        &mut self,
        range: Range<u32>,
        mut send: impl FnMut(&mut Self, u32),
        answers: impl Fn(&Seen) -> bool,
    ) -> usize {
        let mut waiting: HashSet<_> = range.clone().map(Self::key).collect();
        let all = waiting.len();
        for _ in 0..5 {
            range
                .clone()
                .filter(|n| waiting.contains(&Self::key(*n)))
                .collect::<Vec<_>>()
                .into_iter()
                .for_each(|n| send(self, n));
            let deadline = Instant::now() + Duration::from_millis(400);
            while !waiting.is_empty()
                && let Ok(seen) = self.incoming.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                if answers(&seen) {
                    waiting.remove(&(seen.to, seen.to_port));
                }
            }
        }
        all - waiting.len()
    }

    /// Request number `round` on each of `range`; gives how many were answered.
    fn ask(&mut self, range: Range<u32>, round: u32) -> usize {
        let request = frames::read(round as u16, 0, 1);
        let answer = frames::honest(&request);
        let before = (1 + round * request.len() as u32, 1 + round * answer.len() as u32);
        let sent = request.len() as u32;
        let answered = self.until_all(
            range.clone(),
            |crowd, n| crowd.put(n, PSH | ACK, before, &request),
            |seen| seen.payload == answer,
        );
        range.for_each(|n| self.put(n, ACK, (before.0 + sent, before.1 + answer.len() as u32), &[]));
        answered
    }
}

#[test]
fn a_hundred_thousand_idle_connections() {
    if !Lab::possible() {
        return;
    }
    let lab = Lab::with(Links::default(), Between::default());
    let _device = Responder::start(&lab);
    let site = site::folder(MODBUS, None);
    let gate = Gate::start(&Kind::under_test(), &lab, &site);
    let wire = Wire::take(&lab);
    let growth = beside_a_poll(&wire, &gate, || {
        let mut crowd = Crowd::new(&wire);
        for first in (0..100_000).step_by(BATCH as usize) {
            let range = first..first + BATCH;
            assert_eq!(crowd.open(range.clone()), BATCH as usize, "connections from {first} on");
            assert_eq!(crowd.ask(range, 0), BATCH as usize, "answers from {first} on");
        }
        // The bridge puts away what has said nothing for this long.
        std::thread::sleep(Duration::from_secs(35));
        eprintln!("asleep, the gateway has {} KiB", gate.resident());
        for first in (0..100_000).step_by(100 * BATCH as usize) {
            assert_eq!(crowd.ask(first..first + BATCH, 1), BATCH as usize, "answers after sleep from {first} on");
        }
    });
    assert!(growth < ASLEEP, "{growth} KiB");
}

#[test]
fn ten_thousand_requests_that_never_end() {
    if !Lab::possible() {
        return;
    }
    let lab = Lab::with(Links::default(), Between::default());
    let _device = Responder::start(&lab);
    let site = site::folder(MODBUS, None);
    let gate = Gate::start(&Kind::under_test(), &lab, &site);
    let wire = Wire::take(&lab);
    let growth = beside_a_poll(&wire, &gate, || {
        let mut crowd = Crowd::new(&wire);
        let half = &frames::write_many(1, 0, &[7; 40])[..50];
        for first in (0..10_000).step_by(BATCH as usize) {
            let range = first..first + BATCH;
            assert_eq!(crowd.open(range.clone()), BATCH as usize, "connections from {first} on");
            // Held and acknowledged: the rest never comes.
            let held = crowd.until_all(
                range,
                |crowd, n| crowd.put(n, PSH | ACK, (1, 1), half),
                |seen| seen.acknowledgement == FIRST + 1 + 50,
            );
            assert_eq!(held, BATCH as usize, "half requests from {first} on");
        }
    });
    assert!(growth < GROWTH, "{growth} KiB");
}
