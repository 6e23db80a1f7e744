//! The bench site: what each client may do to each server.

use super::rig::folder::Folder;
use std::net::SocketAddr;

const TAGS: &str = "\
# addresses = wire
name,address,type,count,words,scale,offset,unit,min,max,states,access,comment
lamp,coil 0,bool,60,,,,,,,,rw,
switch,discrete 0,bool,60,,,,,,,,r,
measured,input 0,u16,60,,,,,,,,r,
setting,holding 0,u16,45,,,,,,,,rw,
limited,holding 45,u16,5,,,,,0,1000,,rw,
fixed,holding 50,u16,10,,,,,,,,r,
";

/// A site in which the client at 127.0.0.1 commands the device at `device` through `listen`.
pub(crate) fn bench(device: SocketAddr, listen: SocketAddr) -> Folder {
    let site = format!(
        r#"
sluice    = 1
site      = "bench"
time-zone = "UTC"

[unmatched]
on-deny = "refuse"

[assets]
client = {{ ip = "127.0.0.1" }}
device = {{ ip = "{ip}", modbus = {{ unit = 1, ports = [{port}], tags = "tags/device.csv" }} }}

[gateways.gw]
proxy   = {{ device = "{listen}" }}
on-loss = "closed"

[conduit.bench]
from = "client"
to   = "device"

[[conduit.bench.allow]]
id     = "look"
modbus = "read"
tags   = "*"

[[conduit.bench.allow]]
id     = "set"
modbus = ["write", "mask-write"]
tags   = ["lamp", "setting", "limited"]

[[conduit.bench.allow]]
id     = "identify"
modbus = ["report-server-id", "read-device-id"]

[[conduit.bench.allow]]
id     = "records"
modbus = "file"
files  = ["4"]

[[conduit.bench.allow]]
id     = "queue"
modbus = "read"
fifos  = ["10"]
"#,
        ip = device.ip(),
        port = device.port(),
    );
    Folder::new(&[("site.toml", &site), ("tags/device.csv", TAGS)])
}
