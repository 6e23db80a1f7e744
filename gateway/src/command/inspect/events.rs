//! One line a judged operation, in the order of the capture.

use super::super::Terminal;
use super::super::failure::Failure;
use serde::Serialize;
use sluice_engine::Judged;
use sluice_engine::observe::Seen;
use sluice_policies::Explanation;

/// Writes events; the first failure ends it.
pub(super) struct Events<'t> {
    terminal: &'t mut Terminal,
    failure: Option<Failure>,
}

/// What `--events` prints of an operation.
#[derive(Serialize)]
pub(super) struct Event {
    /// The number of the packet that completed the message, from 1 on.
    packet: u64,
    /// When it came, in milliseconds since 1970.
    time: u64,
    from: String,
    to: String,
    protocol: &'static str,
    device: u32,
    /// The raw function code, with its sub-function.
    code: String,
    /// What happens to the whole message.
    message: &'static str,
    #[serde(flatten)]
    explanation: Explanation,
}

impl Event {
    pub(super) fn of(seen: &Seen<'_>, judged: &Judged<'_>) -> Self {
        Self {
            packet: seen.scene.packet,
            time: seen.scene.at.0 / 1_000_000,
            from: seen.scene.source.to_string(),
            to: seen.scene.destination.to_string(),
            protocol: seen.protocol.name,
            device: seen.operation.device,
            code: seen.operation.code.to_string(),
            message: judged.verdict.name(),
            explanation: judged.explain(),
        }
    }
}

impl<'t> Events<'t> {
    pub(super) fn new(terminal: &'t mut Terminal) -> Self {
        Self { terminal, failure: None }
    }

    pub(super) fn operation(&mut self, seen: &Seen<'_>) {
        let Some(judged) = seen.judged.filter(|_| self.failure.is_none()) else { return };
        self.failure = self.terminal.json(&Event::of(seen, judged)).err();
    }

    /// Whether anybody still reads.
    pub(super) fn goes_on(&self) -> bool {
        self.failure.is_none()
    }

    /// Why writing ended.
    pub(super) fn failure(self) -> Option<Failure> {
        self.failure
    }
}
