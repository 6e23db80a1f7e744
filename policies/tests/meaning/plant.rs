//! A small site in text, to be changed here and there.

use sluice_policies::load;
use sluice_policies::site::Site;
use sluice_policies::source::Memory;

pub(crate) const SITE: &str = r#"
sluice    = 1
site      = "pump-house"
time-zone = "Asia/Shanghai"

[assets]
hmi-1 = { ip = "192.0.2.11" }
hmi-2 = { ip = "192.0.2.12" }
ntp-1 = { ip = "192.0.2.20" }
plc-3 = { ip = "192.0.2.31", modbus = { unit = 1, tags = "plc.csv" } }
plc-4 = { ip = "192.0.2.32", modbus = { unit = 1, tags = "plc.csv" } }

[zones]
control-room = ["hmi-1", "hmi-2"]

[zones.process]
assets = ["plc-3", "plc-4"]
owner  = "process"

[gateways.gw-1]
ports   = { control = "eth1", plant = "eth2" }
on-loss = "closed"

[conduit.operators]
from  = "control-room"
to    = "plc-3"
owner = "shift"

# Looking is free.
[[conduit.operators.allow]]
id     = "look"
modbus = "read"
tags   = "*"

[[conduit.operators.allow]]
id     = "speed"
modbus = "write"
tags   = { pump_speed = "20 .. 45 Hz" }

[[conduit.operators.allow]]
id     = "valves"
modbus = "write"
tags   = ["valve_*"]
count  = 2

[conduit.time]
from = "plc-3"
to   = "ntp-1"

[[conduit.time.allow]]
id      = "ntp"
service = "ntp"
"#;

pub(crate) const TAGS: &str = "\
# addresses = modicon
name,address,type,count,words,scale,offset,unit,min,max,states,access,comment
tank_level,30001,u16,,,0.1,,%,,,,r,level of the tank
pump_speed,40101,u16,,,0.1,,Hz,,,,rw,speed of the pump
flow,40103,f32,,,,,m3/h,,,,rw,
valve_a,00001,bool,,,,,,,,,rw,
valve_b,00002,bool,,,,,,,,,rw,
";

/// Its files after some replacements, each of which must fit.
pub(crate) fn changed(changes: &[(&str, &str)]) -> Site {
    let (mut site, mut tags) = (SITE.to_owned(), TAGS.to_owned());
    for (from, to) in changes {
        assert!(site.contains(from) || tags.contains(from), "{from} stands nowhere");
        site = site.replace(from, to);
        tags = tags.replace(from, to);
    }
    read(&site, &tags)
}

/// A site out of these two files.
pub(crate) fn read(site: &str, tags: &str) -> Site {
    let files = Memory::new().with("site.toml", site).with("plc.csv", tags);
    let now = "2026-11-24T00:00:00Z".parse().unwrap();
    match load(&files, &sluice_protocols::registry::descriptors(), now) {
        Ok((site, _)) => site,
        Err(report) => panic!("{}", report.render(false)),
    }
}
