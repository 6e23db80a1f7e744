//! The gateway of a test: a state of its own, which has seen what the test gives and nothing else.

use crate::decision::{Decision, Mode, Verdict};
use crate::policy::{Policy, Turn};
use crate::registers;
use crate::site::{Answer, Given, Test, TestMode};
use crate::state::{Ending, State};
use core::time::Duration;
use sluice_model::{Action, Code, Direction, Instant, Operation, Values};

/// When tests begin on the monotonic clock: everything given lies after its zero.
const BEGIN: Instant = Instant(1_000 * 86_400 * 1_000_000_000);
/// Windows and broken glass outlast every test.
const LONG: Duration = Duration::from_hours(400 * 24);

/// The gateway of one test.
pub(super) struct Scene<'t> {
    pub(super) policy: Policy,
    pub(super) now: Instant,
    test: &'t Test,
    /// How many messages were sent.
    sent: usize,
}

impl<'t> Scene<'t> {
    pub(super) fn new(policy: &Policy, test: &'t Test) -> Self {
        let state = State::new(1);
        let policy = policy.bind(&state);
        if let Some(moment) = test.moment {
            let wall = i64::try_from(moment.as_nanosecond()).unwrap_or(i64::MAX);
            let _ = state.clock().tell(BEGIN, wall, true);
        }
        for id in test.windows.iter().flatten() {
            if let Some(window) = policy.site().windows.get(usize::from(id.0)) {
                let _ = state.open_window(&window.name, BEGIN, LONG);
            }
        }
        match test.mode {
            Some(TestMode::Lockdown) => _ = state.lock_down(true),
            Some(TestMode::BreakGlass) => _ = state.break_glass(BEGIN, LONG),
            Some(TestMode::Conduits(_)) | None => {}
        }
        // What was seen first comes first, and whole registers before bits of them that were seen at once with them.
        let mut given: Vec<&Given> = test.given.iter().collect();
        given.sort_by_key(|g| core::cmp::Reverse(g.age));
        let scene = Self { policy, now: BEGIN, test, sent: 0 };
        for seen in given {
            scene.seen(seen);
        }
        scene
    }

    /// The gateway sees a value of a tag.
    fn seen(&self, given: &Given) {
        let at = Instant(BEGIN.0.saturating_sub(given.age.as_nanos() as u64));
        let tags = self.policy.tags_of(given.asset, given.speaks);
        let Some(tag) = tags.named(&given.tag).map(|index| tags.tag(index)) else { return };
        let Some(speaks) = self.policy.site().asset(given.asset).speaks.get(given.speaks) else { return };
        let span = tag.span(given.element, given.element);
        let words = registers::encode(&tag, &given.raw);
        let device = match &speaks.devices {
            crate::site::Devices::Listed(list) => list.first().copied().unwrap_or_default(),
            crate::site::Devices::Any => speaks.protocol.device.default,
        };
        if let Some(bit) = tag.bit {
            let raw = words.first().is_some_and(|word| *word != 0);
            return self.policy.bound().suppose_bit(given.asset, device, span, bit, raw, at);
        }
        let Some(function) = (speaks.protocol.usual_function)(Action::Read, Some(span)) else { return };
        let bits = speaks.protocol.space(tag.space).bits == 1;
        let bytes: Vec<u8> = if bits {
            vec![words.first().map_or(0, |w| *w as u8)]
        } else {
            words.iter().flat_map(|w| w.to_be_bytes()).collect()
        };
        let operation = Operation {
            protocol: speaks.protocol.id,
            direction: Direction::ToClient,
            device,
            action: Action::Read,
            code: Code { function: *function.codes.start(), sub: function.sub },
            function,
            target: Some(span),
            values: if bits { Values::Bits(&bytes) } else { Values::Words(&bytes) },
        };
        self.policy.bound().observed(given.asset, &operation, at, at);
    }

    /// How many messages are sent.
    pub(super) fn messages(&self) -> usize {
        self.test.repeat.map_or(self.test.messages.len(), |(times, _)| times as usize)
    }

    pub(super) fn turn(&self) -> Turn<'_> {
        self.policy.turn(self.now)
    }

    /// What a decision comes to in the test's mode.
    pub(super) fn verdict(&self, decision: &Decision) -> Verdict {
        match (self.test.mode, decision.reason) {
            (Some(TestMode::Conduits(Mode::Enforce)), Some(_)) => Verdict::Deny,
            (Some(TestMode::Conduits(_)), Some(_)) => Verdict::Alert,
            _ => decision.verdict,
        }
    }

    /// Whether the test says what time it is, or which windows are open.
    pub(super) fn says_when(&self) -> bool {
        self.test.moment.is_some() || self.test.windows.is_some()
    }

    /// The message was let through and is answered.
    pub(super) fn answered(&self, reservation: crate::state::Reservation) {
        let answers = &self.test.answers;
        let answer = if answers.len() == 1 { answers.first() } else { answers.get(self.sent) };
        let ending = match answer.copied().unwrap_or_default() {
            Answer::Positive => Ending::Acknowledged,
            Answer::Exception => Ending::Refused,
            Answer::None => Ending::Forgotten,
        };
        self.policy.ended(reservation, ending, self.now);
    }

    /// The time of the next message comes.
    pub(super) fn next(&mut self) {
        self.sent += 1;
        if let Some((times, span)) = self.test.repeat {
            self.now = BEGIN + span / times * u32::try_from(self.sent).unwrap_or(u32::MAX);
        }
    }
}
