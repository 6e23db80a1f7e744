//! Operations from words.

use crate::site::*;
use sluice_model::Values;
use sluice_policies::Policy;
use sluice_policies::site::{Kind, WordOrder};
use std::sync::Arc;

fn plant() -> Policy {
    let mut wide = tag("flow", "holding 2", Kind::Unsigned(32), 1);
    wide.words = WordOrder::Cdab;
    let mut speed = u16("pump_speed", "holding 100");
    Arc::make_mut(&mut speed.engineering).unit = "Hz".into();
    policy(
        vec![
            speed,
            wide,
            u16("tank_level", "holding 0"),
            tag("valve.open", "holding 20.0", Kind::Bool, 1),
            tag("valve.close", "holding 20.1", Kind::Bool, 1),
            tag("recipe", "holding 40", Kind::Unsigned(16), 4),
            tag("run", "coil 9", Kind::Bool, 1),
            tag("name", "holding 60", Kind::Text { bytes: 4, swapped: false }, 1),
            tag("alarm", "discrete 1", Kind::Bool, 1),
            u16("after", "holding 101"),
        ],
        vec![],
    )
}

/// `16 write holding 2 .. 3 [0, 5, 0, 1]`, one an operation.
fn operations(text: &str) -> String {
    let policy = plant();
    let words = match policy.words(PLC, modbus(), text) {
        Ok(words) => words,
        Err(error) => return error,
    };
    let shown: Vec<_> = words
        .operations()
        .map(|o| {
            let target = o.target.map(|t| format!(" {}", (modbus().show_span)(t))).unwrap_or_default();
            let values = match o.values {
                Values::None => String::new(),
                Values::Bits(bytes) | Values::Words(bytes) => format!(" {bytes:?}"),
                Values::Mask { and, or } => format!(" and {and:04x} or {or:04x}"),
            };
            format!("{}@{} {}{target}{values}", o.code, o.device, o.action.name())
        })
        .collect();
    shown.join("; ")
}

#[test]
fn words_become_what_a_client_would_send() {
    for (text, expected) in [
        ("write pump_speed = 60 Hz", "6@1 write holding 100 [0, 60]"),
        ("write pump_speed = 60 Hz, after = 1", "16@1 write holding 100 .. 101 [0, 60, 0, 1]"),
        ("write flow = 65541", "16@1 write holding 2 .. 3 [0, 5, 0, 1]"),
        ("write recipe[1 .. 2] = 7", "16@1 write holding 41 .. 42 [0, 7, 0, 7]"),
        ("write recipe[3] = 7", "6@1 write holding 43 [0, 7]"),
        ("write name = \"A,B\"", "16@1 write holding 60 .. 61 [65, 44, 66, 0]"),
        ("write run = on", "5@1 write coil 9 [1]"),
        ("write valve.close = on", "6@1 write holding 20 [0, 2]"),
        ("mask-write valve.open = on, valve.close = off", "22@1 write holding 20 and fffc or 0001"),
        ("mask-write holding 20 = 5", "22@1 write holding 20 and 0000 or 0005"),
        ("read tank_level", "3@1 read holding 0"),
        ("read tank_level, flow", "3@1 read holding 0; 3@1 read holding 2 .. 3"),
        ("read pump_speed, after", "3@1 read holding 100 .. 101"),
        ("read alarm", "2@1 read discrete 1"),
        ("read-holding-registers holding 100 .. 103", "3@1 read holding 100 .. 103"),
        ("write-register holding 100 = 7", "6@1 write holding 100 [0, 7]"),
        ("write holding 100 .. 101 = 7 0x102", "16@1 write holding 100 .. 101 [0, 7, 1, 2]"),
        ("write coil 3 .. 11 = on", "15@1 write coil 3 .. 11 [255, 1]"),
        ("read-write-registers pump_speed = 60 Hz, flow", "23@1 write holding 100 [0, 60]; 23@1 read holding 2 .. 3"),
        ("diagnostics 1", "8/1@1 restart"),
        ("umas 0x41", "90/65@1 unknown"),
        ("90/65", "90/65@1 unknown"),
        ("90", "90@1 unknown"),
        ("report-server-id", "17@1 browse"),
        ("browse", "17@1 browse"),
    ] {
        assert_eq!(operations(text), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_said_is_refused_in_a_sentence() {
    for (text, expected) in [
        ("", "say what is done; the verbs are read, write, configure, restart, file, browse, diagnose"),
        ("wirte pump_speed = 1", "`wirte` is no verb, and no function or code of modbus; did you mean write?"),
        (
            "set pump_speed = 1",
            "`set` is no verb, and no function or code of modbus; the verbs are read, write, configure, restart, file, browse, diagnose",
        ),
        (
            "write pump_speed 60 Hz",
            "plc-3 has no tag `pump_speed 60 Hz`; a value stands behind `=`: pump_speed = 60 Hz",
        ),
        (
            "write pump_speed to 60 Hz",
            "plc-3 has no tag `pump_speed to 60 Hz`; a value stands behind `=`: pump_speed = 60 Hz",
        ),
        ("read plc-3.pump_speed", "plc-3 has no tag `plc-3.pump_speed`; write pump_speed alone"),
        ("read pump_*", "plc-3 has no tag `pump_*`; a message names its tags one by one"),
        ("read 40101", "plc-3 has no tag `40101`; did you mean holding 100?"),
        (
            "write pump_speed = 1,5 Hz",
            "plc-3 has no tag `5 Hz`; commas part items, and decimals are written with a point",
        ),
        ("write pump_speed =", "a value is missing: pump_speed = ..."),
        ("write pump_speed = \"60 Hz\"", "`\"60 Hz\"` is no value of pump_speed: write a number, as in 5 Hz"),
        ("write pump_sped = 1", "plc-3 has no tag `pump_sped`; did you mean pump_speed?"),
        ("write pump_speed = 60 rpm", "\"60 rpm\": pump_speed is in Hz"),
        ("write pump_speed", "a write needs a value: pump_speed = ..."),
        ("read pump_speed = 5", "a read carries no value: leave out `=` and what follows it"),
        ("write recipe = 1", "recipe has 4 elements: say which, as in recipe[0] or recipe[0 .. 3]"),
        ("write recipe[4] = 1", "recipe[4]: its elements are 0 .. 3"),
        ("write alarm = on", "modbus has no function to write discrete 1"),
        ("write-coil holding 1 = 1", "write-coil cannot touch holding 1"),
        ("write-coil", "say what write-coil should touch: a tag or a range"),
        ("write pump_speed = 1, pump_speed = 2", "one item is given two values"),
        ("write holding 0 .. 2 = 1 2", "2 values for 3 items"),
        ("write coil 0 = 2", "`2` is no raw value of 1 bits"),
        ("read", "say what to read: a tag or a range"),
        ("77/1", "modbus has no function 77/1"),
    ] {
        assert_eq!(operations(text), expected, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_is_worse_than_an_error(words in proptest::collection::vec(proptest::sample::select(vec![
        "read", "write", "mask-write", "write-coils", "90", "8/1", "0x41", "pump_speed", "recipe", "[", "]", "1", "..", "-1",
        "holding", "coil", "file", "record", "65535", "65536", "18446744073709551615", "=", ",", "\"", "on", "60 Hz", "é", "name",
    ]), 0..12)) {
        for between in [" ", ""] {
            let _ = operations(&words.join(between));
        }
    }
}
