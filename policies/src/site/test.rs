//! Tests that a policy carries with it.

use super::{AssetId, Location, Passes, WindowId};
use crate::decision::{Mode, Reason, Verdict};
use crate::language::RawValue;
use crate::services::End;
use core::time::Duration;
use jiff::Timestamp;
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
    /// How often messages are sent, in turn, evenly over a span of time; once each, at one moment, without it.
    pub repeat: Option<(u32, Duration)>,
    /// What the gateway has seen; of all else it has seen nothing.
    pub given: Vec<Given>,
    /// When it takes place; without it, no schedule and no date holds.
    pub moment: Option<Timestamp>,
    /// The windows that are open; `None` when the test does not say.
    pub windows: Option<Vec<WindowId>>,
    /// What else is the case.
    pub mode: Option<TestMode>,
    /// What devices answer: one for all messages, or as many as there are messages; positively when empty.
    pub answers: Vec<Answer>,
    /// What is expected: one for all messages, or as many as are sent.
    pub expect: Vec<Expectation>,
}

/// A value that the gateway has seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The asset.
    pub asset: AssetId,
    /// Index into its `speaks`.
    pub speaks: usize,
    /// The tag's name.
    pub tag: String,
    /// Which element.
    pub element: u64,
    /// What it was.
    pub raw: RawValue,
    /// How long before the first message.
    pub age: Duration,
}

/// What is the case while a test runs, instead of what the site says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestMode {
    /// Every conduit is in this mode.
    Conduits(Mode),
    /// The plant is locked down.
    Lockdown,
    /// The glass is broken.
    BreakGlass,
}

/// What a device answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// It does what it is asked.
    #[default]
    Positive,
    /// It refuses.
    Exception,
    /// Nothing.
    None,
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
