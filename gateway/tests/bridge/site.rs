//! What the laboratory's policy allows, in the words of a site, and once more in a few lines that share nothing with it.

use crate::lab::addresses::{CLIENT, CRAFTED, CROWD, CROWDS, Place, SERVER};
use crate::rig::folder::Folder;

/// A register that nobody may write.
pub(crate) const FORBIDDEN: u16 = 0x0BAD;

/// Whether the policy allows a request of those that the evasions send, by our own reading of it: reads of the registers
/// up to 59, writes of one up to 44.
pub(crate) fn allowed(request: &[u8]) -> bool {
    let [_, _, 0, 0, 0, 6, 1, function, body @ ..] = request else { return false };
    let &[a, b, c, d] = body else { return false };
    let (address, word) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    match function {
        3 => word > 0 && u32::from(address) + u32::from(word) <= 60,
        6 => address < 45,
        _ => false,
    }
}

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

/// The laboratory as a site whose gateway's loss stops everything.
pub(crate) fn folder(port: u16, vlan: Option<u16>) -> Folder {
    folder_on_loss("closed", port, vlan)
}

/// The laboratory as a site: both clients command the device across the bridge, at a Modbus port and perhaps in a VLAN.
pub(crate) fn folder_on_loss(on_loss: &str, port: u16, vlan: Option<u16>) -> Folder {
    let vlan = vlan.map_or_else(String::new, |v| format!(", vlan = {v}"));
    let asset = |place: &Place, side: &str, more: &str| {
        let (ip4, ip6, mac) = (place.ip4, place.ip6, place.mac_text());
        format!("{{ ip = [\"{ip4}\", \"{ip6}\"], mac = \"{mac}\", port = \"gw:{side}\"{vlan}{more} }}")
    };
    let modbus = format!(", modbus = {{ unit = 1, ports = [{port}], tags = \"tags/device.csv\" }}");
    let client = asset(&CLIENT, "operators", "");
    let crafted = asset(&CRAFTED, "operators", "");
    let crowd: Vec<_> = (0..CROWDS).map(|n| format!("\"{}\"", CROWD.after(n))).collect();
    let crowd =
        format!("{{ ip = [{}], mac = \"{}\", port = \"gw:operators\"{vlan} }}", crowd.join(", "), CROWD.mac_text());
    let device = asset(&SERVER, "control", &modbus);
    let site = format!(
        r#"
sluice    = 1
site      = "laboratory"
time-zone = "UTC"

[assets]
client  = {client}
crafted = {crafted}
crowd   = {crowd}
device  = {device}

[gateways.gw]
ports   = {{ operators = "a", control = "b" }}
bridge  = [["operators", "control"]]
on-loss = "{on_loss}"

[conduit.lab]
from    = ["client", "crafted", "crowd"]
to      = "device"
on-deny = "refuse"

[[conduit.lab.allow]]
id     = "look"
modbus = "read"
tags   = "*"

[[conduit.lab.allow]]
id     = "set"
modbus = ["write", "mask-write"]
tags   = ["lamp", "setting", "limited"]

[[conduit.lab.allow]]
id     = "identify"
modbus = ["report-server-id", "read-device-id"]

[[conduit.lab.allow]]
id     = "records"
modbus = "file"
files  = ["4"]

[[conduit.lab.allow]]
id     = "queue"
modbus = "read"
fifos  = ["10"]
"#
    );
    Folder::new(&[("site.toml", &site), ("tags/device.csv", TAGS)])
}
