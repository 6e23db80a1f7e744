//! A correct site, and ways to spoil it.

use sluice_policies::diagnose::Report;
use sluice_policies::load;
use sluice_policies::site::Site;
use sluice_policies::source::Memory;

pub(crate) const SITE: &str = r#"sluice    = 1
site      = "pump-house-2"
time-zone = "Asia/Shanghai"
include   = ["conduits.toml"]

[unmatched]
mode    = "enforce"
on-deny = "drop"

[defaults]
on-deny  = "refuse"
on-doubt = "closed"

[zones]
control-room = ["hmi-1", "hmi-2"]

[assets]
hmi-1 = { ip = "192.0.2.11" }
hmi-2 = { ip = ["192.0.2.12", "192.0.2.13"] }

[assets.plc-3]
ip     = "192.0.2.31"
modbus = { unit = 1, tags = "tags/plc-3.csv", gaps = 2, words = "CDAB" }

[gateways.gw-1]
proxy   = { plc-3 = "192.0.2.2:502" }
on-loss = "closed"
"#;

pub(crate) const CONDUITS: &str = r#"[conduit.operators]
from  = "control-room"
to    = "plc-3"
owner = "process"

[[conduit.operators.allow]]
id     = "look"
modbus = "read"
tags   = "*"

[[conduit.operators.allow]]
id     = "speed"
modbus = "write"
tags   = { pump_speed = "0 | 20 .. 45 Hz", run_cmd = { value = "stop | run" } }

[[test]]
name   = "overspeed is refused"
from   = "hmi-1"
to     = "plc-3"
modbus = "write pump_speed = 60 Hz"
expect = "deny because value"
"#;

pub(crate) const TAGS: &str = "# addresses = modicon
name,address,type,count,words,scale,offset,unit,min,max,states,access,comment
pump_speed,40101,u16,,,0.01,0,Hz,0,50,,rw,
run_cmd,40102,u16,,,,,,,,0=stop 1=run,rw,
total_flow,40103,u32,,ABCD,,,m3,,,,r,
recipe,40110,u16,10,,0.1,,kg,,,,rw,ten of them
batch,40130,string(8),,,,,,,,,rw,
valve,40140,u16,,,,,,,,,rw,
valve.open,40140.0,bit,,,,,,,,,rw,
tank_level,30001,u16,,,0.1,0,%,0,100,,r,
pump_fault,10001,bool,,,,,,,,,r,
start,00001,bool,,,,,,,,,w,
";

/// The files of a site.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) site: String,
    pub(crate) conduits: String,
    pub(crate) tags: String,
}

impl Files {
    pub(crate) fn good() -> Self {
        Self { site: SITE.into(), conduits: CONDUITS.into(), tags: TAGS.into() }
    }

    /// With the only `from` in any of the files made `to`.
    pub(crate) fn with(mut self, from: &str, to: &str) -> Self {
        let all = [&mut self.site, &mut self.conduits, &mut self.tags];
        assert_eq!(all.iter().map(|t| t.matches(from).count()).sum::<usize>(), 1, "{from:?} must stand once");
        for text in all {
            *text = text.replace(from, to);
        }
        self
    }

    /// With lines at the end of conduits.toml.
    pub(crate) fn and(mut self, lines: &str) -> Self {
        self.conduits.push_str(lines);
        self
    }

    /// With a statement of conduit operators, called `more`.
    pub(crate) fn allow(self, lines: &str) -> Self {
        self.and(&format!("\n[[conduit.operators.allow]]\nid = \"more\"\n{lines}\n"))
    }

    pub(crate) fn memory(&self) -> Memory {
        Memory::new()
            .with("site.toml", self.site.as_str())
            .with("conduits.toml", self.conduits.as_str())
            .with("tags/plc-3.csv", self.tags.as_str())
    }

    pub(crate) fn load(&self) -> Result<(Site, Report), Report> {
        load(&self.memory(), &sluice_protocols::registry::descriptors(), "2026-11-24T04:00:00Z".parse().unwrap())
    }

    /// Everything that is said about it.
    pub(crate) fn report(&self) -> Report {
        self.load().map_or_else(|report| report, |(_, warnings)| warnings)
    }
}
