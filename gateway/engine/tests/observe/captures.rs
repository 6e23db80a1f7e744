//! Real captures: every facet as `TShark` counts it, every packet explained.
//!
//! They are not part of this repository; the test runs where `SLUICE_CAPTURES` names their folder, or where it stands
//! beside the repository as `shared/captures`.

use crate::deaf::Deaf;
use serde_json::Value;
use sluice_engine::frames::LinkType;
use sluice_engine::observe::{Limits, Observer, Summary};
use sluice_model::Instant;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What `TShark` calls the tables, and the facets here.
const FACETS: [(&str, &str); 4] = [
    ("requests_per_fc", "request"),
    ("responses_per_fc_incl_exceptions", "response"),
    ("exceptions_fc_slash_code", "exception"),
    ("unit_ids", "unit"),
];

/// Reads a classic capture file of little-endian microseconds.
fn read(file: &[u8]) -> Option<Summary> {
    let long = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
    if file.get(..4) != Some(&[0xD4, 0xC3, 0xB2, 0xA1]) {
        return None;
    }
    let link = LinkType::from_number(long(&file[20..24]));
    let mut observer = Observer::new(None, Limits::default());
    let mut rest = &file[24..];
    while let Some(head) = rest.get(..16) {
        let captured = long(&head[8..12]) as usize;
        let Some(bytes) = rest.get(16..16 + captured) else { break };
        let at = u64::from(long(&head[..4])) * 1_000_000_000 + u64::from(long(&head[4..8])) * 1000;
        observer.packet(Instant(at), link, bytes, long(&head[12..16]) as usize, &mut Deaf);
        rest = &rest[16 + captured..];
    }
    observer.finish(&mut Deaf);
    Some(observer.summary())
}

fn table(truth: &Value) -> BTreeMap<String, u64> {
    truth.as_object().unwrap().iter().map(|(k, v)| (k.clone(), v.as_u64().unwrap())).collect()
}

#[test]
fn every_facet_is_as_tshark_counts_it_and_every_packet_explained() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let folder = std::env::var_os("SLUICE_CAPTURES").map_or(beside, PathBuf::from);
    let Ok(truth) = std::fs::read(folder.join("truth.json")) else {
        // Past the harness, which keeps to itself what a passing test prints.
        let _ = writeln!(std::io::stderr(), "skipped: set SLUICE_CAPTURES to a folder of captures");
        return;
    };
    let truth: Value = serde_json::from_slice(&truth).unwrap();
    let mut wrong = Vec::new();
    for (name, entry) in truth.as_object().unwrap() {
        let Ok(file) = std::fs::read(folder.join(name)) else { continue };
        let Some(summary) = read(&file) else { continue };
        assert_eq!(summary.packets, entry["_meta"]["packets"].as_u64().unwrap(), "{name}");
        assert_eq!(summary.classes.values().sum::<u64>(), summary.packets, "{name}");
        // Where a message is malformed for TShark it is left out there, and may count here.
        if entry.get("modbus").is_none_or(|m| m["malformed_frames"] != 0) {
            continue;
        }
        for (theirs, ours) in FACETS {
            let counted = summary.protocols.get("modbus").and_then(|s| s.counts.get(ours)).cloned().unwrap_or_default();
            let counted: BTreeMap<String, u64> = counted.iter().map(|(k, v)| (k.to_string(), *v)).collect();
            if counted != table(&entry["modbus"][theirs]) {
                wrong.push(format!("{name} {ours}: {counted:?}, not {:?}", entry["modbus"][theirs]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
