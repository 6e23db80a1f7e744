//! A session as bytes. A request that waits is written as a request that asks the same, and read back by the parser of
//! requests: what could not have been asked is not restored.

use super::frame::Header;
use super::framing::Framing;
use super::pdu::asked::Asked;
use super::pdu::request::request;
use super::session::{Another, MEMORY, Session, Waiting};
use crate::handover::{Reader, Unreadable, put_bytes};
use crate::{Opened, Ticket};
use sluice_model::Instant;

const VERSION: u8 = 1;
/// More requests than any limit lets wait are no state.
const MOST_WAITING: u32 = 65_536;

impl Session {
    /// Appends the state.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend((self.waiting.len() as u32).to_be_bytes());
        for Waiting { ticket, header, asked } in &self.waiting {
            out.extend(ticket.at.0.to_be_bytes());
            out.extend(ticket.note.to_be_bytes());
            out.extend(header.transaction.to_be_bytes());
            out.push(header.unit);
            put_bytes(out, &asked.again());
        }
        for ended in &self.ended {
            out.extend(ended.transaction.to_be_bytes());
            out.push(ended.another.map_or(0, |another| 1 + another as u8));
        }
        out.push(self.next);
    }

    /// A session with the state that was written.
    pub(super) fn restore(framing: Framing, opened: Opened, state: &[u8]) -> Result<Self, Unreadable> {
        let mut reader = Reader::new(state, "Modbus session");
        let mut session = Self::new(framing, opened);
        let version = reader.u8()?;
        reader.ensure(version == VERSION)?;
        let waiting = reader.u32()?;
        reader.ensure(waiting <= MOST_WAITING)?;
        for _ in 0..waiting {
            session.waiting.push_back(one(&mut reader)?);
        }
        for ended in &mut session.ended {
            ended.transaction = reader.u16()?;
            ended.another = match reader.u8()? {
                0 => None,
                1 => Some(Another::Duplicate),
                2 => Some(Another::Late),
                _ => return Err(reader.unreadable()),
            };
        }
        session.next = reader.u8()?;
        reader.ensure(usize::from(session.next) < MEMORY)?;
        reader.end()?;
        Ok(session)
    }
}

fn one(reader: &mut Reader<'_>) -> Result<Waiting, Unreadable> {
    let ticket = Ticket { at: Instant(reader.u64()?), note: reader.u64()? };
    let header = Header { transaction: reader.u16()?, unit: reader.u8()? };
    let pdu = reader.bytes()?;
    let request = request(pdu).map_err(|_| reader.unreadable())?;
    Ok(Waiting { ticket, header, asked: Asked::of(&request) })
}
