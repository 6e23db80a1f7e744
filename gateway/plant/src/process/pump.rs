//! The pump and its drive.

use super::{lag, ramp};

/// Below this speed the pump only holds the column of water, Hz.
const HOLDS_AT: f64 = 15.0;
/// Rated speed, Hz, and what it delivers, m3/h.
const RATED: (f64, f64) = (50.0, 1_800.0);
/// How fast the drive changes speed, Hz/s.
const RAMP: f64 = 0.1;
/// How fast an unpowered pump slows down, Hz/s.
const COAST: f64 = 0.5;
/// The overspeed relay: trips after this many seconds above this many Hz.
const OVERSPEED: (f64, f64) = (10.0, 52.0);
/// The winding thermostat trips here, degC.
const TOO_HOT: f64 = 110.0;
/// Air around the motor, degC, and the rise at rated speed.
const WARMTH: (f64, f64) = (20.0, 60.0);
/// Time constant of the motor's heat, seconds.
const WARMING: f64 = 300.0;

/// A pump on a variable-speed drive.
#[derive(Clone, Debug)]
pub struct Pump {
    setpoint: f64,
    run: bool,
    speed: f64,
    temperature: f64,
    too_fast_for: f64,
    fault: bool,
}

impl Default for Pump {
    /// Running steadily at 36 Hz.
    fn default() -> Self {
        let mut pump =
            Self { setpoint: 36.0, run: true, speed: 36.0, temperature: 0.0, too_fast_for: 0.0, fault: false };
        pump.temperature = pump.final_temperature();
        pump
    }
}

impl Pump {
    /// Commanded speed, Hz.
    pub fn setpoint(&self) -> f64 {
        self.setpoint
    }

    /// Commands a speed, Hz. The drive takes any: nothing but a limit before it protects the pump.
    pub fn command_speed(&mut self, hertz: f64) {
        self.setpoint = hertz;
    }

    /// Whether it is commanded to run.
    pub fn run(&self) -> bool {
        self.run
    }

    /// Commands run or stop. Run after stop clears a fault once the pump stands.
    pub fn command_run(&mut self, run: bool) {
        if run && !self.run && self.speed < 1.0 && self.temperature < TOO_HOT {
            self.fault = false;
        }
        self.run = run;
    }

    /// Speed at which it turns, Hz.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Whether a protection tripped it.
    pub fn fault(&self) -> bool {
        self.fault
    }

    /// Winding temperature, degC.
    pub fn temperature(&self) -> f64 {
        self.temperature
    }

    /// What it delivers into the tank, m3/h.
    pub fn delivery(&self) -> f64 {
        ((self.speed - HOLDS_AT) / (RATED.0 - HOLDS_AT)).max(0.0) * RATED.1
    }

    pub(super) fn step(&mut self, seconds: f64) {
        self.speed = if self.run && !self.fault {
            ramp(self.speed, self.setpoint, RAMP, seconds)
        } else {
            ramp(self.speed, 0.0, COAST, seconds)
        };
        self.temperature = lag(self.temperature, self.final_temperature(), WARMING, seconds);
        self.too_fast_for = if self.speed > OVERSPEED.1 { self.too_fast_for + seconds } else { 0.0 };
        self.fault |= self.too_fast_for >= OVERSPEED.0 || self.temperature > TOO_HOT;
    }

    fn final_temperature(&self) -> f64 {
        WARMTH.0 + WARMTH.1 * (self.speed / RATED.0).powi(3)
    }
}
