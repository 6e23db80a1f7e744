//! What is said to somebody who reached for another cell.

use super::policy;
use sluice_policies::{End, Packet};

#[test]
fn a_refusal_across_cells_says_so() {
    let site = r#"
assets-from = ["cells.csv"]
[kinds.plc]
modbus = {}
[kinds.panel]
[conduit.panels]
from   = "panels"
to     = "plcs"
within = "cell"
[[conduit.panels.allow]]
id      = "desktop"
service = "vnc"
[zones]
panels = { kind = "panel" }
plcs   = { kind = "plc" }
"#;
    let cells = "name,cell,kind,ip\np1,one,panel,192.0.2.1\nc1,one,plc,192.0.2.2\np2,two,panel,192.0.2.3\nc2,two,plc,192.0.2.4\n";
    let policy = policy(site, &[("cells.csv", cells)]);
    let end = |name: &str| End::Asset(policy.site().asset_named(name).unwrap());
    let said = |from, to| {
        let packet = Packet::Tcp { port: 5900 };
        let decision = policy.service(end(from), end(to), packet);
        policy.explain_service(end(from), end(to), packet, &decision).sentence
    };
    assert_eq!(said("p1", "c1"), "panels.desktop allows it");
    let apart = "no conduit joins p1 to c2; panels joins assets of one cell, and these stand in one and in two";
    assert_eq!(said("p1", "c2"), apart);
    assert_eq!(said("c1", "p2"), "no conduit joins c1 to p2");
}
