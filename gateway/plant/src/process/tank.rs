//! The raw-water tank, its flow meter and its outlet valve.

use super::ramp;
use std::f64::consts::TAU;

/// What the tank holds, m3.
const VOLUME: f64 = 400.0;
/// Outflow through the open valve at half level, m3/h.
const OUTFLOW: f64 = 1_100.0;
/// The town draws this much more and less, as a fraction, over this many seconds.
const DEMAND: (f64, f64) = (0.04, 900.0);
/// Time from closed to open, seconds.
const TRAVEL: f64 = 60.0;
/// Alarm limits, %.
const LOW: f64 = 15.0;
const HIGH: f64 = 92.0;

/// The tank. Level follows from what goes in and out; nothing else moves it.
#[derive(Clone, Debug)]
pub struct Tank {
    volume: f64,
    inflow: f64,
    outflow: f64,
    spilled: f64,
    total: f64,
    clock: f64,
}

impl Default for Tank {
    /// Half full.
    fn default() -> Self {
        Self { volume: VOLUME / 2.0, inflow: 0.0, outflow: 0.0, spilled: 0.0, total: 184_300.0, clock: 0.0 }
    }
}

impl Tank {
    /// Level, % of the full tank.
    pub fn level(&self) -> f64 {
        100.0 * self.volume / VOLUME
    }

    /// Water in it, m3.
    pub fn volume(&self) -> f64 {
        self.volume
    }

    /// Flow into it, m3/h: what the flow meter shows.
    pub fn inflow(&self) -> f64 {
        self.inflow
    }

    /// Flow out of it, m3/h.
    pub fn outflow(&self) -> f64 {
        self.outflow
    }

    /// What ran over the rim so far, m3.
    pub fn spilled(&self) -> f64 {
        self.spilled
    }

    /// The flow meter's total, m3.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Level below 15 %.
    pub fn low(&self) -> bool {
        self.level() < LOW
    }

    /// Level above 92 %.
    pub fn high(&self) -> bool {
        self.level() > HIGH
    }

    /// Water is at the rim.
    pub fn overflowing(&self) -> bool {
        self.volume >= VOLUME
    }

    pub(super) fn step(&mut self, seconds: f64, inflow: f64, opening: f64) {
        let hours = seconds / 3_600.0;
        self.clock = (self.clock + seconds) % DEMAND.1;
        let demand = 1.0 + DEMAND.0 * (TAU * self.clock / DEMAND.1).sin();
        let pressure = (self.level() / 50.0).sqrt();
        self.inflow = inflow;
        let drained = (OUTFLOW * opening * demand * pressure * hours).min(self.volume + inflow * hours);
        self.outflow = drained / hours;
        self.total += inflow * hours;
        let volume = self.volume + inflow * hours - drained;
        self.spilled += (volume - VOLUME).max(0.0);
        self.volume = volume.clamp(0.0, VOLUME);
    }
}

/// A motor-driven valve with an open and a close command.
#[derive(Clone, Debug)]
pub struct Valve {
    position: f64,
    commands: u16,
}

impl Default for Valve {
    /// Fully open, commanded open.
    fn default() -> Self {
        Self { position: 1.0, commands: Self::OPEN }
    }
}

impl Valve {
    /// The bit that opens it.
    pub const OPEN: u16 = 1;
    /// The bit that closes it.
    pub const CLOSE: u16 = 2;

    /// Opening, 0 to 1.
    pub fn position(&self) -> f64 {
        self.position
    }

    /// The command bits as last written.
    pub fn commands(&self) -> u16 {
        self.commands
    }

    /// Takes the command bits; both or none of them hold the valve where it is.
    pub fn command(&mut self, bits: u16) {
        self.commands = bits & (Self::OPEN | Self::CLOSE);
    }

    pub(super) fn step(&mut self, seconds: f64) {
        let target = match self.commands {
            Self::OPEN => 1.0,
            Self::CLOSE => 0.0,
            _ => self.position,
        };
        self.position = ramp(self.position, target, 1.0 / TRAVEL, seconds);
    }
}
