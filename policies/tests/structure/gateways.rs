//! Messages to a gateway of Modbus, by the unit that they name.

use super::policy;
use sluice_model::{Action, Code, Descriptor, Direction, Instant, Operation, SpaceId, Span, Values};
use sluice_policies::decision::{Reason, Verdict};
use sluice_policies::{End, Policy};

const SITE: &str = r#"
[assets]
hmi-1 = { ip = "192.0.2.11" }
hmi-2 = { ip = "192.0.2.12" }
hmi-3 = { ip = "192.0.2.13" }
mb-gw = { ip = "192.0.2.35", modbus = { gateway = true, unit = 255 } }
rtu-1 = { via = "mb-gw", modbus = { unit = 7, tags = "tags.csv" } }
rtu-2 = { via = "mb-gw", modbus = { unit = [8, 9], tags = "tags.csv" } }

[gateways.gw-1]
proxy   = { mb-gw = "192.0.2.2:502", rtu-1 = "192.0.2.3:502" }
on-loss = "closed"

[conduit.both]
from = "hmi-1"
to   = ["rtu-1", "rtu-2"]
[[conduit.both.allow]]
id     = "set"
modbus = ["read", "write"]
tags   = { level = "0 .. 5" }

[conduit.one]
from = "hmi-2"
to   = "rtu-2"
[[conduit.one.allow]]
id     = "look"
modbus = "read"
tags   = "*"
[[conduit.one.allow]]
id       = "own"
modbus   = "read"
holdings = [7]

[conduit.beside]
from = "hmi-2"
to   = "mb-gw"
[[conduit.beside.allow]]
id       = "status"
modbus   = "read"
holdings = [0]
"#;
const TAGS: &str = "# addresses = wire\nname,address,type\nlevel,holding 3,u16\n";

fn modbus() -> &'static Descriptor {
    sluice_protocols::registry::descriptors()[0]
}

/// What becomes of a read, or of a write of a value, of one register of a unit behind an address.
fn judge(policy: &Policy, from: u8, to: &str, unit: u32, item: u64, value: Option<u8>) -> (Verdict, Option<Reason>) {
    let to = policy.site().asset_named(to).unwrap();
    let route = policy.route([192, 0, 2, from].into(), to, modbus().id);
    let action = if value.is_some() { Action::Write } else { Action::Read };
    let target = Some(Span { space: SpaceId(3), first: item, last: item });
    let function = (modbus().usual_function)(action, target).unwrap();
    let word = [0, value.unwrap_or(0)];
    let operation = Operation {
        protocol: modbus().id,
        direction: Direction::ToServer,
        device: unit,
        action,
        code: Code::new(*function.codes.start()),
        function,
        target,
        values: if value.is_some() { Values::Words(&word) } else { Values::None },
    };
    let decision = policy.turn(Instant::default()).judge(route, &operation);
    (decision.verdict, decision.reason)
}

const ALLOWED: (Verdict, Option<Reason>) = (Verdict::Allow, None);

fn denied(reason: Reason) -> (Verdict, Option<Reason>) {
    (Verdict::Deny, Some(reason))
}

#[test]
fn the_unit_tells_which_asset_is_meant() {
    let policy = policy(SITE, &[("tags.csv", TAGS)]);
    let read = |from, unit, item| judge(&policy, from, "mb-gw", unit, item, None);
    for unit in [7, 8, 9] {
        assert_eq!(read(11, unit, 3), ALLOWED, "unit {unit}");
        assert_eq!(read(11, unit, 4), denied(Reason::Item));
    }
    assert_eq!(read(12, 7, 3), denied(Reason::NoConduit), "no conduit from hmi-2 to rtu-1");
    assert_eq!((read(12, 8, 3), read(12, 8, 7), read(12, 8, 0)), (ALLOWED, ALLOWED, denied(Reason::Item)));
    assert_eq!((read(12, 255, 0), read(12, 255, 3)), (ALLOWED, denied(Reason::Item)), "the gateway's own unit");
    assert_eq!(read(11, 255, 0), denied(Reason::NoConduit));
    assert_eq!(read(11, 10, 3), denied(Reason::NoConduit), "a unit of nobody");
    assert_eq!(read(13, 7, 3), denied(Reason::NoConduit), "a source without a conduit");
}

#[test]
fn who_dials_an_asset_alone_reaches_no_other_unit() {
    let policy = policy(SITE, &[("tags.csv", TAGS)]);
    let proxy = &policy.gateway("gw-1").unwrap().proxies[1];
    assert_eq!(proxy.upstream, "192.0.2.35:502".parse().unwrap());
    assert_eq!(judge(&policy, 11, "rtu-1", 7, 3, Some(5)), ALLOWED);
    assert_eq!(judge(&policy, 11, "rtu-1", 7, 3, Some(6)), denied(Reason::Value));
    assert_eq!(judge(&policy, 11, "rtu-1", 8, 3, None), denied(Reason::NoConduit));
    assert_eq!(judge(&policy, 11, "rtu-1", 0, 3, Some(5)), denied(Reason::NoConduit));
}

#[test]
fn what_all_units_obey_is_denied_for_the_first_that_may_not() {
    let policy = policy(SITE, &[("tags.csv", TAGS)]);
    let write = |from, value| judge(&policy, from, "mb-gw", 0, 3, Some(value));
    assert_eq!(write(11, 5), denied(Reason::Broadcast), "each may be written alone");
    assert_eq!(write(11, 6), denied(Reason::Value));
    assert_eq!(write(12, 5), denied(Reason::NoConduit), "no conduit from hmi-2 to rtu-1");
    assert_eq!(write(13, 5), denied(Reason::NoConduit));
}

#[test]
fn a_gateway_is_dialled_for_what_stands_behind_it() {
    let policy = policy(SITE, &[("tags.csv", TAGS)]);
    let end = |name: &str| End::Asset(policy.site().asset_named(name).unwrap());
    for (from, joined) in [("hmi-1", true), ("hmi-2", true), ("hmi-3", false)] {
        assert_eq!(policy.dials(end(from), end("mb-gw")), joined, "{from}");
        assert_eq!(policy.joined(end("mb-gw"), end(from)), joined, "{from}");
        let route = policy.route(
            policy.site().asset(policy.site().asset_named(from).unwrap()).addresses[0],
            policy.site().asset_named("mb-gw").unwrap(),
            modbus().id,
        );
        assert_eq!(policy.stance(route).joined, joined, "{from}");
    }
    assert!(policy.takes_part(end("mb-gw")));
}
