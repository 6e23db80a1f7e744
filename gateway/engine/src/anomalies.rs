//! Anomalies that no parser can see, because they lie outside of any one message.

use sluice_model::{AnomalyKind, Blame, Fault};

/// Every anomaly that the engine itself reports; those of a protocol stand in its descriptor.
pub static ANOMALIES: &[&AnomalyKind] = &[&CONFLICT, &TRUNCATED, &UNDECODED, &UNFRAMED];

/// Two segments bring different bytes for one place.
pub(crate) static CONFLICT: AnomalyKind = AnomalyKind {
    name: "tcp-overlap-conflict",
    blame: Blame::Malformed,
    clause: "RFC 9293 3.10.7.4",
    meaning: "two segments bring different bytes for the same place; the first copy counts",
    fault: Fault::Value,
};

/// The sender ended its half of the connection in the middle of a message.
pub(crate) static TRUNCATED: AnomalyKind = AnomalyKind {
    name: "truncated",
    blame: Blame::Malformed,
    clause: "RFC 9293 3.6",
    meaning: "the sender closed the connection in the middle of a message",
    fault: Fault::Value,
};

/// The parser neither found an operation nor said why.
pub(crate) static UNDECODED: AnomalyKind = AnomalyKind {
    name: "undecoded",
    blame: Blame::Unsupported,
    clause: "protocol contract",
    meaning: "nothing in the message could be decoded",
    fault: Fault::Function,
};

/// The parser gave a message of impossible length.
pub(crate) static UNFRAMED: AnomalyKind = AnomalyKind {
    name: "unframed",
    blame: Blame::Unsupported,
    clause: "protocol contract",
    meaning: "the parser could not tell where the message ends",
    fault: Fault::Value,
};
