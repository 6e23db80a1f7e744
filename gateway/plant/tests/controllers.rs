//! The controllers answer a library's client and raw bytes as the specification says, and their witness sees it all.
#![allow(clippy::unwrap_used)]

use sluice_plant::{Controller, Layout, Plant};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_modbus::prelude::*;

const PATIENCE: Duration = Duration::from_secs(5);

async fn plant() -> Plant {
    Plant::start(Layout::any_port()).await.unwrap()
}

async fn client(plant: &Plant, controller: Controller) -> client::Context {
    tcp::connect_slave(plant.address(controller), Slave(1)).await.unwrap()
}

/// Sends bytes and reads `expect` bytes back.
async fn exchange(plant: &Plant, controller: Controller, bytes: &[u8], expect: usize) -> Vec<u8> {
    let mut stream = TcpStream::connect(plant.address(controller)).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = vec![0; expect];
    timeout(PATIENCE, stream.read_exact(&mut answer)).await.unwrap().unwrap();
    answer
}

/// Sends bytes and waits until the controller closes the connection.
async fn closed_after(plant: &Plant, bytes: &[u8]) {
    let mut stream = TcpStream::connect(plant.address(Controller::Pump)).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let read = timeout(PATIENCE, stream.read_u8()).await.unwrap();
    assert!(read.is_err(), "answered {read:?} to {bytes:02X?}");
}

#[tokio::test]
async fn values_have_the_scales_and_word_orders_of_the_tag_lists() {
    let plant = plant().await;
    let mut intake = client(&plant, Controller::Intake).await;
    let words = intake.read_holding_registers(0, 10).await.unwrap().unwrap();
    let now = plant.snapshot();
    assert!((f64::from(words[0]) * 0.1 - now.level).abs() < 1.0);
    let flow = f32::from_bits(u32::from(words[3]) << 16 | u32::from(words[2]));
    assert!((f64::from(flow) - now.inflow).abs() < 5.0, "CDAB: {flow} is not {}", now.inflow);
    let total = u32::from(words[5]) << 16 | u32::from(words[4]);
    assert!((f64::from(total) - now.total).abs() < 5.0, "CDAB: {total} is not {}", now.total);

    let mut dosing = client(&plant, Controller::Dosing).await;
    let words = dosing.read_holding_registers(100, 6).await.unwrap().unwrap();
    assert_eq!(&words[..2], [60, 200]);
    let residual = f32::from_bits(u32::from(words[4]) << 16 | u32::from(words[5]));
    assert!((residual - 0.55).abs() < 0.05, "ABCD: {residual}");
    let batch = dosing.read_holding_registers(120, 8).await.unwrap().unwrap();
    let text: Vec<u8> = batch.iter().flat_map(|w| w.to_be_bytes()).collect();
    assert_eq!(&text, b"RIVER-SUMMER\0\0\0\0");

    let mut pump = client(&plant, Controller::Pump).await;
    assert_eq!(pump.read_holding_registers(100, 2).await.unwrap().unwrap(), [3600, 1]);
    assert_eq!(pump.read_discrete_inputs(0, 1).await.unwrap().unwrap(), [false]);
    let temperature = pump.read_input_registers(0, 1).await.unwrap().unwrap()[0].cast_signed();
    assert!((400..460).contains(&temperature), "{temperature}");
}

#[tokio::test]
async fn writes_move_the_process_and_the_witness_saw_them() {
    let plant = plant().await;
    let mut pump = client(&plant, Controller::Pump).await;
    pump.write_single_register(100, 4_000).await.unwrap().unwrap();
    pump.write_multiple_registers(100, &[4_200, 1]).await.unwrap().unwrap();
    let read_back = pump.read_write_multiple_registers(100, 1, 100, &[4_400]).await.unwrap().unwrap();
    assert_eq!(read_back, [4_400], "the write comes before the read");
    let mut intake = client(&plant, Controller::Intake).await;
    intake.masked_write_register(19, 0xFFFE, 0x0000).await.unwrap().unwrap();
    assert_eq!(intake.read_holding_registers(19, 1).await.unwrap().unwrap(), [0]);

    let before = plant.snapshot();
    sleep(Duration::from_millis(400)).await;
    let after = plant.snapshot();
    assert!(after.speed > before.speed && after.total > before.total, "{before:?} {after:?}");
    let writes: Vec<_> = plant.witness(Controller::Pump).requests().into_iter().filter(|s| !s.is_read()).collect();
    let functions: Vec<_> = writes.iter().map(|s| (s.function, s.word(0), s.word(1))).collect();
    assert_eq!(functions, [(6, Some(100), Some(4_000)), (16, Some(100), Some(2)), (23, Some(100), Some(1))]);
}

#[tokio::test]
async fn what_does_not_exist_is_refused_by_the_right_exception() {
    let plant = plant().await;
    let mut pump = client(&plant, Controller::Pump).await;
    let address = ExceptionCode::IllegalDataAddress;
    assert_eq!(pump.read_holding_registers(99, 1).await.unwrap(), Err(address));
    assert_eq!(pump.read_holding_registers(115, 2).await.unwrap(), Err(address));
    assert_eq!(pump.read_coils(0, 1).await.unwrap(), Err(address));
    assert_eq!(pump.write_single_coil(0, true).await.unwrap(), Err(address));
    assert_eq!(pump.write_multiple_registers(101, &[1, 1]).await.unwrap(), Err(address), "102 is read-only");
    assert_eq!(pump.read_holding_registers(100, 0).await.unwrap(), Err(ExceptionCode::IllegalDataValue));
    assert_eq!(pump.read_discrete_inputs(0, 2_001).await.unwrap(), Err(ExceptionCode::IllegalDataValue));
    pump.set_slave(Slave(7));
    assert_eq!(pump.read_holding_registers(100, 1).await.unwrap(), Err(ExceptionCode::GatewayTargetDevice));
    let mut intake = client(&plant, Controller::Intake).await;
    assert_eq!(intake.write_single_register(0, 500).await.unwrap(), Err(address), "the level is measured");
    assert!(intake.read_holding_registers(0, 32).await.unwrap().is_ok(), "block polls span the holes");
}

#[tokio::test]
async fn a_controller_tells_who_it_is_and_stops_when_told_to() {
    let plant = plant().await;
    let mut dosing = client(&plant, Controller::Dosing).await;
    let identity = dosing.read_device_identification(ReadCode::Basic, 0).await.unwrap().unwrap();
    assert_eq!(identity.device_id_objects.len(), 3);
    assert_eq!(&identity.device_id_objects[1].value[..], b"plc-dosing");
    let one = dosing.read_device_identification(ReadCode::Specific, 9).await.unwrap();
    assert_eq!(one, Err(ExceptionCode::IllegalDataAddress));
    let server = dosing.call(Request::ReportServerId).await.unwrap().unwrap();
    assert_eq!(server, Response::ReportServerId(0x0B, true, b"plc-dosing".to_vec()));

    let stop = exchange(&plant, Controller::Pump, &[0, 9, 0, 0, 0, 6, 1, 0x5A, 0, 0x41, 0xFF, 0], 10).await;
    assert_eq!(stop, [0, 9, 0, 0, 0, 4, 1, 0x5A, 0, 0xFE]);
    sleep(Duration::from_millis(200)).await;
    let stopped = plant.snapshot();
    assert!(stopped.speed < 36.0 && stopped.extremes.halted);
    plant.forget();
    assert!(!plant.snapshot().extremes.halted && plant.witness(Controller::Pump).total() == 0);

    let restart = exchange(&plant, Controller::Pump, &[0, 1, 0, 0, 0, 6, 1, 8, 0, 1, 0, 0], 12).await;
    assert_eq!(restart, [0, 1, 0, 0, 0, 6, 1, 8, 0, 1, 0, 0]);
    assert!(plant.snapshot().speed_setpoint < 1.0 && plant.snapshot().extremes.halted);
    let unknown = exchange(&plant, Controller::Pump, &[0, 2, 0, 0, 0, 2, 1, 0x65], 9).await;
    assert_eq!(unknown, [0, 2, 0, 0, 0, 3, 1, 0xE5, 1]);
}

#[tokio::test]
async fn nonsense_closes_the_connection_and_is_witnessed() {
    let plant = plant().await;
    let nonsense: [&[u8]; 7] = [
        &[0, 1, 0, 0, 0, 0, 1, 3],
        &[0, 1, 0, 0, 0, 1, 1, 3],
        &[0, 1, 0, 0, 0xFF, 0xFF, 1, 3],
        &[0, 1, 0, 9, 0, 6, 1, 3, 0, 100, 0, 1],
        &[0, 1, 0, 0, 0, 9, 1, 16, 0, 100, 0x80, 1, 2, 0, 1],
        &[0, 1, 0, 0, 0, 8, 1, 15, 0, 0, 7, 0xB0, 1, 1],
        &[0, 1, 0, 0, 0, 9, 1, 16, 0, 100, 0, 2, 2, 0, 1],
    ];
    for bytes in nonsense {
        closed_after(&plant, bytes).await;
    }
    let witness = plant.witness(Controller::Pump);
    assert_eq!(witness.scraps().0, 4);
    assert_eq!(witness.requests().len(), 3);

    let mut stream = TcpStream::connect(plant.address(Controller::Pump)).await.unwrap();
    stream.write_all(&[0, 1, 0, 0, 0, 6, 1, 6, 0]).await.unwrap();
    drop(stream);
    for _ in 0..100 {
        if witness.scraps().0 == 5 {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(witness.scraps().1[4], [0, 1, 0, 0, 0, 6, 1, 6, 0], "an unfinished message is seen");
    assert!((plant.snapshot().speed_setpoint - 36.0).abs() < 1e-9);
}

#[tokio::test]
async fn split_and_joined_messages_are_answered_one_by_one() {
    let plant = plant().await;
    let mut stream = TcpStream::connect(plant.address(Controller::Pump)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for byte in [0, 1, 0, 0, 0, 6, 1, 3, 0, 100, 0, 1] {
        stream.write_all(&[byte]).await.unwrap();
        sleep(Duration::from_millis(2)).await;
    }
    let mut answer = [0; 11];
    timeout(PATIENCE, stream.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(answer, [0, 1, 0, 0, 0, 5, 1, 3, 2, 0x0E, 0x10]);
    let read = [0, 2, 0, 0, 0, 6, 1, 3, 0, 100, 0, 1];
    stream.write_all(&[read, read, read].concat()).await.unwrap();
    let mut answers = [0; 33];
    timeout(PATIENCE, stream.read_exact(&mut answers)).await.unwrap().unwrap();
    assert_eq!(plant.witness(Controller::Pump).requests()[0].count, 4);
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let plant = plant().await;
    let layout = Layout { dosing: plant.address(Controller::Dosing), ..Layout::any_port() };
    let error = Plant::start(layout).await.unwrap_err().to_string();
    assert!(error.starts_with("plc-dosing cannot listen at 127.0.1.3:"), "{error}");
}
