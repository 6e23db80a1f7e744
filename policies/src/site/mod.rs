//! What the policy files say, checked and resolved: names are indices, tags have addresses, limits are raw values.
//!
//! Written by `read`, read by `compile` and the tools. Every thing keeps its [`Location`], so that any later message
//! can point at it.

mod address;
mod asset;
mod condition;
mod conduit;
mod emergency;
mod gateway;
mod limit;
mod never;
mod place;
mod schedule;
mod service;
mod speaks;
mod tag;
mod test;

pub use address::{Mac, Net, NoMac, NoNet};
pub use asset::{Asset, Relays, Zone};
pub use condition::{
    ConditionPlaces, Conditions, Fact, Facts, Interlock, Rate, RateScope, Step, StepSize, TagConditions, WindowId,
};
pub use conduit::{Conduit, Functions, Grant, Items, Statement, TagGrant, Within, Wording};
pub use emergency::{Approvals, BreakGlass, ClockLost, Kept, Lockdown, Need, Window};
pub use gateway::{BridgePorts, Framing, Gateway, GatewayId, OnLoss, Parity, Port, Proxy, SerialLine};
pub use limit::{Charset, Limit, Text};
pub use never::{Crowd, Hops, Never, NeverFunctions, NeverTag, NeverValues, Strangers, Unless, float_at, float_order};
pub use place::{AssetPort, Identity, SeenAs, Via};
pub use schedule::{Calendar, Schedule, WeekSpan};
pub use service::{Opens, Outside, Passes, Service, ServicePort};
pub use speaks::{Devices, Partial, Speaks};
pub use tag::{Access, Decimal, Engineering, Kind, Scaling, Tag, WordOrder};
pub use test::{Answer, Expectation, Expected, Given, Test, TestMessage, TestMode};

use crate::decision::{Mode, OnDeny};
use core::ops::Range;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An asset of the site, an index into [`Site::assets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AssetId(pub u32);

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
        self.text.as_bytes()[..offset.min(self.text.len())].split(|byte| *byte == b'\n').count()
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

/// A whole site; empty by default.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// When it was read: schedules are worked out from then on.
    pub read_at: Timestamp,
    /// Its time zone: schedules and dates mean the wall clock there.
    pub time_zone: SiteZone,
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
    /// Days that schedules leave out.
    pub calendars: Vec<Calendar>,
    /// Maintenance windows; a [`WindowId`] is an index.
    pub windows: Vec<Window>,
    /// What breaking the glass does, if it does anything.
    pub break_glass: Option<BreakGlass>,
    /// What a lockdown keeps.
    pub lockdown: Lockdown,
    /// Who approves.
    pub approvals: Approvals,
    /// What schedules do when the clock is not to be trusted.
    pub clock_lost: ClockLost,
    /// Tests.
    pub tests: Vec<Test>,
    /// What it must never allow.
    pub nevers: Vec<Never>,
}

/// A time zone; UTC by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteZone(pub TimeZone);

impl Default for SiteZone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
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

    /// Whether a conduit joins two assets, the one commanding and the other obeying. Of a conduit `within = "cell"` both
    /// must stand in the same cell.
    pub fn joins(&self, conduit: &Conduit, from: AssetId, to: AssetId) -> bool {
        let named = conduit.from.binary_search(&from).is_ok() && conduit.to.binary_search(&to).is_ok();
        named && (conduit.within == Within::Site || self.same_cell(from, to))
    }

    /// Whether two assets stand in the same cell.
    pub fn same_cell(&self, one: AssetId, other: AssetId) -> bool {
        let cell = &self.asset(one).cell;
        cell.is_some() && *cell == self.asset(other).cell
    }

    /// An asset by its id; ids come from this site alone.
    ///
    /// # Panics
    /// When the id is of another site.
    pub fn asset(&self, id: AssetId) -> &Asset {
        &self.assets[id.0 as usize]
    }
}
