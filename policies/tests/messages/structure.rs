//! One spoilt site for each message about the structure of a site: kinds, tables of assets, cells, gateways of protocols,
//! identities.

use super::site::{Files, SITE};
use sluice_policies::diagnose::Report;
use sluice_policies::load;
use sluice_policies::source::Memory;
use std::fmt::Write;

/// A table of two cells, each with a panel and a pump's controller.
pub(crate) const CELLS: &str = "name,cell,cell-role,kind,ip,mac,unit
pump-1-plc,pump-1,plc,pump,192.0.2.101,02:00:5e:00:54:01,
pump-1-panel,pump-1,panel,panel,192.0.2.151,,
pump-2-plc,pump-2,plc,pump,192.0.2.102,02:00:5e:00:54:02,3
pump-2-panel,pump-2,panel,panel,192.0.2.152,,
";

/// What the site of the cells says beside the good site.
pub(crate) const PLANT: &str = r#"
[zones]
pumps  = { cell-role = "plc" }
panels = { kind = "panel" }

[kinds.pump]
modbus = { unit = 1, tags = "tags/plc-3.csv", words = "CDAB" }
[kinds.panel]

[conduit.panels]
from   = "panels"
to     = "pumps"
within = "cell"

[[conduit.panels.allow]]
id     = "look"
modbus = "read"
tags   = "*"
"#;

/// A gateway of Modbus, and two devices behind it.
pub(crate) const BEHIND: &str = r#"
[assets.mb-gw]
ip     = "192.0.2.35"
modbus = { gateway = true }
[assets.rtu-1]
via = "mb-gw"
modbus = { unit = 7, tags = "tags/plc-3.csv" }
[assets.rtu-2]
via    = """mb-gw"""
modbus = { unit = 8, tags = "tags/plc-3.csv" }
"#;

/// A site with cells: the good site, a table of assets and what is said of them.
pub(crate) struct Cells {
    pub(crate) files: Files,
    pub(crate) table: String,
    pub(crate) plant: String,
}

impl Cells {
    pub(crate) fn good() -> Self {
        let head = "include   = [\"conduits.toml\"]";
        let site = SITE.replace(head, "include   = [\"conduits.toml\", \"plant.toml\"]\nassets-from = [\"cells.csv\"]");
        let site =
            site.replace("proxy   = { plc-3 = \"192.0.2.2:502\" }", "ports = { control = \"eth1\", plant = \"eth2\" }");
        Self { files: Files { site, ..Files::good() }, table: CELLS.into(), plant: PLANT.into() }
    }

    /// With the only `from` in the table or in what is said of it made `to`.
    pub(crate) fn with(mut self, from: &str, to: &str) -> Self {
        let all = [&mut self.table, &mut self.plant];
        assert_eq!(all.iter().map(|t| t.matches(from).count()).sum::<usize>(), 1, "{from:?} must stand once");
        for text in all {
            *text = text.replace(from, to);
        }
        self
    }

    pub(crate) fn and(mut self, lines: &str) -> Self {
        self.plant.push_str(lines);
        self
    }

    pub(crate) fn memory(&self) -> Memory {
        self.files.memory().with("cells.csv", self.table.as_str()).with("plant.toml", self.plant.as_str())
    }

    pub(crate) fn report(&self) -> Report {
        let now = "2026-11-24T04:00:00Z".parse().unwrap();
        let loaded = load(&self.memory(), &sluice_protocols::registry::descriptors(), now);
        loaded.map_or_else(|report| report, |(_, warnings)| warnings)
    }
}

/// A case: the code that it is about, and what is said of the spoilt site.
type Case = (&'static str, Report);

pub(super) fn cases() -> Vec<Case> {
    let cells = |code, from: &str, to: &str| (code, Cells::good().with(from, to).report());
    let more = |code, lines: &str| (code, Cells::good().and(lines).report());
    vec![
        cells("A012", "name,cell,cell-role,kind,ip", "name,cell,cell-rol,kind,ip"),
        cells("A012", "name,cell,cell-role,kind,ip", "title,cell,cell-role,kind,ip"),
        cells("A012", "192.0.2.151,,", "192.0.2.151,,,one,two"),
        cells("A012", "pump-1-panel,pump-1,", ",pump-1,"),
        cells("A013", "cell-role = \"plc\"", "cell-role = \"plcs\""),
        cells("A013", "kind = \"panel\"", "kind = \"panel\", cell = [\"pump-3\", \"pump-4\"]"),
        cells("A002", "192.0.2.151", "192.0.2.151 192.0.2.300"),
        cells("A003", "192.0.2.151", "192.0.2.101"),
        cells("A004", "192.0.2.151", ""),
        cells("A009", "02:00:5e:00:54:01", "02:00:5e:00:54"),
        cells("S008", "pump-2-panel,", "pump-1-panel,"),
        cells("S013", "pump-2-panel,", "pump 2 panel,"),
        cells("S014", "54:02,3", "54:02,300"),
        cells("K001", "pump-1-plc,pump-1,plc,pump,", "pump-1-plc,pump-1,plc,pumps,"),
        cells("K002", "[kinds.panel]", "[kinds.panel]\nkind = \"pump\""),
        cells("K003", "192.0.2.152,,", "192.0.2.152,,4"),
        cells("K004", "{ kind = \"panel\" }", "[\"hmi-1\"]"),
        cells("K005", "{ kind = \"panel\" }", "[\"pump-1-panel\", \"hmi-1\", \"hmi-2\"]"),
        more("A014", "\n[assets.other]\nrealm = \"cell-2\"\nip = \"192.0.2.101\"\n"),
        more(
            "A014",
            "\n[assets.other]\nip = \"10.0.0.1\"\nseen-as = { \"gw-1:plant\" = \"192.0.2.9\" }\n[assets.more]\nip = \"10.0.0.2\"\nseen-as = { \"gw-1:control\" = \"192.0.2.9\" }\n",
        ),
        more("G008", "\n[assets.other]\nip = \"10.0.0.1\"\nseen-as = { \"gw-1:plan\" = \"192.0.2.9\" }\n"),
        roaming("I003", "identity = { mac = \"02:00:5e:00:53:77\", port = \"gw-1:plant\" }", "write"),
        roaming("I003", "mac = \"02:00:5e:00:53:77\"", "write"),
        roaming("I004", "mac = \"02:00:5e:00:53:77\"", "read"),
        roaming("I004", "identity = { mac = \"02:00:5e:00:53:77\", port = \"gw-1:plant\", dhcp = \"hmi-1\" }", "write"),
        roaming("I005", "identity = { cert = \"CN=laptop\", user = \"ann\" }", "write"),
        more("I001", "\n[assets.laptop]\nidentity = { port = \"gw-1:plant\", users = \"x\" }\n"),
        more("M010", "\n[assets.mb-gw]\nip = \"192.0.2.35\"\nmodbus = { broadcast = [\"plc-3\"] }\n"),
        rtu("M007", "unit = 7", "unit = \"any\""),
        rtu("M007", "gateway = true", "unit = \"any\", gateway = true"),
        rtu("M010", "gateway = true", "unit = 255"),
        rtu("M010", "via = \"mb-gw\"", "via = \"rtu-2\""),
        rtu("A001", "via = \"mb-gw\"", "via = \"mb-gv\""),
        rtu("M011", "unit = 7", "unit = 8"),
        rtu("M011", "unit = 7", "unit = [7, 0]"),
        rtu("M012", "gateway = true", "gateway = true, broadcast = [\"rtu-1\", \"plc-3\"]"),
        serial("G012", "gw-1:filter", "line = \"ttyS1\""),
        serial("G012", "gw-2:filters", "line = \"ttyS1\""),
        serial("S014", "gw-1:filters", "line = \"ttyS1\", baud = 19201"),
        serial("G009", "gw-1:filters", "line = \"/dev/ttyS1\", parity = \"mark\""),
        serial(
            "M013",
            "gw-1:filters",
            "line = \"ttyS1\" } }\nproxy  = { rtu-1 = \"192.0.2.2:502\" }\nmonitor = [] # {{",
        ),
    ]
}

/// With a laptop that has no address of its own.
fn roaming(code: &'static str, identity: &str, verb: &str) -> Case {
    let lines = format!(
        "\n[assets.laptop]\n{identity}\n[conduit.laptop]\nfrom = \"laptop\"\nto = \"plc-3\"\n[[conduit.laptop.allow]]\nid = \"it\"\nmodbus = \"{verb}\"\nholdings = [500]\n"
    );
    (code, Cells::good().and(&lines).report())
}

/// With two assets behind a gateway of Modbus.
fn rtu(code: &'static str, from: &str, to: &str) -> Case {
    (code, Cells::good().and(BEHIND).with(from, to).report())
}

/// With an asset on a serial line of the gateway.
fn serial(code: &'static str, via: &str, line: &str) -> Case {
    let mut cells = Cells::good()
        .and(&format!("\n[assets.rtu-1]\nvia = \"{via}\"\nmodbus = {{ unit = 7, tags = \"tags/plc-3.csv\" }}\n"));
    let ports = "ports = { control = \"eth1\", plant = \"eth2\" }";
    cells.files.site = cells.files.site.replace(ports, &format!("{ports}\nserial = {{ filters = {{ {line} }} }}"));
    (code, cells.report())
}

#[test]
fn a_plant_of_cells_has_no_mistakes() {
    let report = Cells::good().report();
    assert!(report.is_empty(), "{}", report.render(false));
}

#[test]
fn messages_about_the_structure_of_a_site() {
    let mut out = String::new();
    for (code, report) in cases() {
        let codes: Vec<&str> = report.diagnostics().iter().map(|d| d.code).collect();
        assert!(codes.contains(&code), "{code} is missing:\n{}", report.render(false));
        let _ = writeln!(out, "=== {code}\n{}", report.render(false));
    }
    insta::assert_snapshot!(out);
}
