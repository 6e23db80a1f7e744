//! Policies that are swapped under live connections, and proxies that come and go with them.

use crate::client::{ANSWER, Client, HMI, READ, REFUSAL, STRANGER, WRITE};
use crate::controller::Controller;
use crate::rig::{Rig, config, eventually, free, site};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

/// The refusal of [`READ`]: illegal function.
const NO_READ: &[u8] = &[0, 1, 0, 0, 0, 3, 1, 0x83, 1];

#[test]
fn a_live_connection_obeys_the_new_policy_from_its_next_message() {
    let (mut rig, controller, listen) = Rig::simple(&config());
    let mut client = Client::dial(HMI, listen);
    client.ask(READ, ANSWER);
    client.ask(WRITE, REFUSAL);
    let before = rig.gateway().hash();
    let failed = rig.swap(&site(&[("plc-1", listen, controller.address)], "\"write\""));
    assert_eq!(failed, Vec::<String>::new());
    assert_ne!(rig.gateway().hash(), before);
    client.ask(READ, NO_READ);
    client.send(WRITE);
    eventually(|| controller.witness.bytes() == [READ, WRITE].concat());
    assert_eq!(controller.witness.accepted(), 1);
}

#[test]
fn a_rejected_policy_is_reported_and_the_old_one_stays() {
    let (rig, _controller, listen) = Rig::simple(&config());
    let mut client = Client::dial(HMI, listen);
    let hash = rig.gateway().hash();
    rig.gateway().reject(vec!["site.toml:1: wrong".to_owned()]);
    let event = rig.event(|e| e.class_uid == 5019 && e.policy.as_ref().is_some_and(|p| p.state == "rejected"));
    let policy = event.policy.as_ref().unwrap();
    assert_eq!(
        (policy.hash.as_str(), policy.mistakes.as_slice()),
        (hash.as_str(), &["site.toml:1: wrong".to_owned()][..])
    );
    rig.await_metric("sluice_policy_last_reload_successful", 0.0);
    client.ask(READ, ANSWER);
    rig.gateway().confirm();
    rig.await_metric("sluice_policy_last_reload_successful", 1.0);
}

#[test]
fn proxies_come_and_go_without_touching_the_others() {
    let (first, second) = (Controller::start(), Controller::start());
    let (one, two) = (free(Ipv4Addr::LOCALHOST), free(Ipv4Addr::LOCALHOST));
    let mut rig = Rig::start(&site(&[("plc-1", one, first.address)], "\"read\""), &config());
    let mut staying = Client::dial(HMI, one);
    staying.ask(READ, ANSWER);
    rig.swap(&site(&[("plc-1", one, first.address), ("plc-2", two, second.address)], "\"read\""));
    let mut leaving = Client::dial(HMI, two);
    leaving.ask(READ, ANSWER);
    rig.swap(&site(&[("plc-1", one, first.address)], "\"read\""));
    assert_eq!(leaving.ending(), "end");
    eventually(|| TcpStream::connect(two).is_err());
    staying.ask(READ, ANSWER);
    assert_eq!(first.witness.accepted(), 1);
    rig.await_metric("sluice_proxies{state=\"listening\"}", 1.0);
}

#[test]
fn a_proxy_whose_controller_moved_dials_the_new_one() {
    let (old, new) = (Controller::start(), Controller::start());
    let listen = free(Ipv4Addr::LOCALHOST);
    let mut rig = Rig::start(&site(&[("plc-1", listen, old.address)], "\"read\""), &config());
    let mut before = Client::dial(HMI, listen);
    before.ask(READ, ANSWER);
    assert_eq!(rig.swap(&site(&[("plc-1", listen, new.address)], "\"read\"")), Vec::<String>::new());
    assert_eq!(before.ending(), "end");
    Client::dial(HMI, listen).ask(READ, ANSWER);
    assert_eq!((old.witness.accepted(), new.witness.accepted()), (1, 1));
}

#[test]
fn a_proxy_that_cannot_listen_is_reported_and_the_rest_goes_on() {
    let controller = Controller::start();
    let one = free(Ipv4Addr::LOCALHOST);
    let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let taken = holder.local_addr().unwrap();
    let mut rig = Rig::start(&site(&[("plc-1", one, controller.address)], "\"read\""), &config());
    let other = free(Ipv4Addr::new(127, 0, 0, 35));
    let failed = rig.swap(&site(&[("plc-1", one, controller.address), ("plc-2", taken, other)], "\"read\""));
    assert_eq!(failed.len(), 1);
    assert!(failed[0].starts_with(&format!("the proxy of plc-2 cannot listen on {taken}: ")), "{failed:?}");
    assert!(failed[0].contains(&format!("(process {}) holds that port", std::process::id())), "{failed:?}");
    rig.await_metric("sluice_proxies{state=\"failed\"}", 1.0);
    Client::dial(HMI, one).ask(READ, ANSWER);
}

#[test]
fn a_proxy_that_could_not_listen_does_so_once_its_address_is_free() {
    let controller = Controller::start();
    let listen = free(Ipv4Addr::LOCALHOST);
    let mut rig = Rig::start(&site(&[("plc-1", listen, controller.address)], "\"read\""), &config());
    let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let taken = holder.local_addr().unwrap();
    let moved = site(&[("plc-1", taken, controller.address)], "\"read\"");
    assert_eq!(rig.swap(&moved).len(), 1);
    assert!(rig.gateway().addresses().is_empty());
    drop(holder);
    rig.event(|e| e.message == format!("the proxy of plc-1 listens on {taken} now"));
    rig.await_metric("sluice_proxies{state=\"listening\"}", 1.0);
    rig.await_metric("sluice_proxies{state=\"failed\"}", 0.0);
    let mut client = Client::dial(HMI, taken);
    client.ask(READ, ANSWER);
    assert_eq!(rig.swap(&moved), Vec::<String>::new());
    client.ask(READ, ANSWER);
}

#[test]
fn what_unmatched_suspends_is_enforced_on_live_connections_when_its_date_has_passed() {
    let (controller, listen) = (Controller::start(), free(Ipv4Addr::LOCALHOST));
    let files = site(&[("plc-1", listen, controller.address)], "\"read\"");
    let text = sluice_policies::source::Files::read(&files, "site.toml").unwrap();
    let alert = "[unmatched]\nmode = \"alert\"\nuntil = \"2099-01-01\"\n[conduit.ops]";
    let rig = Rig::start(&files.with("site.toml", text.replace("[conduit.ops]", alert)), &config());
    let (mut operator, mut stranger) = (Client::dial(HMI, listen), Client::dial(STRANGER, listen));
    operator.ask(READ, ANSWER);
    stranger.ask(READ, ANSWER);
    rig.gateway().lapse();
    stranger.send(READ);
    stranger.is_silent();
    operator.ask(READ, ANSWER);
    rig.event(|e| e.policy.as_ref().is_some_and(|p| p.state == "lapsed"));
    assert_eq!(rig.gateway().policy().site().unmatched.ends, None);
}
