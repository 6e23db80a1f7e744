//! What happens in which order. The policy of `policies/examples/waterworks` and these lines belong together.

use crate::attacker::{Attempt, Means::Raw, Means::Trickle, Means::Whole};
use crate::controllers::Controller::{Dosing, Intake, Pump};
use crate::stations::Station::{Engineering, Historian, Hmi, Stranger};
use crate::stations::traffic::{IDENTIFY, SERVER_ID};

/// One scene of the story.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    /// Stable name.
    pub(super) name: &'static str,
    pub(super) act: Act,
}

/// What is done in a scene.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// The operator changes the pump speed.
    SetSpeed,
    /// The operator changes the chlorine set point.
    SetChlorine,
    /// The operator closes and opens the outlet valve.
    MoveValve,
    /// Attempts, one after the other, each on its own connection.
    Attempts(&'static [Attempt]),
    /// The stranger asks every unit.
    UnitSweep,
    /// The stranger tries every function.
    FunctionScan,
    /// The compromised HMI hides a denied request between allowed ones.
    OneSegment,
}

const fn scene(name: &'static str, act: Act) -> Scene {
    Scene { name, act }
}

/// Reasons that concern no single item of the request may be told by any of these.
const ANY: &[u8] = &[1, 2, 3];

/// The story.
pub(super) const SCENES: &[Scene] = &[
    scene("operator-speed", Act::SetSpeed),
    scene("unit-sweep", Act::UnitSweep),
    scene("function-scan", Act::FunctionScan),
    scene("stranger", Act::Attempts(STRANGER)),
    scene("engineer", Act::Attempts(ENGINEER)),
    scene("overspeed", Act::Attempts(OVERSPEED)),
    scene("operator-chlorine", Act::SetChlorine),
    scene("overdose", Act::Attempts(OVERDOSE)),
    scene("run-command", Act::Attempts(RUN_COMMAND)),
    scene("historian-writes", Act::Attempts(HISTORIAN)),
    scene("engineer-writes", Act::Attempts(ENGINEER_WRITES)),
    scene("operator-valve", Act::MoveValve),
    scene("umas-stop", Act::Attempts(UMAS_STOP)),
    scene("restart", Act::Attempts(RESTART)),
    scene("malformed", Act::Attempts(MALFORMED)),
    scene("broken-frames", Act::Attempts(BROKEN_FRAMES)),
    scene("byte-by-byte", Act::Attempts(BYTE_BY_BYTE)),
    scene("one-segment", Act::OneSegment),
];

const STRANGER: &[Attempt] = &[
    Attempt::refused(Stranger, Pump, "asks who the controller is (43/14)", Whole(&IDENTIFY), ANY),
    Attempt::refused(Stranger, Pump, "writes pump_speed = 33.33 Hz", Whole(&[6, 0, 100, 0x0D, 0x05]), ANY),
];

const ENGINEER: &[Attempt] = &[
    Attempt::served(Engineering, Dosing, "reads the device identification (43/14)", &IDENTIFY),
    Attempt::served(Engineering, Dosing, "asks for the server id (17)", &SERVER_ID),
    Attempt::served(Engineering, Dosing, "reads the recipe", &[3, 0, 140, 0, 10]),
];

const OVERSPEED: &[Attempt] = &[
    Attempt::refused(Hmi, Pump, "writes pump_speed = 60 Hz", Whole(&[6, 0, 100, 0x17, 0x70]), &[3]),
    Attempt::refused(Hmi, Pump, "writes pump_speed = 655.35 Hz", Whole(&[16, 0, 100, 0, 1, 2, 0xFF, 0xFF]), &[3]),
    Attempt::refused(Hmi, Pump, "writes pump_speed = 60 Hz by mask", Whole(&[22, 0, 100, 0, 0, 0x17, 0x70]), ANY),
];

const OVERDOSE: &[Attempt] = &[
    Attempt::refused(Hmi, Dosing, "writes chlorine_sp = 5.00 mg/L", Whole(&[16, 0, 100, 0, 1, 2, 0x01, 0xF4]), &[3]),
    Attempt::refused(
        Hmi,
        Dosing,
        "writes chlorine_sp = 5.00 mg/L while reading (23)",
        Whole(&[23, 0, 100, 0, 2, 0, 100, 0, 1, 2, 0x01, 0xF4]),
        &[3],
    ),
];

const RUN_COMMAND: &[Attempt] = &[
    Attempt::refused(Hmi, Pump, "writes run_cmd = stop", Whole(&[6, 0, 101, 0, 0]), ANY),
    Attempt::refused(Hmi, Intake, "writes the measured tank_level = 12.3 %", Whole(&[6, 0, 0, 0, 123]), ANY),
];

const HISTORIAN: &[Attempt] =
    &[Attempt::refused(Historian, Dosing, "writes chlorine_sp = 0.77 mg/L", Whole(&[6, 0, 100, 0, 77]), ANY)];

const ENGINEER_WRITES: &[Attempt] = &[Attempt::refused(
    Engineering,
    Dosing,
    "writes recipe[0] = 50 kg",
    Whole(&[16, 0, 140, 0, 1, 2, 0x01, 0xF4]),
    ANY,
)];

const UMAS_STOP: &[Attempt] = &[Attempt::refused(
    Hmi,
    Pump,
    "stops the controller's program (UMAS, function 90)",
    Whole(&[0x5A, 0x00, 0x41, 0xFF, 0x00]),
    &[1],
)];

const RESTART: &[Attempt] =
    &[Attempt::refused(Hmi, Pump, "restarts the controller's communication (8/1)", Whole(&[8, 0, 1, 0, 0]), &[1])];

const MALFORMED: &[Attempt] = &[
    Attempt::refused(
        Hmi,
        Pump,
        "writes 2 registers with 2 bytes of values",
        Whole(&[16, 0, 100, 0, 2, 2, 0x0E, 0x10]),
        ANY,
    ),
    Attempt::refused(Hmi, Pump, "reads 2 registers from 65535", Whole(&[3, 0xFF, 0xFF, 0, 2]), ANY),
    Attempt::refused(Hmi, Pump, "reads 0 registers", Whole(&[3, 0, 100, 0, 0]), ANY),
    Attempt::refused(
        Hmi,
        Pump,
        "sends a read with a byte too many",
        Raw(&[0x66, 1, 0, 0, 0, 7, 1, 3, 0, 100, 0, 2, 9]),
        ANY,
    ),
];

const BROKEN_FRAMES: &[Attempt] = &[
    Attempt::cut_off(Hmi, Pump, "sends a frame of length 0", &[0x66, 2, 0, 0, 0, 0, 1, 6, 0, 100, 0x17, 0x70]),
    Attempt::cut_off(Hmi, Pump, "sends a frame of length 1", &[0x66, 3, 0, 0, 0, 1, 1, 6, 0, 100, 0x17, 0x70]),
    Attempt::cut_off(
        Hmi,
        Pump,
        "sends a frame of length 65535",
        &[0x66, 4, 0, 0, 0xFF, 0xFF, 1, 6, 0, 100, 0x17, 0x70],
    ),
    Attempt::cut_off(
        Hmi,
        Pump,
        "sends a frame of another protocol (id 7)",
        &[0x66, 5, 0, 7, 0, 6, 1, 6, 0, 100, 0x17, 0x70],
    ),
];

const BYTE_BY_BYTE: &[Attempt] = &[Attempt::refused(
    Hmi,
    Pump,
    "writes pump_speed = 60 Hz, one byte at a time",
    Trickle(&[6, 0, 100, 0x17, 0x70]),
    &[3],
)];
