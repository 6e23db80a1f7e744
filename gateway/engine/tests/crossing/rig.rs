//! A bridge with a clock, and everything that it lets out.

use crate::plant::{self, GATEWAY, Rules};
use sluice_engine::bridge::{Bounds, Bridge, BridgeOptions, Leaving, Notice, Offload, Outcome, Side};
use sluice_engine::{Answer, Forgotten, Incident, Judged, Limits, Output};
use sluice_model::{Direction, Instant};
use sluice_policies::Policy;
use sluice_policies::decision::Verdict;
use std::sync::Arc;
use std::time::Duration;

/// Everything that left.
#[derive(Default)]
pub struct Out {
    /// What left by each port, and whether it was built.
    pub sent: Vec<(Side, Vec<u8>, bool)>,
    /// The frame that is on its way, for `forward`.
    frame: Vec<u8>,
    /// Reason and number of each notice.
    pub notices: Vec<(&'static str, u64, Verdict)>,
    pub verdicts: Vec<Verdict>,
    pub incidents: Vec<&'static str>,
    pub answers: usize,
}

impl Output for Out {
    fn send(&mut self, _: Direction, _: &[u8]) {
        panic!("a bridge sends frames");
    }
    fn finish(&mut self, _: Direction) {
        panic!("a bridge sends frames");
    }
    fn reset(&mut self, why: &'static str) {
        panic!("a bridge sends frames: {why}");
    }
    fn judged(&mut self, judged: &Judged<'_>) {
        self.verdicts.push(judged.verdict);
    }
    fn incident(&mut self, incident: &Incident<'_>) {
        self.incidents.push(incident.what.name());
    }
    fn answered(&mut self, _: &Answer) {
        self.answers += 1;
    }
    fn forgotten(&mut self, _: &Forgotten) {}
}

impl Leaving for Out {
    fn forward(&mut self, to: Side, length: usize) {
        self.sent.push((to, self.frame[..length].to_vec(), false));
    }
    fn emit(&mut self, to: Side, frame: &[u8]) {
        self.sent.push((to, frame.to_vec(), true));
    }
    fn notice(&mut self, notice: &Notice<'_>) {
        assert!(notice.excerpt.len() <= Notice::EXCERPT);
        self.notices.push((notice.why.name(), notice.count, notice.verdict));
    }
}

pub struct Rig {
    pub bridge: Bridge,
    pub policy: Arc<Policy>,
    pub now: Instant,
    pub out: Out,
}

pub fn options(bounds: Bounds) -> BridgeOptions {
    BridgeOptions { gateway: GATEWAY.to_owned(), mtu: [1500, 1500], limits: Limits::default(), bounds }
}

impl Rig {
    pub fn new(rules: Rules) -> Self {
        Self::bounded(rules, Bounds::default())
    }

    pub fn bounded(rules: Rules, bounds: Bounds) -> Self {
        Self {
            bridge: Bridge::new(&options(bounds)),
            policy: plant::policy(rules),
            now: Instant(1_000_000_000),
            out: Out::default(),
        }
    }

    /// What becomes of a frame, as a word: `forwarded`, `consumed`, or why it was dropped.
    pub fn word(&mut self, side: Side, frame: &[u8]) -> &'static str {
        self.word_of(side, frame, Offload::default())
    }

    pub fn word_of(&mut self, side: Side, frame: &[u8], offload: Offload) -> &'static str {
        match self.frame(side, frame, offload) {
            Outcome::Forwarded => "forwarded",
            Outcome::Consumed => "consumed",
            Outcome::Dropped(why) => why.name(),
        }
    }

    pub fn frame(&mut self, side: Side, frame: &[u8], offload: Offload) -> Outcome {
        self.out.frame = frame.to_vec();
        let before = self.out.sent.iter().filter(|(.., built)| !built).count();
        let outcome = self.bridge.frame(self.now, &self.policy, side, frame, offload, &mut self.out);
        let forwarded = self.out.sent.iter().filter(|(.., built)| !built).count() - before;
        assert_eq!(forwarded, usize::from(outcome == Outcome::Forwarded), "forwarded once, and said so");
        outcome
    }

    /// Lets time pass, and everything happen that is due.
    pub fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.bridge.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.bridge.tick(self.now, &self.policy, &mut self.out);
        }
        self.now = end;
    }

    /// Frames that left since the last call.
    pub fn sent(&mut self) -> Vec<(Side, Vec<u8>)> {
        self.out.sent.drain(..).map(|(side, frame, _)| (side, frame)).collect()
    }

    pub fn swap(&mut self, rules: Rules) {
        self.policy = plant::policy(rules);
        self.bridge.policy_changed(self.now, &self.policy, &mut self.out);
    }
}
