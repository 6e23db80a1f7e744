//! How long the bridge waits for an acknowledgement (RFC 6298).

use core::time::Duration;

/// Until anything was measured.
const INITIAL: Duration = Duration::from_secs(1);
/// Receivers delay acknowledgements by as much.
const LEAST: Duration = Duration::from_millis(200);
/// A plant's connection that waits longer is better opened anew.
const MOST: Duration = Duration::from_secs(10);
/// The grain of what is kept: 16 s fit into two bytes.
const GRAIN: Duration = Duration::from_micros(250);

/// The round trip between the bridge and one receiver, in grains; zero as long as nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rtt {
    pub(super) smoothed: u16,
    pub(super) deviation: u16,
}

impl Rtt {
    /// An acknowledgement took `elapsed`; what was sent more than once does not count (Karn).
    pub(super) fn measured(&mut self, elapsed: Duration) {
        let grains = elapsed.as_nanos() / GRAIN.as_nanos();
        let sample = u16::try_from(grains).unwrap_or(u16::MAX).max(1);
        *self = if *self == Self::default() {
            Self { smoothed: sample, deviation: sample / 2 }
        } else {
            let (smoothed, deviation) = (u32::from(self.smoothed), u32::from(self.deviation));
            let off = u32::from(self.smoothed.abs_diff(sample));
            Self {
                smoothed: ((7 * smoothed + u32::from(sample)) / 8).max(1) as u16,
                deviation: ((3 * deviation + off) / 4) as u16,
            }
        };
    }

    /// How long to wait after `attempts` in vain.
    pub(super) fn patience(self, attempts: u8) -> Duration {
        let first = if self == Self::default() {
            INITIAL
        } else {
            let grains = u32::from(self.smoothed) + 4 * u32::from(self.deviation);
            (GRAIN * grains).clamp(LEAST, MOST)
        };
        (first * (1 << attempts.min(6))).min(MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn patience_follows_what_is_measured_between_its_bounds() {
        let mut rtt = Rtt::default();
        assert_eq!(rtt.patience(0), INITIAL);
        rtt.measured(ms(400));
        assert_eq!(rtt.patience(0), ms(1200));
        for _ in 0..100 {
            rtt.measured(ms(400));
        }
        assert!(rtt.patience(0) <= ms(410) && rtt.patience(0) >= ms(390), "{:?}", rtt.patience(0));
        rtt.measured(ms(800));
        assert!(rtt.patience(0) > ms(800), "a late acknowledgement widens it at once");
        for _ in 0..200 {
            rtt.measured(Duration::ZERO);
        }
        assert_eq!((rtt.patience(0), rtt.patience(2)), (LEAST, 4 * LEAST));
        rtt.measured(Duration::from_secs(1000));
        assert_eq!((rtt.patience(0), rtt.patience(u8::MAX)), (MOST, MOST));
    }
}
