//! What the demonstration shows: plain numbers and lines, filled by `story`, drawn by `screen`, `plain` and `picture`.

use std::collections::VecDeque;
use std::time::Duration;

/// How many lines of each list are kept.
const KEPT: usize = 64;
/// How many like refusals are shown before they are only counted.
const IN_A_ROW: usize = 3;

/// One state of the demonstration.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// The site's name.
    pub site: String,
    /// Where the metrics are.
    pub metrics: String,
    /// Time since the start.
    pub elapsed: Duration,
    /// How long it will run; `None` until stopped.
    pub length: Option<Duration>,
    /// The process.
    pub plant: PlantPanel,
    /// What the gateway counted.
    pub gateway: GatewayPanel,
    /// What each conduit let through and refused.
    pub conduits: Vec<ConduitLine>,
    /// The newest refusals, the newest last.
    pub refusals: VecDeque<RefusalLine>,
    /// What the people of the story did, the newest last.
    pub moments: VecDeque<MomentLine>,
}

/// The process.
#[derive(Clone, Debug, Default)]
pub struct PlantPanel {
    /// Tank level in percent.
    pub level: f64,
    /// Pump speed in hertz.
    pub speed: f64,
    /// Whether the pump runs.
    pub running: bool,
    /// Whether the pump has tripped.
    pub tripped: bool,
    /// Flow in cubic metres an hour.
    pub flow: f64,
    /// Chlorine residual in milligrams a litre.
    pub chlorine: f64,
    /// Its set point.
    pub chlorine_set: f64,
}

/// What the gateway counted.
#[derive(Clone, Debug, Default)]
pub struct GatewayPanel {
    /// Operations let through.
    pub allowed: u64,
    /// Operations refused.
    pub refused: u64,
    /// Messages that break the protocol.
    pub anomalies: u64,
    /// Open connections.
    pub connections: u64,
    /// From receiving to having sent, by the gateway's own clock.
    pub inside: Latency,
    /// Round trips through the gateway.
    pub through: Latency,
    /// Round trips past it, to a like controller.
    pub direct: Latency,
}

/// Median and 99th percentile of a round trip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// Median.
    pub p50: Duration,
    /// 99th percentile.
    pub p99: Duration,
}

impl Latency {
    /// Percentiles of samples, in any order; zero when there are none.
    pub fn of(samples: &mut [Duration]) -> Self {
        if samples.is_empty() {
            return Self::default();
        }
        samples.sort_unstable();
        let at = |percent: usize| samples[(samples.len() - 1) * percent / 100];
        Self { p50: at(50), p99: at(99) }
    }

    /// What `self` adds to `other`, never below zero.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        Self { p50: self.p50.saturating_sub(other.p50), p99: self.p99.saturating_sub(other.p99) }
    }
}

/// What one conduit let through and refused.
#[derive(Clone, Debug, Default)]
pub struct ConduitLine {
    /// Its name.
    pub name: String,
    /// Operations let through.
    pub allowed: u64,
    /// Operations refused.
    pub refused: u64,
}

/// One refusal and its explanation.
#[derive(Clone, Debug, Default)]
pub struct RefusalLine {
    /// When.
    pub at: Duration,
    /// Who asked.
    pub source: String,
    /// Whom.
    pub destination: String,
    /// For what, in tag names.
    pub operation: String,
    /// The reason's word.
    pub reason: String,
    /// Why, in a sentence.
    pub sentence: String,
    /// The nearest statement and where it stands: `operators.speed conduits.toml:21`.
    pub statement: String,
    /// How often, when it was said again.
    pub count: u64,
}

/// What somebody in the story did.
#[derive(Clone, Debug, Default)]
pub struct MomentLine {
    /// When.
    pub at: Duration,
    /// Who.
    pub who: String,
    /// What, in plain words.
    pub what: String,
    /// What came of it.
    pub got: String,
    /// Whether the story says so.
    pub as_expected: bool,
    /// Whether the connection lived on, where that was tried.
    pub lived_on: Option<bool>,
}

impl Board {
    /// Adds a refusal, forgetting the oldest. A scan refuses the same source for the same reason again and again: after
    /// three in a row it only counts, and returns false.
    pub fn refused(&mut self, line: RefusalLine) -> bool {
        let alike = |other: &&RefusalLine| {
            let [one, two] = [other, &&line].map(|l| (&l.source, &l.destination, &l.reason, &l.sentence, &l.statement));
            one == two
        };
        if self.refusals.iter().rev().take_while(alike).count() >= IN_A_ROW
            && let Some(last) = self.refusals.back_mut()
        {
            last.count += line.count;
            last.at = line.at;
            return false;
        }
        push(&mut self.refusals, line);
        true
    }

    /// Adds a moment, forgetting the oldest.
    pub fn happened(&mut self, line: MomentLine) {
        push(&mut self.moments, line);
    }
}

fn push<T>(list: &mut VecDeque<T>, line: T) {
    if list.len() == KEPT {
        list.pop_front();
    }
    list.push_back(line);
}

/// A duration as people read it: `41 µs`, `1.24 ms`, `2.0 s`.
pub fn short(duration: Duration) -> String {
    let micros = duration.as_micros();
    if micros < 1_000 {
        format!("{micros} µs")
    } else if micros < 1_000_000 {
        format!("{:.2} ms", duration.as_secs_f64() * 1_000.0)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// A count with its thousands apart: `12 345`.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_hundred_samples() {
        let mut samples: Vec<_> = (0..=100).rev().map(Duration::from_micros).collect();
        let latency = Latency::of(&mut samples);
        assert_eq!((latency.p50, latency.p99), (Duration::from_micros(50), Duration::from_micros(99)));
        assert_eq!(Latency::of(&mut []), Latency::default());
    }

    #[test]
    fn added_latency_is_never_negative() {
        let fast = Latency { p50: Duration::from_micros(10), p99: Duration::from_micros(90) };
        let slow = Latency { p50: Duration::from_micros(30), p99: Duration::from_micros(60) };
        assert_eq!(slow.over(fast), Latency { p50: Duration::from_micros(20), p99: Duration::ZERO });
    }

    #[test]
    fn figures_as_people_read_them() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(short(Duration::from_micros(41)), "41 µs");
        assert_eq!(short(Duration::from_micros(1_240)), "1.24 ms");
        assert_eq!(short(Duration::from_secs(2)), "2.0 s");
    }

    #[test]
    fn lists_forget_the_oldest() {
        let mut board = Board::default();
        for count in 0..100 {
            assert!(board.refused(RefusalLine { count, source: count.to_string(), ..RefusalLine::default() }));
        }
        assert_eq!(board.refusals.len(), KEPT);
        assert_eq!(board.refusals.front().map(|l| l.count), Some(36));
    }

    #[test]
    fn a_scan_is_counted_after_three_lines() {
        let mut board = Board::default();
        let line = || RefusalLine { count: 1, reason: "no-conduit".into(), ..RefusalLine::default() };
        let shown = (0..247).filter(|_| board.refused(line())).count();
        assert_eq!(shown, 3);
        assert_eq!(board.refusals.iter().map(|l| l.count).collect::<Vec<_>>(), [1, 1, 245]);
    }
}
