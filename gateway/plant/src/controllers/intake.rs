//! `plc-intake`: `tags/plc-intake.csv`. Its wide values have the low word first (`CDAB`).

use super::memory::{Memory, counter, float, unsigned};
use crate::process::{Valve, Waterworks};
use std::ops::Range;

const VALVE_CMD: u16 = 19;

pub(super) struct Intake;

impl Memory for Intake {
    fn holdings(&self) -> Range<u16> {
        0..32
    }

    fn holding(&self, works: &Waterworks, address: u16) -> u16 {
        let ([flow_high, flow_low], [total_high, total_low]) =
            (float(works.tank.inflow()), counter(works.tank.total()));
        match address {
            0 => unsigned(works.tank.level(), 0.1),
            2 => flow_low,
            3 => flow_high,
            4 => total_low,
            5 => total_high,
            9 => alarms(works),
            VALVE_CMD => works.valve.commands(),
            _ => 0,
        }
    }

    fn writable(&self, address: u16) -> bool {
        address == VALVE_CMD
    }

    fn write(&self, works: &mut Waterworks, address: u16, value: u16) {
        if address == VALVE_CMD {
            works.valve.command(value);
        }
    }

    fn halt(&self, works: &mut Waterworks) {
        works.valve.command(0);
    }

    fn start(&self, works: &mut Waterworks) {
        works.valve.command(Valve::OPEN);
    }
}

/// Bit 0 low level, 1 high level, 2 overflow.
fn alarms(works: &Waterworks) -> u16 {
    u16::from(works.tank.low()) | u16::from(works.tank.high()) << 1 | u16::from(works.tank.overflowing()) << 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flow_has_its_low_word_first() {
        let mut works = Waterworks::default();
        works.pump.command_speed(37.0);
        works.step(std::time::Duration::from_millis(7_300));
        let bits = u32::from(Intake.holding(&works, 3)) << 16 | u32::from(Intake.holding(&works, 2));
        assert!(bits & 0xFFFF != 0, "a round number proves nothing");
        assert!((f64::from(f32::from_bits(bits)) - works.tank.inflow()).abs() < 1e-3);
    }

    #[test]
    fn the_alarms_follow_the_level() {
        let mut works = Waterworks::default();
        assert_eq!(Intake.holding(&works, 9), 0);
        works.valve.command(Valve::CLOSE);
        works.step(std::time::Duration::from_mins(30));
        assert_eq!(Intake.holding(&works, 9), 0b110);
        works.pump.command_run(false);
        works.valve.command(Valve::OPEN);
        works.step(std::time::Duration::from_mins(50));
        assert_eq!(Intake.holding(&works, 9), 0b001);
    }
}
