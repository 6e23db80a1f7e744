//! A tokio-modbus server with the bench device.

use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_modbus::bytes::Bytes;
use tokio_modbus::prelude::*;
use tokio_modbus::server::{Service, tcp::Server};
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};

/// Items in each table.
const SIZE: usize = 112;

type Answer = Result<Response, ExceptionCode>;

/// The server; dropped, it is gone.
pub(crate) struct TokioServer {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl TokioServer {
    /// Listens on `listener` and adds every request to `log`.
    pub(crate) fn start(listener: std::net::TcpListener, log: Arc<Mutex<Vec<String>>>) -> Self {
        listener.set_nonblocking(true).unwrap();
        let (stop, stopped) = oneshot::channel();
        let device = Arc::new(Bench { memory: Mutex::new(Memory::new()), log });
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let server = Server::new(TcpListener::from_std(listener).unwrap());
                let connected = |stream: TcpStream, _| {
                    stream.set_nodelay(true).unwrap();
                    ready(Ok(Some((Arc::clone(&device), stream))))
                };
                tokio::select! {
                    _ = server.serve(&connected, |_| {}) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for TokioServer {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Memory {
    coils: Vec<bool>,
    discretes: Vec<bool>,
    holdings: Vec<u16>,
    inputs: Vec<u16>,
}

impl Memory {
    fn new() -> Self {
        Self {
            coils: (0..SIZE).map(|i| i % 3 == 0).collect(),
            discretes: (0..SIZE).map(|i| i % 2 == 0).collect(),
            holdings: (0..SIZE as u16).map(|i| 100 + i).collect(),
            inputs: (0..SIZE as u16).map(|i| 1000 + i).collect(),
        }
    }
}

struct Bench {
    memory: Mutex<Memory>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Service for Bench {
    type Request = SlaveRequest<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Answer>;

    fn call(&self, request: Self::Request) -> Self::Future {
        self.log.lock().unwrap().push(format!("request {request:?}"));
        ready(answer(&mut self.memory.lock().unwrap(), request.request))
    }
}

fn read<T: Copy>(table: &[T], first: u16, count: u16) -> Result<Vec<T>, ExceptionCode> {
    let first = usize::from(first);
    table.get(first..first + usize::from(count)).map(<[T]>::to_vec).ok_or(ExceptionCode::IllegalDataAddress)
}

fn write<T: Copy>(table: &mut [T], first: u16, values: &[T]) -> Result<u16, ExceptionCode> {
    let first = usize::from(first);
    let place = table.get_mut(first..first + values.len()).ok_or(ExceptionCode::IllegalDataAddress)?;
    place.copy_from_slice(values);
    Ok(values.len() as u16)
}

fn identification(read_code: ReadCode) -> Response {
    let object = |id, value| DeviceIdObject { id, value: Bytes::from_static(value) };
    Response::ReadDeviceIdentification(ReadDeviceIdentificationResponse {
        read_code,
        conformity_level: ConformityLevel::BasicIdentification,
        more_follows: false,
        next_object_id: 0,
        device_id_objects: vec![object(0, b"bench"), object(1, b"B1"), object(2, b"1.0")],
    })
}

fn answer(memory: &mut Memory, request: Request<'_>) -> Answer {
    match request {
        Request::ReadCoils(at, n) => read(&memory.coils, at, n).map(Response::ReadCoils),
        Request::ReadDiscreteInputs(at, n) => read(&memory.discretes, at, n).map(Response::ReadDiscreteInputs),
        Request::ReadHoldingRegisters(at, n) => read(&memory.holdings, at, n).map(Response::ReadHoldingRegisters),
        Request::ReadInputRegisters(at, n) => read(&memory.inputs, at, n).map(Response::ReadInputRegisters),
        Request::WriteSingleCoil(at, on) => {
            write(&mut memory.coils, at, &[on]).map(|_| Response::WriteSingleCoil(at, on))
        }
        Request::WriteSingleRegister(at, value) => {
            write(&mut memory.holdings, at, &[value]).map(|_| Response::WriteSingleRegister(at, value))
        }
        Request::WriteMultipleCoils(at, values) => {
            write(&mut memory.coils, at, &values).map(|n| Response::WriteMultipleCoils(at, n))
        }
        Request::WriteMultipleRegisters(at, values) => {
            write(&mut memory.holdings, at, &values).map(|n| Response::WriteMultipleRegisters(at, n))
        }
        Request::MaskWriteRegister(at, and, or) => {
            let value = read(&memory.holdings, at, 1)?[0];
            write(&mut memory.holdings, at, &[value & and | or & !and])?;
            Ok(Response::MaskWriteRegister(at, and, or))
        }
        Request::ReadWriteMultipleRegisters(at, n, to, values) => {
            write(&mut memory.holdings, to, &values)?;
            read(&memory.holdings, at, n).map(Response::ReadWriteMultipleRegisters)
        }
        // Written out: tokio-modbus 0.17 loses the last byte of `Response::ReportServerId`.
        Request::ReportServerId => Ok(Response::Custom(17, Bytes::from_static(b"\x07\x07\xFFbench"))),
        Request::ReadDeviceIdentification(read_code, _) => Ok(identification(read_code)),
        Request::Custom(..) => Err(ExceptionCode::IllegalFunction),
    }
}
