//! One station's connection to one controller: what is asked in turn, and what is answered.

use super::frame::{ACK, End, FIN, PUSH, Packets, SYN};
use super::random::Random;
use super::{Recorded, Recording};
use std::io::{self, Write};

/// What a station reads in turn: function, first item, how many.
const POLLS: [(u8, u16, u16); 5] = [(3, 0, 10), (4, 0, 16), (3, 100, 24), (1, 0, 32), (2, 0, 16)];
const UNIT: u8 = 1;

/// A connection.
#[derive(Debug)]
pub(super) struct Conversation {
    client: End,
    server: End,
    transaction: u16,
    /// What is read next.
    turn: usize,
}

impl Conversation {
    pub(super) fn new(client: u8, server: u8, random: &mut Random) -> Self {
        let mut end = |address, port| End { address, port, next: random.next() as u32 };
        let port = 40_000 + u16::from(client) * 256 + u16::from(server);
        Self {
            client: end(Recording::client(client), port),
            server: end(Recording::server(server), 502),
            transaction: 0,
            turn: usize::from(server) % POLLS.len(),
        }
    }

    pub(super) fn open(&mut self, packets: &mut Packets<'_, impl Write>) -> io::Result<()> {
        packets.segment(&mut self.client, &self.server, SYN, &[])?;
        packets.segment(&mut self.server, &self.client, SYN | ACK, &[])?;
        packets.segment(&mut self.client, &self.server, ACK, &[])
    }

    pub(super) fn close(&mut self, packets: &mut Packets<'_, impl Write>) -> io::Result<()> {
        packets.segment(&mut self.client, &self.server, FIN | ACK, &[])?;
        packets.segment(&mut self.server, &self.client, FIN | ACK, &[])?;
        packets.segment(&mut self.client, &self.server, ACK, &[])
    }

    /// A request and its response.
    pub(super) fn exchange(
        &mut self,
        plan: &Recording,
        random: &mut Random,
        packets: &mut Packets<'_, impl Write>,
        recorded: &mut Recorded,
    ) -> io::Result<()> {
        let chance = random.below(1000);
        let request = if chance < plan.denied {
            recorded.denied += 1;
            denied(random)
        } else if chance < plan.denied + plan.writes {
            recorded.writes += 1;
            write(random)
        } else {
            let (function, first, count) = POLLS[self.turn % POLLS.len()];
            self.turn += 1;
            body(function, &[first, count], &[])
        };
        let response = answer(&request, random);
        recorded.requests += 1;
        self.transaction = self.transaction.wrapping_add(1);
        packets.segment(&mut self.client, &self.server, PUSH | ACK, &framed(self.transaction, &request))?;
        packets.segment(&mut self.server, &self.client, PUSH | ACK, &framed(self.transaction, &response))?;
        if plan.acknowledged {
            packets.segment(&mut self.client, &self.server, ACK, &[])?;
        }
        Ok(())
    }
}

/// A write that the policy allows: of one setpoint, of several, or of a switch.
fn write(random: &mut Random) -> Vec<u8> {
    let (first, last) = (*Recording::SETPOINTS.start(), *Recording::SETPOINTS.end());
    match random.below(3) {
        0 => body(6, &[random.between(first, last), random.between(0, Recording::LIMIT)], &[]),
        1 => {
            let values = [0; 4].map(|_: u8| random.between(0, Recording::LIMIT).to_be_bytes()).concat();
            body(16, &[random.between(first, last - 3), 4], &[&[8], values.as_slice()].concat())
        }
        _ => {
            let switch = random.between(*Recording::SWITCHES.start(), *Recording::SWITCHES.end());
            body(5, &[switch, if random.below(2) == 0 { 0 } else { 0xFF00 }], &[])
        }
    }
}

/// A write that it denies: for its value, or for its item.
fn denied(random: &mut Random) -> Vec<u8> {
    if random.below(2) == 0 {
        body(6, &[*Recording::SETPOINTS.start(), random.between(Recording::LIMIT + 1, u16::MAX)], &[])
    } else {
        body(6, &[Recording::LOCKED, random.between(0, Recording::LIMIT)], &[])
    }
}

/// What the controller answers.
fn answer(request: &[u8], random: &mut Random) -> Vec<u8> {
    let count = u16::from_be_bytes([request[3], request[4]]);
    let bytes = match request[0] {
        1 | 2 => count.div_ceil(8),
        3 | 4 => count * 2,
        // A write is repeated.
        _ => return request[..5].to_vec(),
    };
    let values = (0..bytes).map(|_| random.next() as u8);
    [request[0], bytes as u8].into_iter().chain(values).collect()
}

fn body(function: u8, words: &[u16], rest: &[u8]) -> Vec<u8> {
    let words = words.iter().flat_map(|word| word.to_be_bytes());
    [function].into_iter().chain(words).chain(rest.iter().copied()).collect()
}

fn framed(transaction: u16, body: &[u8]) -> Vec<u8> {
    let ([a, b], [c, d]) = (transaction.to_be_bytes(), (body.len() as u16 + 1).to_be_bytes());
    [&[a, b, 0, 0, c, d, UNIT], body].concat()
}
