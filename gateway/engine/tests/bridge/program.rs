//! Drives a flow with whatever segments come from both ends, and holds what a bridge must hold. The fuzz target runs
//! this very file.
//!
//! A program is a byte that chooses how the flow begins, then commands of eight bytes and the content that they name.

use crate::case::Gateway;
use crate::hand::{ACK, Hand, Out, SYN};
use crate::modbus::{answer, read, write};
use crate::sites::{self, Rules, TARGET};
use sluice_engine::bridge::{Options, Seq};
use sluice_model::Direction::{ToClient, ToServer};
use sluice_model::{Anomaly, Instant, Operation};
use sluice_policies::decision::Verdict;
use sluice_protocols::{Cx, Frame, Opened, Sink, Ticket, registry};
use std::collections::BTreeMap;
use std::time::Duration;

/// Runs a program.
pub fn program(program: &[u8]) {
    let Some((begin, mut rest)) = program.split_first() else { return };
    let gateway = Gateway::modbus(Rules::new(200, 8));
    let stamps = begin & 1 != 0;
    let options = Options {
        maximum_segment: (begin & 2 != 0).then_some(64),
        timestamps: stamps.then_some((0, 0)),
        sack_permitted: true,
        ..Options::default()
    };
    let window = [8000, 300, 4, 0][usize::from(begin >> 2 & 3)];
    let found = begin & 16 != 0;
    let mut hand = if found { Hand::before(gateway, window) } else { Hand::across(gateway, window, options) };
    let mut seen = Seen { first: (!found).then_some(1001), ..Seen::default() };
    while let Some((command, content)) = rest.split_first_chunk() {
        let (out, taken) = step(&mut hand, stamps, *command, content);
        seen.check(&out);
        rest = &content[taken..];
    }
}

/// Does one command; returns what left and how many bytes of `content` it took.
fn step(hand: &mut Hand, stamps: bool, command: [u8; 8], content: &[u8]) -> (Vec<Out>, usize) {
    let [choice, flags, s0, s1, a0, a1, kind, clock] = command;
    let direction = if choice & 1 == 0 { ToServer } else { ToClient };
    match choice >> 1 & 15 {
        0 => {
            hand.gateway.hand_over();
            return (vec![], 0);
        }
        1 | 2 => return (hand.wait(u64::from(clock) * 50), 0),
        _ => {}
    }
    let (from, heard) = if direction == ToServer { (1001, 5001) } else { (5001, 1001) };
    let near = |base: u32, high: u8, low: u8| base.wrapping_add_signed(i32::from(i16::from_be_bytes([high, low])) / 16);
    let raw = usize::from(kind >> 4).min(content.len());
    let (payload, taken) = match kind & 15 {
        0 => (vec![], 0),
        1..=4 => (read(kind >> 4), 0),
        5..=7 => (write(kind >> 4), 0),
        8..=10 => (answer(kind >> 4), 0),
        11 => ([write(kind >> 4), read(kind >> 4)].concat(), 0),
        12 => (read(1)[..raw.min(12)].to_vec(), 0),
        _ => (content[..raw].to_vec(), raw),
    };
    let (sequence, ack) = (near(from, s0, s1), near(heard, a0, a1));
    let sack = (choice & 32 != 0).then_some((Seq(ack.wrapping_add(3)), Seq(ack.wrapping_add(u32::from(clock)))));
    let options = Options {
        timestamps: (stamps || choice & 64 != 0).then_some((u32::from(clock), 0)),
        sack: [sack, None, None, None],
        stripped: choice & 128 != 0,
        ..Options::default()
    };
    // Mostly plain ones.
    let flags = if flags & 0xC0 == 0 { flags } else { ACK };
    let mut out = hand.pass(direction, sequence, ack, flags, &payload, options);
    // A SYN counts for itself.
    out.retain(|o| o.3 & SYN == 0);
    (out, taken)
}

/// What left towards both ends.
#[derive(Default)]
struct Seen {
    /// Where the server's first message begins.
    first: Option<u32>,
    bytes: BTreeMap<(bool, u32), u8>,
    /// How much of it was looked at.
    judged: u32,
}

impl Seen {
    /// A place holds one byte, whenever it is sent, and whatever reaches the server is allowed, message by message.
    fn check(&mut self, out: &[Out]) {
        for (direction, sequence, _, _, payload) in out {
            if *direction == ToServer && !payload.is_empty() {
                self.first.get_or_insert(*sequence);
            }
            for (at, byte) in (0..).zip(payload) {
                let kept = self.bytes.entry((*direction == ToClient, sequence.wrapping_add(at))).or_insert(*byte);
                assert_eq!(kept, byte, "another byte at the same place");
            }
        }
        let Some(first) = self.first else { return };
        let at = |i: u32| self.bytes.get(&(false, first.wrapping_add(i))).copied();
        let stream: Vec<u8> = (self.judged..).map_while(at).collect();
        let mut rest = &stream[..];
        while let Some(length) = allowed(rest) {
            rest = &rest[length..];
            self.judged += length as u32;
        }
    }
}

/// The length of the first message of `stream`, if it is whole; it must be one that the policy allows.
fn allowed(stream: &[u8]) -> Option<usize> {
    let protocol = registry::ALL[0];
    let session = protocol.open(Opened { outstanding: 1, patience: Duration::ZERO });
    let length = match session.frame(ToServer, stream) {
        Frame::Unit(length) => length,
        Frame::Need(_) => return None,
        Frame::Bad(anomaly) => panic!("the server received what is no message: {anomaly:?}"),
    };
    let mut judge = Judge { allowed: true, operations: 0 };
    session.decode(&Cx { direction: ToServer, now: Instant(0) }, &stream[..length], &mut judge);
    assert!(
        judge.allowed && judge.operations > 0,
        "the server received what is not allowed: {:02x?}",
        &stream[..length]
    );
    Some(length)
}

struct Judge {
    allowed: bool,
    operations: usize,
}

/// The policy of [`program`].
static POLICY: std::sync::LazyLock<std::sync::Arc<sluice_policies::Policy>> =
    std::sync::LazyLock::new(|| Gateway::modbus(Rules::new(200, 8)).policy);

impl<'m> Sink<'m> for Judge {
    fn operation(&mut self, operation: &Operation<'m>) {
        let route = POLICY.route(sites::CLIENT, TARGET, registry::ALL[0].descriptor().id);
        self.allowed &= POLICY.judge(route, operation).verdict == Verdict::Allow;
        self.operations += 1;
    }

    fn answers(&mut self, _: Ticket) {}

    fn refused(&mut self, _: u16) {}

    fn anomaly(&mut self, _: Anomaly) {
        self.allowed = false;
    }
}
