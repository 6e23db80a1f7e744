//! Floors: what the policy withholds in every mode, and says so.

use sluice_model::{Action, Code, Direction, Operation, SpaceId, Span, Values};
use sluice_policies::decision::{Reason, Verdict};
use sluice_policies::source::Memory;
use sluice_policies::{Policy, load};

const SITE: &str = r#"sluice    = 1
site      = "dosing"
time-zone = "Asia/Shanghai"

[assets]
hmi-1 = { ip = "192.0.2.11" }
ews-1 = { ip = "192.0.2.12" }
plc-1 = { ip = "192.0.2.31", modbus = { unit = [1, 3], tags = "tags.csv" } }

[gateways.gw-1]
proxy   = { plc-1 = "192.0.2.2:502" }
on-loss = "closed"

[conduit.operators]
from = "everyone"
to   = "plc-1"
mode = "alert"

[[conduit.operators.allow]]
id     = "dose"
modbus = ["read", "write"]
tags   = { dose = "0 .. 2 mg/L" }

[[never]]
says  = "nobody doses above the toxic limit"
to    = "plc-1"
tags  = { dose = "> 2 mg/L", flow = "> 100 m3/h", "valve.open" = "on" }
floor = true

[[never]]
says   = "operators restart nothing"
from   = "hmi-1"
to     = "plc-1"
action = "restart"
floor  = true

[[test]]
name   = "the toxic dose"
from   = "hmi-1"
to     = "plc-1"
modbus = "write dose = 2.01 mg/L"
expect = "deny because floor"
"#;

const TAGS: &str = "# addresses = wire
name,address,type,scale,unit
dose,holding 100,u16,0.01,mg/L
flow,holding 101,f32,,m3/h
valve,holding 110,u16,,
valve.open,holding 110.0,bit,,
";

fn policy() -> Policy {
    let files = Memory::new().with("site.toml", SITE).with("tags.csv", TAGS);
    let now = "2026-11-24T04:00:00Z".parse().unwrap();
    let loaded = load(&files, &sluice_protocols::registry::descriptors(), now);
    Policy::compile(loaded.unwrap_or_else(|r| panic!("{}", r.render(false))).0)
}

/// What is decided of words from an address, and why.
fn said(policy: &Policy, from: &str, words: &str) -> String {
    let to = policy.site().asset_named("plc-1").unwrap();
    let modbus = sluice_protocols::registry::descriptors()[0];
    let route = policy.route(from.parse().unwrap(), to, modbus.id);
    let words = policy.words(to, modbus, words).unwrap();
    let operation = words.operations().next().unwrap();
    let decision = policy.judge(route, &operation);
    assert_eq!(decision.reason == Some(Reason::Floor), decision.verdict == Verdict::Deny);
    policy.explain(route, &operation, &decision).to_string()
}

#[test]
fn a_floor_stays_in_alert_mode_and_for_strangers() {
    let policy = policy();
    let all = [
        ("192.0.2.11", "write dose = 2 mg/L"),
        ("192.0.2.11", "write dose = 2.01 mg/L"),
        ("192.0.2.99", "write dose = 3 mg/L"),
        ("192.0.2.11", "read dose"),
        ("192.0.2.11", "write flow = 100 m3/h"),
        ("192.0.2.11", "write flow = 100.1 m3/h"),
        ("192.0.2.11", "write holding 101 = 0x42C8"),
        ("192.0.2.11", "write-registers holding 99 .. 102 = 0 0 0xFFC0 0"),
        ("192.0.2.11", "mask-write valve.open = off"),
        ("192.0.2.11", "mask-write valve.open = on"),
        ("192.0.2.11", "write valve = 3"),
        ("192.0.2.11", "write valve = 2"),
        ("192.0.2.11", "umas 0x41"),
        ("192.0.2.11", "restart-communications"),
        ("192.0.2.12", "restart-communications"),
    ];
    let shown: Vec<String> = all.iter().map(|(from, words)| said(&policy, from, words)).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_test_can_expect_a_floor() {
    let policy = policy();
    let outcome = sluice_policies::run_tests(&policy, &super::tests_of_sites::Two).remove(0);
    assert!(outcome.pass, "{outcome:?}");
}

#[test]
fn a_device_that_is_not_the_asset_s_is_none_of_its_floors() {
    let policy = policy();
    let to = policy.site().asset_named("plc-1").unwrap();
    let modbus = sluice_protocols::registry::descriptors()[0];
    let route = policy.route("192.0.2.11".parse().unwrap(), to, modbus.id);
    let code = Code::new(6);
    let operation = |device| Operation {
        protocol: modbus.id,
        direction: Direction::ToServer,
        device,
        action: Action::Write,
        code,
        function: modbus.function(code).unwrap(),
        target: Some(Span { space: SpaceId(3), first: 100, last: 100 }),
        values: Values::Words(&[0xFF, 0xFF]),
    };
    assert_eq!(policy.judge(route, &operation(3)).reason, Some(Reason::Floor));
    assert_eq!(policy.judge(route, &operation(4)).reason, Some(Reason::NoConduit));
}
