//! The state of one toy connection.

use super::{
    BAD_CODE, BAD_KIND, BAD_MAGIC, BAD_SHAPE, DESCRIPTOR, EVENT, FUNCTIONS, ITEM, MAGIC, NOTIFY, REFUSAL, REPORT,
    REQUEST, RESPONSE, SIZE, UNASKED, message,
};
use sluice_model::{Anomaly, AnomalyKind, Code, Direction, Fault, Instant, Operation, Span, Values};
use sluice_protocols::handover::{Reader, Unreadable};
use sluice_protocols::{Cx, Frame, Opened, Outcome, Refusal, Room, Session, Sink, Ticket};

struct Waiting {
    tid: u8,
    operations: usize,
    first: [u8; 4],
    ticket: Ticket,
}

pub(super) struct State {
    opened: Opened,
    waiting: Vec<Waiting>,
}

impl State {
    pub(super) fn new(opened: Opened) -> Self {
        Self { opened, waiting: Vec::new() }
    }

    pub(super) fn restore(opened: Opened, state: &[u8]) -> Result<Self, Unreadable> {
        let (mut session, mut reader) = (Self::new(opened), Reader::new(state, "toy session"));
        while !reader.rest().is_empty() {
            let [tid, operations] = reader.array()?;
            let first = reader.array()?;
            let ticket = Ticket { at: Instant(reader.u64()?), note: reader.u64()? };
            session.waiting.push(Waiting { tid, operations: usize::from(operations), first, ticket });
        }
        Ok(session)
    }

    fn asked(&self, tid: u8) -> Option<&Waiting> {
        self.waiting.iter().find(|w| w.tid == tid)
    }

    fn decode_answer<'m>(&self, cx: &Cx, unit: &'m [u8], out: &mut dyn Sink<'m>) {
        let Some(waiting) = self.asked(unit[3]) else { return bad(out, &UNASKED) };
        out.answers(waiting.ticket);
        if unit[2] == REFUSAL {
            out.refused(u16::from(unit.get(4).copied().unwrap_or_default()));
        } else if unit.len() != 4 + 2 * waiting.operations {
            return bad(out, &SIZE);
        }
        let [code, address, ..] = waiting.first;
        emit(cx, code, address, Values::None, out);
    }
}

impl Session for State {
    fn frame(&self, _: Direction, buffer: &[u8]) -> Frame {
        match *buffer {
            [magic, ..] if magic != MAGIC => Frame::Bad(Anomaly::new(&BAD_MAGIC, 0)),
            [] | [_] => Frame::Need(2),
            [_, length, ..] if length < 2 => Frame::Bad(Anomaly::new(&BAD_SHAPE, 1)),
            [_, length, ..] if buffer.len() < 2 + usize::from(length) => Frame::Need(2 + usize::from(length)),
            [_, length, ..] => Frame::Unit(2 + usize::from(length)),
        }
    }

    fn decode<'m>(&self, cx: &Cx, unit: &'m [u8], out: &mut dyn Sink<'m>) {
        match (cx.direction, unit[2]) {
            (Direction::ToServer, REQUEST | NOTIFY) | (Direction::ToClient, REPORT) => operations(cx, unit, out),
            (Direction::ToClient, RESPONSE | REFUSAL) => self.decode_answer(cx, unit, out),
            _ => bad(out, &BAD_KIND),
        }
    }

    fn room(&self) -> Room {
        if self.waiting.len() < self.opened.outstanding { Room::Free } else { Room::Full }
    }

    fn settle(&mut self, cx: &Cx, unit: &[u8], ticket: Ticket, outcome: Outcome) {
        match (cx.direction, unit[2], outcome) {
            (Direction::ToServer, REQUEST, Outcome::Delivered) => {
                let first = *unit[4..].first_chunk().unwrap();
                self.waiting.push(Waiting { tid: unit[3], operations: (unit.len() - 4) / 4, first, ticket });
            }
            (Direction::ToClient, RESPONSE | REFUSAL, _) => {
                if let Some(at) = self.waiting.iter().position(|w| w.tid == unit[3]) {
                    self.waiting.remove(at);
                }
            }
            _ => {}
        }
    }

    fn refuse(&self, cx: &Cx, unit: &[u8], fault: Fault, out: &mut Vec<u8>) -> Refusal {
        let refusable = match cx.direction {
            Direction::ToServer => unit[2] != NOTIFY,
            Direction::ToClient => unit[2] != REPORT && self.asked(unit[3]).is_some(),
        };
        if !refusable {
            return Refusal::Silent;
        }
        out.extend(message(REFUSAL, unit[3], &[fault as u8]));
        Refusal::Written
    }

    fn outstanding(&self) -> usize {
        self.waiting.len()
    }

    fn expire(&mut self, now: Instant, forgotten: &mut dyn FnMut(Ticket)) -> Option<Instant> {
        let patience = self.opened.patience;
        self.waiting.retain(|w| {
            let lives = now < w.ticket.at + patience;
            if !lives {
                forgotten(w.ticket);
            }
            lives
        });
        self.waiting.iter().map(|w| w.ticket.at + patience).min()
    }

    fn export(&self, out: &mut Vec<u8>) {
        for w in &self.waiting {
            out.extend([w.tid, w.operations as u8]);
            out.extend(w.first);
            out.extend(w.ticket.at.0.to_be_bytes());
            out.extend(w.ticket.note.to_be_bytes());
        }
    }
}

fn bad(out: &mut dyn Sink<'_>, kind: &'static AnomalyKind) {
    out.anomaly(Anomaly::new(kind, 2));
}

fn operations<'m>(cx: &Cx, unit: &'m [u8], out: &mut dyn Sink<'m>) {
    let (operations, rest) = unit[4..].as_chunks::<4>();
    if operations.is_empty() || !rest.is_empty() {
        return bad(out, &BAD_SHAPE);
    }
    for [code, address, values @ ..] in operations {
        if (*code == EVENT) != (unit[2] == REPORT) || !FUNCTIONS.iter().any(|f| f.holds(Code::new(u16::from(*code)))) {
            return bad(out, &BAD_CODE);
        }
        emit(cx, *code, *address, Values::Words(values), out);
    }
}

fn emit<'m>(cx: &Cx, code: u8, address: u8, values: Values<'m>, out: &mut dyn Sink<'m>) {
    let code = Code::new(u16::from(code));
    let function = DESCRIPTOR.function(code).unwrap();
    let address = u64::from(address);
    out.operation(&Operation {
        protocol: DESCRIPTOR.id,
        direction: cx.direction,
        device: 1,
        action: function.actions[0],
        code,
        function,
        target: Some(Span { space: ITEM, first: address, last: address }),
        values,
    });
}
