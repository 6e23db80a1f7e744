//! Whole sites: everything at once, nothing ignored.

use super::site::{CONDUITS, Files, SITE};
use sluice_policies::decision::Mode;
use sluice_policies::load;
use sluice_policies::site::{Items, Limit, Wording};
use sluice_policies::source::Memory;
use std::sync::Arc;

/// The site of the language's first page, without what is not enforced yet.
const PAGE: &str = r#"# site.toml
sluice    = 1
site      = "pump-house-2"
time-zone = "Asia/Shanghai"

[assets]
hmi-1 = { ip = "192.0.2.11" }
plc-3 = { ip = "192.0.2.31", modbus = { unit = 1, tags = "tags/plc-3.csv" } }

[gateways.gw-1]
proxy   = { plc-3 = "192.0.2.2:502" }          # clients dial this address; the gateway dials the controller
on-loss = "closed"

[conduit.operators]
from = "hmi-1"
to   = "plc-3"

[[conduit.operators.allow]]
id     = "look"
modbus = "read"
tags   = "*"

[[conduit.operators.allow]]
id     = "speed"
modbus = "write"
tags   = { pump_speed = { value = "20 .. 45 Hz" } }

[[test]]
name   = "overspeed is refused"
from   = "hmi-1"
to     = "plc-3"
modbus = "write pump_speed = 60 Hz"
expect = "deny because value"
"#;

#[test]
fn the_first_page_s_site_is_complete() {
    let tags = "# addresses = modicon\nname,address,type,scale,unit,min,max\npump_speed,40101,u16,0.01,Hz,0,50\n";
    let files = Memory::new().with("site.toml", PAGE).with("tags/plc-3.csv", tags);
    let loaded = load(&files, &sluice_protocols::registry::descriptors(), "2026-11-24T04:00:00Z".parse().unwrap());
    let (site, warnings) = loaded.unwrap_or_else(|r| panic!("{}", r.render(false)));
    assert!(warnings.is_empty());
    let statement = &site.conduits[0].statements[1];
    let Items::Tags(grants) = &statement.items else { unreachable!() };
    assert_eq!(grants[0].tags[0].limit.as_deref(), Some(&Limit::Integers(vec![(2000, 4500)])));
    assert_eq!(*grants[0].tags[0].wording, Wording::Written("20 .. 45 Hz".into()));
    assert_eq!(site.show(&statement.at), "site.toml:23");
    assert_eq!(site.gateways[0].proxies[0].upstream, "192.0.2.31:502".parse().unwrap());
}

#[test]
fn all_mistakes_of_all_files_come_at_once() {
    let files = Files::good()
        .with("time-zone = \"Asia/Shanghai\"", "time-zone = \"Asia/Peking\"")
        .with("on-loss = \"closed\"", "on-los = \"closed\"")
        .with("to    = \"plc-3\"", "to    = \"plc-3\"\nmode  = \"off\"")
        .with("0 | 20 .. 45 Hz", "0 | 20 .. 45 rpm")
        .with("name   = \"overspeed is refused\"", "name   = \"overspeed is refused")
        .with("40102,u16", "40102,u17")
        .with("30001,u16", "20001,u16")
        .and("\n[[test]]\nname = \"stop\"\nfrom = \"hmi-1\"\nto = \"plc-3\"\nmodbus = [\"write run_cmd = run\", \"write run_cmd\"]\nexpect = \"allow\"\n");
    let report = files.report();
    let codes: Vec<&str> = report.diagnostics().iter().map(|d| d.code).collect();
    for code in ["S011", "S001", "S005", "S007", "U003", "S002", "T005", "T012"] {
        assert!(codes.contains(&code), "{code} is missing from {codes:?}\n{}", report.render(false));
    }
    // The tag whose line is wrong is not said to be unknown as well.
    assert!(!codes.contains(&"T030") && !codes.contains(&"X006"), "{}", report.render(false));
}

/// Every header line of a file, and the line behind it.
fn behind_headers(text: &str) -> Vec<usize> {
    let mut offset = 0;
    let mut places = Vec::new();
    for line in text.split_inclusive('\n') {
        offset += line.len();
        if line.starts_with('[') {
            places.push(offset);
        }
    }
    places
}

#[test]
fn an_unknown_key_is_an_error_in_every_table() {
    let spoil = |text: &str, at: usize| format!("{}zz-top = 1\n{}", &text[..at], &text[at..]);
    let mut spoilt = Vec::new();
    for at in core::iter::once(0).chain(behind_headers(SITE)) {
        spoilt.push(Files { site: spoil(SITE, at), ..Files::good() });
    }
    for at in core::iter::once(0).chain(behind_headers(CONDUITS)) {
        spoilt.push(Files { conduits: spoil(CONDUITS, at), ..Files::good() });
    }
    spoilt.push(Files::good().with("unit = 1,", "unit = 1, zz-top = 1,"));
    spoilt.push(Files::good().with("{ value = \"stop | run\" }", "{ value = \"stop | run\", zz-top = 1 }"));
    spoilt.push(Files::good().with("[zones]", "[zones]\nvendor = { net = \"198.51.100.0/28\", zz-top = 1 }"));
    spoilt.push(Files::good().with("\"192.0.2.11\" }", "\"192.0.2.11\", zz-top = 1 }"));
    for files in spoilt {
        let report = files.load().err().unwrap_or_else(|| panic!("{}\n{}", files.site, files.conduits));
        assert!(
            report.diagnostics().iter().any(|d| d.message.contains("zz-top") || matches!(d.code, "S006" | "A001")),
            "{}",
            report.render(false)
        );
    }
}

#[test]
fn what_is_not_read_yet_is_said_alone() {
    let more = "[assets.mu-1]\nmac = \"02:00:5e:00:61:12\"\n[[test]]\nname = \"forged\"\nfrom = \"hmi-1\"\nto = \"control-room\"\ngoose = { appid = 1 }\nexpect = \"deny because identity\"\n";
    let report = Files::good().and(more).report();
    let codes: Vec<&str> = report.diagnostics().iter().map(|d| d.code).collect();
    assert_eq!(codes, ["S009", "S009"], "{}", report.render(false));
}

#[test]
fn tables_of_one_kind_merge_across_files() {
    let files = Files::good().with("include   = [\"conduits.toml\"]", "include   = [\"*.toml\"]");
    let more = "[assets]\nhmi-9 = { ip = \"192.0.2.99\" }\n\n[[conduit.operators.allow]]\nid = \"device\"\nmodbus = \"read-device-id\"\n";
    let memory = Memory::new()
        .with("site.toml", files.site.as_str())
        .with("conduits.toml", files.conduits.as_str())
        .with("more.toml", more)
        .with("tags/plc-3.csv", files.tags.as_str());
    let loaded = load(&memory, &sluice_protocols::registry::descriptors(), "2026-11-24T04:00:00Z".parse().unwrap());
    let (site, _) = loaded.unwrap_or_else(|r| panic!("{}", r.render(false)));
    assert_eq!(site.conduits[0].statements.len(), 3);
    assert!(site.asset_named("hmi-9").is_some());
    assert_eq!(site.show(&site.conduits[0].statements[2].at), "more.toml:4");
}

#[test]
fn json_has_a_place_for_every_message() {
    let report = Files::good().with("0 | 20 .. 45 Hz", "0 | 20 .. 45 rpm").report();
    insta::assert_snapshot!(serde_json::to_string_pretty(&report.json()).unwrap());
}

#[test]
fn a_site_without_site_toml_is_one_clear_message() {
    let report = load(&Memory::new(), &[], "2026-11-24T04:00:00Z".parse().unwrap()).unwrap_err();
    assert!(
        report.render(false).starts_with("error[S003]: site.toml: there is no such file"),
        "{}",
        report.render(false)
    );
}

#[test]
fn ten_thousand_mistakes_are_counted_and_not_printed() {
    let rows: Vec<String> = (0..12_000).map(|n| format!("bad name {n},40001,u99\n")).collect();
    let files = Files { tags: format!("# addresses = modicon\nname,address,type\n{}", rows.concat()), ..Files::good() };
    let report = files.report();
    assert_eq!(report.diagnostics().len(), 200);
    assert!(report.more() > 9_000);
    assert!(report.render(false).contains("more\n"));
}

#[test]
fn one_name_is_declared_once() {
    for (more, what) in [
        ("[assets.hmi-1]\nip = \"192.0.2.98\"\n", "asset hmi-1"),
        ("[zones]\ncontrol-room = [\"hmi-1\"]\n", "zone control-room"),
        ("[gateways.gw-1]\non-loss = \"open\"\nproxy = {}\n", "gateway gw-1"),
        ("[conduit.operators]\nfrom = \"hmi-1\"\n", "conduit operators"),
        ("[[conduit.operators.allow]]\nid = \"look\"\nmodbus = \"diagnose\"\n", "statement operators.look"),
        ("[unmatched]\nmode = \"enforce\"\n", "[unmatched]"),
        (
            "[[test]]\nname = \"overspeed is refused\"\nfrom = \"hmi-1\"\nto = \"plc-3\"\nmodbus = \"diagnose\"\nexpect = \"deny\"\n",
            "test \"overspeed is refused\"",
        ),
    ] {
        let files = Files::good().with("[\"conduits.toml\"]", "[\"*.toml\"]");
        let memory = Memory::new()
            .with("site.toml", files.site.as_str())
            .with("conduits.toml", files.conduits.as_str())
            .with("more.toml", more)
            .with("tags/plc-3.csv", files.tags.as_str());
        let report = load(&memory, &sluice_protocols::registry::descriptors(), "2026-11-24T04:00:00Z".parse().unwrap())
            .unwrap_err();
        let twice: Vec<_> = report.diagnostics().iter().filter(|d| d.code == "S008").collect();
        assert_eq!(twice.len(), 1, "{}", report.render(false));
        assert_eq!(twice[0].message, format!("{what} is declared twice"));
        let files: Vec<u16> = twice[0].primary.iter().chain(&twice[0].secondary).map(|a| a.at.file).collect();
        assert!(files.len() == 2 && files[0] != files[1], "both places are shown: {files:?}");
    }
}

#[test]
fn what_suspends_enforcement_ends_at_midnight_of_the_plant() {
    // Midnight in Shanghai is 16:00 of the day before in UTC.
    let at = |now: &str, until: &str| {
        let files = Files::good().with("mode    = \"enforce\"", &format!("mode    = \"alert\"\nuntil   = {until}"));
        let loaded = load(&files.memory(), &sluice_protocols::registry::descriptors(), now.parse().unwrap());
        loaded.unwrap_or_else(|r| panic!("{}", r.render(false))).0.unmatched
    };
    for until in ["2026-11-24", "\"2026-11-24\""] {
        let unmatched = at("2026-11-24T15:59:59Z", until);
        assert_eq!((unmatched.mode, unmatched.ends), (Mode::Alert, "2026-11-24T16:00:00Z".parse().ok()));
        let unmatched = at("2026-11-24T16:00:00Z", until);
        assert_eq!((unmatched.mode, unmatched.ends), (Mode::Enforce, None));
    }
}

#[test]
fn what_nobody_limits_differently_is_no_mistake() {
    let same = Files::good().allow("modbus = \"mask-write\"\ntags   = { pump_speed = \"20 .. 45 Hz | 0\" }");
    assert!(same.report().is_empty(), "{}", same.report().render(false));
    let apart = Files::good().allow("modbus = \"write\"\ntags   = { pump_speed = \"1 .. 2 Hz\" }");
    assert!(apart.report().is_empty(), "{}", apart.report().render(false));
    let whole = Files::good().allow("modbus = \"write\"\ntags   = { \"valve.open\" = \"on | off\", valve = {} }");
    assert!(whole.report().is_empty(), "{}", whole.report().render(false));
}

#[test]
fn statements_that_say_the_same_share_what_it_means() {
    let say = |id: &str, tags: &str| {
        format!("\n[[conduit.operators.allow]]\nid = \"{id}\"\nmodbus = \"write\"\ntags = {tags}\n")
    };
    let (pattern, narrow) = ("\"recip*\"\ncount = 1", "{ valve = \"0 .. 3\" }");
    let lines = [("a", pattern), ("b", pattern), ("c", narrow), ("d", narrow), ("e", "\"valve\"")];
    let files = Files::good().and(&lines.map(|(id, tags)| say(id, tags)).concat());
    // One of them is wider than two others, which is an error about both.
    let wider: Vec<_> = files.report().diagnostics().iter().map(|d| d.code).collect();
    assert_eq!(wider, ["P041", "P041"]);
    let files = Files::good().and(&lines[..4].iter().map(|(id, tags)| say(id, tags)).collect::<String>());
    let (site, _) = files.load().unwrap_or_else(|r| panic!("{}", r.render(false)));
    let grant = |id: &str| {
        let statement = site.conduits[0].statements.iter().find(|s| s.id == id).unwrap();
        let Items::Tags(grants) = &statement.items else { unreachable!() };
        grants[0].clone()
    };
    for (one, other) in [("a", "b"), ("c", "d")] {
        assert!(Arc::ptr_eq(&grant(one).tags, &grant(other).tags));
        assert_ne!(grant(one).places, grant(other).places, "each has its own place");
    }
    assert!(!Arc::ptr_eq(&grant("a").tags, &grant("c").tags));
}
