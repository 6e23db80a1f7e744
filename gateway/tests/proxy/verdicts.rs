//! What passes, what is refused, and what the controller sees of it.

use crate::client::{ANSWER, Client, HMI, READ, REFUSAL, STRANGER, WRITE};
use crate::controller::Controller;
use crate::rig::{Rig, config, free, site};
use std::net::Ipv4Addr;

#[test]
fn a_refused_write_leaves_the_connection_in_service() {
    let (rig, controller, listen) = Rig::simple(&config());
    let mut client = Client::dial(HMI, listen);
    client.ask(READ, ANSWER);
    client.ask(WRITE, REFUSAL);
    client.ask(READ, ANSWER);
    assert_eq!(controller.witness.bytes(), [READ, READ].concat());
    assert!(rig.metric("sluice_operations_total{conduit=\"ops\",protocol=\"modbus\",verdict=\"allow\"}") > 1.5);
    rig.await_metric("sluice_denials_total{conduit=\"ops\",reason=\"function\"}", 1.0);
    rig.await_metric("sluice_device_response_seconds_count{conduit=\"ops\"}", 2.0);
    rig.await_metric("sluice_operations_by_action_total{action=\"write\",protocol=\"modbus\"}", 1.0);
}

#[test]
fn one_byte_at_a_time_is_one_message() {
    let (_rig, controller, listen) = Rig::simple(&config());
    let mut client = Client::dial(HMI, listen);
    for byte in [WRITE, READ].concat() {
        client.send(&[byte]);
    }
    client.expect(&[REFUSAL, ANSWER].concat());
    assert_eq!(controller.witness.bytes(), READ);
}

#[test]
fn many_in_one_segment_are_judged_one_by_one() {
    let (_rig, controller, listen) = Rig::simple(&config());
    let mut client = Client::dial(HMI, listen);
    client.send(&[READ, WRITE, WRITE].concat());
    let mut got = vec![0; ANSWER.len() + 2 * REFUSAL.len()];
    std::io::Read::read_exact(&mut client.0, &mut got).unwrap();
    let refusals = got.windows(REFUSAL.len()).filter(|w| *w == REFUSAL).count();
    assert!(refusals == 2 && got.windows(ANSWER.len()).any(|w| w == ANSWER), "{got:02x?}");
    assert_eq!(controller.witness.bytes(), READ);
}

#[test]
fn a_stranger_is_heard_but_the_controller_is_never_dialled() {
    let (rig, controller, listen) = Rig::simple(&config());
    let mut stranger = Client::dial(STRANGER, listen);
    stranger.send(READ);
    let event = rig.event(|e| e.decision.as_ref().is_some_and(|d| d.reason == Some("no-conduit")));
    assert_eq!(event.src_endpoint.as_ref().unwrap().ip, STRANGER.to_string());
    stranger.is_silent();
    Client::dial(HMI, listen).ask(READ, ANSWER);
    assert_eq!(controller.witness.accepted(), 1);
}

#[test]
fn in_alert_mode_a_stranger_reaches_the_controller_and_is_reported() {
    let controller = Controller::start();
    let listen = free(Ipv4Addr::LOCALHOST);
    let files = site(&[("plc-1", listen, controller.address)], "\"read\"");
    let text = sluice_policies::source::Files::read(&files, "site.toml").unwrap();
    let alert = "[unmatched]\nmode = \"alert\"\nuntil = \"2099-01-01\"\n[conduit.ops]";
    let rig = Rig::start(&files.with("site.toml", text.replace("[conduit.ops]", alert)), &config());
    Client::dial(STRANGER, listen).ask(READ, ANSWER);
    let event = rig.event(|e| e.decision.as_ref().is_some_and(|d| d.verdict == "alert"));
    assert_eq!(serde_json::to_value(&*event).unwrap()["action_id"], 3);
}

#[test]
fn malformed_bytes_never_reach_the_controller() {
    let (rig, controller, listen) = Rig::simple(&config());
    let mut client = Client::dial(HMI, listen);
    client.send(&[0, 1, 0, 7, 0, 6, 1, 3, 0, 0, 0, 1]);
    assert_eq!(client.ending(), "reset");
    let event = rig.event(|e| e.ics.as_ref().is_some_and(|i| i.anomaly.is_some()));
    assert_eq!(event.ics.as_ref().unwrap().anomaly.as_ref().unwrap().kind, "protocol-id");
    Client::dial(HMI, listen).ask(READ, ANSWER);
    assert_eq!(controller.witness.bytes(), READ);
}
