//! The shape of an event: one JSON object a line, in classes of the Open Cybersecurity Schema Framework.

use serde::Serialize;

/// Classes that the gateway writes.
pub mod class {
    /// Network activity: a verdict, an anomaly, a bound, a controller that cannot be reached.
    pub const VERDICT: u32 = 4001;
    /// Device configuration state: the policy.
    pub const POLICY: u32 = 5019;
    /// Entity management: start and stop.
    pub const LIFECYCLE: u32 = 6003;
    /// Base event: events that were lost.
    pub const GAP: u32 = 0;
}

/// What was done about the activity, in the numbers of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "u8")]
pub enum Action {
    /// It passed.
    Allowed,
    /// It was withheld.
    Denied,
    /// It passed and is reported: the conduit only alerts.
    Observed,
}

impl From<Action> for u8 {
    fn from(action: Action) -> Self {
        match action {
            Action::Allowed => 1,
            Action::Denied => 2,
            Action::Observed => 3,
        }
    }
}

/// How much it matters, in the numbers of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "u8")]
pub enum Severity {
    /// For the record.
    Informational,
    /// A denied read.
    Low,
    /// An unknown source, an anomaly, a bound.
    Medium,
    /// A denied write, program or other change.
    High,
    /// Protection is lost, or evidence is.
    Critical,
}

impl From<Severity> for u8 {
    fn from(severity: Severity) -> Self {
        severity as Self + 1
    }
}

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// One of [`class`].
    pub class_uid: u32,
    /// Milliseconds since 1970.
    pub time: u64,
    /// How much it matters.
    pub severity_id: Severity,
    /// What was done, for a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_id: Option<Action>,
    /// Its identity.
    pub metadata: Metadata,
    /// What happened, in one sentence for the operator.
    pub message: String,
    /// Who sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_endpoint: Option<Endpoint>,
    /// Who was addressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_endpoint: Option<Endpoint>,
    /// Techniques of ATT&CK for ICS that it may belong to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attacks: Vec<Attack>,
    /// Version of the layout of `ics`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ics_v: Option<u32>,
    /// The operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ics: Option<Ics>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The state of the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyState>,
    /// What was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// How many times it happened; those after the first are counted for 10 s and told together.
    pub count: u64,
}

impl Event {
    /// An event with nothing but this; its identity is given when it is written.
    pub(super) fn new(class_uid: u32, time: u64, severity_id: Severity, message: String) -> Self {
        Self {
            class_uid,
            time,
            severity_id,
            action_id: None,
            metadata: Metadata::default(),
            message,
            src_endpoint: None,
            dst_endpoint: None,
            attacks: Vec::new(),
            ics_v: None,
            ics: None,
            decision: None,
            policy: None,
            gap: None,
            count: 1,
        }
    }
}

/// An event's identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// `gateway:epoch:sequence`; the epoch is random at each start, so no identity is ever used twice.
    pub uid: String,
}

/// One end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// The asset's name, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address.
    pub ip: String,
    /// The port.
    pub port: u16,
}

/// A technique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Attack {
    /// Which.
    pub technique: Technique,
    /// The version of ATT&CK for ICS.
    pub version: &'static str,
}

/// A technique's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Technique {
    /// `T0836`.
    pub uid: &'static str,
}

/// The protocol's side of a verdict.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ics {
    /// The protocol.
    pub protocol: &'static str,
    /// The operation in the plant's own words: `write pump_speed = 60 Hz`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// What the operation does: a verb of the policy language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'static str>,
    /// The raw function code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// The raw sub-function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<u16>,
    /// The device addressed inside the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<u32>,
    /// The items: `holding 100 .. 103`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// The tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The value, in engineering units where the tag has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The anomaly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anomaly: Option<Anomaly>,
}

/// An anomaly of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Anomaly {
    /// Its stable name.
    pub kind: &'static str,
    /// The clause of the specification that is broken.
    pub clause: &'static str,
    /// Offset of the offending byte in the message.
    pub offset: usize,
    /// The first bytes of the message, in hexadecimal.
    pub excerpt: String,
}

/// Why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What happened to the message: `allow`, `alert`, `deny`.
    pub verdict: &'static str,
    /// The conduit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conduit: Option<String>,
    /// The statement, or the nearest one: `operators.speed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// Where it stands: `site.toml:41`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The reason, or the bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The one thing that differed, in a sentence: `60 Hz is outside 20 .. 45 Hz`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What the nearest statement would have allowed: `20 .. 45 Hz`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

/// The state of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyState {
    /// `loaded`; `rejected`; `lapsed` when what `[unmatched]` suspended is enforced again.
    pub state: &'static str,
    /// SHA-256 of the files of the policy that runs.
    pub hash: String,
    /// The mistakes of a rejected policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<String>,
}

/// What was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Why: `queue-full`, `table-full`.
    pub reason: &'static str,
    /// How many of each severity, from informational to critical.
    pub by_severity: [u64; 5],
}
