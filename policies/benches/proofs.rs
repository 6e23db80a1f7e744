//! How long a whole check takes, and how much memory, on a site of 1,000 assets, 100,000 tags, 2,000 statements and 50
//! guarantees; and how much of it the proofs are. Prints one line for each; run with `cargo bench -p sluice-policies --bench
//! proofs`.
#![allow(missing_docs, clippy::unwrap_used)]

use core::fmt::Write as _;
use sluice_policies::load;
use sluice_policies::source::Memory;
use std::io::Write as _;
use std::time::{Duration, Instant};

/// Controllers, and as many others; each controller has a tag list of its own.
const CONTROLLERS: usize = 500;
const TAGS: usize = 200;

fn tags(controller: usize) -> String {
    let mut out = String::from("# addresses = wire\nname,address,type,scale,unit,min,max,access\n");
    for n in 0..TAGS {
        let (item, max) = (4 * n, 50 + (controller + n) % 7);
        let _ = match n % 4 {
            0 => writeln!(out, "speed_{n},holding {item},u16,0.01,Hz,0,{max},rw"),
            1 => writeln!(out, "flow_{n},holding {item},f32,,m3/h,0,{max}00,rw"),
            2 => writeln!(out, "count_{n},holding {item},u32,,,,,rw"),
            _ => writeln!(out, "valve_{n},coil {n},bool,,,,,rw"),
        };
    }
    out
}

fn site(nevers: bool) -> Memory {
    let mut site = String::from(
        "sluice = 1\nsite = \"large\"\ntime-zone = \"Asia/Shanghai\"\n\n[gateways.gw-1]\nports = { plant = \"eth1\", control = \"eth2\" }\non-loss = \"closed\"\n",
    );
    let (mut assets, mut conduits) = (String::from("\n[assets]\n"), String::new());
    let mut files = Memory::new();
    for n in 0..CONTROLLERS {
        let (high, low) = (n / 250, n % 250 + 1);
        let _ = writeln!(assets, "hmi-{n} = {{ ip = \"10.1.{high}.{low}\" }}");
        let _ = writeln!(assets, "plc-{n} = {{ ip = \"10.2.{high}.{low}\", modbus = {{ tags = \"tags/{n}.csv\" }} }}");
        let (next, last) = ((n + 1) % CONTROLLERS, (n + 2) % CONTROLLERS);
        let _ = writeln!(
            conduits,
            "\n[conduit.c{n}]\nfrom = [\"hmi-{n}\", \"hmi-{next}\", \"hmi-{last}\"]\nto = \"plc-{n}\""
        );
        for (id, lines) in [
            ("look", "modbus = \"read\"\ntags = \"*\""),
            ("speed", "modbus = \"write\"\ntags = { speed_0 = \"0 | 20 .. 45 Hz\", flow_1 = \"0 .. 300 m3/h\" }"),
            ("valves", "modbus = \"write\"\ntags = \"valve_*\"\ncount = 50"),
            (
                "more",
                "modbus = [\"write\", \"mask-write\"]\ntags = { count_2 = \"1 .. 20\", speed_4 = \"10 .. 40 Hz\" }",
            ),
        ] {
            let _ = writeln!(conduits, "\n[[conduit.c{n}.allow]]\nid = \"{id}\"\n{lines}");
        }
        files = files.with(&format!("tags/{n}.csv"), tags(n));
    }
    for n in (0..50).filter(|_| nevers) {
        let lines = match n % 5 {
            0 => "action = [\"program\", \"restart\", \"configure\"]".to_owned(),
            1 => format!("tags = {{ speed_{} = \"> 45 Hz\" }}", 4 * (n % 20)),
            2 => format!("tags = {{ \"flow_*\" = \"> 9{n}0 m3/h\" }}\nfloor = true"),
            3 => format!("from = {{ not = \"hmi-{n}\" }}\nto = \"plc-{}\"\naction = \"file\"\nhops = \"any\"", n + 100),
            _ => format!("from = \"hmi-{n}\"\nto = \"plc-{}\"", n + 50),
        };
        let _ = writeln!(conduits, "\n[[never]]\nsays = \"guarantee {n}\"\n{lines}");
    }
    site.push_str(&assets);
    site.push_str(&conduits);
    files.with("site.toml", site)
}

/// The greatest amount of memory that the process had, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn check(nevers: bool) -> Duration {
    let files = site(nevers);
    let from = Instant::now();
    let loaded = load(&files, &sluice_protocols::registry::descriptors(), "2026-11-24T04:00:00Z".parse().unwrap());
    let taken = from.elapsed();
    let (site, report) = loaded.unwrap_or_else(|r| panic!("{}", r.render(false)));
    let statements: usize = site.conduits.iter().map(|c| c.statements.len()).sum();
    let tags: usize = site.assets.iter().flat_map(|a| &a.speaks).map(|s| s.tags.len()).sum();
    assert_eq!((site.assets.len(), tags, statements), (2 * CONTROLLERS, CONTROLLERS * TAGS, 4 * CONTROLLERS));
    let proven = report.guarantees().all.iter().filter(|g| g.holds.is_some()).count();
    assert_eq!(proven, if nevers { 50 } else { 0 });
    taken
}

fn main() {
    let mut out = std::io::stdout();
    for nevers in [false, true, false, true] {
        let taken = check(nevers);
        let what = if nevers { "with 50 guarantees" } else { "without guarantees" };
        let _ = writeln!(out, "check {what}: {} ms; peak of the process {} MB", taken.as_millis(), peak());
    }
}
