//! Guarantees that are followed over other machines, and the message about them that the language's pages show.

use sluice_policies::diagnose::Report;
use sluice_policies::load;
use sluice_policies::source::Memory;

const SITE: &str = r#"sluice = 1
site = "water"
time-zone = "Asia/Shanghai"
include = ["conduits.toml", "guarantees.toml"]

[zones]
engineering = ["ews-1"]
control-room = ["hmi-1"]
process = ["plc-intake", "plc-2"]
[zones.vendor]
net = "198.51.100.0/28"

[assets]
ews-1 = { ip = "192.0.2.40" }
hmi-1 = { ip = "192.0.2.11", cell = "a" }
nat-1 = { ip = "192.0.2.9", hides = ["hmi-1"] }
jump-1 = { ip = "192.0.2.60", relays = "vendor" }
plc-intake = { ip = "192.0.2.31", modbus = {} }
plc-2 = { ip = "192.0.2.32", cell = "b", modbus = {} }

[gateways.gw-1]
ports = { plant = "eth1", control = "eth2" }
on-loss = "closed"
"#;

const VENDOR: &str = r#"[conduit.vendor-in]
from = "vendor"
to = "jump-1"
[[conduit.vendor-in.allow]]
id = "ssh"
service = "ssh"
"#;

const MAINTENANCE: &str = r#"[conduit.maint]
from = "jump-1"
to = "process"
[[conduit.maint.allow]]
  id     = "umas"
  opaque = true
  modbus = [0x5A]
"#;

fn report(conduits: &str, guarantees: &str) -> Report {
    let files =
        Memory::new().with("site.toml", SITE).with("conduits.toml", conduits).with("guarantees.toml", guarantees);
    let now = "2026-11-24T04:00:00Z".parse().unwrap();
    let loaded = load(&files, &sluice_protocols::registry::descriptors(), now);
    loaded.map_or_else(|report| report, |(_, warnings)| warnings)
}

/// What is said of one guarantee, without its head.
fn said(conduits: &str, lines: &str) -> String {
    let report = report(conduits, &format!("[[never]]\nsays = \"it never happens\"\n{lines}\n"));
    let wanted = |line: &&str| line.contains(" -> ") || line.contains("= path") || line.contains("also broken");
    report.render(false).lines().filter(wanted).map(str::trim).collect::<Vec<_>>().join("\n")
}

const WEB: &str = r#"
[conduit.web]
from = "vendor"
to = ["jump-1", "hmi-1"]
[[conduit.web.allow]]
id = "pages"
service = "https"

[conduit.desks]
from = "jump-1"
to = "hmi-1"
[[conduit.desks.allow]]
id = "screen"
service = "vnc"

[conduit.operators]
from = "hmi-1"
to = "plc-intake"
[[conduit.operators.allow]]
id = "coils"
modbus = "write"
coils = [4]
"#;

#[test]
fn the_page_s_message() {
    let lines = VENDOR.lines().count() + MAINTENANCE.lines().count();
    let padding = "#\n".repeat(91 - lines);
    let conduits = format!("{padding}{VENDOR}{MAINTENANCE}");
    let guarantee = r#"[[never]]
says = "only engineering programs, restarts or configures a controller"
from = { not = "engineering" }
to = "process"
action = ["program", "restart", "configure"]
"#;
    let expected = r#"error[N001]: broken: "only engineering programs, restarts or configures a controller"
  --> guarantees.toml:1:1
   |
1  | [[never]]
   | ^^^^^^^^^ jump-1 -> plc-intake, modbus function 0x5A (UMAS), any payload
  ::: conduits.toml:91:12
91 |   modbus = [0x5A]
   |            ------ opaque: counts as program, restart, configure, write
   = example: 00 01 00 00 00 04 01 5A 00 02
   = path: vendor --ssh(vendor-in.ssh)--> jump-1 --modbus(maint.umas)--> plc-intake

1 error, 0 warnings
"#;
    assert_eq!(report(&conduits, guarantee).render(false), expected);
}

#[test]
fn whoever_reaches_a_machine_acts_as_it() {
    let conduits = format!("{VENDOR}{MAINTENANCE}{WEB}");
    let never = "from = \"vendor\"\naction = \"write\"\n";
    let all = [
        ("one hop", said(&conduits, &format!("{never}to = \"process\""))),
        ("any hop", said(&conduits, &format!("{never}to = \"process\"\nhops = \"any\""))),
        (
            "a relay without a session",
            said(&format!("{MAINTENANCE}{WEB}"), &format!("{never}to = \"plc-2\"\nhops = \"any\"")),
        ),
        ("pages alone", said(WEB, &format!("{never}to = \"plc-2\"\nhops = \"any\""))),
        ("a session beyond a relay", said(WEB, &format!("{never}to = \"plc-intake\"\nhops = \"any\""))),
    ];
    let shown: Vec<String> = all.iter().map(|(what, said)| format!("{what}:\n{said}\n")).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn an_address_stands_for_those_it_hides_and_a_cell_for_itself() {
    let hidden = said(WEB, "from = \"hmi-1\"\naction = \"write\"\nto = \"plc-intake\"");
    assert!(hidden.contains("hmi-1 -> plc-intake") && hidden.contains("coil 4"), "{hidden}");
    let cells = WEB.replace("to = \"plc-intake\"", "to = \"plc-2\"\nwithin = \"cell\"");
    assert_eq!(said(&cells, "from = \"hmi-1\"\naction = \"write\""), "");
    let behind = WEB.replace("from = \"hmi-1\"\nto = \"plc-intake\"", "from = \"nat-1\"\nto = \"plc-intake\"");
    let behind = said(&behind, "from = \"hmi-1\"\nto = \"plc-intake\"");
    assert!(behind.contains("nat-1 -> plc-intake"), "{behind}");
}

#[test]
fn a_window_or_times_excuse_what_holds_only_then() {
    let site = SITE.replace(
        "[zones]\n",
        "[windows.repair]\nopened-by = [\"lead\"]\nmax = \"1 h\"\ncovers = [\"vendor\", \"dmz\"]\n\n[zones]\ndmz = [\"jump-1\"]\n",
    );
    let broken = |conditions: &str, unless: &str| {
        let never = format!("[[never]]\nsays = \"x\"\nfrom = \"vendor\"\nunless = {unless}\n");
        let conduits = format!("{VENDOR}{conditions}");
        let files = Memory::new()
            .with("site.toml", site.as_str())
            .with("conduits.toml", conduits)
            .with("guarantees.toml", never);
        let loaded = load(&files, &sluice_protocols::registry::descriptors(), "2026-11-24T04:00:00Z".parse().unwrap());
        let report = loaded.map_or_else(|report| report, |(_, warnings)| warnings);
        let codes: Vec<&str> = report.diagnostics().iter().map(|d| d.code).collect();
        assert!(codes.iter().all(|code| *code == "N001"), "{}", report.render(false));
        !codes.is_empty()
    };
    let (window, work) = ("{ window = \"repair\" }", "{ during = \"Mon-Fri 08:00-18:00\" }");
    assert!(broken("", window));
    assert!(!broken("window = \"repair\"\n", window));
    assert!(broken("window = \"repair\"\n", work));
    assert!(!broken("during = \"Mon-Fri 09:00-17:00\"\n", work));
    assert!(broken("during = \"Mon-Sat 09:00-17:00\"\n", work));
    assert!(!broken("window = \"repair\"\nduring = \"Sat 09:00-17:00\"\n", window));
}
