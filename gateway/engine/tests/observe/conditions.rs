//! Conditions that are only overheard: with the times of the packets, and without enforcing anything.

use crate::sites;
use crate::wire::{Link, Wire};
use sluice_engine::observe::Limits;
use sluice_policies::source::Memory;
use sluice_policies::{Policy, load};
use sluice_protocols::registry;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const SITE: &str = r#"
sluice = 1
site = "test"
time-zone = "UTC"
[assets]
hmi-1 = { ip = "192.0.2.11" }
plc-1 = { ip = "192.0.2.31", modbus = { unit = 1, tags = "tags.csv" } }
[conduit.operators]
from = "hmi-1"
to = "plc-1"
[[conduit.operators.allow]]
id = "look"
modbus = "read"
tags = "*"
[[conduit.operators.allow]]
id = "fill"
modbus = "write"
tags = ["valve"]
when = ["plc-1.level < 80 % within 5 s"]
rate = "2 / 10 s per tag"
"#;
const TAGS: &str = "# addresses = wire\nname,address,type,unit\nlevel,holding 0,u16,%\nvalve,holding 1,u16,\n";

const READ: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
const WRITE: [u8; 12] = [0, 2, 0, 0, 0, 6, 1, 6, 0, 1, 0, 1];

#[test]
fn verdicts_follow_the_plant_as_it_was_overheard() {
    let files = Memory::new().with("site.toml", SITE).with("tags.csv", TAGS);
    let (site, _) = load(&files, &registry::descriptors(), jiff::Timestamp::UNIX_EPOCH).unwrap();
    let mut wire = Wire::new(Some(Arc::new(Policy::compile(site))), Limits::default());
    let mut link = Link::new(sites::client(), SocketAddr::new(sites::CONTROLLER, 502));
    link.open(&mut wire);
    let see = |wire: &mut Wire, link: &mut Link, level: u8| {
        link.say(wire, 0, &READ);
        link.say(wire, 1, &[0, 1, 0, 0, 0, 5, 1, 3, 2, 0, level]);
    };
    let verdict = |wire: &mut Wire, link: &mut Link| {
        link.say(wire, 0, &WRITE);
        let verdict = wire.notes.operations.last().unwrap().2.clone().unwrap();
        link.say(wire, 1, &WRITE);
        verdict
    };
    assert_eq!(verdict(&mut wire, &mut link), "deny", "nobody has seen the level");
    // The same read again and again is read each time: it is not a repetition like others.
    for (level, said) in [(50, "allow"), (80, "deny"), (79, "allow"), (50, "deny")] {
        see(&mut wire, &mut link, level);
        assert_eq!(verdict(&mut wire, &mut link), said, "{level} %");
    }
    wire.pass(Duration::from_secs(10));
    assert_eq!(verdict(&mut wire, &mut link), "deny", "seen too long ago");
    see(&mut wire, &mut link, 50);
    assert_eq!(verdict(&mut wire, &mut link), "allow", "the rate has room again");
}
