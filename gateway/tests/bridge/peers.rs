//! Clients and servers that we did not write, on both sides of a bridge, over links of all kinds.
//!
//! Each client runs its steps twice, against a fresh server each time: across the kernel's bridge and across the gate.
//! What the policy allows must give exactly the same; what it denies must give the client's own exception, the next step
//! on the same connection must work, and the server's own log must hold the allowed requests and nothing else.

use crate::clients::{self, Step};
use crate::gate::{Gate, Kind};
use crate::lab::addresses::SERVER;
use crate::lab::relay::{Tagger, Toward, Trouble};
use crate::lab::{Between, Lab, Links};
use crate::mbpoll;
use crate::servers::{self, Server};
use crate::site;

/// What lies between the peers besides the bridge.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    links: Links,
    /// IP version 6.
    six: bool,
    /// Frames carry a tag of this VLAN while they are in the box.
    vlan: Option<u16>,
    /// Frames are lost and overtake each other between client and box.
    trouble: bool,
}

impl Way {
    fn lab(&self) -> Lab {
        let mut between = Between::default();
        if self.trouble {
            between.client = Some(Box::new(Trouble::new(7, 40, 10)));
        }
        if let Some(vlan) = self.vlan {
            let tags = [0x8100_u16.to_be_bytes(), vlan.to_be_bytes()].concat();
            between.client = Some(Box::new(Tagger { inward: Toward::Server, tags: tags.clone() }));
            between.server = Some(Box::new(Tagger { inward: Toward::Client, tags }));
        }
        Lab::with(self.links, between)
    }

    /// The steps of a client across a bridge, and what reached the server.
    fn run(&self, gate: &Kind, client: clients::Kind, server: servers::Kind) -> (Vec<Step>, Vec<String>) {
        let lab = self.lab();
        let ip = SERVER.ip(self.six).to_string();
        let server = lab.server.within(|| Server::start(server, &ip));
        let site = site::folder(server.address.port(), self.vlan);
        let _gate = Gate::start(gate, &lab, &site);
        let steps = lab.client.within(|| client.run(server.address));
        let through = steps.iter().filter(|s| matches!(gate, Kind::Kernel) || s.denied().is_none()).count();
        (steps, server.requests(through))
    }
}

fn compare(way: Way, client: clients::Kind, server: servers::Kind) {
    if !Lab::possible() || !client.installed() || !server.installed() {
        return;
    }
    let (alone, all) = way.run(&Kind::Kernel, client, server);
    assert_eq!(all.len(), alone.len(), "one request a step: {all:#?}");
    let gate = Kind::under_test();
    let (steps, requests) = way.run(&gate, client, server);
    assert_eq!(steps.len(), alone.len());
    let mut wanted = Vec::new();
    for ((step, alone), request) in steps.iter().zip(&alone).zip(&all) {
        assert_eq!(step.name, alone.name);
        if let Some(code) = step.denied() {
            assert_eq!(step.result, client.native(code), "{}", step.name);
        } else {
            assert_eq!(step.result, alone.result, "{}", step.name);
            wanted.push(request.clone());
        }
    }
    assert_eq!(requests, wanted, "what reached the server is not what was allowed");
}

const BARE: Links = Links { mtu: 1500, offloads: false };
const JUMBO: Links = Links { mtu: 9000, offloads: true };

#[test]
fn pymodbus_to_pymodbus() {
    compare(Way::default(), clients::Kind::Pymodbus, servers::Kind::Pymodbus);
}

#[test]
fn libmodbus_to_libmodbus_without_offloads() {
    compare(Way { links: BARE, ..Way::default() }, clients::Kind::Libmodbus, servers::Kind::Libmodbus);
}

#[test]
fn mbpoll_to_tokio_with_jumbo_frames() {
    compare(Way { links: JUMBO, ..Way::default() }, clients::Kind::Mbpoll, servers::Kind::Tokio);
}

#[test]
fn tokio_to_pymodbus_over_version_6() {
    compare(Way { six: true, ..Way::default() }, clients::Kind::Tokio, servers::Kind::Pymodbus);
}

#[test]
fn pymodbus_to_tokio_over_version_6_with_jumbo_frames_and_no_offloads() {
    let links = Links { mtu: 9000, offloads: false };
    compare(Way { links, six: true, ..Way::default() }, clients::Kind::Pymodbus, servers::Kind::Tokio);
}

#[test]
fn pymodbus_to_libmodbus_with_loss_and_reordering() {
    compare(Way { trouble: true, ..Way::default() }, clients::Kind::Pymodbus, servers::Kind::Libmodbus);
}

#[test]
fn libmodbus_to_tokio_with_loss_and_reordering_and_no_offloads() {
    compare(Way { links: BARE, trouble: true, ..Way::default() }, clients::Kind::Libmodbus, servers::Kind::Tokio);
}

#[test]
fn pymodbus_to_pymodbus_in_a_vlan() {
    compare(Way { links: BARE, vlan: Some(5), ..Way::default() }, clients::Kind::Pymodbus, servers::Kind::Pymodbus);
}

#[test]
fn tokio_to_tokio_in_a_vlan_over_version_6() {
    compare(
        Way { links: BARE, six: true, vlan: Some(5), ..Way::default() },
        clients::Kind::Tokio,
        servers::Kind::Tokio,
    );
}

/// mbpoll polls a unit of the site and one that is none, in turn, on one connection.
#[test]
fn mbpoll_keeps_its_connection_over_refusals() {
    if !Lab::possible() || !clients::Kind::Mbpoll.installed() {
        return;
    }
    let gate = Kind::under_test();
    let lab = Way::default().lab();
    let server = lab.server.within(|| Server::start(servers::Kind::Tokio, &SERVER.ip(false).to_string()));
    let site = site::folder(server.address.port(), None);
    let _gate = Gate::start(&gate, &lab, &site);
    let (said, complaints) = lab.client.within(|| mbpoll::poll_two_units(server.address, 3));
    let values = said.iter().filter(|line| line.contains("[0]:") && line.contains("100")).count();
    assert!(values >= 3, "the allowed unit was not read each time: {said:#?}");
    assert!(complaints.matches("Illegal function").count() >= 3, "{complaints}");
    let requests = server.requests(3);
    assert!(requests.iter().all(|r| r.contains("slave: 1,")), "{requests:#?}");
}
