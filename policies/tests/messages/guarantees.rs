//! What is said about guarantees.

use super::cases::{Case, shown};
use super::site::Files;

fn never(code: &'static str, lines: &str) -> Case {
    (code, Files::good().and(&format!("\n[[never]]\nsays = \"it never happens\"\n{lines}\n")))
}

/// With a port of the operators' own to the controller, beside the gateway's proxy.
fn beside(code: &'static str, allow: &str, lines: &str) -> Case {
    let (code, files) = never(code, lines);
    let files =
        files.with("proxy   = { plc-3 = \"192.0.2.2:502\" }", "ports = { control = \"eth1\", plant = \"eth2\" }");
    let conduit = "\n[conduit.beside]\nfrom = [\"control-room\", \"office\"]\nto   = \"plc-3\"\n";
    let zone = "[zones.office]\nnet = \"198.51.100.0/28\"\n";
    (code, files.and(&format!("\n{zone}{conduit}\n[[conduit.beside.allow]]\nid = \"more\"\n{allow}\n")))
}

pub(super) fn cases() -> Vec<Case> {
    let opaque = |code: &'static str, lines: &str| {
        let (code, files) = never(code, lines);
        (code, files.allow("modbus = [0x5A]\nopaque = true"))
    };
    vec![
        opaque("N001", "action = [\"program\", \"restart\", \"configure\"]"),
        never("N001", "to = \"plc-3\"\ntags = { pump_speed = \"> 44.99 Hz\", run_cmd = \"run\" }"),
        never("N001", "from = \"hmi-1\"\ntags = [\"tank_*\"]"),
        never("N001", "modbus = [\"write-registers\", \"mask-write\"]"),
        {
            let (code, files) = never("N001", "tags = { total_flow = \"> 65536 m3\" }\naction = \"write\"");
            (code, files.allow("modbus   = \"write-register\"\nholdings = [\"102\"]"))
        },
        {
            let (code, files) = never("N001", "tags = { \"valve.open\" = \"on\" }");
            (code, files.allow("modbus = \"write\"\ntags = \"valve\"\nvalue = \"1 .. 8\""))
        },
        beside(
            "N001",
            "service = [\"ntp\", \"ssh\"]",
            "from = { not = \"control-room\" }\naction = \"program\"\nhops = \"any\"",
        ),
        beside("N001", "tcp = { port = 30002, name = \"robot\" }\nopaque = true", "from = \"office\""),
        never("N002", "rate = \"6 / min\"\naction = \"write\""),
        never("N003", "from = \"hmi-1\"\nto = \"hmi-2\""),
        never("N004", "to = \"plc-3\"\nfloor = true"),
        never("N004", "to = \"plc-3\"\naction = \"program\"\nfloor = true\nhops = \"any\""),
        never("N005", "action = []"),
        never("N005", "action = \"program\"\nunless = {}"),
        never("W001", "action = \"program\"\nunless = { window = \"maintenence\" }"),
        {
            let window = "[windows.repair]\nopened-by = [\"lead\"]\nmax = \"1 h\"\ncovers = [\"plc-3\"]\n\n[assets]\n";
            let lines = "to = \"plc-3\"\naction = \"program\"\nfloor = true\nunless = { window = \"repair\" }";
            let (code, files) = never("N004", lines);
            (code, files.with("[assets]\n", window))
        },
        (
            "N009",
            Files::good()
                .with("mode    = \"enforce\"", "mode    = \"alert\"\nuntil = 2026-12-20")
                .and("\n[[never]]\nsays = \"nobody writes the recipe\"\ntags = [\"recipe\"]\naction = \"write\"\n")
                .and(
                    "\n[[never]]\nsays = \"no pump above 45 Hz\"\ntags = { pump_speed = \"> 45 Hz\" }\nfloor = true\n",
                ),
        ),
        (
            "N009",
            never("", "action = \"program\"").1.with("owner = \"process\"", "owner = \"process\"\nmode = \"learn\""),
        ),
        never("N010", "tags = { pump_speed = \"> 50 Hz\" }"),
        opaque("N011", "to = \"plc-3\"\ntags = { pump_speed = \"> 45 Hz\" }\nfloor = true"),
        (
            "N012",
            never("", "from = { not = \"desks\" }\naction = \"program\"").1.with(
                "control-room = [\"hmi-1\", \"hmi-2\"]",
                "control-room = [\"hmi-1\", \"hmi-2\"]\ndesks = [\"hmi-2\"]",
            ),
        ),
        {
            let floor =
                |n| format!("\n[[never]]\nsays = \"floor {n}\"\nto = \"plc-3\"\naction = \"program\"\nfloor = true\n");
            ("N013", Files::good().and(&(0..66).map(floor).collect::<String>()))
        },
        never("T030", "tags = [\"pump_sped\"]"),
        never("T030", "tags = { pump_sped = \"> 1 Hz\" }"),
        never("U003", "tags = { pump_speed = \"> 1 rpm\" }"),
        never("S006", "hops = 2"),
        never("S007", "action = [\"write\", \"wirte\"]"),
        never("S001", "unles = 1"),
        never("A001", "from = { not = \"control-rom\" }"),
        (
            "S008",
            never("", "action = \"program\"").1.and("\n[[never]]\nsays = \"it never happens\"\naction = \"restart\"\n"),
        ),
    ]
}

#[test]
fn messages_about_guarantees() {
    insta::assert_snapshot!(shown(&cases()));
}

#[test]
fn what_holds_is_counted() {
    let files = Files::good()
        .with("on-loss = \"closed\"", "on-loss = \"open\"")
        .and("\n[[never]]\nsays = \"nobody writes the recipe\"\ntags = [\"recipe\"]\naction = \"write\"\n")
        .and("\n[[never]]\nsays = \"no pump above 45 Hz\"\nto = \"plc-3\"\ntags = { pump_speed = \"> 45 Hz\" }\nfloor = true\n");
    let (_, report) = files.load().unwrap_or_else(|r| panic!("{}", r.render(false)));
    assert_eq!(
        report.guarantees().summary(),
        [
            "2 guarantees proven",
            "not covered: what passes while gw-1 is lost (on-loss = \"open\")",
            "not covered: what is sent inside of one zone (control-room), which no gateway sees",
        ]
    );
    insta::assert_snapshot!(serde_json::to_string_pretty(&report.json()["guarantees"]).unwrap());
}

#[test]
fn of_a_site_with_other_mistakes_nothing_is_proven() {
    let (_, files) = never("", "action = \"write\"");
    let report = files.with("0 | 20 .. 45 Hz", "0 | 20 .. 45 rpm").report();
    let codes: Vec<&str> = report.diagnostics().iter().map(|d| d.code).collect();
    assert_eq!(codes, ["U003"], "{}", report.render(false));
    assert!(report.guarantees().all.is_empty() && report.guarantees().summary().is_empty());
}
