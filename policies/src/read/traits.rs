//! What one table says of an asset: its own, that of its kind, or a line of a table of assets. A kind's keys fill what the
//! asset does not say itself, a whole key at a time.

use super::fields::{Fields, Shape};
use super::keys;
use super::reader::Reader;
use super::settings::site_keys;
use super::speaks::{self, Spoken, TagLists};
use super::tree::{Entry, Node, Table, Value};
use crate::diagnose::Diagnostic;
use crate::site::{Location, Mac};
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::Arc;

/// A name that is looked up once every asset, zone and gateway is known.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) text: String,
    pub(super) at: Location,
}

/// What is said of an asset.
#[derive(Clone, Default)]
pub(super) struct Traits<'t> {
    pub(super) addresses: Option<Vec<IpAddr>>,
    pub(super) macs: Option<Vec<Mac>>,
    pub(super) vlan: Option<u16>,
    pub(super) kind: Option<Named>,
    pub(super) cell: Option<Arc<str>>,
    pub(super) role: Option<Arc<str>>,
    pub(super) realm: Option<Arc<str>>,
    pub(super) cert: Option<Box<str>>,
    pub(super) speaks: Vec<Spoken>,
    pub(super) links: Links<'t>,
    /// Whether something of it was not understood.
    pub(super) broken: bool,
}

/// What of it names others.
#[derive(Clone, Default)]
pub(super) struct Links<'t> {
    pub(super) port: Option<Named>,
    pub(super) seen_as: Option<Vec<(Named, IpAddr)>>,
    pub(super) hides: Option<Vec<Named>>,
    pub(super) relays: Option<&'t Node>,
    pub(super) via: Option<Named>,
    pub(super) identity: Option<Rc<Known>>,
}

/// By what an asset is known.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) at: Location,
    pub(super) mac: Option<Mac>,
    pub(super) dhcp: Option<Named>,
    pub(super) port: Option<Named>,
    pub(super) cert: Option<Box<str>>,
    pub(super) user: Option<Box<str>>,
}

impl Traits<'_> {
    /// This, and what a kind says beside it.
    pub(super) fn of_kind(mut self, kind: &Self) -> Self {
        fn or<T: Clone>(own: &mut Option<T>, kind: Option<&T>) {
            if own.is_none() {
                *own = kind.cloned();
            }
        }
        or(&mut self.addresses, kind.addresses.as_ref());
        or(&mut self.macs, kind.macs.as_ref());
        or(&mut self.vlan, kind.vlan.as_ref());
        or(&mut self.cell, kind.cell.as_ref());
        or(&mut self.role, kind.role.as_ref());
        or(&mut self.realm, kind.realm.as_ref());
        or(&mut self.cert, kind.cert.as_ref());
        or(&mut self.links.port, kind.links.port.as_ref());
        or(&mut self.links.seen_as, kind.links.seen_as.as_ref());
        or(&mut self.links.hides, kind.links.hides.as_ref());
        or(&mut self.links.relays, kind.links.relays.as_ref());
        or(&mut self.links.via, kind.links.via.as_ref());
        or(&mut self.links.identity, kind.links.identity.as_ref());
        let own = self.speaks.len();
        for of_kind in &kind.speaks {
            if self.speaks[..own].iter().all(|s| s.protocol.id != of_kind.protocol.id) {
                self.speaks.push(of_kind.clone());
            }
        }
        self.broken |= kind.broken;
        self
    }

    /// Whether anything of it can be recognised on a network.
    pub(super) fn is_somewhere(&self) -> bool {
        let links = &self.links;
        self.addresses.is_some() || self.macs.is_some() || links.via.is_some() || links.identity.is_some()
    }
}

/// Reads the table of an asset or of a kind, `what` in words.
pub(super) fn read<'t>(
    reader: &mut Reader<'_>,
    lists: &mut TagLists,
    what: &'static str,
    entry: &'t Entry,
    table: &'t Table,
) -> Traits<'t> {
    let mut fields = Fields::of(table, &entry.key_at);
    let mut traits = Traits {
        addresses: fields.take("ip").map(|e| addresses(reader, &e.node)),
        macs: fields.take("mac").map(|e| macs(reader, &e.node)),
        vlan: fields.take("vlan").and_then(|e| reader.integer("vlan", &e.node, 0..=4094)),
        kind: named(reader, &mut fields, "kind"),
        cell: word(reader, &mut fields, "cell"),
        role: word(reader, &mut fields, "cell-role"),
        realm: word(reader, &mut fields, "realm"),
        cert: fields.take("cert").and_then(|e| reader.text("cert", &e.node)).map(Into::into),
        links: links(reader, &mut fields),
        ..Traits::default()
    };
    for protocol in reader.catalogue {
        if let Some(entry) = fields.take(protocol.name) {
            let spoken = speaks::read(reader, lists, protocol, entry);
            traits.broken |= spoken.as_ref().is_none_or(|s| !s.whole);
            traits.speaks.extend(spoken);
        }
    }
    // What it says by a protocol that this version does not read is not known.
    traits.broken |= fields.has_any(&unread(reader));
    let known: Vec<&str> = keys::ASSET.iter().copied().chain(reader.catalogue.iter().map(|p| p.name)).collect();
    let later: Vec<&str> = keys::ASSET_LATER.iter().chain(keys::PROTOCOLS).copied().collect();
    let header = format!("[{}.{}]", if what == "a kind" { "kinds" } else { "assets" }, entry.key);
    fields.finish(reader, &Shape { what, header, keys: &known, later: &later, above: &[site_keys()] });
    traits
}

/// The protocols of the language that this version does not read.
fn unread(reader: &Reader<'_>) -> Vec<&'static str> {
    keys::PROTOCOLS.iter().copied().filter(|key| reader.catalogue.iter().all(|p| p.name != *key)).collect()
}

fn links<'t>(reader: &mut Reader<'_>, fields: &mut Fields<'t>) -> Links<'t> {
    Links {
        port: named(reader, fields, "port"),
        seen_as: fields.take("seen-as").map(|e| seen_as(reader, &e.node)),
        hides: fields.take("hides").map(|e| names(reader, "hides", &e.node)),
        relays: fields.take("relays").map(|e| &e.node),
        via: named(reader, fields, "via"),
        identity: fields.take("identity").and_then(|e| identity(reader, e)).map(Rc::new),
    }
}

fn named(reader: &mut Reader<'_>, fields: &mut Fields<'_>, key: &str) -> Option<Named> {
    let entry = fields.take(key)?;
    Some(Named { text: reader.text(key, &entry.node)?.into(), at: entry.node.at.clone() })
}

/// The names of a list.
pub(super) fn names(reader: &mut Reader<'_>, key: &str, node: &Node) -> Vec<Named> {
    let texts = reader.texts(key, node);
    texts.into_iter().map(|(text, item)| Named { text: text.into(), at: item.at.clone() }).collect()
}

fn word(reader: &mut Reader<'_>, fields: &mut Fields<'_>, key: &str) -> Option<Arc<str>> {
    let entry = fields.take(key)?;
    let text = reader.text(key, &entry.node)?;
    // No realm is the realm of most.
    (!text.is_empty() && reader.name(&format!("a {key}"), text, &entry.node.at)).then(|| text.into())
}

/// `seen-as = { "gw-1:control" = "198.51.100.10" }`.
fn seen_as(reader: &mut Reader<'_>, node: &Node) -> Vec<(Named, IpAddr)> {
    let Value::Table(table) = &node.value else {
        reader.wants("seen-as", node, "a table: { \"gw-1:control\" = \"198.51.100.10\" }");
        return Vec::new();
    };
    let mut seen = Vec::new();
    for entry in &table.entries {
        for ip in addresses(reader, &entry.node) {
            seen.push((Named { text: entry.key.clone(), at: entry.key_at.clone() }, ip));
        }
    }
    seen
}

fn identity(reader: &mut Reader<'_>, entry: &Entry) -> Option<Known> {
    let Value::Table(table) = &entry.node.value else {
        reader.wants("identity", &entry.node, "a table: { mac = \"..\", dhcp = \"ntp-1\", port = \"gw-1:plant\" }");
        return None;
    };
    let mut fields = Fields::of(table, &entry.key_at);
    let known = Known {
        at: entry.key_at.clone(),
        mac: fields.take("mac").and_then(|e| macs(reader, &e.node).first().copied()),
        dhcp: named(reader, &mut fields, "dhcp"),
        port: named(reader, &mut fields, "port"),
        cert: fields.take("cert").and_then(|e| reader.text("cert", &e.node)).map(Into::into),
        user: fields.take("user").and_then(|e| reader.text("user", &e.node)).map(Into::into),
    };
    let header = "the `identity` table".into();
    fields.finish(reader, &Shape { what: "an identity", header, keys: keys::IDENTITY, later: &[], above: &[] });
    if known.mac.is_none() && known.cert.is_none() {
        let message = "an identity names a `mac` or a `cert`: nothing else tells one device from another";
        let help = "write { mac = \"02:00:5e:00:53:77\", dhcp = \"dhcp-1\", port = \"gw-1:plant\" }";
        reader.report(Diagnostic::error("I001", &entry.key_at, message).help(help));
    }
    Some(known)
}

/// Whether an address can be that of one device.
fn is_single(ip: IpAddr) -> bool {
    !ip.is_unspecified() && !ip.is_multicast() && ip != IpAddr::V4(Ipv4Addr::BROADCAST)
}

fn addresses(reader: &mut Reader<'_>, node: &Node) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for (text, item) in reader.texts("ip", node) {
        add_address(reader, &mut addresses, text, &item.at);
    }
    addresses
}

/// A002: adds one address of a device.
pub(super) fn add_address(reader: &mut Reader<'_>, addresses: &mut Vec<IpAddr>, text: &str, at: &Location) {
    match text.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(ip) if is_single(ip) && !addresses.contains(&ip) => addresses.push(ip),
        _ => {
            let message = format!("`{text}` is no address of a single device, or stands twice");
            reader.report(Diagnostic::error("A002", at, message).help("write 192.0.2.31 or 2001:db8::31"));
        }
    }
}

/// The MAC addresses of one device, each once.
fn macs(reader: &mut Reader<'_>, node: &Node) -> Vec<Mac> {
    let mut macs = Vec::new();
    for (text, item) in reader.texts("mac", node) {
        add_mac(reader, &mut macs, text, &item.at);
    }
    macs
}

/// A009: adds one MAC address of a device.
pub(super) fn add_mac(reader: &mut Reader<'_>, macs: &mut Vec<Mac>, text: &str, at: &Location) {
    match text.parse::<Mac>() {
        Ok(mac) if mac.is_single() && !macs.contains(&mac) => macs.push(mac),
        _ => {
            let message = format!("`{text}` is no MAC address of a single device, or stands twice");
            reader.report(Diagnostic::error("A009", at, message).help("write 02:00:5e:00:53:31"));
        }
    }
}
