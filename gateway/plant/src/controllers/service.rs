//! Answers one request from a controller's memory, as the Modbus Application Protocol V1.1b3 says (section 6).

use super::Controller;
use super::identity::identification;
use super::memory::Memory;
use crate::process::Waterworks;
use std::borrow::Cow;
use std::future::{Ready, ready};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_modbus::bytes::Bytes;
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};

type Answer = Result<Response, ExceptionCode>;

/// UMAS, the programming protocol of one large maker's controllers, rides on this function.
const UMAS: u8 = 90;
const UMAS_RUN: u8 = 0x40;
const UMAS_STOP: u8 = 0x41;
const DIAGNOSTICS: u8 = 8;
const SERVER_ID: u8 = 17;

/// One connection's view of a controller.
pub(super) struct Service {
    pub(super) controller: Controller,
    pub(super) works: Arc<Mutex<Waterworks>>,
    /// Whether its program runs; shared by all connections.
    pub(super) running: Arc<AtomicBool>,
}

impl tokio_modbus::server::Service for Service {
    type Request = SlaveRequest<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Answer>;

    fn call(&self, request: Self::Request) -> Self::Future {
        if !self.controller.units().contains(&request.slave) {
            return ready(Err(ExceptionCode::GatewayTargetDevice));
        }
        let mut works = self.works.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = self.answer(&mut works, request.request);
        works.note_extremes();
        ready(answer)
    }
}

impl Service {
    fn answer(&self, works: &mut Waterworks, request: Request<'_>) -> Answer {
        let memory = self.controller.memory();
        match request {
            Request::ReadCoils(start, count) => read(count, 2000, &[], start).map(Response::ReadCoils),
            Request::ReadDiscreteInputs(start, count) => {
                read(count, 2000, &memory.discretes(works), start).map(Response::ReadDiscreteInputs)
            }
            Request::ReadInputRegisters(start, count) => {
                read(count, 125, &memory.inputs(works), start).map(Response::ReadInputRegisters)
            }
            Request::ReadHoldingRegisters(start, count) => {
                holdings(memory, works, start, count).map(Response::ReadHoldingRegisters)
            }
            Request::WriteSingleRegister(start, value) => {
                write(memory, works, start, &[value]).map(|()| Response::WriteSingleRegister(start, value))
            }
            Request::WriteMultipleRegisters(start, values) => write(memory, works, start, &values)
                .map(|()| Response::WriteMultipleRegisters(start, values.len() as u16)),
            Request::MaskWriteRegister(address, and, or) => {
                let now = holdings(memory, works, address, 1)?[0];
                let value = (now & and) | (or & !and);
                write(memory, works, address, &[value]).map(|()| Response::MaskWriteRegister(address, and, or))
            }
            Request::ReadWriteMultipleRegisters(start, count, to, values) => {
                // 6.17: the write comes first; so what would fail the read must be found before it.
                holdings(memory, works, start, count)?;
                write(memory, works, to, &values)?;
                holdings(memory, works, start, count).map(Response::ReadWriteMultipleRegisters)
            }
            Request::WriteSingleCoil(..) | Request::WriteMultipleCoils(..) => Err(ExceptionCode::IllegalDataAddress),
            Request::ReportServerId => Ok(self.server_id()),
            Request::ReadDeviceIdentification(code, object) => identification(self.controller, code, object),
            Request::Custom(code, data) => self.command(works, code, data),
        }
    }

    /// The functions that command the controller rather than the process.
    fn command(&self, works: &mut Waterworks, code: u8, data: Cow<'_, [u8]>) -> Answer {
        let memory = self.controller.memory();
        match (code, &*data) {
            (DIAGNOSTICS, [0, 0, ..]) => {}
            (DIAGNOSTICS, [0, 1, 0x00 | 0xFF, 0]) => {
                memory.halt(works);
                memory.start(works);
                self.set_running(works, true);
            }
            (DIAGNOSTICS, _) => return Err(ExceptionCode::IllegalDataValue),
            (UMAS, [_, UMAS_STOP, ..]) => {
                memory.halt(works);
                self.set_running(works, false);
                return Ok(Response::Custom(code, Bytes::from_static(&[0, 0xFE])));
            }
            (UMAS, [_, UMAS_RUN, ..]) => {
                memory.start(works);
                self.set_running(works, true);
                return Ok(Response::Custom(code, Bytes::from_static(&[0, 0xFE])));
            }
            _ => return Err(ExceptionCode::IllegalFunction),
        }
        Ok(Response::Custom(code, data.into_owned().into()))
    }

    /// Written out by hand: the library announces this answer one byte shorter than it sends it.
    fn server_id(&self) -> Response {
        let name = self.controller.name().as_bytes();
        let running = if self.running.load(Relaxed) { 0xFF } else { 0 };
        Response::Custom(SERVER_ID, [&[2 + name.len() as u8, 0x0B, running], name].concat().into())
    }

    fn set_running(&self, works: &mut Waterworks, running: bool) {
        self.running.store(running, Relaxed);
        works.note_halt();
    }
}

/// Cuts `count` items out of `all` from `start`; exception 3 for a count outside 1 ..= `most`, 2 for items that do not exist.
fn read<T: Copy>(count: u16, most: u16, all: &[T], start: u16) -> Result<Vec<T>, ExceptionCode> {
    if !(1..=most).contains(&count) {
        return Err(ExceptionCode::IllegalDataValue);
    }
    let start = usize::from(start);
    all.get(start..start + usize::from(count)).map(<[T]>::to_vec).ok_or(ExceptionCode::IllegalDataAddress)
}

fn holdings(memory: &dyn Memory, works: &Waterworks, start: u16, count: u16) -> Result<Vec<u16>, ExceptionCode> {
    Ok(span(memory, start, count, 125)?.map(|address| memory.holding(works, address)).collect())
}

fn write(memory: &dyn Memory, works: &mut Waterworks, start: u16, values: &[u16]) -> Result<(), ExceptionCode> {
    let span = span(memory, start, values.len() as u16, 123)?;
    // All or nothing: a write that touches one read-only register changes none.
    if !span.clone().all(|address| memory.writable(address)) {
        return Err(ExceptionCode::IllegalDataAddress);
    }
    for (address, value) in span.zip(values) {
        memory.write(works, address, *value);
    }
    Ok(())
}

fn span(memory: &dyn Memory, start: u16, count: u16, most: u16) -> Result<Range<u16>, ExceptionCode> {
    if !(1..=most).contains(&count) {
        return Err(ExceptionCode::IllegalDataValue);
    }
    let exists = memory.holdings();
    match start.checked_add(count) {
        Some(end) if start >= exists.start && end <= exists.end => Ok(start..end),
        _ => Err(ExceptionCode::IllegalDataAddress),
    }
}
