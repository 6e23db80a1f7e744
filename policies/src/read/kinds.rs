//! `[kinds]`: what assets of one kind have in common.

use super::reader::Reader;
use super::sections::Sections;
use super::speaks::TagLists;
use super::traits::{self, Named, Traits};
use super::tree::Value;
use crate::diagnose::Diagnostic;
use crate::site::{Devices, Location};
use sluice_model::ProtocolId;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The kinds of a site.
#[derive(Default)]
pub(super) struct Kinds<'t> {
    known: HashMap<Arc<str>, (Location, Traits<'t>)>,
    /// Names of kinds that do not exist, each said once: a table of assets may have a thousand lines of one kind.
    missed: HashSet<String>,
}

impl<'t> Kinds<'t> {
    pub(super) fn read(reader: &mut Reader<'_>, lists: &mut TagLists, sections: &Sections<'t>) -> Self {
        let mut kinds = Self::default();
        for entry in &sections.kinds {
            let entry = *entry;
            let Value::Table(table) = &entry.node.value else {
                reader.wants(&entry.key, &entry.node, "a table: [kinds.NAME]");
                continue;
            };
            reader.name("a kind", &entry.key, &entry.key_at);
            if let Some((first, _)) = kinds.known.get(entry.key.as_str()) {
                reader.twice(&format!("kind {}", entry.key), &entry.key_at, first);
                continue;
            }
            let mut of_kind = traits::read(reader, lists, "a kind", entry, table);
            if let Some(of) = of_kind.kind.take() {
                let message = "a kind is of no other kind";
                reader.report(Diagnostic::error("K002", &of.at, message).help("copy what it takes from there"));
            }
            kinds.known.insert(entry.key.as_str().into(), (entry.key_at.clone(), of_kind));
        }
        kinds
    }

    /// The protocols that assets of a kind speak.
    pub(super) fn protocols(&self, kind: &str) -> impl Iterator<Item = ProtocolId> + '_ {
        self.known.get(kind).into_iter().flat_map(|(_, traits)| &traits.speaks).map(|s| s.protocol.id)
    }

    /// The kind of this name; K001 when there is none.
    pub(super) fn find(&mut self, reader: &mut Reader<'_>, kind: &Named) -> Option<(Arc<str>, &Traits<'t>)> {
        if !self.known.contains_key(kind.text.as_str()) && self.missed.insert(kind.text.clone()) {
            let mut wrong = Diagnostic::error("K001", &kind.at, format!("there is no kind `{}`", kind.text));
            wrong.help = Some(match reader.nearest(&kind.text, self.known.keys().map(|k| &**k)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("add [kinds.{}]", kind.text),
            });
            reader.report(wrong);
        }
        let (name, (_, traits)) = self.known.get_key_value(kind.text.as_str())?;
        Some((Arc::clone(name), traits))
    }
}

/// Gives an asset the device addresses that its line of a table names; K003 when it speaks no protocol that has them.
pub(super) fn devices(
    reader: &mut Reader<'_>,
    name: &str,
    traits: &mut Traits<'_>,
    devices: Vec<(ProtocolId, u32, Location)>,
) {
    for (protocol, device, at) in devices {
        match traits.speaks.iter_mut().find(|s| s.protocol.id == protocol) {
            Some(spoken) => {
                spoken.speaks.devices = Devices::Listed(vec![device]);
                spoken.devices_at = Some(at);
            }
            None if traits.broken => {}
            None => {
                let protocol = reader.catalogue.iter().find(|p| p.id == protocol);
                let (key, speaks) = protocol.map_or(("device", ""), |p| (p.device.key, p.name));
                let message = format!("{name} has a {key} and speaks no {speaks}");
                let help = format!("give its kind {speaks} = {{ tags = \"..\" }}, or leave the cell empty");
                reader.report(Diagnostic::error("K003", &at, message).help(help));
            }
        }
    }
}
