//! From the text of a site to a decision.

use crate::site::{modbus, write};
use sluice_policies::source::Memory;
use sluice_policies::{Policy, load};

/// A site of one tag list for a controller with this order of words.
fn policy(words: &str, tags: &str) -> Policy {
    let site = format!(
        r#"
sluice    = 1
site      = "s"
time-zone = "UTC"
[assets]
hmi = {{ ip = "192.0.2.11" }}
plc = {{ ip = "192.0.2.31", modbus = {{ unit = 1, tags = "tags.csv", words = "{words}" }} }}
[gateways.g]
proxy   = {{ plc = "192.0.2.2:502" }}
on-loss = "closed"
[conduit.c]
from = "hmi"
to   = "plc"
[[conduit.c.allow]]
id     = "set"
modbus = "write"
tags   = {{ one = "1 .. 2", swapped = "1 .. 2", wide = "1 .. 2" }}
"#
    );
    let files = Memory::new().with("site.toml", site).with("tags.csv", tags);
    match load(&files, &[modbus()], "2026-11-24T04:00:00Z".parse().unwrap()) {
        Ok((site, _)) => Policy::compile(site),
        Err(report) => panic!("{}", report.render(false)),
    }
}

#[test]
fn the_word_order_of_an_asset_concerns_wide_values_alone() {
    let tags = "# addresses = wire
name,address,type,count,words,scale,offset,unit,min,max,states,access,comment
one,holding 0,u16,,,,,,,,,rw,
swapped,holding 1,u16,,BADC,,,,,,,rw,
wide,holding 2,u32,,,,,,,,,rw,
";
    let policy = policy("DCBA", tags);
    let allowed = |place: &str, words: &[u8]| {
        let to = policy.site().asset_named("plc").unwrap();
        let route = policy.route("192.0.2.11".parse().unwrap(), to, modbus().id);
        policy.judge(route, &write(place, words)).reason.is_none()
    };
    assert!(allowed("holding 0", &[0, 1]) && !allowed("holding 0", &[1, 0]));
    assert!(allowed("holding 1", &[1, 0]) && !allowed("holding 1", &[0, 1]));
    assert!(allowed("holding 2 .. 3", &[1, 0, 0, 0]) && !allowed("holding 2 .. 3", &[0, 0, 0, 1]));
}
