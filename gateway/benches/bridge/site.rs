//! A site with as many items as it takes.

use super::rig::folder::Folder;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

/// The last byte of the first address that a connection comes from.
pub(crate) const FIRST_SOURCE: u8 = 101;

/// A device with `items` tags, half of them holding registers that may be written within limits of their own, and a client
/// with several addresses.
pub(crate) fn with_items(
    items: usize,
    (workers, io): (usize, &str),
    (device, sources): (SocketAddr, &[IpAddr]),
) -> Folder {
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
client = {{ ip = ["10.9.0.1", {sources}], port = "gw:operators" }}
device = {{ ip = "{ip}", port = "gw:control", modbus = {{ unit = 1, ports = [{port}], gaps = 10, tags = "tags/device.csv" }} }}

[gateways.gw]
ports   = {{ operators = "a", control = "b" }}
bridge  = [["operators", "control"]]
on-loss = "closed"

[conduit.work]
from    = "client"
to      = "device"
on-deny = "refuse"

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
        sources = sources.iter().map(|ip| format!("\"{ip}\"")).collect::<Vec<_>>().join(", "),
        ip = device.ip(),
        port = device.port(),
    );
    let config = format!(
        "[limits]\nworkers = {workers}\n[events]\nfile = \"/dev/null\"\n[bridge]\nvouch = \"2 s\"\npacket-io = \"{io}\"\n"
    );
    Folder::new(&[("site.toml", &text), ("tags/device.csv", &tags), ("box.toml", &config)])
}
