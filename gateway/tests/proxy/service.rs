//! Start, `/metrics`, drain.

use crate::client::{ANSWER, Client, HMI, READ};
use crate::controller::Controller;
use crate::rig::{Rig, config, eventually, free, site};
use sluice::gateway::StartError;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

#[test]
fn a_drain_lets_the_answer_that_is_on_its_way_arrive() {
    let controller = Controller::behaving(|stream, _| {
        std::thread::sleep(Duration::from_millis(300));
        stream.write_all(ANSWER).is_ok()
    });
    let listen = free(Ipv4Addr::LOCALHOST);
    let mut rig = Rig::start(&site(&[("plc-1", listen, controller.address)], "\"read\""), &config());
    let mut idle = Client::dial(HMI, listen);
    let mut busy = Client::dial(HMI, listen);
    busy.send(READ);
    eventually(|| controller.witness.bytes() == READ);
    assert!(rig.shutdown(), "every connection ends by itself");
    busy.expect(ANSWER);
    assert_eq!((busy.ending(), idle.ending()), ("end", "end"));
    assert!(TcpStream::connect(listen).is_err());
    let last = rig.written.lines().pop().unwrap();
    assert_eq!((last["class_uid"].as_u64(), last["message"].as_str()), (Some(6003), Some("gateway gw-1 stopped")));
}

#[test]
fn a_drain_does_not_wait_for_ever() {
    let controller = Controller::behaving(|_, _| true);
    let listen = free(Ipv4Addr::LOCALHOST);
    let mut config = config();
    config.limits.drain = Duration::from_millis(200);
    let mut rig = Rig::start(&site(&[("plc-1", listen, controller.address)], "\"read\""), &config);
    let mut client = Client::dial(HMI, listen);
    client.send(READ);
    eventually(|| controller.witness.bytes() == READ);
    assert!(!rig.shutdown());
    client.ending();
}

#[test]
fn metrics_and_health_are_served() {
    let (rig, _controller, _listen) = Rig::simple(&config());
    let get = |path: &str| {
        let mut stream = TcpStream::connect(rig.gateway().metrics_at()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let page = get("/metrics");
    assert!(page.starts_with("HTTP/1.1 200 OK") && page.contains("text/plain; version=0.0.4"), "{page}");
    assert!(page.contains("sluice_denials_total{conduit=\"ops\",reason=\"value\"} 0"));
    assert!(get("/healthz").ends_with("ok\n"));
    assert!(get("/").starts_with("HTTP/1.1 404"));
}

#[test]
fn what_keeps_a_gateway_from_starting_is_said_and_nothing_runs() {
    let controller = Controller::start();
    let (listen, holder) = (free(Ipv4Addr::LOCALHOST), TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    let taken = holder.local_addr().unwrap();
    let files = site(
        &[("plc-1", listen, controller.address), ("plc-2", taken, free(Ipv4Addr::new(127, 0, 0, 36)))],
        "\"read\"",
    );
    let error = Rig::try_start(&files, &config()).err().unwrap();
    assert!(matches!(&error, StartError::Bind(errors) if errors.len() == 1 && errors[0].asset == "plc-2"), "{error}");
    assert!(error.to_string().contains(&taken.to_string()), "{error}");
    eventually(|| TcpStream::connect(listen).is_err());
    let mut config = config();
    config.metrics = taken;
    let error = Rig::try_start(&site(&[("plc-1", listen, controller.address)], "\"read\""), &config).err().unwrap();
    assert!(matches!(error, StartError::Metrics(at, _) if at == taken), "{error}");
}
