//! One spoilt site for each message about conditions: facts, steps, rates, schedules, windows, emergencies, and what is
//! the case while a test runs.

use super::cases::{Case, shown};
use super::site::Files;

fn good() -> Files {
    Files::good()
}

fn statement(code: &'static str, lines: &str) -> Case {
    (code, good().allow(lines))
}

/// A statement that writes, with these conditions.
fn writing(code: &'static str, lines: &str) -> Case {
    statement(code, &format!("modbus = \"write\"\ntags   = {{ recipe = \"0 .. 50 kg\" }}\n{lines}"))
}

/// With this fact in a statement that writes.
fn when(code: &'static str, fact: &str) -> Case {
    writing(code, &format!("when   = \"{fact}\""))
}

/// With these tables behind the site's own.
fn tables(code: &'static str, lines: &str) -> Case {
    let mut files = good();
    files.site.push('\n');
    files.site.push_str(lines);
    (code, files)
}

const WINDOW: &str =
    "[windows.works]\nopened-by = [\"shift-lead\", \"security\"]\nmax = \"4 h\"\ncovers = [\"control-room\"]\n";

fn windowed(code: &'static str, lines: &str) -> Case {
    let (code, files) = tables(code, WINDOW);
    (code, files.allow(lines))
}

fn given(code: &'static str, lines: &str) -> Case {
    let from = "modbus = \"write pump_speed = 60 Hz\"";
    (code, good().with(from, &format!("{from}\n{lines}")))
}

fn facts() -> Vec<Case> {
    vec![
        when("P050", "plc-3.tank_level > 20 % within soon"),
        when("P051", "plc-3.tank_level within 10 s"),
        when("P051", "plc-3.tank_level > 20 %"),
        when("P051", "plc-3.batch = A-7 within 10 s"),
        when("P051", "plc-3.start = on within 10 s"),
        when("T030", "plc-3.tank_leve > 20 % within 10 s"),
        when("T030", "self.level > 20 % within 10 s"),
        when("T031", "recipe > 20 kg within 10 s"),
        when("A001", "plc-4.tank_level > 20 % within 10 s"),
        when("U003", "tank_level > 20 bar within 10 s"),
        when("U007", "self.pump_fault > off within 10 s"),
        (
            "P052",
            good().with("tags   = \"*\"", "tags   = [\"run_cmd\", \"recipe\"]").with(
                "tags   = { pump_speed = \"0 | 20 .. 45 Hz\", run_cmd = { value = \"stop | run\" } }",
                "tags   = { run_cmd = { value = \"stop | run\" } }\nwhen   = [\"plc-3.tank_level > 20 % within 10 s\"]",
            ),
        ),
        (
            "P052",
            good().with("tags   = \"*\"", "tags   = [\"run_cmd\", \"tank_level\"]").with(
                "{ pump_speed = \"0 | 20 .. 45 Hz\",",
                "{ pump_speed = { value = \"0 | 20 .. 45 Hz\", step = \"5 Hz within 10 s\" },",
            ),
        ),
        (
            "P053",
            good()
                .with("[gateways.gw-1]", "[assets.plc-4]\nip = \"192.0.2.32\"\nmodbus = { tags = \"tags/plc-3.csv\" }\n\n[gateways.gw-1]")
                .with("to    = \"plc-3\"", "to    = [\"plc-3\", \"plc-4\"]")
                .allow("modbus = \"write\"\ntags   = { recipe = \"0 .. 50 kg\" }\nwhen   = \"tank_level > 20 % within 10 s\""),
        ),
    ]
}

fn limits() -> Vec<Case> {
    vec![
        writing("P054", "step   = \"5 kg\""),
        statement("P055", "modbus = \"write\"\ntags   = { run_cmd = { value = \"stop | run\", step = \"1 within 10 s\" } }"),
        writing("P055", "step   = \"0.01 kg within 10 s\""),
        writing("U003", "step   = \"5 mg within 10 s\""),
        statement("P009", "modbus = \"read\"\ntags   = \"recipe\"\nstep   = \"5 kg within 10 s\""),
        writing("P056", "rate   = \"often\""),
        statement("P057", "modbus = \"read\"\ntags   = \"recipe\"\nrate   = \"6 / min\""),
        writing("P058", "others = \"as they were\""),
        statement("P058", "modbus = \"read\"\ntags   = \"recipe\"\nothers = \"unchanged within 5 s\""),
        (
            "P044",
            good()
                .with("id     = \"look\"\nmodbus = \"read\"", "id     = \"look\"\nmodbus = \"read\"\nrate   = \"1 / 60 s per source\"")
                .with("{ pump_speed = \"0 | 20 .. 45 Hz\",", "{ pump_speed = { value = \"0 | 20 .. 45 Hz\", step = \"5 Hz within 30 s\" },"),
        ),
        (
            "P070",
            good().allow("modbus = \"write\"\ntags   = { recipe = \"0 .. 50 kg\" }\nrate   = \"6 / min per tag\"").and(
                "\n[conduit.others]\nfrom = \"hmi-2\"\nto = \"plc-3\"\n[[conduit.others.allow]]\nid = \"x\"\nmodbus = \"write\"\ntags = { recipe = \"0 .. 50 kg\" }\nrate = \"6 / min\"\n",
            ),
        ),
        (
            "P041",
            good()
                .with("run_cmd = { value = \"stop | run\" }", "recipe = { value = \"0 .. 50 kg\", step = \"5 kg within 10 s\" }")
                .allow("modbus = \"write\"\ntags   = { recipe = \"0 .. 50 kg\" }"),
        ),
        (
            "M009",
            good()
                .with("[gateways.gw-1]", "[assets.mb-gw-1]\nip = \"192.0.2.35\"\nmodbus = { gateway = true, broadcast = [\"rtu-1\", \"rtu-2\"] }\n[assets.rtu-1]\nvia = \"mb-gw-1\"\nmodbus = { unit = 7, tags = \"tags/plc-3.csv\" }\n[assets.rtu-2]\nvia = \"mb-gw-1\"\nmodbus = { unit = 8, tags = \"tags/plc-3.csv\" }\n\n[gateways.gw-1]")
                .and("\n[conduit.rtus]\nfrom = \"hmi-1\"\nto = \"rtu-1\"\n[[conduit.rtus.allow]]\nid = \"all\"\nmodbus = \"write-coil\"\ncoils = [10]\nbroadcast = true\n"),
        ),
        writing("P083", "overrides = [\"operators.dose\"]"),
        writing("P080", "until  = 2026-11-23"),
        writing("P081", "until  = \"2026-12-01\""),
        ("P080", good().with("owner = \"process\"", "until = 2026-01-01")),
        (
            "P059",
            good().and("\n[conduit.desk]\nfrom = \"hmi-1\"\nto = \"hmi-2\"\n[[conduit.desk.allow]]\nid = \"ssh\"\nservice = \"ssh\"\nwhen = \"plc-3.tank_level > 20 % within 10 s\"\nstep = \"1 within 1 s\"\n"),
        ),
    ]
}

fn times() -> Vec<Case> {
    vec![
        tables("C001", "[calendars.holidays]\ndays = [\"2026-10-07 .. 2026-10-01\", \"today\"]"),
        writing("C002", "during = \"Mon-Fri 08:00-18:00 except holidays\""),
        writing("C003", "during = \"weekdays 8-18\""),
        tables("C004", "[calendars.holidays]\ndays = [2026-10-01]"),
        writing("W001", "window = \"works\""),
        tables("W002", &WINDOW.replace("[\"shift-lead\", \"security\"]", "[]")),
        tables("W002", &WINDOW.replace("\"security\"", "\"shift-lead\"")),
        tables("W003", &WINDOW.replace("4 h", "8 d")),
        windowed("W004", "modbus = \"read\"\ntags   = \"*\"\nwindow = \"works\""),
        tables("W005", "[break-glass]\ncovers = [\"operators\"]\nmax = \"61 min\"\nneeds = \"key-switch\""),
        tables(
            "W006",
            "[break-glass]\ncovers = [\"operator\"]\nmax = \"60 min\"\nneeds = [\"key-switch\", \"two-people\"]",
        ),
        tables("W007", "[lockdown]\nkeep = [\"operators.*\", \"operators.lock\", \"operator.look\", \"look\"]"),
        tables("W008", "[approvals]\nneed = 2\nowners = { process = [\"a\", \"a\"], security = [] }"),
        given("X009", "given = { \"plc-3.pump_speed\" = \"44 Hz\", \"pump_speed\" = \"44 Hz 1 s ago\" }"),
        given("X007", "given = { \"plc-3.pump_speed\" = \"44 rpm 1 s ago\" }"),
        given("X010", "at = \"noon\""),
        given("X011", "repeat = \"often\""),
        given("X012", "repeat = \"3 in 1 s\"\nanswer = [\"none\", \"positive\"]"),
        given("W001", "window = \"works\""),
        given("S007", "mode = \"off\""),
    ]
}

pub(crate) fn cases() -> Vec<Case> {
    facts().into_iter().chain(limits()).chain(times()).collect()
}

#[test]
fn messages_about_facts() {
    insta::assert_snapshot!(shown(&facts()));
}

#[test]
fn messages_about_steps_rates_and_dates() {
    insta::assert_snapshot!(shown(&limits()));
}

#[test]
fn messages_about_calendars_windows_and_tests() {
    insta::assert_snapshot!(shown(&times()));
}
