//! `[assets]`, and the tables of `assets-from`: devices, their addresses, the protocols they speak, their tags.

use super::kinds::{self, Kinds};
use super::plant::{Named, Plant};
use super::reader::Reader;
use super::roster;
use super::sections::Sections;
use super::speaks::TagLists;
use super::traits::{self, Links, Traits};
use super::tree::Value;
use crate::diagnose::Diagnostic;
use crate::site::{Asset, AssetId, Location, Mac};
use sluice_model::ProtocolId;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// What an asset says that names others, until they are known.
pub(super) struct Pending<'t> {
    pub(super) asset: AssetId,
    pub(super) links: Links<'t>,
    /// What the broadcasts of its gateway reach, by the index of the protocol.
    pub(super) broadcasts: Vec<(usize, Vec<traits::Named>)>,
}

/// An asset as a file declares it.
pub(super) struct Declared<'t, 'n> {
    pub(super) name: &'n str,
    pub(super) at: Location,
    pub(super) traits: Traits<'t>,
    /// The device addresses that its line of a table gives, whatever the protocol.
    pub(super) devices: Vec<(ProtocolId, u32, Location)>,
}

/// An address of a realm.
type InRealm = (Option<Arc<str>>, IpAddr);
/// The name of an asset, and where it is declared.
type Place = (String, Location);

/// Adds assets to the plant.
pub(super) struct Adder<'t> {
    pub(super) kinds: Kinds<'t>,
    pub(super) plant: Plant,
    pub(super) pending: Vec<Pending<'t>>,
    addresses: HashMap<InRealm, Place>,
    macs: HashMap<Mac, Place>,
}

/// Reads every asset, and what they say of each other.
pub(super) fn read<'t>(reader: &mut Reader<'_>, sections: &Sections<'t>) -> (Plant, Vec<Pending<'t>>) {
    let mut lists = TagLists::new();
    let kinds = Kinds::read(reader, &mut lists, sections);
    let (addresses, macs) = (HashMap::new(), HashMap::new());
    let mut adder = Adder { kinds, plant: Plant::default(), pending: Vec::new(), addresses, macs };
    for entry in &sections.assets {
        let Value::Table(table) = &entry.node.value else {
            reader.wants(&entry.key, &entry.node, "a table: { ip = \"192.0.2.31\" }");
            continue;
        };
        if adder.declare(reader, &entry.key, &entry.key_at) {
            let traits = traits::read(reader, &mut lists, "an asset", entry, table);
            let (name, at) = (entry.key.as_str(), entry.key_at.clone());
            adder.add(reader, Declared { name, at, traits, devices: Vec::new() });
        }
    }
    for entry in &sections.rosters {
        roster::read(reader, &mut adder, entry);
    }
    (adder.plant, adder.pending)
}

impl<'t> Adder<'t> {
    /// Makes a name stand for the next asset; false when it stands for something else.
    pub(super) fn declare(&mut self, reader: &mut Reader<'_>, name: &str, at: &Location) -> bool {
        let id = AssetId(self.plant.assets.len() as u32);
        if name == "everyone" || name == "anyone" {
            let message = format!("`{name}` is a word of the language and no name");
            reader.report(Diagnostic::error("S013", at, message));
        }
        reader.name("an asset", name, at);
        self.plant.declare(reader, name, at, Named::Asset(id))
    }

    /// Adds an asset whose name was declared.
    pub(super) fn add(&mut self, reader: &mut Reader<'_>, declared: Declared<'t, '_>) {
        let Declared { name, at, traits, devices } = declared;
        let id = AssetId(self.plant.assets.len() as u32);
        let kind = traits.kind.as_ref().and_then(|kind| self.kinds.find(reader, kind));
        let unknown = traits.kind.is_some() && kind.is_none();
        let mut asset = Asset::new(name, at, Vec::new());
        let mut traits = match kind {
            Some((kind, of_kind)) => {
                asset.kind = Some(kind);
                traits.of_kind(of_kind)
            }
            None => traits,
        };
        if !traits.is_somewhere() && !unknown {
            let message = format!("asset {name} has no address");
            let help = "add ip = \"192.0.2.31\", or mac = \"02:00:5e:00:53:31\" for one without IP";
            reader.report(Diagnostic::error("A004", &asset.at, message).help(help));
        }
        kinds::devices(reader, name, &mut traits, devices);
        asset.addresses = traits.addresses.unwrap_or_default();
        asset.macs = traits.macs.unwrap_or_default();
        (asset.vlan, asset.cert) = (traits.vlan, traits.cert);
        (asset.cell, asset.role, asset.realm) = (traits.cell, traits.role, traits.realm);
        self.shared(reader, &asset);
        self.same_mac(reader, &asset);
        let broadcasts = (0..).zip(&traits.speaks).map(|(at, s)| (at, s.broadcast.clone()));
        let broadcasts = broadcasts.filter(|(_, names)| !names.is_empty()).collect();
        asset.speaks = traits.speaks.into_iter().map(|s| s.speaks).collect();
        self.plant.unplaced |= unknown;
        if traits.broken || unknown {
            self.plant.partial.insert(id);
        }
        self.plant.assets.push(asset);
        self.pending.push(Pending { asset: id, links: traits.links, broadcasts });
    }

    /// A003: two assets of one realm with one address.
    fn shared(&mut self, reader: &mut Reader<'_>, asset: &Asset) {
        for address in &asset.addresses {
            let of_realm = (asset.realm.clone(), *address);
            if let Some((name, at)) = self.addresses.insert(of_realm, (asset.name.clone(), asset.at.clone())) {
                let message = format!("{} and {name} have the same address {address}", asset.name);
                reader.report(Diagnostic::error("A003", &asset.at, message).also(&at, "the other one"));
            }
        }
    }

    /// A010: two assets with one MAC address.
    fn same_mac(&mut self, reader: &mut Reader<'_>, asset: &Asset) {
        for mac in &asset.macs {
            if let Some((name, at)) = self.macs.insert(*mac, (asset.name.clone(), asset.at.clone())) {
                let message = format!("{} and {name} have the same MAC address {mac}", asset.name);
                let wrong = Diagnostic::warning("A010", &asset.at, message).also(&at, "the other one");
                reader.report(
                    wrong.help("right only when both stand behind one router; neither is recognised by it alone"),
                );
            }
        }
    }
}
