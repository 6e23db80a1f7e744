//! Tests that a policy carries with it.

use super::{AssetId, Location, Passes};
use crate::decision::{Reason, Verdict};
use crate::services::End;
use sluice_model::Descriptor;

/// One `[[test]]`.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub at: Location,
    /// Who sends; message `n` comes from `from[n % from.len()]`.
    pub from: Vec<End>,
    /// Who is addressed.
    pub to: AssetId,
    /// The messages, in order.
    pub messages: Vec<TestMessage>,
    /// What is expected: one for all messages, or as many as there are messages.
    pub expect: Vec<Expectation>,
}

/// One message of a test.
#[derive(Clone)]
pub enum TestMessage {
    /// In words, `write pump_speed = 60 Hz`, with where they stand.
    Words {
        /// The protocol.
        protocol: &'static Descriptor,
        /// The words.
        text: String,
        /// Where they stand.
        at: Location,
    },
    /// In bytes after the transport's header.
    Bytes {
        /// The protocol.
        protocol: &'static Descriptor,
        /// The device addressed.
        device: u32,
        /// The message body (for Modbus, the PDU).
        bytes: Vec<u8>,
        /// Where they stand.
        at: Location,
    },
    /// The use of a service, a port or an Ethertype.
    Service {
        /// What is used.
        passes: Passes,
        /// What stands in the test: `ssh`.
        words: String,
        /// Where it stands.
        at: Location,
    },
}

impl core::fmt::Debug for TestMessage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Words { text, .. } => write!(f, "Words({text:?})"),
            Self::Service { words, .. } => write!(f, "Service({words})"),
            Self::Bytes { device, bytes, .. } => write!(f, "Bytes({device}, {bytes:02x?})"),
        }
    }
}

/// What a test expects of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What is expected.
    pub expected: Expected,
    /// Where it stands.
    pub at: Location,
}

/// A verdict that a test expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This verdict, whatever the statement or reason.
    Verdict(Verdict),
    /// Allowed by `conduit.id`.
    AllowedBy(String),
    /// Denied because of this.
    DeniedBecause(Reason),
}
