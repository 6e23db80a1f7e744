//! What reading a capture costs: `sluice inspect --site` over a recording of a polled plant, at policies of 10 to 100,000
//! items, and Suricata over the same at one and at 1,000 rules, in rounds that take turns. Prints the table of
//! `docs/PERFORMANCE.md`: packets for each second of processor time, the most memory.
//!
//! `cargo bench -p sluice --bench offline [-- ROUNDS]`; without Suricata its rows are left out.
#![allow(clippy::unwrap_used, missing_docs)]
#![allow(clippy::print_stdout, clippy::print_stderr)] // the table is what it is for
#![allow(clippy::cast_precision_loss)] // figures have three digits

mod site;
mod suricata;

use sluice_plant::{Recorded, Recording};
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Packets of the recording.
const PACKETS: u64 = 2_000_000;
/// Items of the policies.
const ITEMS: [usize; 4] = [10, 1_000, 10_000, 100_000];

/// One way to read the capture, and what it took in each round.
struct Row {
    name: String,
    command: Vec<String>,
    rounds: Vec<Cost>,
    /// The same over a capture of next to nothing: what the start and the policy take.
    start: Vec<Cost>,
}

/// What one run took.
#[derive(Clone, Copy)]
struct Cost {
    /// Processor time, of the program and of the kernel for it.
    processor: Duration,
    /// The most memory, in KiB.
    memory: u64,
}

fn main() {
    let rounds = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(3);
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("plant.pcap");
    let recorded = record(&capture, PACKETS);
    let short = folder.path().join("short.pcap");
    record(&short, 0);
    println!("\n{recorded:?}");
    let mut rows: Vec<Row> = ITEMS.iter().map(|items| sluice(folder.path(), &capture, *items)).collect();
    rows.extend(suricata::rows(folder.path(), &capture));
    for _ in 0..rounds {
        for row in &mut rows {
            row.rounds.push(run(&row.command));
            // Suricata does not come to an end over a capture without packets.
            if row.command[0] == env!("CARGO_BIN_EXE_sluice") {
                let mut command = row.command.clone();
                *command.last_mut().unwrap() = short.display().to_string();
                row.start.push(run(&command));
            }
        }
    }
    print(&rows, recorded.packets);
}

fn record(to: &Path, packets: u64) -> Recorded {
    let mut file = BufWriter::new(File::create(to).unwrap());
    let recorded = Recording { packets, ..Recording::USUAL }.write(&mut file).unwrap();
    file.flush().unwrap();
    recorded
}

fn sluice(folder: &Path, capture: &Path, items: usize) -> Row {
    let site = site::with_items(folder, items);
    let words = [env!("CARGO_BIN_EXE_sluice"), "inspect", "--format", "json", "--site"];
    let mut command: Vec<String> = words.map(str::to_owned).into();
    command.extend([site.display().to_string(), capture.display().to_string()]);
    Row { name: format!("sluice, {items} items"), command, rounds: Vec::new(), start: Vec::new() }
}

/// Runs a command to its end, and says what the kernel charged it.
fn run(command: &[String]) -> Cost {
    let before = charged();
    let mut child =
        Command::new(&command[0]).args(&command[1..]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut memory = 0;
    // The high-water mark goes away with the process: it is read until then.
    while child.try_wait().unwrap().is_none() {
        memory = memory.max(high_water(child.id()));
        std::thread::sleep(Duration::from_millis(5));
    }
    Cost { processor: charged().saturating_sub(before), memory }
}

/// The processor time of all children that ended.
fn charged() -> Duration {
    let mut text = String::new();
    File::open("/proc/self/stat").unwrap().read_to_string(&mut text).unwrap();
    // Behind the name in parentheses: fields 16 and 17 are those of children, in hundredths of a second (proc(5)).
    let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[13].parse::<u64>().unwrap() + fields[14].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

fn high_water(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn print(rows: &[Row], packets: u64) {
    println!(
        "\n| program | processor, s | of it before the first packet | million packets a second of the rest | memory, MB |"
    );
    println!("|---|---:|---:|---:|---:|");
    for row in rows {
        let (all, start) = (median(&row.rounds), median(&row.start));
        let memory = row.rounds.iter().map(|cost| cost.memory).max().unwrap_or(0);
        let speed = packets as f64 / (all - start).max(0.01) / 1e6;
        println!("| {} | {all:.2} | {start:.2} | {speed:.2} | {:.0} |", row.name, memory as f64 / 1024.0);
    }
}

/// Seconds; 0 of what was not measured.
fn median(costs: &[Cost]) -> f64 {
    let mut times: Vec<Duration> = costs.iter().map(|cost| cost.processor).collect();
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, Duration::as_secs_f64)
}
