//! `plc-pump`: `tags/plc-pump.csv`.

use super::memory::{Memory, signed, unsigned};
use crate::process::Waterworks;
use std::ops::Range;

const PUMP_SPEED: u16 = 100;
const RUN_CMD: u16 = 101;

pub(super) struct Pumping;

impl Memory for Pumping {
    fn holdings(&self) -> Range<u16> {
        100..116
    }

    fn holding(&self, works: &Waterworks, address: u16) -> u16 {
        match address {
            PUMP_SPEED => unsigned(works.pump.setpoint(), 0.01),
            RUN_CMD => u16::from(works.pump.run()),
            _ => 0,
        }
    }

    fn writable(&self, address: u16) -> bool {
        matches!(address, PUMP_SPEED | RUN_CMD)
    }

    fn write(&self, works: &mut Waterworks, address: u16, value: u16) {
        match address {
            PUMP_SPEED => works.pump.command_speed(f64::from(value) * 0.01),
            RUN_CMD => works.pump.command_run(value != 0),
            _ => {}
        }
    }

    /// Motor temperature and the speed at which the pump really turns.
    fn inputs(&self, works: &Waterworks) -> Vec<u16> {
        vec![signed(works.pump.temperature(), 0.1), unsigned(works.pump.speed(), 0.01)]
    }

    fn discretes(&self, works: &Waterworks) -> Vec<bool> {
        vec![works.pump.fault()]
    }

    fn halt(&self, works: &mut Waterworks) {
        works.pump.command_run(false);
    }

    fn start(&self, works: &mut Waterworks) {
        works.pump.command_speed(0.0);
        works.pump.command_run(true);
    }
}
