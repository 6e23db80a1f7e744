//! How connections end: halves, resets, controllers that are down or break off.

use crate::client::{ANSWER, Client, HMI, READ, WRITE};
use crate::controller::Controller;
use crate::rig::{Rig, config, eventually, free, site};
use socket2::SockRef;
use std::io::Write;
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::Duration;

#[test]
fn a_half_closed_client_still_gets_its_answer() {
    let controller = Controller::behaving(|stream, _| {
        std::thread::sleep(Duration::from_millis(100));
        stream.write_all(ANSWER).is_ok()
    });
    let listen = free(Ipv4Addr::LOCALHOST);
    let rig = Rig::start(&site(&[("plc-1", listen, controller.address)], "\"read\""), &config());
    let mut client = Client::dial(HMI, listen);
    client.send(READ);
    client.0.shutdown(Shutdown::Write).unwrap();
    client.expect(ANSWER);
    assert_eq!(client.ending(), "end");
    eventually(|| controller.witness.ended() == ["end"]);
    rig.await_metric("sluice_connections_closed_total{cause=\"finished\"}", 1.0);
    rig.await_metric("sluice_flows{worker=\"0\"}", 0.0);
}

#[test]
fn a_controller_that_closes_closes_its_client() {
    let controller = Controller::behaving(|stream, _| stream.write_all(ANSWER).is_err());
    let listen = free(Ipv4Addr::LOCALHOST);
    let _rig = Rig::start(&site(&[("plc-1", listen, controller.address)], "\"read\""), &config());
    let mut client = Client::dial(HMI, listen);
    client.ask(READ, ANSWER);
    assert_eq!(client.ending(), "end");
}

#[test]
fn a_clients_reset_is_passed_on() {
    let (rig, controller, listen) = Rig::simple(&config());
    let mut client = Client::dial(HMI, listen);
    client.ask(READ, ANSWER);
    client.reset();
    eventually(|| controller.witness.ended() == ["reset"]);
    rig.await_metric("sluice_connections_closed_total{cause=\"client\"}", 1.0);
}

#[test]
fn a_controllers_reset_is_passed_on_and_told() {
    let reset = |stream: &mut TcpStream, _: &[u8]| {
        SockRef::from(&*stream).set_linger(Some(Duration::ZERO)).unwrap();
        false
    };
    let controller = Controller::behaving(reset);
    let listen = free(Ipv4Addr::LOCALHOST);
    let rig = Rig::start(&site(&[("plc-1", listen, controller.address)], "\"read\""), &config());
    let mut client = Client::dial(HMI, listen);
    client.send(READ);
    assert_eq!(client.ending(), "reset");
    rig.await_metric("sluice_upstream_errors_total{kind=\"lost\"}", 1.0);
    rig.event(|e| e.message.contains("plc-1") && e.message.contains("broke off"));
}

#[test]
fn a_controller_that_is_down_resets_its_client_and_nobody_else() {
    let (down, up) = (free(Ipv4Addr::new(127, 0, 0, 32)), Controller::start());
    let listens = [free(Ipv4Addr::LOCALHOST), free(Ipv4Addr::LOCALHOST)];
    let files = site(&[("plc-1", listens[0], down), ("plc-2", listens[1], up.address)], "\"read\"");
    let rig = Rig::start(&files, &config());
    let mut served = Client::dial(HMI, listens[1]);
    served.ask(READ, ANSWER);
    Client::is_turned_away(HMI, listens[0]);
    rig.await_metric("sluice_upstream_errors_total{kind=\"refused\"}", 1.0);
    rig.event(|e| e.message.contains("plc-1") && e.message.contains("refuses connections"));
    served.ask(READ, ANSWER);
}

#[test]
fn a_controller_that_does_not_answer_the_dial_is_given_up() {
    // A queue of one that nobody takes from: further connection attempts get no answer.
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listener.bind(&free(Ipv4Addr::new(127, 0, 0, 33)).into()).unwrap();
    listener.listen(0).unwrap();
    let full = listener.local_addr().unwrap().as_socket().unwrap();
    let _waiting = [TcpStream::connect(full).unwrap(), connect_in_vain(full)];
    let listen = free(Ipv4Addr::LOCALHOST);
    let mut config = config();
    config.limits.connect = Duration::from_millis(200);
    let rig = Rig::start(&site(&[("plc-1", listen, full)], "\"read\""), &config);
    Client::is_turned_away(HMI, listen);
    rig.await_metric("sluice_upstream_errors_total{kind=\"time-out\"}", 1.0);
}

/// A connection attempt that fills what is left of a queue, if anything is.
fn connect_in_vain(to: std::net::SocketAddr) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_nonblocking(true).unwrap();
    let _ = socket.connect(&to.into());
    socket.into()
}

#[test]
fn on_deny_reset_resets_both_sides() {
    let controller = Controller::start();
    let listen = free(Ipv4Addr::LOCALHOST);
    let files = site(&[("plc-1", listen, controller.address)], "\"read\"");
    let text = sluice_policies::source::Files::read(&files, "site.toml").unwrap();
    let text = text.replace("[conduit.ops]\n", "[conduit.ops]\non-deny = \"reset\"\n");
    let rig = Rig::start(&files.with("site.toml", text), &config());
    let mut client = Client::dial(HMI, listen);
    client.ask(READ, ANSWER);
    client.send(WRITE);
    assert_eq!(client.ending(), "reset");
    eventually(|| controller.witness.ended() == ["reset"]);
    rig.await_metric("sluice_connections_closed_total{cause=\"policy\"}", 1.0);
    assert_eq!(controller.witness.bytes(), READ);
}
