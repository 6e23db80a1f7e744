//! The bridge on real packets: namespaces `client - box - server`, real TCP ends and real frames.
//!
//! The bridge under test is `sluice run`, unless `SLUICE_BRIDGE='command with {a} and {b}'` names another (see
//! CONTRIBUTING). The kernel's own bridge is the control: what must not pass a gate has to pass there, or the test that
//! says so could not fail.
#![allow(clippy::unwrap_used, missing_docs)]
#![allow(clippy::print_stderr)] // what was skipped, and the table of evasions

mod bulk;
#[path = "../peers/clients.rs"]
mod clients;
mod device;
mod engine;
mod evasion;
mod floods;
mod gate;
mod lab;
mod loss;
mod manager;
#[path = "../peers/mbpoll.rs"]
mod mbpoll;
mod peers;
mod program;
#[path = "../peers/programs.rs"]
mod programs;
mod raw;
#[path = "../rig/mod.rs"]
mod rig;
#[path = "../peers/servers.rs"]
mod servers;
mod service;
mod site;
#[path = "../peers/tokio_client.rs"]
mod tokio_client;
#[path = "../peers/tokio_server.rs"]
mod tokio_server;

use evasion::{
    Ground, Outcome, Reaches, Row, Table, hostile, rows, rows_in_a_vlan, rows_of_offloads, rows_over_version_6,
};
use gate::Kind;
use lab::Lab;

/// Where nothing inspects, every evasion gets as far as its row says: none of them fails by its own fault.
fn reach(ground: Ground, rows: Vec<Row>) {
    if !Lab::possible() {
        return;
    }
    let table = Table::run(&Kind::Kernel, ground, rows);
    let astray = |o: &&Outcome| match o.row.reaches {
        Reaches::Stream => !o.breached(),
        Reaches::Link => o.breached() || !o.leaked,
    };
    let astray: Vec<_> = table.outcomes.iter().filter(astray).map(|o| o.row.name).collect();
    assert!(astray.is_empty(), "not as far as their rows say: {astray:#?}\n{}", table.text(Kind::Kernel.name()));
}

/// The bridge under test lets none of them through, and leaves the connection in service.
fn hold(ground: Ground, rows: Vec<Row>) {
    if !Lab::possible() {
        return;
    }
    let gate = Kind::under_test();
    let table = Table::run(&gate, ground, rows);
    eprintln!("{}", table.text(gate.name()));
    let blamed: Vec<_> = table.outcomes.iter().filter(|o| o.blame().is_some()).map(|o| o.row.name).collect();
    assert!(blamed.is_empty(), "these did not hold, see the table above: {blamed:#?}");
}

/// The same of what a hostile server sends: a bridge that inspects nothing lets it through.
fn reach_the_client(rows: Vec<hostile::Row>) {
    if !Lab::possible() {
        return;
    }
    let outcomes = hostile::run(&Kind::Kernel, rows);
    let astray: Vec<_> = outcomes.iter().filter(|o| !o.leaked && !o.forged).map(|o| o.row.name).collect();
    assert!(astray.is_empty(), "not as far as the client: {astray:#?}\n{}", hostile::text(&outcomes, "kernel bridge"));
}

fn hold_the_server(rows: Vec<hostile::Row>) {
    if !Lab::possible() {
        return;
    }
    let gate = Kind::under_test();
    let outcomes = hostile::run(&gate, rows);
    eprintln!("{}", hostile::text(&outcomes, gate.name()));
    let blamed: Vec<_> = outcomes.iter().filter(|o| o.blame().is_some()).map(|o| o.row.name).collect();
    assert!(blamed.is_empty(), "these did not hold, see the table above: {blamed:#?}");
}

#[test]
fn hostile_servers_reach_the_client_across_the_kernels_bridge() {
    reach_the_client([hostile::rows(), hostile::rows_over_version_6()].concat());
}

#[test]
fn hostile_servers_are_held() {
    hold_the_server(hostile::rows());
}

#[test]
fn hostile_servers_over_version_6_are_held() {
    hold_the_server(hostile::rows_over_version_6());
}

#[test]
fn evasions_reach_the_server_across_the_kernels_bridge() {
    reach(Ground::Plain, rows());
}

#[test]
fn evasions_over_version_6_reach_the_server_across_the_kernels_bridge() {
    reach(Ground::Plain, rows_over_version_6());
}

#[test]
fn evasions_are_held() {
    hold(Ground::Plain, rows());
}

#[test]
fn evasions_over_version_6_are_held() {
    hold(Ground::Plain, rows_over_version_6());
}

#[test]
fn evasions_in_a_vlan_reach_the_server_across_the_kernels_bridge() {
    reach(Ground::Vlan, rows_in_a_vlan());
}

#[test]
fn evasions_in_a_vlan_are_held() {
    hold(Ground::Vlan, rows_in_a_vlan());
}

#[test]
fn evasions_by_offloads_reach_the_server_across_the_kernels_bridge() {
    reach(Ground::Finishing, rows_of_offloads());
}

#[test]
fn evasions_by_offloads_are_held() {
    hold(Ground::Finishing, rows_of_offloads());
}
