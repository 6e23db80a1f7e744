//! A tokio-modbus client: one connection, one line for each request, as the programs beside it.

use std::net::SocketAddr;
use tokio_modbus::client::{Client as _, Reader as _, Writer as _, tcp};
use tokio_modbus::prelude::ReadCode;
use tokio_modbus::{Error, ProtocolError, Request, Slave};

/// Runs every step against `at`; what each of them gave, by name.
pub(crate) fn run(at: SocketAddr) -> Vec<(String, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(steps(at)).unwrap()
}

/// What the client made of an answer. It takes the exception to a function that it has no call for as a mismatch.
fn said<T: std::fmt::Debug>(answer: tokio_modbus::Result<T>) -> Result<String, Error> {
    match answer {
        Ok(Ok(value)) => Ok(format!("{value:?}")),
        Ok(Err(exception)) => Ok(format!("{exception:?}")),
        Err(Error::Protocol(ProtocolError::FunctionCodeMismatch { result: Err(e), .. })) => {
            Ok(format!("{:?}", e.exception))
        }
        Err(error) => Err(error),
    }
}

async fn steps(at: SocketAddr) -> Result<Vec<(String, String)>, Error> {
    let mut c = tcp::connect_slave(at, Slave(1)).await?;
    let mut out = Vec::new();
    macro_rules! step {
        ($name:literal, $call:expr) => {
            out.push(($name.to_owned(), said($call.await)?))
        };
    }
    step!("read-coils", c.read_coils(0, 16));
    step!("read-discrete-inputs", c.read_discrete_inputs(0, 16));
    step!("read-holding-registers", c.read_holding_registers(0, 20));
    step!("read-input-registers", c.read_input_registers(0, 20));
    step!("denied-2 read beyond", c.read_holding_registers(55, 10));
    step!("write-single-coil", c.write_single_coil(4, true));
    step!("denied-2 write coil", c.write_single_coil(90, true));
    step!("write-single-register", c.write_single_register(10, 460));
    step!("denied-2 write register", c.write_single_register(90, 1));
    step!("denied-3 write value", c.write_single_register(45, 60000));
    step!("read back", c.read_holding_registers(10, 2));
    step!(
        "write-multiple-coils",
        c.write_multiple_coils(20, &[true, true, false, true, false, true, true, true, true])
    );
    step!("read back", c.read_coils(20, 9));
    step!("write-multiple-registers", c.write_multiple_registers(20, &[1, 2, 3, 4]));
    step!("denied-2 write across the edge", c.write_multiple_registers(48, &[1, 2, 3, 4]));
    step!("mask-write", c.masked_write_register(10, 0x00F2, 0x0025));
    step!("read back", c.read_holding_registers(10, 1));
    step!("read-write-multiple", c.read_write_multiple_registers(20, 4, 22, &[30, 40]));
    step!("denied-2 read-write", c.read_write_multiple_registers(20, 4, 90, &[1]));
    step!("read-device-id", c.read_device_identification(ReadCode::Basic, 0));
    step!("denied-1 restart", c.call(Request::Custom(8, (&[0, 1, 0, 0]).into())));
    step!("read at the end", c.read_holding_registers(0, 24));
    c.disconnect().await?;
    Ok(out)
}
