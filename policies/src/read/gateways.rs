//! `[gateways]`: which gateway stands in which path, or before which asset.

use super::fields::{Fields, Shape};
use super::keys;
use super::plant::Plant;
use super::ports;
use super::reader::Reader;
use super::sections::Sections;
use super::serial;
use super::settings::site_keys;
use super::tree::{Entry, Node, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Asset, Gateway, GatewayId, OnLoss, Proxy, Speaks};
use std::net::{IpAddr, SocketAddr};

/// A gateway, and the entries of its proxies.
pub(super) struct Read<'t> {
    pub(super) gateway: Gateway,
    proxies: &'t [Entry],
}

/// Reads every gateway but its proxies.
pub(super) fn read<'t>(reader: &mut Reader<'_>, sections: &Sections<'t>) -> Vec<Read<'t>> {
    let mut gateways: Vec<Read<'t>> = Vec::new();
    for entry in &sections.gateways {
        reader.name("a gateway", &entry.key, &entry.key_at);
        if let Some(first) = gateways.iter().find(|g| g.gateway.name == entry.key) {
            let first = first.gateway.at.clone();
            reader.twice(&format!("gateway {}", entry.key), &entry.key_at, &first);
            continue;
        }
        gateways.extend(gateway(reader, entry));
    }
    gateways
}

/// Reads what each gateway stands before, once it is known where every asset is.
pub(super) fn proxies(reader: &mut Reader<'_>, plant: &Plant, gateways: Vec<Read<'_>>) -> Vec<Gateway> {
    let whole = |(at, Read { mut gateway, proxies }): (u16, Read<'_>)| {
        let id = GatewayId(at);
        gateway.proxies = proxies.iter().filter_map(|e| proxy(reader, plant, id, &gateway.name, e)).collect();
        gateway
    };
    let gateways: Vec<Gateway> = (0..).zip(gateways).map(whole).collect();
    shared(reader, &gateways);
    gateways
}

/// G003: one address for two proxies.
fn shared(reader: &mut Reader<'_>, gateways: &[Gateway]) {
    let proxies: Vec<&Proxy> = gateways.iter().flat_map(|g| &g.proxies).collect();
    for (index, proxy) in proxies.iter().enumerate() {
        if let Some(first) = proxies[..index].iter().find(|p| p.listen == proxy.listen) {
            let message = format!("clients dial {} for two assets", proxy.listen);
            reader.report(Diagnostic::error("G003", &proxy.at, message).also(&first.at, "the other one"));
        }
    }
}

fn gateway<'t>(reader: &mut Reader<'_>, entry: &'t Entry) -> Option<Read<'t>> {
    let Value::Table(table) = &entry.node.value else {
        reader.wants(&entry.key, &entry.node, "a table: [gateways.NAME]");
        return None;
    };
    let shape = Shape {
        what: "a gateway",
        header: format!("[gateways.{}]", entry.key),
        keys: keys::GATEWAY,
        later: &[],
        above: &[site_keys()],
    };
    let mut fields = Fields::of(table, &entry.node.at);
    let help = "write on-loss = \"closed\" (nothing passes without the gateway) or \"open\" (everything does)";
    let words = [("open", OnLoss::Open), ("closed", OnLoss::Closed)];
    let on_loss = fields.need(reader, &shape, "on-loss", help).and_then(|e| reader.word("on-loss", &e.node, &words));
    let mut gateway = Gateway {
        name: entry.key.clone(),
        at: entry.key_at.clone(),
        on_loss: on_loss.unwrap_or(OnLoss::Closed),
        ports: Vec::new(),
        bridge: None,
        monitor: Vec::new(),
        serial: Vec::new(),
        proxies: Vec::new(),
    };
    if let Some(entry) = fields.take("serial") {
        gateway.serial = serial::read(reader, entry);
    }
    let has_serial = fields.has_any(&["serial"]);
    let mut proxies: &'t [Entry] = &[];
    let has_ports = ports::read(reader, &mut fields, &mut gateway);
    match fields.take("proxy").map(|e| &e.node) {
        Some(Node { value: Value::Table(table), .. }) if !table.entries.is_empty() => {
            proxies = &table.entries;
        }
        Some(node) if !matches!(node.value, Value::Table(_)) => {
            reader.wants("proxy", node, "a table: { plc-3 = \"192.0.2.2:502\" }");
        }
        _ if has_ports || has_serial => {}
        _ => {
            let message = format!("gateway {} stands before nothing", entry.key);
            let help = "add proxy = { plc-3 = \"192.0.2.2:502\" }, or ports = { control = \"eth1\", plant = \"eth2\" }";
            reader.report(Diagnostic::error("G001", &entry.node.at, message).help(help));
        }
    }
    fields.finish(reader, &shape);
    Some(Read { gateway, proxies })
}

fn proxy(reader: &mut Reader<'_>, plant: &Plant, of: GatewayId, name: &str, entry: &Entry) -> Option<Proxy> {
    let asset = plant.asset(reader, &entry.key, &entry.key_at);
    let text = reader.text(&entry.key, &entry.node)?;
    let Ok(listen) = text.parse::<SocketAddr>() else {
        let message = format!("`{text}` is no address and port");
        reader.report(
            Diagnostic::error("G002", &entry.node.at, message)
                .help("write \"192.0.2.2:502\", the address that clients dial"),
        );
        return None;
    };
    let id = asset?;
    let asset = &plant.assets[id.0 as usize];
    if plant.on_line.contains(&id) {
        let message = format!("{} is on a serial line, and this version carries no serial lines", asset.name);
        let wrong = Diagnostic::error("M013", &entry.key_at, message).also(&asset.at, "the asset");
        let help = format!("put a Modbus/TCP gateway before it: via = \"mb-gw-1\" for {}", asset.name);
        reader.report(wrong.help(help));
        return None;
    }
    // What stands behind a gateway of its protocol is reached at that gateway's address and ports.
    let dialled = asset.behind().map_or(asset, |gateway| &plant.assets[gateway.0 as usize]);
    let spoken = |port| {
        let (at, port) = upstream(&dialled.speaks, port)?;
        let protocol = dialled.speaks[at].protocol.id;
        let own = asset.speaks.iter().position(|s| s.protocol.id == protocol);
        own.map(|own| (own, port)).ok_or("does not speak what its gateway does")
    };
    let found = spoken(listen.port());
    match (found, seen_by(of, dialled).as_slice()) {
        (Ok((speaks, port)), [ip]) => {
            let upstream = SocketAddr::new(*ip, port);
            if upstream == listen {
                let message =
                    format!("{listen} is the address of {} itself, so {name} would dial itself", dialled.name);
                let wrong = Diagnostic::error("G002", &entry.node.at, message).also(&dialled.at, "the asset");
                reader.report(wrong.help("clients dial an address of the gateway's own"));
            }
            Some(Proxy { asset: id, at: entry.key_at.clone(), listen, upstream, speaks })
        }
        (found, addresses) => {
            let why = match found {
                _ if addresses.is_empty() && (plant.partial.contains(&id) || plant.more_assets) => return None,
                _ if addresses.is_empty() => "has no address",
                Err("") if plant.partial.contains(&id) || plant.more_assets => return None,
                Err(why) if !why.is_empty() => why,
                Err(_) => "speaks no protocol",
                Ok(_) => "has more than one address",
            };
            let message = format!("{} {why}, so the gateway cannot tell what to dial", asset.name);
            reader.report(Diagnostic::error("G005", &entry.key_at, message).also(&asset.at, "the asset"));
            None
        }
    }
}

/// The addresses under which a gateway reaches an asset: those that it sees, where addresses are translated.
fn seen_by(gateway: GatewayId, asset: &Asset) -> Vec<IpAddr> {
    let seen = asset.seen_as.iter().filter(|s| s.port.gateway == gateway).map(|s| s.ip).collect::<Vec<_>>();
    if seen.is_empty() { asset.addresses.clone() } else { seen }
}

/// The protocol and port to dial for clients that dial `port`: the same port where it is one of the asset's, else its
/// only one. An empty error: it speaks nothing.
fn upstream(speaks: &[Speaks], port: u16) -> Result<(usize, u16), &'static str> {
    if let Some(index) = speaks.iter().position(|s| s.ports.contains(&port)) {
        return Ok((index, port));
    }
    match speaks {
        [] => Err(""),
        [Speaks { ports, .. }] => match ports.as_slice() {
            [only] => Ok((0, *only)),
            // The standard's own port is the first.
            [first, ..] if speaks[0].protocol.ports == ports.as_slice() => Ok((0, *first)),
            _ => Err("has more than one port"),
        },
        _ => Err("speaks more than one protocol"),
    }
}
