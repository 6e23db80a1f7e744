//! `sluice inspect` and `sluice policy replay` as people and programs see them.
#![allow(clippy::unwrap_used, missing_docs)]

mod capture;
#[path = "../rig/frames.rs"]
#[allow(dead_code)] // it holds more messages than these conversations have
mod frames;
mod page;

use capture::Capture;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const HMI: u8 = 11;
const PLC: u8 = 31;
const LAPTOP: u8 = 99;

/// A conversation that the pump house's policy allows.
fn calm() -> Vec<u8> {
    let mut capture = Capture::new();
    let mut hmi = capture.open(HMI, PLC, 50_001);
    for request in [frames::read(1, 0, 1), frames::write(2, 100, 4_000)] {
        capture.exchange(&mut hmi, &request, &frames::honest(&request));
    }
    capture.close(hmi);
    capture.bytes()
}

/// One in which it is broken: a value too high, an address that no device has, a source without a
/// conduit, a message that no device takes.
fn stormy() -> Vec<u8> {
    let mut capture = Capture::new();
    let mut hmi = capture.open(HMI, PLC, 50_001);
    for request in [frames::read(1, 0, 1), frames::write(2, 100, 6_000), frames::write(3, 100, 6_100)] {
        capture.exchange(&mut hmi, &request, &frames::honest(&request));
    }
    capture.exchange(&mut hmi, &frames::read(4, 9_000, 1), &frames::exception(4, 3, 2));
    let mut laptop = capture.open(LAPTOP, PLC, 50_002);
    capture.exchange(&mut laptop, &frames::read(1, 0, 1), &frames::honest(&frames::read(1, 0, 1)));
    capture.exchange(&mut laptop, &frames::read(2, 0, 0), &frames::exception(2, 3, 3));
    capture.datagram(LAPTOP, PLC, 1_234, b"hello");
    capture.bytes()
}

struct Bench(TempDir);

impl Bench {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self(folder)
    }

    fn run(&self, call: &[&str]) -> Output {
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/examples/pump-house");
        let call = call.iter().map(|word| if *word == "SITE" { site.to_str().unwrap() } else { word });
        Command::new(env!("CARGO_BIN_EXE_sluice")).args(call).current_dir(self.0.path()).output().unwrap()
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn one_object_a_file_says_what_is_in_it() {
    let bench = Bench::new(&[("calm.pcap", &calm()), ("stormy.pcap", &stormy())]);
    let output = bench.run(&["inspect", "--format", "json", "stormy.pcap", "calm.pcap"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let found = lines(&output);
    let device = |host: u8, role: &str| json!({"ip": format!("192.0.2.{host}"), "mac": format!("02:00:00:00:00:{host:02x}"), "roles": [role], "protocols": ["modbus"]});
    assert_eq!(
        found[0],
        json!({
            "file": "stormy.pcap", "packets": 19, "bytes": 1_155, "seconds": 1.8,
            "protocols": {"modbus": {
                "messages": 12,
                "counts": {
                    "request": {"3": 4, "6": 2}, "response": {"3": 4, "6": 2},
                    "exception": {"3/2": 1, "3/3": 1}, "unit": {"1": 12},
                },
                "anomalies": {"quantity": 1},
            }},
            "anomalies": {}, "unidentified": {"udp/1234": 1},
            "devices": [device(HMI, "client"), device(PLC, "server"), device(LAPTOP, "client")],
        })
    );
    assert_eq!((&found[1]["file"], &found[1]["packets"], found.len()), (&json!("calm.pcap"), &json!(10), 2));
}

#[test]
fn a_site_judges_and_the_status_says_whether_anything_would_be_denied() {
    let bench = Bench::new(&[("calm.pcap", &calm()), ("stormy.pcap", &stormy())]);
    let judged = |file: &str| {
        let output = bench.run(&["inspect", "--format", "json", "--site", "SITE", file]);
        (output.status.code(), lines(&output)[0]["verdicts"].clone())
    };
    assert_eq!(judged("calm.pcap"), (Some(0), json!({"allow": 4, "alert": 0, "deny": 0})));
    let (status, verdicts) = judged("stormy.pcap");
    assert_eq!((status, &verdicts["deny"]), (Some(1), &json!(5)));
}

#[test]
fn events_come_before_their_file_one_a_judged_operation() {
    let bench = Bench::new(&[("stormy.pcap", &stormy())]);
    let found = lines(&bench.run(&["inspect", "--format", "json", "--site", "SITE", "--events", "stormy.pcap"]));
    let told: Vec<_> = found
        .iter()
        .map(|e| json!([e["packet"], e["from"], e["to"], e["code"], e["verdict"], e["reason"], e["operation"]]))
        .collect();
    let (hmi, laptop, plc) = ("192.0.2.11:50001", "192.0.2.99:50002", "192.0.2.31:502");
    assert_eq!(
        told[..told.len() - 1],
        [
            json!([4, hmi, plc, "3", "allow", null, "read tank_level"]),
            json!([6, hmi, plc, "6", "deny", "value", "write pump_speed = 60 Hz"]),
            json!([8, hmi, plc, "6", "deny", "value", "write pump_speed = 61 Hz"]),
            json!([10, hmi, plc, "3", "deny", "item", "read holding 9000"]),
            json!([15, laptop, plc, "3", "deny", "no-conduit", "read tank_level"]),
        ]
    );
    assert_eq!(found[0]["time"], 1_700_000_000_300_u64);
    assert_eq!(found.last().unwrap()["file"], "stormy.pcap");
}

#[test]
fn people_read_what_is_in_it_and_why_it_would_be_denied() {
    let bench = Bench::new(&[("stormy.pcap", &stormy())]);
    let output = bench.run(&["inspect", "--site", "SITE", "stormy.pcap"]);
    assert_eq!(text(&output.stdout), include_str!("stormy.txt"));
}

#[test]
fn replay_says_what_decided() {
    let bench = Bench::new(&[("stormy.pcap", &stormy()), ("calm.pcap", &calm())]);
    let output = bench.run(&["policy", "replay", "--site", "SITE", "stormy.pcap"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), include_str!("replay.txt")));
    let output = bench.run(&["policy", "replay", "--site", "SITE", "--format", "json", "calm.pcap"]);
    let first = |packet: u8, operation: &str, sentence: &str| json!({"packet": packet, "from": "hmi-1", "to": "plc-3", "protocol": "modbus", "operation": operation, "sentence": sentence});
    let by = |statement: &str, at: &str, first: Value| json!({"verdict": "allow", "reason": null, "conduit": "operators", "statement": statement, "at": at, "count": 1, "first": first});
    let look = first(4, "read tank_level", "operators.look allows it");
    let speed = first(6, "write pump_speed = 40 Hz", "operators.speed allows 20 .. 45 Hz, and 40 Hz lies in it");
    assert_eq!(
        lines(&output),
        [json!({
            "file": "calm.pcap", "packets": 10, "verdicts": {"allow": 4, "alert": 0, "deny": 0},
            "rulings": [by("operators.look", "site.toml:18", look), by("operators.speed", "site.toml:23", speed)],
        })]
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_file_that_is_wrong_is_said_to_be_and_the_others_are_read() {
    let calm = calm();
    let mut broken = calm.clone();
    broken[24 + 16 + 54 + 8..][..4].copy_from_slice(&[0xff; 4]);
    let bench = Bench::new(&[("calm.pcap", &calm), ("broken.pcap", &broken), ("notes.txt", b"not a capture")]);
    let output =
        bench.run(&["inspect", "--format", "json", "missing.pcap", "broken.pcap", "notes.txt", ".", "calm.pcap"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "error: missing.pcap does not exist\n\
         error: broken.pcap is broken at byte 94: a packet of 4294967295 bytes is claimed, and none has more than 262144; all before it was read\n\
         error: notes.txt is no capture: it begins with 6e 6f 74 20; pcap and pcapng are read, also packed with gzip or zstd\n\
         error: . is a folder; name the captures in it\n"
    );
    let found = lines(&output);
    let told: Vec<_> = found.iter().map(|f| json!([f["file"], f["packets"], f["broken"]["at"]])).collect();
    assert_eq!(told, [json!(["broken.pcap", 1, 94]), json!(["calm.pcap", 10, null])]);
}

#[test]
fn a_file_that_is_still_being_written_is_no_error() {
    let calm = calm();
    let bench = Bench::new(&[("live.pcap", &calm[..calm.len() - 1])]);
    let output = bench.run(&["inspect", "--format", "json", "live.pcap"]);
    assert_eq!((output.status.code(), &lines(&output)[0]["packets"]), (Some(0), &json!(9)));
    let said = text(&output.stderr);
    assert!(said.starts_with("note: live.pcap is still being written: the record at byte "), "{said}");
}

#[test]
fn events_want_a_site() {
    let bench = Bench::new(&[("calm.pcap", &calm())]);
    let output = bench.run(&["inspect", "--events", "calm.pcap"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--site <DIR>"), "{}", text(&output.stderr));
}
