//! What changes the identity of a clause, and what does not.

use crate::plant::{SITE, TAGS, changed, read};
use sluice_policies::meaning::clauses;
use sluice_policies::site::Site;
use std::collections::BTreeMap;

fn identities(site: &Site) -> BTreeMap<String, String> {
    clauses(site).map(|c| (c.name.clone(), c.identity())).collect()
}

/// The clauses that have another identity after these replacements, are new, or are gone.
fn touched(changes: &[(&str, &str)]) -> Vec<String> {
    let (old, new) = (identities(&changed(&[])), identities(&changed(changes)));
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}

#[test]
fn the_form_is_this() {
    let clauses: Vec<String> = clauses(&changed(&[]))
        .map(|c| format!("{} owned by {:?}\n  {}\n  = {}", c.name, c.owners, c.lines.join("\n  "), c.identity()))
        .collect();
    insta::assert_snapshot!(clauses.join("\n"));
}

#[test]
fn a_tag_list_changes_every_statement_that_uses_it() {
    assert_eq!(touched(&[("40101,u16,,,0.1,", "40101,u16,,,0.01,")]), ["operators.look", "operators.speed"]);
    assert_eq!(touched(&[("valve_b,00002", "valve_b,00003")]), ["operators.look", "operators.valves"]);
    assert_eq!(
        touched(&[("pump_speed,40101,u16,,,0.1,,Hz,,", "pump_speed,40101,u16,,,0.1,,Hz,,30")]),
        ["operators.speed"]
    );
    assert_eq!(touched(&[("ip = \"192.0.2.12\"", "ip = \"192.0.2.13\"")]).len(), 4);
}

#[test]
fn what_is_for_readers_changes_nothing() {
    for change in [
        ("# Looking is free.", "# Looking costs nothing."),
        ("owner = \"shift\"", "owner = \"shift\"\nwhy = \"somebody must\""),
        ("id     = \"speed\"\nmodbus = \"write\"", "modbus=\"write\" # what\nid = \"speed\"\nwhy = \"pumping\""),
        ("hmi-1\", \"hmi-2", "hmi-2\", \"hmi-1"),
        ("level of the tank", "its level"),
        ("20 .. 45 Hz", "20.0..45.00 Hz"),
        ("[\"valve_*\"]\ncount  = 2", "[\"valve_a\", \"valve_b\"]"),
    ] {
        assert_eq!(touched(&[change]), Vec::<String>::new(), "{change:?}");
    }
    // An id is how a statement is called, not what it means.
    let renamed = identities(&changed(&[("\"speed\"", "\"drive\"")]));
    assert_eq!(renamed["operators.drive"], identities(&changed(&[]))["operators.speed"]);
    // In another order, and in another file layout.
    let (head, conduits) = SITE.split_once("[conduit.operators]").unwrap();
    let (operators, time) = conduits.split_once("[conduit.time]").unwrap();
    let turned = format!("{head}[conduit.time]{time}\n[conduit.operators]{operators}");
    assert_eq!(identities(&read(&turned, TAGS)), identities(&changed(&[])));
}

#[test]
fn whatever_can_widen_is_covered() {
    for (change, expected) in [
        (("owner = \"shift\"", "owner = \"shift\"\nmode = \"alert\""), vec!["conduit operators"]),
        (("on-loss = \"closed\"", "on-loss = \"open\""), vec!["gateway gw-1"]),
        (("[conduit.time]", "[unmatched]\nmode = \"alert\"\nuntil = 2026-12-20\n[conduit.time]"), vec!["unmatched"]),
        (("owner  = \"process\"", "owner  = \"guests\""), vec!["approvals"]),
        (("Asia/Shanghai", "Europe/Berlin"), vec!["clock"]),
        (("service = \"ntp\"", "service = [\"ntp\", \"ssh\"]"), vec!["time.ntp"]),
        (("\"read\"", "[\"read\", \"diagnose\"]"), vec!["operators.look"]),
    ] {
        assert_eq!(touched(&[change]), expected, "{change:?}");
    }
}
