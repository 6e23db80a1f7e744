//! The process: what the water does. Pure arithmetic, no clock and no socket: [`Waterworks::step`] is told how much time passed.
//!
//! River water is lifted by a pump into the raw-water tank, leaves it through an outlet valve, and is chlorinated on
//! the way. The controllers (`crate::controllers`) read and move it; nothing else does.
//!
//! The numbers are chosen so that the limits of `policies/examples/waterworks` have a reason: at 45 Hz the tank
//! settles just below its rim, above it the tank runs over, and at 52 Hz the overspeed relay trips the pump.

mod chlorination;
mod pump;
mod tank;

pub use chlorination::Chlorination;
pub use pump::Pump;
pub use tank::{Tank, Valve};

use std::time::Duration;

/// The longest stretch that is computed in one go, in seconds; longer ones are cut, so that no lag is overshot.
const LONGEST_STEP: f64 = 0.5;
/// More plant time than this in one call is not caught up with (a suspended machine wakes up).
const LONGEST_CALL: f64 = 3_600.0;

/// A whole water works.
#[derive(Clone, Debug)]
pub struct Waterworks {
    /// The pump that fills the tank.
    pub pump: Pump,
    /// The raw-water tank with its flow meter.
    pub tank: Tank,
    /// The tank's outlet valve.
    pub valve: Valve,
    /// Chlorine and alum.
    pub chlorination: Chlorination,
    extremes: Extremes,
}

/// The worst that the process has seen since it was started (or since [`Waterworks::forget_extremes`]).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    /// Lowest tank level, %.
    pub level_low: f64,
    /// Highest tank level, %.
    pub level_high: f64,
    /// Fastest pump speed, turning or commanded, Hz.
    pub speed: f64,
    /// Highest chlorine set point, mg/L.
    pub chlorine: f64,
    /// Whether the pump tripped.
    pub tripped: bool,
    /// Whether a controller was stopped or restarted by command.
    pub halted: bool,
}

impl Default for Waterworks {
    fn default() -> Self {
        let (pump, tank, chlorination) = (Pump::default(), Tank::default(), Chlorination::default());
        let extremes = Extremes::of(&pump, &tank, &chlorination);
        Self { pump, tank, valve: Valve::default(), chlorination, extremes }
    }
}

impl Waterworks {
    /// Lets `dt` of plant time pass.
    pub fn step(&mut self, dt: Duration) {
        let mut left = dt.as_secs_f64().min(LONGEST_CALL);
        while left > 0.0 {
            let seconds = left.min(LONGEST_STEP);
            left -= seconds;
            self.pump.step(seconds);
            self.valve.step(seconds);
            self.tank.step(seconds, self.pump.delivery(), self.valve.position());
            self.chlorination.step(seconds, self.tank.outflow());
            self.note_extremes();
        }
    }

    /// Takes note of the present state; the controllers call it after each write, so that a set point which is
    /// corrected before the next step is remembered too.
    pub fn note_extremes(&mut self) {
        let now = Extremes::of(&self.pump, &self.tank, &self.chlorination);
        let worst = &mut self.extremes;
        worst.level_low = worst.level_low.min(now.level_low);
        worst.level_high = worst.level_high.max(now.level_high);
        worst.speed = worst.speed.max(now.speed);
        worst.chlorine = worst.chlorine.max(now.chlorine);
        worst.tripped |= now.tripped;
    }

    /// Takes note that a controller was stopped or restarted by command.
    pub fn note_halt(&mut self) {
        self.extremes.halted = true;
    }

    /// The worst since the start.
    pub fn extremes(&self) -> Extremes {
        self.extremes
    }

    /// Starts the record of the worst anew, from the present state.
    pub fn forget_extremes(&mut self) {
        self.extremes = Extremes::of(&self.pump, &self.tank, &self.chlorination);
    }
}

impl Extremes {
    fn of(pump: &Pump, tank: &Tank, chlorination: &Chlorination) -> Self {
        Self {
            level_low: tank.level(),
            level_high: tank.level(),
            speed: pump.speed().max(pump.setpoint()),
            chlorine: chlorination.chlorine_setpoint(),
            tripped: pump.fault(),
            halted: false,
        }
    }
}

/// One step of a first-order lag from `now` towards `target` with time constant `tau`, all times in seconds.
fn lag(now: f64, target: f64, tau: f64, seconds: f64) -> f64 {
    target + (now - target) * (-seconds / tau).exp()
}

/// One step of a ramp from `now` towards `target` at `rate` a second.
fn ramp(now: f64, target: f64, rate: f64, seconds: f64) -> f64 {
    let reach = rate * seconds;
    now + (target - now).clamp(-reach, reach)
}

#[cfg(test)]
mod tests;
