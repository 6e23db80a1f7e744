//! What assets say of each other, once all of them are known: `hides`, `relays`, `via`, `broadcast`, `identity`, and of
//! gateways: `port`, `seen-as`. What a kind says of a thousand assets is looked up, and complained about, once.

use super::assets::Pending;
use super::gateways::Read;
use super::plant::Plant;
use super::ports::port_of;
use super::reader::Reader;
use super::traits::{Known, Links, Named};
use super::who::who;
use crate::diagnose::Diagnostic;
use crate::site::{AssetId, AssetPort, Gateway, GatewayId, Identity, Location, Relays, SeenAs, Via};
use std::collections::HashMap;

/// Looks up every name that assets use; `whole` says whether every gateway was understood.
pub(super) fn resolve(
    reader: &mut Reader<'_>,
    plant: &mut Plant,
    pending: Vec<Pending<'_>>,
    gateways: &[Read<'_>],
    whole: bool,
) {
    let gateways: Vec<&Gateway> = gateways.iter().map(|g| &g.gateway).collect();
    let (assets, ports, relays) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut finder = Finder { gateways: &gateways, whole, assets, ports, relays };
    for Pending { asset: id, links, broadcasts } in pending {
        finder.links(reader, plant, id, links);
        for (index, names) in broadcasts {
            let mut reached = finder.assets(reader, plant, &names);
            reached.sort_unstable();
            reached.dedup();
            plant.assets[id.0 as usize].speaks[index].broadcast = reached;
        }
    }
    for hiders in plant.hidden.values_mut() {
        hiders.sort_unstable();
        hiders.dedup();
    }
}

struct Finder<'g> {
    gateways: &'g [&'g Gateway],
    whole: bool,
    /// What was found, by where it is named.
    assets: HashMap<Location, Option<AssetId>>,
    ports: HashMap<Location, Option<AssetPort>>,
    relays: HashMap<Location, Relays>,
}

impl Finder<'_> {
    fn asset(&mut self, reader: &mut Reader<'_>, plant: &Plant, name: &Named) -> Option<AssetId> {
        *self.assets.entry(name.at.clone()).or_insert_with(|| plant.asset(reader, &name.text, &name.at))
    }

    fn assets(&mut self, reader: &mut Reader<'_>, plant: &Plant, names: &[Named]) -> Vec<AssetId> {
        names.iter().filter_map(|name| self.asset(reader, plant, name)).collect()
    }

    fn port(&mut self, reader: &mut Reader<'_>, name: &Named) -> Option<AssetPort> {
        let found = || port_of(reader, self.gateways, self.whole, &name.text, &name.at);
        self.ports.entry(name.at.clone()).or_insert_with(found).clone()
    }

    fn links(&mut self, reader: &mut Reader<'_>, plant: &mut Plant, id: AssetId, links: Links<'_>) {
        let at = id.0 as usize;
        if let Some(name) = &links.port {
            plant.assets[at].port = self.port(reader, name);
        }
        for (name, ip) in links.seen_as.unwrap_or_default() {
            if let Some(port) = self.port(reader, &name) {
                plant.assets[at].seen_as.push(SeenAs { port, ip });
            }
        }
        if let Some(names) = &links.hides {
            let hidden = self.assets(reader, plant, names);
            for hidden in &hidden {
                plant.hidden.entry(*hidden).or_default().push(id);
            }
            plant.assets[at].hides = hidden;
        }
        if let Some(node) = links.relays {
            let found = || {
                let found = who(reader, plant, "relays", node);
                Relays { assets: found.assets, outside: found.outside }
            };
            let relays = self.relays.entry(node.at.clone()).or_insert_with(found).clone();
            plant.assets[at].relays = Some(Box::new(relays));
        }
        if let Some(name) = &links.via {
            plant.assets[at].via = self.via(reader, plant, id, name);
        }
        if let Some(known) = &links.identity {
            let identity = self.identity(reader, plant, known);
            let asset = &mut plant.assets[at];
            // It is the asset's own place too, for the data planes that see it.
            if asset.macs.is_empty() {
                asset.macs.extend(identity.mac);
            }
            if asset.port.is_none() {
                asset.port.clone_from(&identity.port);
            }
            asset.identity = Some(Box::new(identity));
        }
    }

    fn identity(&mut self, reader: &mut Reader<'_>, plant: &Plant, known: &Known) -> Identity {
        Identity {
            at: known.at.clone(),
            mac: known.mac,
            dhcp: known.dhcp.as_ref().and_then(|name| self.asset(reader, plant, name)),
            port: known.port.as_ref().and_then(|name| self.port(reader, name)),
            cert: known.cert.clone(),
            user: known.user.clone(),
        }
    }

    /// `via = "mb-gw-1"` or `via = "gw-1:filters"`.
    fn via(&mut self, reader: &mut Reader<'_>, plant: &mut Plant, id: AssetId, name: &Named) -> Option<Via> {
        if let Some((gateway, line)) = name.text.split_once(':') {
            plant.on_line.insert(id);
            return self.line(reader, gateway, line, &name.at);
        }
        let gateway = self.asset(reader, plant, name)?;
        Some(Via::Asset { gateway, at: name.at.clone() })
    }

    /// G012: a serial line of a gateway.
    fn line(&mut self, reader: &mut Reader<'_>, gateway: &str, line: &str, at: &Location) -> Option<Via> {
        let Some(index) = self.gateways.iter().position(|g| g.name == gateway) else {
            if self.whole {
                let mut wrong = Diagnostic::error("G012", at, format!("there is no gateway `{gateway}`"));
                let near = reader.nearest(gateway, self.gateways.iter().map(|g| g.name.as_str()));
                wrong.help = near.map(|near| format!("did you mean \"{near}:{line}\"?"));
                reader.report(wrong);
            }
            return None;
        };
        let of = self.gateways[index];
        let Some(found) = of.serial.iter().position(|l| l.name == line) else {
            let message = format!("`{line}` is no serial line of gateway {gateway}");
            let mut wrong = Diagnostic::error("G012", at, message).also(&of.at, "the gateway");
            wrong.help = Some(match reader.nearest(line, of.serial.iter().map(|l| l.name.as_str())) {
                Some(near) => format!("did you mean \"{gateway}:{near}\"?"),
                None => format!("add serial = {{ {line} = {{ line = \"ttyS1\" }} }} to it"),
            });
            reader.report(wrong);
            return None;
        };
        Some(Via::Line { gateway: GatewayId(index as u16), line: found, at: at.clone() })
    }
}
