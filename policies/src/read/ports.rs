//! `ports`, `bridge` and `monitor` of a gateway.

use super::fields::Fields;
use super::reader::Reader;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::{AssetPort, BridgePorts, Gateway, GatewayId, Location, Port};

/// The longest name of an interface (Linux, IFNAMSIZ less its NUL).
const LONGEST: usize = 15;

/// Reads what a gateway's table says of its ports into `gateway`; whether it has any.
pub(super) fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>, gateway: &mut Gateway) -> bool {
    let ports = fields.take("ports");
    let bridge = fields.take("bridge");
    let monitor = fields.take("monitor");
    if let Some(entry) = ports {
        gateway.ports = declared(reader, entry);
    }
    let mut whole =
        ports.is_none_or(|e| matches!(&e.node.value, Value::Table(t) if t.entries.len() == gateway.ports.len()));
    let sides = monitor.map_or(Vec::new(), |e| self::sides(reader, gateway, "monitor", &e.node, &mut whole));
    gateway.monitor = sides.into_iter().map(|(port, _)| port).collect();
    match bridge {
        Some(entry) => gateway.bridge = bridged(reader, gateway, entry, &mut whole),
        None => gateway.bridge = ports.and_then(|e| by_default(gateway, &e.key_at)),
    }
    if let Some(entry) = ports
        && whole
    {
        idle(reader, gateway, entry, bridge);
    }
    ports.is_some() || bridge.is_some() || monitor.is_some_and(|e| !Reader::list(&e.node).is_empty())
}

/// The ports of `ports = { control = "eth1", plant = "eth2" }`.
fn declared(reader: &mut Reader<'_>, entry: &Entry) -> Vec<Port> {
    let mut ports: Vec<Port> = Vec::new();
    let Value::Table(table) = &entry.node.value else {
        reader.wants("ports", &entry.node, "a table: { control = \"eth1\", plant = \"eth2\" }");
        return ports;
    };
    for entry in &table.entries {
        reader.name("a port", &entry.key, &entry.key_at);
        let Some(interface) = reader.text(&entry.key, &entry.node) else { continue };
        if !is_interface(interface) {
            let message = format!("`{interface}` is no name of a network interface");
            let help =
                format!("write eth1, as `ip link` shows it: 1 to {LONGEST} characters, no blank, no `/`, no `:`");
            reader.report(Diagnostic::error("G009", &entry.node.at, message).help(help));
            continue;
        }
        if let Some(first) = ports.iter().find(|p| p.interface == interface) {
            let message = format!("{} and {} are the same interface {interface}", first.name, entry.key);
            let wrong = Diagnostic::error("G009", &entry.node.at, message).also(&first.at, "the other one");
            reader.report(wrong.help("each port is an interface of its own"));
            continue;
        }
        ports.push(Port { name: entry.key.clone(), interface: interface.into(), at: entry.key_at.clone() });
    }
    ports
}

fn is_interface(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_graphic() && b != b'/' && b != b':')
        && name != "."
        && name != ".."
}

/// The ports that a list names, each once. G008 for others.
fn sides(
    reader: &mut Reader<'_>,
    gateway: &Gateway,
    key: &str,
    node: &Node,
    whole: &mut bool,
) -> Vec<(Port, Location)> {
    let mut sides: Vec<(Port, Location)> = Vec::new();
    let texts = reader.texts(key, node);
    *whole &= texts.len() == Reader::list(node).len();
    for (name, item) in texts {
        let Some(port) = gateway.ports.iter().find(|p| p.name == name) else {
            *whole = false;
            let message = format!("`{name}` is no port of gateway {}", gateway.name);
            let mut wrong = Diagnostic::error("G008", &item.at, message);
            wrong.help = match reader.nearest(name, gateway.ports.iter().map(|p| p.name.as_str())) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if gateway.ports.is_empty() => Some("add ports = { control = \"eth1\", plant = \"eth2\" }".into()),
                None => Some(format!("it has {}", names(gateway.ports.iter()))),
            };
            reader.report(wrong);
            continue;
        };
        if sides.iter().any(|(p, _)| p.name == port.name) {
            *whole = false;
            reader.report(Diagnostic::error("G010", &item.at, format!("`{key}` names {name} twice")));
            continue;
        }
        sides.push((port.clone(), item.at.clone()));
    }
    sides
}

fn names<'p>(ports: impl Iterator<Item = &'p Port>) -> String {
    ports.map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// `bridge = [["control", "plant"]]`.
fn bridged(reader: &mut Reader<'_>, gateway: &Gateway, entry: &Entry, whole: &mut bool) -> Option<BridgePorts> {
    let wanted = "a list of pairs of ports: [[\"control\", \"plant\"]]";
    let Value::List(pairs) = &entry.node.value else {
        reader.wants("bridge", &entry.node, wanted);
        *whole = false;
        return None;
    };
    if let Some(flat) = pairs.iter().find(|p| !matches!(p.value, Value::List(_))) {
        let message = "`bridge` lists pairs of ports, each in brackets of its own";
        reader.report(Diagnostic::error("G010", &flat.at, message).help("write [[\"control\", \"plant\"]]"));
        *whole = false;
        return None;
    }
    if let [_, second, ..] = pairs.as_slice() {
        reader.not_enforced(&second.at, "a second bridge of one gateway");
        *whole = false;
    }
    let Some(pair) = pairs.first() else {
        reader.report(Diagnostic::error("G010", &entry.node.at, "`bridge` joins nothing").help("leave it out"));
        *whole = false;
        return None;
    };
    let mut understood = true;
    let sides = sides(reader, gateway, "bridge", pair, &mut understood);
    *whole &= understood;
    for (port, at) in &sides {
        if gateway.monitor.iter().any(|p| p.name == port.name) {
            *whole = false;
            let message = format!("{} is bridged and monitored; a port does one of the two", port.name);
            reader.report(Diagnostic::error("G010", at, message).help("leave it out of `monitor`"));
        }
    }
    let ports: Vec<Port> = sides.into_iter().map(|(port, _)| port).collect();
    match <[Port; 2]>::try_from(ports) {
        Ok(sides) => Some(BridgePorts { sides, at: entry.key_at.clone() }),
        Err(ports) => {
            if understood {
                let message = format!("a bridge joins two ports; this one names {}", ports.len());
                reader.report(Diagnostic::error("G010", &pair.at, message).help(format!("write {wanted}")));
            }
            *whole = false;
            None
        }
    }
}

/// The two ports that are not monitored, when there are two.
fn by_default(gateway: &Gateway, at: &Location) -> Option<BridgePorts> {
    let free = gateway.ports.iter().filter(|p| gateway.monitor.iter().all(|m| m.name != p.name));
    let sides = free.cloned().collect::<Vec<_>>().try_into().ok()?;
    Some(BridgePorts { sides, at: at.clone() })
}

/// G010: ports that nothing is done with.
fn idle(reader: &mut Reader<'_>, gateway: &Gateway, entry: &Entry, bridge: Option<&Entry>) {
    let used = |port: &Port| {
        let sides = gateway.bridge.iter().flat_map(|b| &b.sides);
        sides.chain(&gateway.monitor).any(|p| p.name == port.name)
    };
    let idle: Vec<&Port> = gateway.ports.iter().filter(|p| !used(p)).collect();
    if let (None, [first, second, _, ..]) = (bridge, idle.as_slice()) {
        let message = format!("gateway {} has {} ports; which two does it join?", gateway.name, idle.len());
        let help = format!("add bridge = [[\"{}\", \"{}\"]], and the others to monitor", first.name, second.name);
        reader.report(Diagnostic::error("G010", &entry.key_at, message).help(help));
        return;
    }
    for port in idle {
        let message = format!("port {} is neither bridged nor monitored", port.name);
        let help = format!("add it to bridge, write monitor = [\"{}\"], or leave it out", port.name);
        reader.report(Diagnostic::error("G010", &port.at, message).help(help));
    }
    if gateway.ports.is_empty() {
        let help = "add ports = { control = \"eth1\", plant = \"eth2\" }";
        reader.report(Diagnostic::error("G010", &entry.node.at, "`ports` names no port").help(help));
    }
}

/// The port that a text names: `gw-1:plant`. G008 when it does not exist; silent when `whole` says that a gateway may be
/// missing for a mistake of its own.
pub(super) fn port_of(
    reader: &mut Reader<'_>,
    gateways: &[&Gateway],
    whole: bool,
    text: &str,
    at: &Location,
) -> Option<AssetPort> {
    let Some((gateway, side)) = text.split_once(':') else {
        let message = format!("`{text}` is no port of a gateway");
        reader.report(Diagnostic::error("G008", at, message).help("write \"gw-1:plant\": the gateway, then its port"));
        return None;
    };
    let Some(index) = gateways.iter().position(|g| g.name == gateway) else {
        if whole {
            let mut wrong = Diagnostic::error("G008", at, format!("there is no gateway `{gateway}`"));
            let near = reader.nearest(gateway, gateways.iter().map(|g| g.name.as_str()));
            wrong.help = near.map(|near| format!("did you mean \"{near}:{side}\"?"));
            reader.report(wrong);
        }
        return None;
    };
    let of = &gateways[index];
    let Some(port) = of.ports.iter().position(|p| p.name == side) else {
        let mut wrong = Diagnostic::error("G008", at, format!("`{side}` is no port of gateway {gateway}"));
        wrong.help = match reader.nearest(side, of.ports.iter().map(|p| p.name.as_str())) {
            Some(near) => Some(format!("did you mean \"{gateway}:{near}\"?")),
            None if of.ports.is_empty() => Some("it has no ports; leave the key out".into()),
            None => Some(format!("it has {}", names(of.ports.iter()))),
        };
        reader.report(wrong.also(&of.at, "the gateway"));
        return None;
    };
    Some(AssetPort { gateway: GatewayId(index as u16), port, at: at.clone() })
}
