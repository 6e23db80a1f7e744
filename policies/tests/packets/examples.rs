//! A site in the language.

use sluice_model::{Anomaly, Descriptor, Operation};
use sluice_policies::site::Mac;
use sluice_policies::source::Memory;
use sluice_policies::{Decoder, End, Misplaced, Packet, Policy, Seat, Seen, load, run_tests};
use sluice_protocols::registry;
use std::net::IpAddr;

const SITE: &str = r#"sluice    = 1
site      = "pump-house-2"
time-zone = "Asia/Shanghai"

[gateways.gw-1]
ports   = { control = "eth1", plant = "eth2" }
on-loss = "closed"

[zones]
vendor = { net = "198.51.100.0/28", owner = "vendor-desk", sl = 2 }

[assets]
hmi-1 = { ip = "192.0.2.11", mac = "02:00:5e:00:53:11", port = "gw-1:control" }
ntp-1 = { ip = "192.0.2.5" }
dhcp-1 = { ip = "192.0.2.6" }
jump-1 = { ip = "192.0.2.60", vlan = 20 }
sw-1  = { mac = "02:00:5e:00:53:99" }
plc-3 = { ip = "192.0.2.31", mac = "02:00:5e:00:53:31", port = "gw-1:plant", modbus = { ports = [502, 5020] } }

[conduit.operators]
from = "hmi-1"
to   = "plc-3"
[[conduit.operators.allow]]
id       = "look"
modbus   = "read"
holdings = ["0 .. 9"]
[[conduit.operators.allow]]
id      = "ping"
service = "icmp-echo"

[conduit.names]
from = ["hmi-1", "plc-3"]
to   = ["ntp-1", "dhcp-1"]
[[conduit.names.allow]]
id      = "basics"
service = ["ntp", "dhcp"]

[conduit.vendor-in]
from = "vendor"
to   = "jump-1"
[[conduit.vendor-in.allow]]
id      = "ssh"
service = "ssh"

[conduit.logs]
from  = "plc-3"
to    = "hmi-1"
opens = "to"
[[conduit.logs.allow]]
id     = "trace"
tcp    = [{ port = 4000, name = "trace" }]
opaque = true

[conduit.neighbours]
from = "sw-1"
to   = "anyone"
[[conduit.neighbours.allow]]
id      = "lldp"
service = "lldp"
"#;

fn policy() -> Policy {
    read(SITE)
}

fn read(site: &str) -> Policy {
    let now = "2026-11-24T04:00:00Z".parse().unwrap();
    let loaded = load(&Memory::new().with("site.toml", site), &registry::descriptors(), now);
    let (site, warnings) = loaded.unwrap_or_else(|report| panic!("{}", report.render(false)));
    assert!(warnings.is_empty(), "{}", warnings.render(false));
    Policy::compile(site)
}

const TESTS: &str = r#"
[[test]]
name    = "the vendor reaches the jump host"
from    = "198.51.100.3"
to      = "jump-1"
service = "ssh"
expect  = "allow by vendor-in.ssh"
[[test]]
name    = "and nothing else of it, nor does anybody outside of the net"
from    = ["198.51.100.3", "198.51.100.77"]
to      = "jump-1"
service = ["rdp", "ssh"]
expect  = ["deny because no-statement", "deny because no-conduit"]
[[test]]
name   = "the trace is fetched"
from   = ["hmi-1", "plc-3"]
to     = "plc-3"
tcp    = 4000
expect = "allow"
[[test]]
name   = "the trace is not sent unasked"
from   = "plc-3"
to     = "hmi-1"
tcp    = 4000
expect = "allow"
[[test]]
name      = "an Ethertype, and a question of two kinds"
from      = "sw-1"
to        = "plc-3"
ethertype = 0x88CC
service   = ["icmp-echo", "lldp"]
expect    = ["deny because no-statement", "allow", "deny"]
"#;

/// `deny because no-statement`, `allow by operators.ping`.
fn sent(policy: &Policy, from: &str, to: &str, packet: Packet) -> String {
    let end = |who: &str| match (policy.site().asset_named(who), who.parse::<IpAddr>()) {
        (Some(asset), _) => End::Asset(asset),
        (None, Ok(ip)) => policy.end(Some(ip), Mac([2, 0, 0, 0, 0, 1])),
        (None, Err(_)) => policy.end(None, who.parse().unwrap()),
    };
    let decision = policy.service(end(from), end(to), packet);
    match (decision.reason, decision.statement) {
        (Some(reason), _) => format!("{} because {}", decision.verdict.name(), reason.name()),
        (None, by) => format!("{} by {}", decision.verdict.name(), policy.statement_name(by.unwrap())),
    }
}

#[test]
fn services_pass_where_a_statement_says_so() {
    let policy = policy();
    let ping = Packet::Icmp { kind: 8 };
    let ntp = Packet::Udp { source: 40000, port: 123 };
    let ssh = Packet::Tcp { port: 22 };
    for (from, to, packet, expected) in [
        ("hmi-1", "plc-3", ping, "allow by operators.ping"),
        ("plc-3", "hmi-1", ping, "deny because no-conduit"),
        ("hmi-1", "plc-3", Packet::Icmp { kind: 13 }, "deny because no-statement"),
        ("hmi-1", "plc-3", ssh, "deny because no-statement"),
        ("hmi-1", "ntp-1", ntp, "allow by names.basics"),
        ("jump-1", "ntp-1", ntp, "deny because no-conduit"),
        ("198.51.100.3", "jump-1", ssh, "allow by vendor-in.ssh"),
        ("198.51.100.16", "jump-1", ssh, "deny because no-conduit"),
        ("hmi-1", "plc-3", Packet::Tcp { port: 4000 }, "allow by logs.trace"),
        ("plc-3", "hmi-1", Packet::Tcp { port: 4000 }, "deny because no-conduit"),
    ] {
        assert_eq!(sent(&policy, from, to, packet), expected, "{from} -> {to} {packet:?}");
    }
}

#[test]
fn asking_for_an_address_is_told_by_the_mac_and_answered_to_everyone() {
    let policy = policy();
    let ask = Packet::Udp { source: 68, port: 67 };
    let tell = Packet::Udp { source: 67, port: 68 };
    let nobody = policy.end(Some("0.0.0.0".parse().unwrap()), "02:00:5e:00:53:11".parse().unwrap());
    assert_eq!(nobody, End::Asset(policy.site().asset_named("hmi-1").unwrap()));
    assert_eq!(sent(&policy, "hmi-1", "255.255.255.255", ask), "allow by names.basics");
    assert_eq!(sent(&policy, "dhcp-1", "255.255.255.255", tell), "allow by names.basics");
    assert_eq!(sent(&policy, "dhcp-1", "hmi-1", tell), "allow by names.basics");
    assert_eq!(sent(&policy, "hmi-1", "255.255.255.255", tell), "deny because no-conduit");
    assert_eq!(
        sent(&policy, "hmi-1", "255.255.255.255", Packet::Udp { source: 69, port: 67 }),
        "deny because no-conduit"
    );
    // A stranger with the same question is nobody of the conduit.
    assert_eq!(sent(&policy, "0.0.0.0", "255.255.255.255", ask), "deny because no-conduit");
}

#[test]
fn frames_without_ip_are_told_by_their_mac() {
    let policy = policy();
    let lldp = Packet::Ethertype(0x88CC);
    assert_eq!(sent(&policy, "sw-1", "01:80:c2:00:00:0e", lldp), "allow by neighbours.lldp");
    assert_eq!(sent(&policy, "02:00:5e:00:53:99", "01:80:c2:00:00:0e", lldp), "allow by neighbours.lldp");
    assert_eq!(sent(&policy, "02:00:5e:00:53:98", "01:80:c2:00:00:0e", lldp), "deny because no-conduit");
    assert_eq!(sent(&policy, "sw-1", "01:80:c2:00:00:01", lldp), "deny because no-conduit");
    assert_eq!(sent(&policy, "sw-1", "02:00:5e:00:53:31", lldp), "deny because no-statement");
}

#[test]
fn inspected_ports_are_those_of_the_asset() {
    let policy = policy();
    let (plc, hmi) = (policy.site().asset_named("plc-3").unwrap(), policy.site().asset_named("hmi-1").unwrap());
    let modbus = registry::descriptors()[0].id;
    assert_eq!([502, 5020, 22].map(|port| policy.speaks(plc, port)), [Some(modbus), Some(modbus), None]);
    assert_eq!(policy.speaks(hmi, 502), None);
    // Services between two assets join them, and say nothing of protocols.
    let ntp = policy.site().asset_named("ntp-1").unwrap();
    let route = policy.route("192.0.2.11".parse().unwrap(), ntp, modbus);
    assert!(policy.stance(route).joined);
    assert_eq!(policy.conduit_name(policy.stance(route).conduit), "names");
    let back = policy.route("192.0.2.5".parse().unwrap(), hmi, modbus);
    assert!(!policy.stance(back).joined);
}

#[test]
fn a_frame_must_come_from_where_its_asset_is() {
    let policy = policy();
    let gateway = policy.gateway_id("gw-1").unwrap();
    let seat = |ip: &str, mac: &str, vlan, side| {
        policy.seat(gateway, &Seen { ip: Some(ip.parse().unwrap()), mac: mac.parse().unwrap(), vlan, side })
    };
    let asset = |name: &str| policy.site().asset_named(name).unwrap();
    let wrong = |name: &str, what| Seat::Misplaced { asset: asset(name), what };
    assert_eq!(seat("192.0.2.11", "02:00:5e:00:53:11", 0, 0), Seat::Known(asset("hmi-1")));
    assert_eq!(seat("192.0.2.11", "02:00:5e:00:53:11", 0, 1), wrong("hmi-1", Misplaced::Port));
    assert_eq!(seat("192.0.2.11", "02:00:5e:00:53:12", 0, 0), wrong("hmi-1", Misplaced::Mac));
    assert_eq!(seat("192.0.2.60", "02:00:5e:00:53:60", 20, 1), Seat::Known(asset("jump-1")));
    assert_eq!(seat("192.0.2.60", "02:00:5e:00:53:60", Seen::STACKED, 1), wrong("jump-1", Misplaced::Vlan));
    assert_eq!(seat("192.0.2.99", "02:00:5e:00:53:11", 0, 0), Seat::Unknown);
}

/// No test here has bytes.
struct NoBytes;

impl Decoder for NoBytes {
    fn decode(
        &self,
        _: &'static Descriptor,
        _: u32,
        _: &[u8],
        _: &mut dyn FnMut(&Operation<'_>),
    ) -> Result<(), Anomaly> {
        unreachable!()
    }
}

#[test]
fn services_are_tested_like_messages() {
    let outcomes = run_tests(&read(&format!("{SITE}{TESTS}")), &NoBytes);
    let shown: Vec<String> = outcomes
        .iter()
        .map(|o| format!("{}\n  {}: {}\n  {}", o.name, o.pass, o.got, o.explanation.as_deref().unwrap_or_default()))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}
