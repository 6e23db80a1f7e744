//! What the policy files say, checked and resolved: names are indices, tags have addresses, limits are raw values.
//!
//! Written by `read`, read by `compile` and the tools. Every thing keeps its [`Location`], so that any later message
//! can point at it.

mod address;
mod asset;
mod conduit;
mod gateway;
mod limit;
mod service;
mod tag;
mod test;

pub use address::{Mac, Net, NoMac, NoNet};
pub use asset::{Asset, AssetId, AssetPort, Devices, Speaks, Zone};
pub use conduit::{Conduit, Functions, Grant, Items, Statement, TagGrant, Wording};
pub use gateway::{BridgePorts, Gateway, GatewayId, OnLoss, Port, Proxy};
pub use limit::{Charset, Limit, Text};
pub use service::{Opens, Outside, Passes, Service, ServicePort};
pub use tag::{Access, Decimal, Engineering, Kind, Scaling, Tag, WordOrder};
pub use test::{Expectation, Expected, Test, TestMessage};

use crate::decision::{Mode, OnDeny};
use core::ops::Range;
use jiff::Timestamp;

/// A place in a policy file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// Index of the file in the site's list of files.
    pub file: u16,
    /// Byte range in it.
    pub span: Range<usize>,
}

/// A file of the site, with its text, so that any later message can quote it.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path relative to the site folder, with `/`.
    pub path: String,
    /// The text.
    pub text: String,
}

impl SourceFile {
    /// The line that `offset` is on, from 1.
    pub fn line(&self, offset: usize) -> usize {
        1 + self.text.char_indices().take_while(|(at, _)| *at < offset).filter(|(_, c)| *c == '\n').count()
    }
}

/// What happens to pairs that no conduit joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// Enforce unless the site says otherwise.
    pub mode: Mode,
    /// Drop unless the site says otherwise.
    pub on_deny: OnDeny,
    /// From when on it is enforced whatever its mode, when it suspends enforcement until a date.
    pub ends: Option<Timestamp>,
}

impl Default for Unmatched {
    fn default() -> Self {
        Self { mode: Mode::Enforce, on_deny: OnDeny::Drop, ends: None }
    }
}

/// A whole site.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// Every file that was read.
    pub files: Vec<SourceFile>,
    /// What happens to pairs that no conduit joins.
    pub unmatched: Unmatched,
    /// Gateways, by name.
    pub gateways: Vec<Gateway>,
    /// Assets; an [`AssetId`] is an index.
    pub assets: Vec<Asset>,
    /// Zones.
    pub zones: Vec<Zone>,
    /// Conduits, in the order of the files.
    pub conduits: Vec<Conduit>,
    /// Tests.
    pub tests: Vec<Test>,
}

impl Site {
    /// `site.toml:41` for a place.
    pub fn show(&self, at: &Location) -> String {
        let file = &self.files[usize::from(at.file)];
        format!("{}:{}", file.path, file.line(at.span.start))
    }

    /// The asset with this name.
    pub fn asset_named(&self, name: &str) -> Option<AssetId> {
        let index = self.assets.iter().position(|a| a.name == name)?;
        Some(AssetId(u32::try_from(index).ok()?))
    }

    /// An asset by its id; ids come from this site alone.
    ///
    /// # Panics
    /// When the id is of another site.
    pub fn asset(&self, id: AssetId) -> &Asset {
        &self.assets[id.0 as usize]
    }
}
