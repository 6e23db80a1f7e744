//! Assets and zones by name.

use super::reader::Reader;
use super::times::Times;
use super::who::Who;
use crate::diagnose::Diagnostic;
use crate::site::{Asset, AssetId, Location, Zone};
use std::collections::{HashMap, HashSet};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Asset(AssetId),
    /// An index into [`Plant::zones`].
    Zone(usize),
}

/// Assets and zones, as far as they were understood.
#[derive(Default)]
pub(super) struct Plant {
    pub(super) assets: Vec<Asset>,
    pub(super) zones: Vec<Zone>,
    pub(super) names: HashMap<String, Named>,
    /// Whether there are assets that could not be read: an unknown name is then no mistake of its own.
    pub(super) more_assets: bool,
    /// Whether the kind of an asset is unknown, so that nobody knows what it is.
    pub(super) unplaced: bool,
    /// Assets of which a protocol or a tag list was not understood wholly.
    pub(super) partial: HashSet<AssetId>,
    /// Assets on serial lines of our own gateways.
    pub(super) on_line: HashSet<AssetId>,
    /// For assets that hide behind the address of others, those others.
    pub(super) hidden: HashMap<AssetId, Vec<AssetId>>,
    /// Calendars and windows.
    pub(super) times: Times,
    /// Zones that have members which were not understood.
    pub(super) partial_zones: HashSet<usize>,
}

impl Plant {
    /// Makes a name stand for something; S008 when it already does.
    pub(super) fn declare(&mut self, reader: &mut Reader<'_>, name: &str, at: &Location, named: Named) -> bool {
        if let Some(first) = self.names.get(name) {
            let (what, place) = match first {
                Named::Asset(id) => ("asset", self.assets[id.0 as usize].at.clone()),
                Named::Zone(index) => ("zone", self.zones[*index].at.clone()),
            };
            let same = matches!((first, named), (Named::Asset(_), Named::Asset(_)) | (Named::Zone(_), Named::Zone(_)));
            if same {
                reader.twice(&format!("{what} {name}"), at, &place);
            } else {
                let message = format!("{name} is a zone and an asset; a name stands for one thing");
                reader.report(Diagnostic::error("A006", at, message).also(&place, format!("the {what}")));
            }
            return false;
        }
        self.names.insert(name.into(), named);
        true
    }

    /// Adds to one end of a conduit the assets behind whose address others of it hide: a packet of theirs comes from there.
    pub(super) fn seen(&self, who: &mut Who) {
        let hiders: Vec<AssetId> = who.assets.iter().filter_map(|id| self.hidden.get(id)).flatten().copied().collect();
        if !hiders.is_empty() {
            who.assets.extend(hiders);
            who.assets.sort_unstable();
            who.assets.dedup();
        }
    }

    /// A001: nothing is called `name`. Silent when it may be one of the assets that were not read.
    pub(super) fn unknown(&self, reader: &mut Reader<'_>, wanted: &str, name: &str, at: &Location) {
        if self.more_assets {
            return;
        }
        let mut wrong = Diagnostic::error("A001", at, format!("there is no {wanted} `{name}`"));
        if let Some(near) = reader.nearest(name, self.names.keys().map(String::as_str)) {
            wrong = wrong.help(format!("did you mean `{near}`?"));
        }
        reader.report(wrong);
    }

    /// The asset of this name; A001 when there is none.
    pub(super) fn asset(&self, reader: &mut Reader<'_>, name: &str, at: &Location) -> Option<AssetId> {
        match self.names.get(name) {
            Some(Named::Asset(id)) => Some(*id),
            Some(Named::Zone(_)) => {
                reader.report(Diagnostic::error("A001", at, format!("`{name}` is a zone; one asset is wanted here")));
                None
            }
            None => {
                self.unknown(reader, "asset", name, at);
                None
            }
        }
    }
}
