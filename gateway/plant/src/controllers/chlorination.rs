//! `plc-dosing`: `tags/plc-dosing.csv`. Its wide values have the high word first (`ABCD`).

use super::memory::{Memory, float, unsigned};
use crate::process::Waterworks;
use std::ops::Range;

const CHLORINE_SP: u16 = 100;
const ALUM_SP: u16 = 101;
const RESIDUAL: u16 = 104;
const BATCH_NAME: Range<u16> = 120..128;
const RECIPE: Range<u16> = 140..150;

pub(super) struct Dosing;

impl Memory for Dosing {
    fn holdings(&self) -> Range<u16> {
        100..160
    }

    fn holding(&self, works: &Waterworks, address: u16) -> u16 {
        let station = &works.chlorination;
        match address {
            CHLORINE_SP => unsigned(station.chlorine_setpoint(), 0.01),
            ALUM_SP => unsigned(station.alum_setpoint(), 0.1),
            RESIDUAL => float(station.residual())[0],
            a if a == RESIDUAL + 1 => float(station.residual())[1],
            a if BATCH_NAME.contains(&a) => station.batch()[usize::from(a - BATCH_NAME.start)],
            a if RECIPE.contains(&a) => station.recipe()[usize::from(a - RECIPE.start)],
            _ => 0,
        }
    }

    fn writable(&self, address: u16) -> bool {
        matches!(address, CHLORINE_SP | ALUM_SP) || BATCH_NAME.contains(&address) || RECIPE.contains(&address)
    }

    fn write(&self, works: &mut Waterworks, address: u16, value: u16) {
        let station = &mut works.chlorination;
        match address {
            CHLORINE_SP => station.command_chlorine(f64::from(value) * 0.01),
            ALUM_SP => station.command_alum(f64::from(value) * 0.1),
            a if BATCH_NAME.contains(&a) => station.batch_mut()[usize::from(a - BATCH_NAME.start)] = value,
            a if RECIPE.contains(&a) => station.recipe_mut()[usize::from(a - RECIPE.start)] = value,
            _ => {}
        }
    }

    fn halt(&self, works: &mut Waterworks) {
        works.chlorination.feed(false);
    }

    fn start(&self, works: &mut Waterworks) {
        works.chlorination.feed(true);
    }
}
