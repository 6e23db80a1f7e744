//! One address, two assets: whose it is depends on the gateway that sees it.

use super::policy;
use sluice_policies::site::Mac;
use sluice_policies::{Misplaced, Policy, Seat, Seen};
use std::net::IpAddr;

const SITE: &str = r#"
[assets]
mes   = { ip = "10.20.0.15", hides = ["erp"] }
erp   = { ip = "10.99.0.1" }
hmi-1 = { realm = "cell-1", ip = "192.168.0.20", port = "gw-1:line" }
plc-1 = { realm = "cell-1", ip = "192.168.0.1", mac = "02:00:5e:00:53:01", port = "gw-1:cell", modbus = {}, seen-as = { "gw-0:line" = "10.30.1.1" } }
laptop = { identity = { mac = "02:00:5e:00:53:77", dhcp = "mes", port = "gw-1:line" } }
plc-2 = { realm = "cell-2", ip = "192.168.0.1", port = "gw-2:cell", modbus = {} }

[gateways.gw-0]
ports   = { it = "eth1", line = "eth2" }
on-loss = "closed"
[gateways.gw-1]
ports   = { line = "eth1", cell = "eth2" }
on-loss = "closed"
[gateways.gw-2]
ports   = { line = "eth1", cell = "eth2" }
proxy   = { plc-2 = "10.30.1.9:502" }
on-loss = "closed"

[conduit.panel]
from = "hmi-1"
to   = "plc-1"
[[conduit.panel.allow]]
id       = "look"
modbus   = "read"
holdings = [1]

[conduit.orders]
from = "erp"
to   = "plc-1"
[[conduit.orders.allow]]
id       = "look"
modbus   = "read"
holdings = [1]
"#;

fn owner(policy: &Policy, ip: &str) -> Option<String> {
    policy.asset_name_of(ip.parse().unwrap()).map(String::from)
}

#[test]
fn an_address_is_the_asset_s_that_has_it_at_the_gateway() {
    let policy = policy(SITE, &[]);
    let at = |gateway: &str, ip: &str| owner(&policy.at(gateway), ip);
    assert_eq!(at("gw-1", "192.168.0.1").as_deref(), Some("plc-1"));
    assert_eq!(at("gw-2", "192.168.0.1").as_deref(), Some("plc-2"));
    assert_eq!(at("gw-0", "192.168.0.1"), None, "there it is seen under another address");
    assert_eq!(at("gw-0", "10.30.1.1").as_deref(), Some("plc-1"));
    assert_eq!((owner(&policy, "192.168.0.1"), owner(&policy, "192.168.0.20").as_deref()), (None, Some("hmi-1")));
    assert_eq!(owner(&policy, "10.30.1.1").as_deref(), Some("plc-1"), "whoever looks from nowhere");
    assert_eq!(policy.lapsed().at("gw-2").asset_name_of("192.168.0.1".parse().unwrap()), Some("plc-2"));
}

#[test]
fn behind_a_translation_no_mac_is_asked_for() {
    let policy = policy(SITE, &[]);
    let seat = |gateway: &str, ip: &str, mac: &str, side| {
        let policy = policy.at(gateway);
        let seen = Seen { ip: ip.parse::<IpAddr>().ok(), mac: mac.parse::<Mac>().unwrap(), vlan: 0, side };
        policy.seat(policy.gateway_id(gateway).unwrap(), &seen)
    };
    let plc = policy.site().asset_named("plc-1").unwrap();
    let (own, others) = ("02:00:5e:00:53:01", "02:00:5e:00:53:99");
    assert_eq!(seat("gw-0", "10.30.1.1", others, 1), Seat::Known(plc));
    assert_eq!(seat("gw-1", "192.168.0.1", own, 1), Seat::Known(plc));
    let misplaced = |what| Seat::Misplaced { asset: plc, what };
    assert_eq!(seat("gw-1", "192.168.0.1", others, 1), misplaced(Misplaced::Mac));
    assert_eq!(seat("gw-1", "192.168.0.1", own, 0), misplaced(Misplaced::Port));
    assert_eq!(seat("gw-0", "192.168.0.1", own, 1), Seat::Unknown);
}

#[test]
fn an_identity_is_asked_for_where_frames_show_it() {
    let policy = policy(SITE, &[]);
    let (laptop, gateway) = (policy.site().asset_named("laptop").unwrap(), policy.gateway_id("gw-1").unwrap());
    let mac: Mac = "02:00:5e:00:53:77".parse().unwrap();
    let seat = |ip: Option<&str>, side| {
        let ip = ip.map(|ip| ip.parse().unwrap());
        policy.seat(gateway, &Seen { ip, mac, vlan: 0, side })
    };
    for ip in [None, Some("0.0.0.0")] {
        assert_eq!(seat(ip, 0), Seat::Known(laptop), "it asks for an address");
        assert_eq!(seat(ip, 1), Seat::Misplaced { asset: laptop, what: Misplaced::Port });
    }
    assert_eq!(seat(Some("192.168.0.77"), 0), Seat::Unknown, "nobody follows its lease");
}

#[test]
fn who_hides_others_may_do_what_they_may() {
    let policy = policy(SITE, &[]);
    let plc = policy.site().asset_named("plc-1").unwrap();
    let modbus = sluice_protocols::registry::descriptors()[0].id;
    let joined = |ip: &str| policy.stance(policy.route(ip.parse().unwrap(), plc, modbus)).joined;
    assert!(joined("10.99.0.1") && joined("10.20.0.15"), "what comes from mes may be from erp");
    assert!(!joined("10.20.0.16"));
}
