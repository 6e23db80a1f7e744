//! Statements about what is not inspected: `service`, `tcp`, `udp`, `ethertype`.

use super::conduits::Ends;
use super::fields::{Fields, Shape};
use super::plant::Plant;
use super::reader::Reader;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::services::{self, Preset};
use crate::site::{AssetId, Location, Opens, Passes, ServicePort};
use sluice_model::Descriptor;

/// What a service statement says.
pub(super) struct Said<'t> {
    pub(super) entry: &'t Entry,
    pub(super) passes: Vec<(Passes, Location)>,
    /// Whether all of it was understood.
    whole: bool,
}

/// Reads the value of `service`, `tcp`, `udp` or `ethertype`.
pub(super) fn read<'t>(reader: &mut Reader<'_>, entry: &'t Entry) -> Said<'t> {
    let mut said = Said { entry, passes: Vec::new(), whole: true };
    let nodes = Reader::list(&entry.node);
    if nodes.is_empty() {
        let message = format!("`{}` lists nothing, so the statement allows nothing", entry.key);
        reader.report(Diagnostic::error("P061", &entry.node.at, message));
        said.whole = false;
    }
    for node in nodes {
        let passes = match entry.key.as_str() {
            "service" => preset(reader, node).map(Passes::Preset),
            "tcp" => port(reader, "tcp", node).map(Passes::Tcp),
            "udp" => port(reader, "udp", node).map(Passes::Udp),
            _ => ethertype(reader, node).map(Passes::Ethertype),
        };
        match passes {
            Some(passes) => said.passes.push((passes, node.at.clone())),
            None => said.whole = false,
        }
    }
    said
}

/// The preset that a node names: P060 when there is none.
pub(super) fn preset(reader: &mut Reader<'_>, node: &Node) -> Option<&'static Preset> {
    let name = reader.text("service", node)?;
    let Some(preset) = services::preset(name) else {
        let names = services::presets().iter().map(|p| p.name);
        let mut wrong = Diagnostic::error("P060", &node.at, format!("there is no service `{name}`"));
        wrong.help = Some(match reader.nearest(name, names.clone()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("there are {}; for others write tcp or udp", names.collect::<Vec<_>>().join(", ")),
        });
        reader.report(wrong);
        return None;
    };
    if let Some(why) = preset.unbuilt {
        let message = format!("the service {name} is part of the policy language but not enforced by this version");
        reader.report(Diagnostic::error("S009", &node.at, message).note(why).help("leave it out"));
        return None;
    }
    Some(preset)
}

/// `22`, or `{ port = 30002, name = "rob-cell" }`.
pub(super) fn port(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<ServicePort> {
    let Value::Table(table) = &node.value else {
        if !matches!(node.value, Value::Integer(_)) {
            reader.wants(key, node, "ports: [22, { port = 30002, name = \"robot\" }]");
            return None;
        }
        return reader.integer(key, node, 1..=65535).map(|port| ServicePort { port, name: None });
    };
    let shape = Shape { what: "a port", header: String::new(), keys: &["port", "name"], later: &[], above: &[] };
    let mut fields = Fields::of(table, &node.at);
    let number = fields.need(reader, &shape, "port", "add port = 30002");
    let number = number.and_then(|e| reader.integer("port", &e.node, 1..=65535));
    let name = fields.take("name").and_then(|e| {
        let name = reader.text("name", &e.node)?;
        reader.name("a port", name, &e.node.at);
        Some(name.to_owned())
    });
    fields.finish(reader, &shape);
    Some(ServicePort { port: number?, name })
}

/// Ethertypes that carry what other statements are about, or frames that nothing would judge.
static CARRIERS: &[(u16, &str, &str)] = &[
    (0x0800, "IPv4", "write service, tcp, udp or a protocol"),
    (0x0806, "ARP", "leave it out: it is implied between the ends of a conduit, and checked"),
    (0x8035, "RARP", "leave it out"),
    (0x8100, "frames with a VLAN tag", "write the Ethertype behind the tag"),
    (0x86DD, "IPv6", "write service, tcp, udp or a protocol"),
    (0x8847, "MPLS, and other frames in it", "leave it out: nothing in it would be judged"),
    (0x8848, "MPLS, and other frames in it", "leave it out: nothing in it would be judged"),
    (0x8863, "PPPoE, and other frames in it", "leave it out: nothing in it would be judged"),
    (0x8864, "PPPoE, and other frames in it", "leave it out: nothing in it would be judged"),
    (0x88A8, "frames with a VLAN tag", "write the Ethertype behind the tag"),
    (0x88E7, "provider backbone bridging, and other frames in it", "leave it out: nothing in it would be judged"),
    (0x892F, "HSR, and other frames in it", "leave it out: nothing in it would be judged"),
    (0x9100, "frames with a VLAN tag", "write the Ethertype behind the tag"),
    (0x9200, "frames with a VLAN tag", "write the Ethertype behind the tag"),
];

pub(super) fn ethertype(reader: &mut Reader<'_>, node: &Node) -> Option<u16> {
    // Smaller numbers are lengths (IEEE 802.3 3.2.6).
    let number: u16 = reader.integer("ethertype", node, 0x0600..=0xFFFF)?;
    if let Some((_, carries, help)) = CARRIERS.iter().find(|(known, ..)| *known == number) {
        let message = format!("Ethertype 0x{number:04X} carries {carries}");
        reader.report(Diagnostic::error("P062", &node.at, message).help(*help));
        return None;
    }
    Some(number)
}

impl Said<'_> {
    /// What it lets pass, without the places.
    pub(super) fn passes(self) -> Vec<Passes> {
        self.passes.into_iter().map(|(passes, _)| passes).collect()
    }

    /// P004, P012: ports and Ethertypes carry anything, and a statement about them says so.
    pub(super) fn opaque(&self, reader: &mut Reader<'_>, opaque: Option<(bool, &Location)>) {
        let needs = self.entry.key != "service";
        match opaque {
            Some((true, at)) if !needs && self.whole => {
                let message =
                    "opaque = true changes nothing here: nothing of a service is judged but its addresses and ports";
                reader.report(Diagnostic::warning("P012", at, message).help("leave it out"));
            }
            Some((true, _)) => {}
            _ if needs => {
                let message = format!("`{}` carries what this gateway cannot judge", self.entry.key);
                let help = "add opaque = true if whatever it carries may pass";
                reader.report(Diagnostic::error("P004", &self.entry.key_at, message).help(help));
            }
            _ => {}
        }
    }

    /// P063: a port of an inspected protocol. What is dialled is an asset of `to`, or of `from` as `opens` says.
    pub(super) fn past_inspection(&self, reader: &mut Reader<'_>, plant: &Plant, ends: &Ends, opens: Opens) {
        let mut dialled: Vec<AssetId> = Vec::new();
        if opens != Opens::To {
            dialled.extend(&ends.to.assets);
        }
        if opens != Opens::From {
            dialled.extend(&ends.from.assets);
        }
        for (passes, at) in &self.passes {
            let (Passes::Tcp(port) | Passes::Udp(port)) = passes else { continue };
            let speaks = dialled.iter().find_map(|id| {
                let asset = &plant.assets[id.0 as usize];
                let speaks = asset.speaks.iter().find(|s| s.ports.contains(&port.port))?;
                Some((speaks.protocol, Some(asset.name.as_str())))
            });
            let standard = || reader.catalogue.iter().find(|p| p.ports.contains(&port.port)).map(|p| (*p, None));
            if let Some((protocol, asset)) = speaks.or_else(standard) {
                let wrong = uninspected(&self.entry.key, protocol, asset, at);
                reader.report(wrong);
            }
        }
    }

    /// P065: who asks for an address has none, so that only a MAC address tells who it is.
    pub(super) fn nameless(&self, reader: &mut Reader<'_>, plant: &Plant, ends: &Ends, opens: Opens) {
        let dhcp = self.passes.iter().find(|(p, _)| matches!(p, Passes::Preset(preset) if preset.name == "dhcp"));
        let Some((_, at)) = dhcp else { return };
        let asking = if opens == Opens::To { &ends.to } else { &ends.from };
        let named = |id: &&AssetId| plant.assets[id.0 as usize].macs.is_empty();
        let nameless: Vec<&AssetId> = asking.assets.iter().filter(named).collect();
        if let [first, ..] = nameless.as_slice()
            && !asking.outside.anyone
        {
            let name = &plant.assets[first.0 as usize].name;
            let more = if nameless.len() > 1 { format!(" and {} more", nameless.len() - 1) } else { String::new() };
            let message = format!("{name}{more} cannot ask for an address: who has none yet is told by its mac");
            let wrong = Diagnostic::warning("P065", at, message);
            reader.report(wrong.help("give the assets their mac, or write a conduit for it with from = \"anyone\""));
        }
    }
}

fn uninspected(key: &str, protocol: &Descriptor, asset: Option<&str>, at: &Location) -> Diagnostic {
    let title = protocol.title.split('/').next().unwrap_or(protocol.title);
    let name = protocol.name;
    let whose = asset.map(|asset| format!(", which {asset} speaks")).unwrap_or_default();
    Diagnostic::error("P063", at, format!("`{key}` would carry {title} past inspection"))
        .label(format!("port of {name}{whose}; every function and value would pass"))
        .help(format!("{name} = \"read\" / \"write\" with tags"))
}
