//! What the bridge costs: a closed Modbus loop between two network namespaces, across the kernel's own bridge, a forwarder
//! that judges nothing, haproxy, Suricata inline, and Sluice, in rounds that take turns so that the machine's moods meet
//! all of them. Prints the tables of `docs/PERFORMANCE.md`. Needs root; what is not installed is left out.
//!
//! `cargo bench -p sluice --bench bridge [-- ROUNDS]`; under `taskset -c 0` everything shares one core.
#![allow(clippy::unwrap_used, missing_docs)]
#![allow(clippy::print_stdout, clippy::print_stderr)] // the tables are what it is for

mod across;
mod contender;
#[path = "../proxy/device.rs"]
mod device;
#[path = "../../../hardware/examples/bare/forward.rs"]
mod forward;
#[path = "../../../hardware/tests/network/mod.rs"]
mod network;
#[path = "../../tests/rig/mod.rs"]
mod rig;
mod site;
mod suricata;

use across::Round;
use contender::{Contender, Path};
use std::time::Duration;

/// Connections at a time.
const WIDTHS: [usize; 2] = [1, 16];
/// Round trips of one round, over all connections.
const TRIPS: usize = 1600;
const ROUNDS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [kind, io, a, b] = arguments.as_slice()
        && kind == contender::BARE
    {
        return contender::bare(io, a, b);
    }
    if !network::possible() {
        return;
    }
    let rounds = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(ROUNDS);
    let contenders: Vec<Contender> = Path::all().into_iter().filter_map(Contender::start).collect();
    let mut rows: Vec<(usize, &Contender, Vec<Round>)> =
        WIDTHS.iter().flat_map(|width| contenders.iter().map(|c| (*width, c, Vec::new()))).collect();
    for turn in 0..=rounds {
        for (width, contender, measured) in &mut rows {
            let round = contender.round(*width, TRIPS);
            // The first round warms up every path.
            if turn > 0 {
                measured.push(round);
            }
        }
    }
    println!(
        "\n| path | connections | p50 µs | p99 µs | p50 / kernel bridge | resident |\n|---|---:|---:|---:|---:|---:|"
    );
    for (width, contender, measured) in &rows {
        let base = rows.iter().find(|(w, c, _)| w == width && c.path == Path::Kernel);
        let base = base.map_or(f64::NAN, |(_, _, rounds)| median(rounds, |r| r.p50));
        let (p50, p99) = (median(measured, |r| r.p50), median(measured, |r| r.p99));
        let resident = contender.resident().map_or_else(String::new, |kib| format!("{} MiB", kib / 1024));
        println!(
            "| {} | {width} | {:.1} | {:.1} | {:.2} | {resident} |",
            contender.path.name(),
            p50 * 1e6,
            p99 * 1e6,
            p50 / base
        );
    }
}

fn median(rounds: &[Round], of: impl Fn(&Round) -> Duration) -> f64 {
    let mut all: Vec<Duration> = rounds.iter().map(of).collect();
    all.sort_unstable();
    all[all.len() / 2].as_secs_f64()
}
