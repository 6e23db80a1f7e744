//! Bounds: each has a named outcome, is counted and leaves the others alone.

use crate::client::{ANSWER, Client, HMI, READ, STRANGER};
use crate::controller::Controller;
use crate::rig::{PATIENCE, Rig, config, free, site};
use std::io::{ErrorKind, Read, Write};
use std::net::Ipv4Addr;
use std::time::Duration;

/// More than every socket buffer on the way can hold.
const BOTTOMLESS: usize = 8_000_000;

fn refused(cause: &str) -> String {
    format!("sluice_connections_refused_total{{cause=\"{cause}\"}}")
}

#[test]
fn one_more_connection_of_a_source_is_reset() {
    let mut config = config();
    config.limits.connections_per_source = 2;
    let (rig, _controller, listen) = Rig::simple(&config);
    let mut served = [Client::dial(HMI, listen), Client::dial(HMI, listen)];
    Client::is_turned_away(HMI, listen);
    rig.await_metric(&refused("connections-per-source"), 1.0);
    let series = "sluice_failure_policy_total{cause=\"connections-per-source\",conduit=\"all\",outcome=\"closed\"}";
    rig.await_metric(series, 1.0);
    rig.event(|e| e.decision.as_ref().is_some_and(|d| d.reason == Some("connections-per-source")));
    for client in &mut served {
        client.ask(READ, ANSWER);
    }
}

#[test]
fn one_more_connection_of_a_proxy_is_reset_and_a_place_is_given_back() {
    let mut config = config();
    config.limits.connections = 1;
    let (rig, _controller, listen) = Rig::simple(&config);
    let mut first = Client::dial(HMI, listen);
    first.ask(READ, ANSWER);
    Client::is_turned_away(HMI, listen);
    rig.await_metric(&refused("connections"), 1.0);
    drop(first);
    rig.await_metric("sluice_connections_closed_total{cause=\"finished\"}", 1.0);
    Client::dial(HMI, listen).ask(READ, ANSWER);
}

#[test]
fn strangers_cannot_take_the_places_of_operators() {
    let mut config = config();
    config.limits.connections = 4;
    let (rig, _controller, listen) = Rig::simple(&config);
    let _inside = Client::dial(STRANGER, listen);
    Client::is_turned_away(STRANGER, listen);
    rig.await_metric(&refused("connections-unmatched"), 1.0);
    Client::dial(HMI, listen).ask(READ, ANSWER);
}

#[test]
fn a_source_that_comes_too_fast_is_reset() {
    let mut config = config();
    config.limits.accepts_per_source = 1;
    let (rig, _controller, listen) = Rig::simple(&config);
    let mut clients = [Client::dial(HMI, listen), Client::dial(HMI, listen)];
    Client::is_turned_away(HMI, listen);
    assert!(rig.metric(&refused("accepts-per-source")) > 0.5);
    for client in &mut clients {
        client.ask(READ, ANSWER);
    }
}

#[test]
fn an_idle_connection_is_closed() {
    let mut config = config();
    config.limits.idle = Duration::from_millis(200);
    let (rig, _controller, listen) = Rig::simple(&config);
    let mut client = Client::dial(HMI, listen);
    client.ask(READ, ANSWER);
    assert_eq!(client.ending(), "end");
    rig.await_metric("sluice_failure_policy_total{cause=\"idle\",conduit=\"ops\",outcome=\"closed\"}", 1.0);
}

#[test]
fn a_silent_stranger_is_closed_sooner_than_an_operator() {
    let mut config = config();
    config.limits.stall = Duration::from_millis(200);
    let (rig, _controller, listen) = Rig::simple(&config);
    let mut operator = Client::dial(HMI, listen);
    assert_eq!(Client::dial(STRANGER, listen).ending(), "end");
    rig.await_metric("sluice_failure_policy_total{cause=\"idle\",conduit=\"unmatched\",outcome=\"closed\"}", 1.0);
    operator.is_silent();
    operator.ask(READ, ANSWER);
}

#[test]
fn a_message_that_is_never_completed_ends_its_connection() {
    let mut config = config();
    config.limits.stall = Duration::from_millis(200);
    let (rig, controller, listen) = Rig::simple(&config);
    let mut client = Client::dial(HMI, listen);
    client.send(&READ[..7]);
    assert_eq!(client.ending(), "reset");
    rig.await_metric("sluice_failure_policy_total{cause=\"stalled\",conduit=\"ops\",outcome=\"closed\"}", 1.0);
    assert!(controller.witness.bytes().is_empty());
}

#[test]
fn an_unanswered_request_is_forgotten_and_the_connection_lives_on() {
    let mut config = config();
    config.limits.patience = Duration::from_millis(200);
    let silent_once = std::sync::atomic::AtomicBool::new(true);
    let controller = Controller::behaving(move |stream, _| {
        silent_once.swap(false, std::sync::atomic::Ordering::SeqCst) || stream.write_all(ANSWER).is_ok()
    });
    let listen = free(Ipv4Addr::LOCALHOST);
    let rig = Rig::start(&site(&[("plc-1", listen, controller.address)], "\"read\""), &config);
    let mut client = Client::dial(HMI, listen);
    client.send(READ);
    rig.await_metric("sluice_failure_policy_total{cause=\"unanswered\",conduit=\"ops\",outcome=\"closed\"}", 1.0);
    client.ask(READ, ANSWER);
}

#[test]
fn a_client_that_does_not_read_is_no_longer_read_from() {
    let (_rig, controller, listen) = Rig::simple(&config());
    let mut client = Client::narrow(HMI, listen);
    client.0.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let batch: Vec<u8> = READ.repeat(1000);
    let mut sent = 0;
    while sent < BOTTOMLESS {
        match client.0.write(&batch[sent % READ.len()..]) {
            Ok(length) => sent += length,
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
                break;
            }
        }
    }
    assert!(sent < BOTTOMLESS, "the gateway took {sent} bytes of a client that reads nothing");
    let whole = sent / READ.len();
    // Whoever reads again gets one answer for each request, the controller's or the gateway's.
    client.0.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut buffer = vec![0; 1 << 16];
    let mut got = Vec::new();
    let (mut answers, mut at) = (0, 0);
    while answers < whole {
        let length = client.0.read(&mut buffer).unwrap();
        assert!(length > 0);
        got.extend_from_slice(&buffer[..length]);
        while let Some(header) = got.get(at..at + 6) {
            let end = at + 6 + usize::from(header[5]);
            if got.len() < end {
                break;
            }
            (at, answers) = (end, answers + 1);
        }
        got.drain(..at);
        at = 0;
    }
    assert_eq!(controller.witness.bytes().len() % READ.len(), 0);
}

#[test]
fn a_client_that_never_reads_is_given_up_and_others_are_served() {
    let mut config = config();
    config.limits.stall = Duration::from_millis(300);
    let (rig, _controller, listen) = Rig::simple(&config);
    let mut lazy = Client::narrow(HMI, listen);
    lazy.0.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let batch: Vec<u8> = READ.repeat(1000);
    let mut sent = 0;
    while let Ok(length) = lazy.0.write(&batch) {
        sent += length;
        assert!(sent < BOTTOMLESS, "the gateway took {sent} bytes of a client that reads nothing");
    }
    Client::dial(HMI, listen).ask(READ, ANSWER);
    rig.await_metric("sluice_failure_policy_total{cause=\"unread\",conduit=\"ops\",outcome=\"closed\"}", 1.0);
}

#[test]
fn many_clients_are_served_at_once() {
    let mut config = config();
    config.limits.connections_per_source = 300;
    config.limits.accepts_per_source = 1000;
    let (rig, controller, listen) = Rig::simple(&config);
    let mut clients: Vec<Client> = (0..200).map(|_| Client::dial(HMI, listen)).collect();
    for client in &mut clients {
        client.send(READ);
    }
    for client in &mut clients {
        client.expect(ANSWER);
    }
    assert_eq!(controller.witness.bytes().len(), 200 * READ.len());
    let flows = rig.metric("sluice_flows{worker=\"0\"}") + rig.metric("sluice_flows{worker=\"1\"}");
    assert!((flows - 200.0).abs() < 0.5, "{flows}");
}
