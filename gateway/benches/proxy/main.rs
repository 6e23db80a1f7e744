//! What the gateway costs: a closed Modbus loop through Sluice, through haproxy in TCP mode and directly, in rounds that
//! take turns so that the machine's moods meet all three, then memory. Prints the tables of `docs/PERFORMANCE.md`.
//!
//! `cargo bench -p sluice --bench proxy [-- ROUNDS]`; without haproxy its rows are left out.
#![allow(clippy::unwrap_used, missing_docs)]
#![allow(clippy::print_stdout, clippy::print_stderr)] // the tables are what it is for

mod device;
mod haproxy;
#[path = "../../tests/rig/mod.rs"]
mod rig;
mod round;
mod site;
mod table;

use rig::gateway::Gateway;
use round::Round;
use std::net::SocketAddr;

/// Connections at a time.
const WIDTHS: [usize; 2] = [1, 16];
/// Round trips of one round, over all connections.
const TRIPS: usize = 2400;
/// Connections that stay idle while their memory is measured.
const IDLE: usize = 2000;

fn main() {
    rig::raise_file_limit();
    let rounds = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(15);
    let device = device::Device::start("127.0.1.200");
    let listen = rig::free("127.0.2.200");
    let small = site::with_items(10, device.address, listen);
    let empty = Gateway::start(small.path(), site::LIMITS).resident();
    let site = site::with_items(site::MANY, device.address, listen);
    let gateway = Gateway::start(site.path(), site::LIMITS);
    let loaded = gateway.resident();
    let haproxy = haproxy::Haproxy::start(device.address);
    let mut paths: Vec<(&str, SocketAddr)> = vec![("direct", device.address)];
    paths.extend(haproxy.as_ref().map(|h| ("haproxy", h.address)));
    paths.push(("sluice", listen));

    let measured = measure(&paths, rounds);
    print!("{}", table::latency(&measured));
    let before = gateway.resident();
    let flows = round::idle(listen, IDLE);
    let per_flow = (gateway.resident().saturating_sub(before) * 1024) / IDLE as u64;
    drop(flows);
    print!("{}", table::memory(empty, loaded, site::MANY, per_flow, IDLE));
}

/// Every path at every width, `rounds` times in turn.
fn measure(paths: &[(&'static str, SocketAddr)], rounds: usize) -> Vec<table::Row> {
    let mut rows: Vec<table::Row> =
        WIDTHS.iter().flat_map(|w| paths.iter().map(|(name, _)| table::Row::new(name, *w))).collect();
    for turn in 0..=rounds {
        for (row, (width, (_, at))) in
            rows.iter_mut().zip(WIDTHS.iter().flat_map(|w| paths.iter().map(move |p| (*w, *p))))
        {
            let round = Round::run(at, width, TRIPS);
            // The first round warms up every path.
            if turn > 0 {
                row.rounds.push(round);
            }
        }
    }
    rows
}
