//! Conduits and their statements.

use super::{AssetId, Conditions, Limit, Location, Opens, Outside, Service, Tag, TagConditions};
use crate::decision::{Mode, OnDeny};
use jiff::Timestamp;
use sluice_model::{ActionSet, Code, Descriptor, Span};
use std::borrow::Cow;
use std::sync::Arc;

/// A conduit (IEC 62443): who commands whom, and what is allowed on the way.
#[derive(Clone, Debug)]
pub struct Conduit {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub at: Location,
    /// Who commands, each asset once, sorted.
    pub from: Vec<AssetId>,
    /// Who obeys, each asset once, sorted.
    pub to: Vec<AssetId>,
    /// Who else stands at the end of `from`, for services.
    pub from_outside: Outside,
    /// Who else stands at the end of `to`, for services.
    pub to_outside: Outside,
    /// Which pairs of the two it joins.
    pub within: Within,
    /// Who opens connections.
    pub opens: Opens,
    /// Its mode.
    pub mode: Mode,
    /// How its denials are answered.
    pub on_deny: OnDeny,
    /// The role that owns it, if stated.
    pub owner: Option<String>,
    /// Why it exists, if stated.
    pub why: Option<String>,
    /// The ticket that asked for it; nothing follows from it.
    pub ticket: Option<String>,
    /// When its statements stop holding, if they do.
    pub until: Option<Timestamp>,
    /// What it allows of the protocols that are inspected.
    pub statements: Vec<Statement>,
    /// What it allows beside them.
    pub services: Vec<Service>,
}

impl Conduit {
    /// A conduit between assets that allows nothing yet and enforces.
    pub fn new(name: impl Into<String>, at: Location, from: Vec<AssetId>, to: Vec<AssetId>) -> Self {
        Self {
            name: name.into(),
            at,
            from,
            to,
            from_outside: Outside::default(),
            to_outside: Outside::default(),
            within: Within::default(),
            opens: Opens::default(),
            mode: Mode::default(),
            on_deny: OnDeny::default(),
            owner: None,
            why: None,
            ticket: None,
            until: None,
            statements: Vec::new(),
            services: Vec::new(),
        }
    }

    /// Whether it says nothing about protocols that are inspected, so that no message of theirs needs it.
    pub fn only_services(&self) -> bool {
        self.statements.is_empty() && !self.services.is_empty()
    }
}

/// Which of the pairs of its two ends a conduit joins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Within {
    /// Every pair.
    #[default]
    Site,
    /// Pairs of which both stand in the same cell.
    Cell,
}

/// One allow statement.
#[derive(Clone)]
pub struct Statement {
    /// Its id inside the conduit; events say `conduit.id`.
    pub id: String,
    /// Where it is declared.
    pub at: Location,
    /// Why it exists, if stated.
    pub why: Option<String>,
    /// The protocol it speaks.
    pub protocol: &'static Descriptor,
    /// The functions it allows.
    pub functions: Functions,
    /// What they may touch.
    pub items: Items,
    /// What must hold besides.
    pub conditions: Conditions,
}

impl core::fmt::Debug for Statement {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Statement")
            .field("id", &self.id)
            .field("protocol", &self.protocol.name)
            .field("functions", &self.functions)
            .field("items", &self.items)
            .finish_non_exhaustive()
    }
}

/// Which functions a statement names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Functions {
    /// Verbs: they name every function with that action which a verb can name.
    pub verbs: ActionSet,
    /// Function names and raw codes; a code without sub-function names all of its sub-functions.
    pub codes: Vec<Code>,
    /// Whether messages whose contents are not decoded are allowed (`opaque = true`).
    pub opaque: bool,
}

/// What a statement's functions may touch.
#[derive(Clone, Debug)]
pub enum Items {
    /// Nothing: none of its functions touches an item.
    None,
    /// Raw ranges, the same on every asset of `to`.
    Raw(Vec<Span>),
    /// Tags, resolved for each asset of `to` that speaks the protocol and has them.
    Tags(Vec<Grant>),
}

/// The tags that a statement grants on one asset.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The asset.
    pub asset: AssetId,
    /// Index into the asset's `speaks`.
    pub speaks: usize,
    /// The tags; statements that grant the same on the same list of tags share them.
    pub tags: Arc<[TagGrant]>,
    /// Where the statement names tags: [`TagGrant::place`] is an index into it.
    pub places: Arc<[Location]>,
}

impl Grant {
    /// Where the statement names a tag of this grant.
    ///
    /// # Panics
    /// When it is a tag of another grant.
    pub fn place(&self, granted: &TagGrant) -> &Location {
        &self.places[granted.place as usize]
    }
}

/// How the limit of a tag was written, for explanations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wording {
    /// By the author of the statement: `20 .. 45 Hz`; empty when there is nothing to say.
    Written(String),
    /// By the tag's own `min`, `max` and states alone.
    Bounds,
    /// By them too, and the author says `in-range`.
    InRange,
}

impl Wording {
    /// The words about one tag.
    pub(crate) fn about(&self, tag: &Tag) -> Cow<'_, str> {
        match self {
            Self::Written(words) => words.into(),
            Self::Bounds => tag.reach().into(),
            Self::InRange => format!("in-range ({})", tag.reach()).into(),
        }
    }
}

/// One tag, or some elements of an array, that a statement grants.
#[derive(Clone, Debug)]
pub struct TagGrant {
    /// Index into the `tags` of the asset's protocol.
    pub tag: usize,
    /// The first element.
    pub first: u64,
    /// The last element, included.
    pub last: u64,
    /// What a written value of each element must lie in: the statement's limit narrowed by the tag's bounds. `None`
    /// when neither limits it.
    pub limit: Option<Arc<Limit>>,
    /// How that was written; shared by tags of which the same stands there.
    pub wording: Arc<Wording>,
    /// What must hold besides, for this tag alone; `None` when nothing does.
    pub conditions: Option<Arc<TagConditions>>,
    /// Where the statement names it, an index into [`Grant::places`].
    pub place: u32,
}
