//! The site that the hostile tests run against, and everything that stands around one test.

use super::rig::client::{Client, Neighbour};
use super::rig::folder::Folder;
use super::rig::free;
use super::rig::gateway::Gateway;
use super::rig::witness::{Reply, Witness};
use std::net::SocketAddr;

/// Where the hostile client comes from: the policy knows it and lets it do a little.
pub(crate) const CLIENT: &str = "127.0.3.1";
/// Where the well-behaved one comes from.
pub(crate) const NEIGHBOUR: &str = "127.0.3.2";
/// Known to the site, and joined to the device by no conduit.
pub(crate) const OUTSIDER: &str = "127.0.3.3";

/// The least that the resident memory may grow over a test before it counts as unbounded, in KiB.
pub(crate) const GROWTH: u64 = 24 * 1024;

/// The tags of the fake controller.
pub(crate) const TAGS: &str = "\
# addresses = wire
name,address,type,count,words,scale,offset,unit,min,max,states,access,comment
level,holding 0,u16,100,,,,,,,,r,
setpoint,holding 100,u16,10,,,,,0,1000,,rw,
";

/// The site file; `write` is what the client may write.
pub(crate) fn text(device: SocketAddr, listen: SocketAddr, write: &str) -> String {
    format!(
        r#"
sluice    = 1
site      = "hostile"
time-zone = "UTC"

[assets]
client    = {{ ip = "{CLIENT}" }}
neighbour = {{ ip = "{NEIGHBOUR}" }}
outsider  = {{ ip = "{OUTSIDER}" }}
device    = {{ ip = "{ip}", modbus = {{ unit = 1, ports = [{port}], tags = "tags/device.csv" }} }}

[gateways.gw]
proxy   = {{ device = "{listen}" }}
on-loss = "closed"

[conduit.work]
from = ["client", "neighbour"]
to   = "device"

[[conduit.work.allow]]
id     = "look"
modbus = "read"
tags   = "*"

[[conduit.work.allow]]
id     = "set"
modbus = "write"
tags   = {write}
"#,
        ip = device.ip(),
        port = device.port(),
    )
}

/// What the client may write unless a test says otherwise.
pub(crate) const SETPOINTS: &str = "[\"setpoint\"]";

/// A gateway between a fake controller and its clients.
pub(crate) struct Stage {
    /// The fake controller.
    pub(crate) device: Witness,
    /// Where clients dial.
    pub(crate) listen: SocketAddr,
    /// The site folder.
    pub(crate) site: Folder,
    /// The gateway.
    pub(crate) gateway: Gateway,
}

impl Stage {
    /// A stage on 127.0.1.`address` and 127.0.2.`address` with an honest controller.
    pub(crate) fn honest(address: u8) -> Self {
        Self::new(address, Witness::honest(&format!("127.0.1.{address}")), "")
    }

    /// The same with a controller of another behaviour.
    pub(crate) fn with(address: u8, limits: &str, behaviour: impl Fn(&[u8]) -> Reply + Send + Sync + 'static) -> Self {
        Self::new(address, Witness::start(&format!("127.0.1.{address}"), behaviour), limits)
    }

    /// The same with `limits` for `box.toml`.
    pub(crate) fn new(address: u8, device: Witness, limits: &str) -> Self {
        let listen = free(&format!("127.0.2.{address}"));
        let site = Folder::new(&[("site.toml", &text(device.address, listen, SETPOINTS)), ("tags/device.csv", TAGS)]);
        let gateway = Gateway::start(site.path(), limits);
        Self { device, listen, site, gateway }
    }

    /// A connection of the hostile client.
    pub(crate) fn client(&self) -> Client {
        Client::connect(CLIENT, self.listen)
    }

    /// The well-behaved client, at work.
    pub(crate) fn neighbour(&self) -> Neighbour {
        Neighbour::start(NEIGHBOUR, self.listen)
    }

    /// Waits until anomalies of `kind` were counted.
    pub(crate) fn anomaly(&self, kind: &str, least: u64) {
        self.gateway.wait_for("sluice_anomalies_total", &[&format!("kind=\"{kind}\"")], least);
    }

    /// Waits until denials for `reason` were counted.
    pub(crate) fn denial(&self, reason: &str, least: u64) {
        self.gateway.wait_for("sluice_denials_total", &[&format!("reason=\"{reason}\"")], least);
    }
}
