//! Looking around: which units answer, which functions exist.

use super::{Finding, Post, Reply};
use crate::controllers::Controller;
use crate::stations::Station;
use std::collections::BTreeMap;

/// Units that a Modbus address can name.
const UNITS: std::ops::RangeInclusive<u8> = 1..=247;
/// Function codes of requests.
const FUNCTIONS: std::ops::RangeInclusive<u8> = 1..=127;

/// Asks every unit for a register.
pub(crate) async fn unit_sweep(post: &Post, who: Station, to: Controller) -> Finding {
    let probes: Vec<_> = UNITS.map(|unit| (unit, vec![3, 0, 100, 0, 1])).collect();
    sweep(post, who, to, "unit", &probes).await
}

/// Tries every function, each with a request that a controller would find sound.
pub(crate) async fn function_scan(post: &Post, who: Station, to: Controller) -> Finding {
    let probes: Vec<_> = FUNCTIONS.map(|function| (1, [&[function][..], body(function)].concat())).collect();
    sweep(post, who, to, "function", &probes).await
}

/// Sends all probes over one connection; each has to be refused.
async fn sweep(post: &Post, who: Station, to: Controller, kind: &str, probes: &[(u8, Vec<u8>)]) -> Finding {
    let expected = format!("{} refusals on one connection", probes.len());
    let mut wire = match post.connect(who, to).await {
        Ok(wire) => wire,
        Err(error) => return Finding::unreachable(expected, &error),
    };
    let mut refusals: BTreeMap<u8, usize> = BTreeMap::new();
    let mut served: Vec<u8> = Vec::new();
    for (unit, pdu) in probes {
        match wire.ask(*unit, pdu).await {
            Reply::Exception(code) => *refusals.entry(code).or_default() += 1,
            Reply::Served(_) => served.push(if kind == "unit" { *unit } else { pdu[0] }),
            other => {
                let got = format!("{kind} {}: {other}", if kind == "unit" { *unit } else { pdu[0] });
                return Finding::new(expected, got, false).survived(false);
            }
        }
    }
    let counted: Vec<_> = refusals.iter().map(|(code, n)| format!("{n} x exception {code}")).collect();
    let got = if served.is_empty() {
        counted.join(", ")
    } else {
        format!("{}; carried out: {kind} {served:?}", counted.join(", "))
    };
    Finding::new(expected, got, served.is_empty()).survived(true)
}

/// What follows the function code in a sound request of it.
fn body(function: u8) -> &'static [u8] {
    match function {
        1..=4 => &[0, 100, 0, 1],
        5 => &[0, 0, 0xFF, 0],
        6 => &[0, 101, 0, 201],
        8 => &[0, 0, 0xA5, 0x37],
        15 => &[0, 0, 0, 1, 1, 1],
        16 => &[0, 101, 0, 1, 2, 0, 202],
        20 => &[7, 6, 0, 1, 0, 0, 0, 1],
        21 => &[9, 6, 0, 1, 0, 0, 0, 1, 0, 7],
        22 => &[0, 101, 0xFF, 0xFE, 0, 1],
        23 => &[0, 101, 0, 1, 0, 101, 0, 1, 2, 0, 203],
        24 => &[0, 10],
        43 => &[14, 1, 0],
        90 => &[0, 2],
        _ => &[],
    }
}
