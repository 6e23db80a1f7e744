//! Chlorine and alum dosing.

use super::lag;

/// Chlorine that the raw water itself uses up, mg/L.
const USED_UP: f64 = 0.05;
/// Time constant of the residual at the analyser while water flows, seconds; and of its decay in standing water.
const MIXING: f64 = 120.0;
const DECAY: f64 = 1_800.0;
/// Below this flow nothing is dosed, m3/h.
const NO_FLOW: f64 = 30.0;

/// The dosing station: set points, the recipe of the batch and the measured residual.
#[derive(Clone, Debug)]
pub struct Chlorination {
    chlorine: f64,
    alum: f64,
    residual: f64,
    feeding: bool,
    recipe: [u16; 10],
    batch: [u16; 8],
}

impl Default for Chlorination {
    /// 0.60 mg/L of chlorine, settled; 20 mg/L of alum.
    fn default() -> Self {
        Self {
            chlorine: 0.6,
            alum: 20.0,
            residual: 0.6 - USED_UP,
            feeding: true,
            recipe: [125, 40, 80, 15, 5, 0, 0, 0, 0, 0],
            // "RIVER-SUMMER" in ASCII, two characters a register, padded with zeros
            batch: [0x5249, 0x5645, 0x522D, 0x5355, 0x4D4D, 0x4552, 0, 0],
        }
    }
}

impl Chlorination {
    /// Chlorine set point, mg/L.
    pub fn chlorine_setpoint(&self) -> f64 {
        self.chlorine
    }

    /// Sets the chlorine set point, mg/L.
    pub fn command_chlorine(&mut self, milligrams: f64) {
        self.chlorine = milligrams;
    }

    /// Alum set point, mg/L.
    pub fn alum_setpoint(&self) -> f64 {
        self.alum
    }

    /// Sets the alum set point, mg/L.
    pub fn command_alum(&mut self, milligrams: f64) {
        self.alum = milligrams;
    }

    /// Chlorine measured at the outlet, mg/L.
    pub fn residual(&self) -> f64 {
        self.residual
    }

    /// Starts or stops the feed (a stopped controller doses nothing).
    pub fn feed(&mut self, on: bool) {
        self.feeding = on;
    }

    /// The recipe, 0.1 kg.
    pub fn recipe(&self) -> &[u16; 10] {
        &self.recipe
    }

    /// The recipe, to change it.
    pub fn recipe_mut(&mut self) -> &mut [u16; 10] {
        &mut self.recipe
    }

    /// The batch name, two ASCII characters a register.
    pub fn batch(&self) -> &[u16; 8] {
        &self.batch
    }

    /// The batch name, to change it.
    pub fn batch_mut(&mut self) -> &mut [u16; 8] {
        &mut self.batch
    }

    pub(super) fn step(&mut self, seconds: f64, flow: f64) {
        let dosed = if self.feeding { (self.chlorine - USED_UP).max(0.0) } else { 0.0 };
        self.residual = if flow > NO_FLOW {
            lag(self.residual, dosed, MIXING, seconds)
        } else {
            lag(self.residual, 0.0, DECAY, seconds)
        };
    }
}
