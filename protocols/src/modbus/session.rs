//! Which request a response answers.
//!
//! A server may answer in any order; the transaction identifier pairs the two. Several requests may wait under one
//! identifier: a response belongs to the oldest whose unit, function and size it fits. What waits is bounded, and its
//! memory is taken when the first request is let through, and given back when none waits.

use super::anomalies;
use super::frame::Header;
use super::framing::Framing;
use super::pdu::asked::Asked;
use super::pdu::request::{Body, request};
use super::pdu::response::{Answer, EXCEPTION, response};
use super::{encode, lower};
use crate::{Cx, Form, Frame, Opened, Outcome, Refusal, Room, Sink, Ticket};
use core::ops::Range;
use sluice_model::{Anomaly, AnomalyKind, Direction, Fault, Instant};
use std::collections::VecDeque;

/// How many requests that wait no longer are kept in mind, to tell a duplicate or late response from an invented one.
pub(super) const MEMORY: usize = crate::RECENT;
/// Room for requests that a session with nothing outstanding keeps: a client that asks one at a time takes no new
/// memory for each.
const IDLE: usize = 1;

/// A delivered request that has no response yet.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) ticket: Ticket,
    pub(super) header: Header,
    pub(super) asked: Asked,
}

/// How a request that waits no longer ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) transaction: u16,
    pub(super) another: Option<Another>,
}

/// What another response to a request that waits no longer would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Another {
    /// A duplicate: it was answered.
    Duplicate,
    /// Late: it was forgotten.
    Late,
}

/// The state of one connection.
#[derive(Debug)]
pub(super) struct Session {
    framing: Framing,
    opened: Opened,
    /// The oldest first.
    pub(super) waiting: VecDeque<Waiting>,
    pub(super) ended: [Ended; MEMORY],
    /// Where the next one that ends is noted.
    pub(super) next: u8,
}

/// What a response is to the requests that wait.
enum Match<'m> {
    /// It answers the one at this place.
    Answers(usize, Answer<'m>),
    /// It is wrong; if it can only be meant for one that waits, that one's place.
    Wrong(Option<usize>, Anomaly),
}

impl Session {
    /// A session with nothing outstanding; takes no memory beside itself.
    pub(super) fn new(framing: Framing, opened: Opened) -> Self {
        let ended = [Ended { transaction: 0, another: None }; MEMORY];
        Self { framing, opened, waiting: VecDeque::new(), ended, next: 0 }
    }

    /// Pairs the response `unit` with a request.
    fn pair<'m>(&self, unit: &'m [u8]) -> Match<'m> {
        let (header, pdu) = match self.framing.split(unit) {
            Ok(parts) => parts,
            Err(anomaly) => return Match::Wrong(None, anomaly),
        };
        let body = self.framing.body();
        // The best of what does not fit: same unit and function, else same unit, else the transaction alone.
        let mut best: Option<(u8, usize, Anomaly)> = None;
        for (place, waiting) in self.waiting.iter().enumerate() {
            if waiting.header.transaction != header.transaction {
                continue;
            }
            let (rank, anomaly) = if waiting.header.unit != header.unit {
                (2, Anomaly::new(&anomalies::UNIT_MISMATCH, body - 1))
            } else if waiting.asked.number != pdu[0] & !EXCEPTION {
                (1, Anomaly::new(&anomalies::FUNCTION_MISMATCH, body))
            } else {
                match response(&waiting.asked, pdu) {
                    Ok(answer) => return Match::Answers(place, answer),
                    Err(flaw) => (0, flaw.within(body, pdu)),
                }
            };
            if best.is_none_or(|(least, ..)| rank < least) {
                best = Some((rank, place, anomaly));
            }
        }
        match best {
            Some((_, place, anomaly)) => Match::Wrong(Some(place), anomaly),
            None => Match::Wrong(None, Anomaly::new(self.unasked(header.transaction), 0)),
        }
    }

    /// Bytes of this session and of its list.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        size_of::<Self>() + self.waiting.capacity() * size_of::<Waiting>()
    }

    /// Why nothing waits under `transaction`.
    fn unasked(&self, transaction: u16) -> &'static AnomalyKind {
        let ended = self.ended.iter().filter(|e| e.transaction == transaction).find_map(|e| e.another);
        match ended {
            Some(Another::Duplicate) => &anomalies::DUPLICATE_RESPONSE,
            Some(Another::Late) => &anomalies::LATE_RESPONSE,
            None => &anomalies::UNSOLICITED_RESPONSE,
        }
    }

    /// Takes the request at `place` off the list.
    fn end(&mut self, place: usize, another: Another) -> Option<Ticket> {
        let waiting = self.waiting.remove(place)?;
        self.ended(waiting.header.transaction, another);
        if self.waiting.is_empty() && self.waiting.capacity() > IDLE {
            self.waiting.shrink_to(IDLE);
        }
        Some(waiting.ticket)
    }

    /// Notes what another response under `transaction` would be.
    fn ended(&mut self, transaction: u16, another: Another) {
        for ended in self.ended.iter_mut().filter(|e| e.transaction == transaction) {
            ended.another = None;
        }
        self.ended[usize::from(self.next)] = Ended { transaction, another: Some(another) };
        self.next = (self.next + 1) % MEMORY as u8;
    }

    fn decode_request<'m>(&self, unit: &'m [u8], out: &mut dyn Sink<'m>) {
        match self.framing.split(unit) {
            Err(anomaly) => out.anomaly(anomaly),
            Ok((header, pdu)) => match request(pdu) {
                Ok(request) => lower::request(header.unit, &request, out),
                Err(flaw) => out.anomaly(flaw.within(self.framing.body(), pdu)),
            },
        }
    }

    fn decode_response<'m>(&self, unit: &'m [u8], out: &mut dyn Sink<'m>) {
        match self.pair(unit) {
            Match::Answers(place, answer) => {
                let Waiting { ticket, header, asked } = &self.waiting[place];
                out.answers(*ticket);
                if let Answer::Exception(code) = answer {
                    out.refused(u16::from(code));
                }
                lower::response(header.unit, asked, answer, out);
            }
            Match::Wrong(place, anomaly) => {
                if let Some(place) = place {
                    out.answers(self.waiting[place].ticket);
                }
                out.anomaly(anomaly);
            }
        }
    }

    /// Remembers a delivered request.
    fn remember(&mut self, unit: &[u8], ticket: Ticket) {
        let Ok((header, pdu)) = self.framing.split(unit) else { return };
        let Ok(request) = request(pdu) else { return };
        if crate::Session::room(self) == Room::Free {
            if self.waiting.capacity() == 0 {
                self.waiting.reserve_exact(IDLE);
            }
            self.waiting.push_back(Waiting { ticket, header, asked: Asked::of(&request) });
        }
    }
}

impl crate::Session for Session {
    fn frame(&self, direction: Direction, buffer: &[u8]) -> Frame {
        self.framing.frame(direction, buffer)
    }

    fn decode<'m>(&self, cx: &Cx, unit: &'m [u8], out: &mut dyn Sink<'m>) {
        match cx.direction {
            Direction::ToServer => self.decode_request(unit, out),
            Direction::ToClient => self.decode_response(unit, out),
        }
    }

    fn room(&self) -> Room {
        if self.waiting.len() < self.opened.outstanding { Room::Free } else { Room::Full }
    }

    fn settle(&mut self, cx: &Cx, unit: &[u8], ticket: Ticket, outcome: Outcome) {
        match (cx.direction, outcome) {
            (Direction::ToServer, Outcome::Delivered) => self.remember(unit, ticket),
            (Direction::ToServer, Outcome::Withheld) => {}
            (Direction::ToClient, _) => {
                if let Match::Answers(place, _) | Match::Wrong(Some(place), _) = self.pair(unit) {
                    self.end(place, Another::Duplicate);
                }
            }
        }
    }

    fn pairing(&self) -> Range<usize> {
        self.framing.pairing()
    }

    fn answer(&mut self, unit: &[u8], wanted: &dyn Fn(Ticket) -> bool) -> Option<Ticket> {
        let (header, pdu) = self.framing.split(unit).ok()?;
        let oldest = self.waiting.front()?;
        if oldest.header != header || pdu[0] != oldest.asked.number || !wanted(oldest.ticket) {
            return None;
        }
        response(&oldest.asked, pdu).ok()?;
        self.end(0, Another::Duplicate)
    }

    fn form(&self, unit: &[u8]) -> Option<Form> {
        let (_, pdu) = self.framing.split(unit).ok()?;
        let bytes = match request(pdu).ok()?.body {
            Body::ReadBits(block) => block.bytes_of_bits(),
            Body::ReadWords(block) => block.bytes_of_words(),
            _ => return None,
        };
        self.framing.form(unit, [pdu[0], bytes as u8], bytes)
    }

    fn exchanged(&mut self, unit: &[u8]) {
        if let Ok((header, _)) = self.framing.split(unit) {
            self.ended(header.transaction, Another::Duplicate);
        }
    }

    fn refuse(&self, cx: &Cx, unit: &[u8], fault: Fault, out: &mut Vec<u8>) -> Refusal {
        match cx.direction {
            Direction::ToServer => {
                let Ok((header, pdu)) = self.framing.split(unit) else { return Refusal::Silent };
                self.framing.exception(header, pdu[0], encode::code(fault), out);
            }
            Direction::ToClient => {
                let (Match::Answers(place, _) | Match::Wrong(Some(place), _)) = self.pair(unit) else {
                    return Refusal::Silent;
                };
                let Waiting { header, asked, .. } = &self.waiting[place];
                self.framing.exception(*header, asked.number, encode::code(Fault::Target), out);
            }
        }
        Refusal::Written
    }

    fn outstanding(&self) -> usize {
        self.waiting.len()
    }

    fn expire(&mut self, now: Instant, forgotten: &mut dyn FnMut(Ticket)) -> Option<Instant> {
        while let Some(oldest) = self.waiting.front() {
            let due = oldest.ticket.at + self.opened.patience;
            if now < due {
                return Some(due);
            }
            if let Some(ticket) = self.end(0, Another::Late) {
                forgotten(ticket);
            }
        }
        None
    }

    fn export(&self, out: &mut Vec<u8>) {
        self.write(out);
    }
}
