//! What an observer finds odd about flows, and the bounds that it reaches.

use crate::frames::kind;
use sluice_model::AnomalyKind;

/// Every anomaly of the observer itself; those of frames, fragments and messages stand with their readers.
pub static ANOMALIES: &[&AnomalyKind] = &[
    &OVERLAP_CONFLICT,
    &GAP,
    &TCP_FRAGMENTED,
    &FLOW_TABLE_FULL,
    &FLOW_MEMORY_FULL,
    &DEVICE_TABLE_FULL,
    &HELD_FULL,
    &OUTSTANDING_FULL,
];

pub(super) static OVERLAP_CONFLICT: AnomalyKind = kind!(
    "tcp-overlap-conflict",
    Misbehaving,
    "RFC 9293 3.4",
    "Bytes of a connection came twice, with different values; the first ones were read."
);
pub(super) static GAP: AnomalyKind = kind!(
    "tcp-gap",
    Bound,
    "RFC 9293 3.4",
    "Bytes of a connection are not in the capture; reading went on behind them."
);
pub(super) static TCP_FRAGMENTED: AnomalyKind =
    kind!("tcp-fragmented", Unsupported, "RFC 1858", "A TCP segment came in IP fragments, which no sender needs.");
pub(super) static FLOW_TABLE_FULL: AnomalyKind =
    kind!("flow-table-full", Bound, "gateway", "The flow that was quiet for longest was forgotten for a new one.");
pub(super) static FLOW_MEMORY_FULL: AnomalyKind = kind!(
    "flow-memory-full",
    Bound,
    "gateway",
    "The flow that was quiet for longest was forgotten for want of memory."
);
pub(super) static DEVICE_TABLE_FULL: AnomalyKind =
    kind!("device-table-full", Bound, "gateway", "An address was not listed, because the list is full.");
pub(super) static HELD_FULL: AnomalyKind =
    kind!("held-full", Bound, "gateway", "A message is longer than the gateway may hold.");
pub(super) static OUTSTANDING_FULL: AnomalyKind =
    kind!("outstanding-full", Bound, "gateway", "Too many requests wait for their responses.");
