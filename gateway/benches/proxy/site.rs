//! A site with as many items as it takes.

use super::rig::folder::Folder;
use std::fmt::Write as _;
use std::net::SocketAddr;

/// The items of a large plant.
pub(crate) const MANY: usize = 100_000;

/// Bounds wide enough for one source to open every connection of the benchmark.
pub(crate) const LIMITS: &str =
    "connections = 4000\nconnections-per-source = 4000\naccepts-per-source = 100000\nidle = \"1 h\"\n";

/// A device with `items` tags, half of them holding registers that may be written within limits of their own.
pub(crate) fn with_items(items: usize, device: SocketAddr, listen: SocketAddr) -> Folder {
    let mut tags = String::from(
        "# addresses = wire\nname,address,type,count,words,scale,offset,unit,min,max,states,access,comment\n",
    );
    let half = items / 2;
    for i in 0..half {
        writeln!(tags, "set_{i},holding {i},u16,,,0.1,0,Hz,0,{},,rw,", 100 + i % 7).unwrap();
        writeln!(tags, "seen_{i},input {i},u16,,,,,,,,,r,").unwrap();
    }
    let text = format!(
        r#"
sluice    = 1
site      = "bench"
time-zone = "UTC"

[assets]
client = {{ ip = "127.0.0.1" }}
device = {{ ip = "{ip}", modbus = {{ unit = 1, ports = [{port}], gaps = 10, tags = "tags/device.csv" }} }}

[gateways.gw]
proxy   = {{ device = "{listen}" }}
on-loss = "closed"

[conduit.work]
from = "client"
to   = "device"

[[conduit.work.allow]]
id     = "look"
modbus = "read"
tags   = "*"

[[conduit.work.allow]]
id     = "set"
modbus = "write"
tags   = ["set_*"]
count  = {half}
"#,
        ip = device.ip(),
        port = device.port(),
    );
    Folder::new(&[("site.toml", &text), ("tags/device.csv", &tags)])
}
