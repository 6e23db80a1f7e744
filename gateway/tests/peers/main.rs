//! Peers that we did not write: pymodbus, libmodbus, tokio-modbus and mbpoll as clients, through the gateway, to
//! pymodbus, libmodbus and tokio-modbus as servers.
//!
//! Each client runs the same steps twice, against a fresh server each time: directly and through the gateway. What the
//! policy allows must give exactly the same; what it denies must give the client's own exception, the next step on the
//! same connection must work, and the server's own log must hold all the allowed requests and nothing else.
//!
//! `make test` installs the peers and fails without them; a plain `cargo test` says which it skips.
#![allow(clippy::unwrap_used, missing_docs)]
#![allow(clippy::print_stderr)] // what was skipped, and what the gateway said when a test failed

mod clients;
mod mbpoll;
#[cfg(feature = "monitor")]
mod monitor;
mod programs;
#[path = "../rig/mod.rs"]
mod rig;
mod servers;
mod site;
mod tokio_client;
mod tokio_server;

use clients::Step;
use rig::free;
use rig::gateway::Gateway;
use servers::Server;

/// The steps of `client` against a fresh `server`, and what reached it.
fn direct(client: clients::Kind, server: servers::Kind, ip: &str) -> (Vec<Step>, Vec<String>) {
    let server = Server::start(server, ip);
    let steps = client.run(server.address);
    let requests = server.requests(steps.len());
    (steps, requests)
}

/// The same through the gateway.
fn guarded(client: clients::Kind, server: servers::Kind, ip: &str, proxy: &str) -> (Vec<Step>, Vec<String>) {
    let server = Server::start(server, ip);
    let listen = free(proxy);
    let site = site::bench(server.address, listen);
    let gateway = Gateway::start(site.path(), "");
    let steps = client.run(listen);
    let allowed = steps.iter().filter(|s| s.denied().is_none()).count();
    let denied = steps.len() - allowed;
    let requests = server.requests(allowed);
    gateway.wait_for("sluice_operations_total", &["verdict=\"allow\""], allowed as u64);
    gateway.wait_for("sluice_denials_total", &[], denied as u64);
    (steps, requests)
}

fn compare(client: clients::Kind, server: servers::Kind, address: u8) {
    if !(client.installed() && server.installed()) {
        return;
    }
    let ip = format!("127.0.1.{address}");
    let (direct_steps, direct_requests) = direct(client, server, &ip);
    let (steps, requests) = guarded(client, server, &ip, &format!("127.0.2.{address}"));
    assert_eq!(direct_requests.len(), direct_steps.len(), "one request a step: {direct_requests:#?}");
    assert_eq!(steps.len(), direct_steps.len());
    let mut wanted = Vec::new();
    for ((step, alone), request) in steps.iter().zip(&direct_steps).zip(&direct_requests) {
        assert_eq!(step.name, alone.name);
        if let Some(code) = step.denied() {
            assert_eq!(step.result, client.native(code), "{}", step.name);
        } else {
            assert_eq!(step.result, alone.result, "{}", step.name);
            wanted.push(request.clone());
        }
    }
    assert!(wanted.len() < steps.len(), "no step is denied");
    assert_eq!(requests, wanted, "what reached the server is not what was allowed");
}

macro_rules! peers {
    ($($name:ident: $client:ident, $server:ident, $address:literal;)*) => {
        $(
            #[test]
            fn $name() {
                compare(clients::Kind::$client, servers::Kind::$server, $address);
            }
        )*
    };
}

peers! {
    pymodbus_to_pymodbus: Pymodbus, Pymodbus, 11;
    pymodbus_to_libmodbus: Pymodbus, Libmodbus, 12;
    pymodbus_to_tokio: Pymodbus, Tokio, 13;
    libmodbus_to_pymodbus: Libmodbus, Pymodbus, 14;
    libmodbus_to_libmodbus: Libmodbus, Libmodbus, 15;
    libmodbus_to_tokio: Libmodbus, Tokio, 16;
    tokio_to_pymodbus: Tokio, Pymodbus, 17;
    tokio_to_libmodbus: Tokio, Libmodbus, 18;
    tokio_to_tokio: Tokio, Tokio, 19;
    mbpoll_to_pymodbus: Mbpoll, Pymodbus, 20;
    mbpoll_to_libmodbus: Mbpoll, Libmodbus, 21;
    mbpoll_to_tokio: Mbpoll, Tokio, 22;
}

/// mbpoll polls a unit of the site and one that is none, in turn, on one connection.
#[test]
fn mbpoll_keeps_its_connection_over_refusals() {
    if !clients::Kind::Mbpoll.installed() {
        return;
    }
    let server = Server::start(servers::Kind::Tokio, "127.0.1.23");
    let listen = free("127.0.2.23");
    let site = site::bench(server.address, listen);
    let gateway = Gateway::start(site.path(), "");
    let (said, complaints) = mbpoll::poll_two_units(listen, 3);
    let values = said.iter().filter(|line| line.contains("[0]:") && line.contains("100")).count();
    assert!(values >= 3, "the allowed unit was not read each time: {said:#?}");
    assert!(complaints.matches("Illegal function").count() >= 3, "{complaints}");
    let requests = server.requests(3);
    assert!(requests.iter().all(|r| r.contains("slave: 1,")), "{requests:#?}");
    gateway.wait_for("sluice_denials_total", &["reason=\"no-conduit\""], 3);
}
