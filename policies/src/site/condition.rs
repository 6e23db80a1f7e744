//! What must hold beside functions, items and values before a statement allows anything.

use super::{AssetId, Limit, Location, Schedule};
use core::time::Duration;
use jiff::Timestamp;
use std::sync::Arc;

/// The conditions of one statement; without any by default.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// Facts that must be known, fresh and true, all of them; `self` and tags of the only destination are resolved.
    pub when: Arc<[Interlock]>,
    /// At which times of the week it holds, in the site's time zone.
    pub during: Option<Arc<Schedule>>,
    /// It holds while this window is open.
    pub window: Option<WindowId>,
    /// It stops holding then.
    pub until: Option<Timestamp>,
    /// How often it is used; of tags, those that give no rate of their own.
    pub rate: Option<Rate>,
    /// The bits of a register that it does not grant must be those last seen, and that at most this long ago.
    pub others: Option<Duration>,
    /// Whether it holds for messages that several devices obey.
    pub broadcast: bool,
    /// What it allows passes and is reported.
    pub trial: bool,
    /// The statements of which it may lift the limits, `conduit.id`.
    pub overrides: Vec<String>,
    /// The ticket that asked for it; nothing follows from it.
    pub ticket: Option<String>,
    /// The name that it was approved under, when it was another one.
    pub approved_as: Option<String>,
    /// Where each stands, for messages.
    pub places: ConditionPlaces,
}

impl Conditions {
    /// Whether nothing but its functions, items and values decides: not even the time of day. `trial`, `overrides` and
    /// what is for readers alone change no decision.
    pub fn is_empty(&self) -> bool {
        self.when.is_empty()
            && self.during.is_none()
            && self.window.is_none()
            && self.until.is_none()
            && self.rate.is_none()
            && self.others.is_none()
            && !self.broadcast
    }
}

/// Where the conditions of a statement stand.
#[derive(Clone, Debug, Default)]
pub struct ConditionPlaces {
    /// Of `window`.
    pub window: Option<Location>,
    /// Of `broadcast`.
    pub broadcast: Option<Location>,
    /// Of `overrides`.
    pub overrides: Option<Location>,
}

/// What one tag of a statement must fulfil beside its limit; shared by tags of which the same stands there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagConditions {
    /// How far one write may go from the value before it.
    pub step: Option<Step>,
    /// How often each element is written.
    pub rate: Option<Rate>,
    /// Facts that must be known, fresh and true, all of them, beside those of the statement.
    pub when: Arc<[Interlock]>,
}

/// `5 Hz within 10 s`: how far one write may go from the value before it, and how fresh that must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The greatest difference, in raw terms, rounded inward.
    pub most: StepSize,
    /// How old the value before may be.
    pub within: Duration,
    /// What its author wrote.
    pub wording: Arc<str>,
    /// Where it stands.
    pub at: Location,
}

/// A difference of raw values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StepSize {
    /// Of integers.
    Integer(u64),
    /// Of numbers with a point; finite and positive.
    Float(f64),
}

/// `6 / min per tag`: how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So often, at least once.
    pub count: u32,
    /// In any span of this length.
    pub per: Duration,
    /// What counts together.
    pub scope: RateScope,
    /// What its author wrote.
    pub wording: Arc<str>,
    /// Where it stands.
    pub at: Location,
}

/// What a rate counts together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RateScope {
    /// Each element of a tag on each device, whoever writes it.
    #[default]
    Tag,
    /// All that one source sends under the statement.
    Source,
    /// All that is sent under the statement.
    Conduit,
}

impl RateScope {
    /// The word in policy files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Source => "source",
            Self::Conduit => "conduit",
        }
    }
}

/// `plc-intake.tank_level > 20 % within 10 s`: a fact that must be known, fresh and true.
#[derive(Clone, Debug, PartialEq)]
pub struct Interlock {
    /// What its author wrote.
    pub wording: Arc<str>,
    /// Where it stands.
    pub at: Location,
    /// How old the fact may be.
    pub within: Duration,
    /// Whose tag it is.
    pub facts: Facts,
}

/// Whose tag an interlock is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Facts {
    /// One tag of one asset.
    One(Fact),
    /// `self`: the tag of this name of the asset that is written, one for each destination that has it.
    Own(Vec<Fact>),
}

impl Facts {
    /// The fact that counts for a message to `asset`.
    pub fn about(&self, asset: AssetId) -> Option<&Fact> {
        match self {
            Self::One(fact) => Some(fact),
            Self::Own(facts) => facts.iter().find(|f| f.asset == asset),
        }
    }

    /// Every one.
    pub fn all(&self) -> &[Fact] {
        match self {
            Self::One(fact) => core::slice::from_ref(fact),
            Self::Own(facts) => facts,
        }
    }
}

/// One element of one tag, and what its value must lie in.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The asset.
    pub asset: AssetId,
    /// Index into the asset's `speaks`.
    pub speaks: usize,
    /// Index into its tags.
    pub tag: usize,
    /// Which element.
    pub element: u64,
    /// Raw values that it may have; shared by tags that mean the same.
    pub must: Arc<Limit>,
}

/// A window of the site, an index into [`super::Site::windows`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WindowId(pub u16);
