//! A plant with every condition, a gateway in front of it, and people who give orders.

use super::program::{Hmi, Plc};
use super::rig::folder::Folder;
use super::rig::free;
use super::rig::gateway::Gateway;
use std::net::SocketAddr;
use std::process::Command;

/// The level, and what follows.
pub(crate) const LEVEL: u16 = 0;
pub(crate) const SPEED: u16 = 10;
pub(crate) const VALVE: u16 = 11;
pub(crate) const DOSE: u16 = 12;
pub(crate) const SETUP: u16 = 13;

const TAGS: &str = "\
# addresses = wire
name,address,type,unit,min,max
level,holding 0,u16,%,,
speed,holding 10,u16,Hz,0,50
valve,holding 11,u16,,,
dose,holding 12,u16,,,
setup,holding 13,u16,,,
";

/// The plant. Stations are at `127.0.N.1` and `.2`, the controller at `.3`, the gateway at `.4`.
pub(crate) struct Plant {
    net: u8,
    pub(crate) plc: Plc,
    pub(crate) listen: SocketAddr,
    pub(crate) files: Folder,
    pub(crate) gateway: Gateway,
}

impl Plant {
    /// Starts it in a net of its own.
    pub(crate) fn start(net: u8) -> Self {
        let plc = Plc::start(&format!("127.0.{net}.3"));
        let listen = free(&format!("127.0.{net}.4"));
        let files = Folder::new(&[("site/site.toml", &site(net, plc.address, listen)), ("site/tags/plc.csv", TAGS)]);
        let gateway = start(&files);
        Self { net, plc, listen, files, gateway }
    }

    /// Ends the gateway in order and starts it again.
    pub(crate) fn restart(&mut self) {
        self.gateway.terminate();
        assert!(self.gateway.ended().success());
        self.gateway = start(&self.files);
    }

    /// Kills the gateway and starts it again.
    pub(crate) fn crash(&mut self) {
        self.gateway.kill();
        self.gateway = start(&self.files);
    }

    /// An operator station behind the gateway.
    pub(crate) fn hmi(&self, number: u8) -> Hmi {
        Hmi::connect(&format!("127.0.{}.{number}", self.net), self.listen)
    }

    /// Somebody at the controller itself.
    pub(crate) fn local(&self) -> Hmi {
        Hmi::connect(&format!("127.0.{}.9", self.net), self.plc.address)
    }

    /// An order over the socket: its exit status and what it says.
    pub(crate) fn order(&self, words: &str) -> (Option<i32>, String) {
        let socket = self.files.file("control.sock");
        let mut arguments: Vec<&str> = words.split(' ').collect();
        arguments.extend(["--socket", socket.to_str().unwrap()]);
        Gateway::run_to_end(&arguments)
    }

    /// Whether an event says this.
    pub(crate) fn told(&self, words: &str) -> bool {
        self.gateway.events().iter().any(|event| event["message"].as_str().is_some_and(|m| m.contains(words)))
    }
}

fn start(files: &Folder) -> Gateway {
    let (state, socket) = (files.file("state"), files.file("control.sock"));
    let config = format!(
        "[state]\nfolder = \"{}\"\nclock = \"assumed\"\n[control]\nsocket = \"{}\"",
        state.display(),
        socket.display()
    );
    Gateway::start(&files.file("site"), &config)
}

/// Who runs the tests, and gives the orders.
fn user() -> String {
    let told = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(told.stdout).unwrap().trim().to_owned()
}

fn site(net: u8, plc: SocketAddr, listen: SocketAddr) -> String {
    format!(
        r#"
sluice    = 1
site      = "plant"
time-zone = "UTC"

[assets]
hmi-1 = {{ ip = "127.0.{net}.1" }}
hmi-2 = {{ ip = "127.0.{net}.2" }}
plc-1 = {{ ip = "{ip}", modbus = {{ unit = 1, ports = [{port}], tags = "tags/plc.csv" }} }}

[zones]
control = ["hmi-1", "hmi-2"]
process = ["plc-1"]

[gateways.gw]
proxy   = {{ plc-1 = "{listen}" }}
on-loss = "closed"

[windows.maintenance]
opened-by = ["shift-lead"]
max       = "1 h"
needs     = "ticket"
covers    = ["process"]

[lockdown]
keep = ["operators.look"]

[approvals]
need   = 1
owners = {{ shift-lead = ["{user}"] }}

[conduit.operators]
from = "control"
to   = "process"

[[conduit.operators.allow]]
id     = "look"
modbus = "read"
tags   = "*"

[[conduit.operators.allow]]
id     = "drive"
modbus = "write"
  [conduit.operators.allow.tags]
  speed = {{ step = "5 Hz within 10 s" }}

[[conduit.operators.allow]]
id     = "fill"
modbus = "write"
tags   = ["valve"]
when   = ["plc-1.level < 80 % within 1 s"]

[[conduit.operators.allow]]
id     = "dose"
modbus = "write"
tags   = ["dose"]
rate   = "6 / 3 s per tag"

[[conduit.operators.allow]]
id     = "service"
modbus = "write"
tags   = ["setup"]
window = "maintenance"
"#,
        ip = plc.ip(),
        port = plc.port(),
        user = user(),
    )
}
