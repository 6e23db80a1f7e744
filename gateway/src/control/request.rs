//! What is said over the socket.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest line that is read, either way.
pub(super) const LONGEST: usize = 64 << 10;

/// Something that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "request", deny_unknown_fields)]
pub(crate) enum Request {
    /// How the gateway stands.
    Status,
    /// To read the policy again.
    Reload,
    /// An order to the plant's protection.
    Order(Order),
}

/// What one person orders; some need another person who orders the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Order {
    /// What.
    pub(crate) what: What,
    /// The role that the person has.
    #[serde(rename = "as")]
    pub(crate) role: String,
    /// The ticket that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ticket: Option<String>,
    /// For how many seconds; as long as the policy lets it when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<u64>,
}

/// What can be ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum What {
    /// To open a window.
    WindowOpen(String),
    /// To close it.
    WindowClose(String),
    /// To break the glass.
    BreakGlass,
    /// To make it whole.
    MendGlass,
    /// To lock the plant down.
    Lockdown,
    /// To end that.
    EndLockdown,
}

impl What {
    /// In words: `window filter-maintenance`.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::WindowOpen(name) => format!("opening window {name}"),
            Self::WindowClose(name) => format!("closing window {name}"),
            Self::BreakGlass => "breaking the glass".to_owned(),
            Self::MendGlass => "ending break-glass".to_owned(),
            Self::Lockdown => "the lockdown".to_owned(),
            Self::EndLockdown => "ending the lockdown".to_owned(),
        }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// `done`, `waiting` for somebody else to order the same, or `refused`.
    pub(crate) outcome: String,
    /// In a sentence.
    pub(crate) message: String,
    /// What was asked for, for a status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<Value>,
}
