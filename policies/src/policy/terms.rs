//! The conditions of statements as a decision asks them: slots of the gateway's state, moments, raw limits.

use super::covers::Right;
use super::times::Times;
use crate::decision::StatementId;
use crate::site::{AssetId, ClockLost, StepSize, WordOrder};
use crate::state::{FactSlot, RateSlot, StepSlot, WindowSlot};
use core::ops::Range;
use core::time::Duration;
use std::sync::Arc;

/// No number.
pub(crate) const NONE: u32 = u32::MAX;

/// Every condition of a policy.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    /// By [`StatementId`]; `None` for a statement without conditions.
    pub(crate) statements: Box<[Option<Box<StatementTerms>>]>,
    /// What covers that have conditions grant.
    pub(super) under: Box<[Under]>,
    pub(crate) tags: Box<[TagTerms]>,
    /// Of each tag with steps, its elements' one behind the other.
    pub(crate) steps: Box<[StepSlot]>,
    /// Of each tag with a rate, its elements' one behind the other.
    pub(crate) rates: Box<[RateSlot]>,
    pub(crate) facts: Box<[FactTerm]>,
    pub(crate) times: Box<[Times]>,
    pub(crate) clock_lost: ClockLost,
}

/// What a cover grants under conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Under {
    pub(super) right: Right,
    /// Index into the conditions of tags, or [`NONE`].
    pub(super) tag: u32,
}

/// The conditions of one statement.
#[derive(Debug)]
pub(crate) struct StatementTerms {
    /// It stops holding then, in seconds since 1970.
    pub(crate) until: Option<i64>,
    /// Index into the schedules.
    pub(crate) during: Option<u32>,
    pub(crate) window: Option<WindowTerm>,
    pub(crate) facts: Range<u32>,
    pub(crate) rate: Option<RateTerm>,
    pub(crate) broadcast: bool,
    pub(crate) trial: bool,
}

/// A window that must be open.
#[derive(Debug)]
pub(crate) struct WindowTerm {
    pub(crate) slot: WindowSlot,
    pub(crate) name: Arc<str>,
    /// The assets that it opens, sorted; `None` for services, which lead there from anywhere.
    pub(crate) covers: Option<Arc<[AssetId]>>,
}

/// How often a statement may be used.
#[derive(Debug)]
pub(crate) struct RateTerm {
    pub(crate) scope: RateSlots,
    pub(crate) wording: Arc<str>,
}

/// What is counted together.
#[derive(Debug)]
pub(crate) enum RateSlots {
    Conduit(RateSlot),
    /// One for each source, sorted, and one for all others.
    Source(Box<[(AssetId, RateSlot)]>, RateSlot),
}

impl RateSlots {
    pub(crate) fn of(&self, from: Option<AssetId>) -> RateSlot {
        match self {
            Self::Conduit(slot) => *slot,
            Self::Source(known, others) => from
                .and_then(|from| known.binary_search_by_key(&from, |(id, _)| *id).ok())
                .map_or(*others, |at| known[at].1),
        }
    }
}

/// The conditions of one tag under a statement.
#[derive(Clone, Debug)]
pub(crate) struct TagTerms {
    /// How far a write may go.
    pub(crate) step: Option<StepTerm>,
    /// Where the step slots of its elements begin, or [`NONE`].
    pub(crate) steps: u32,
    /// How old the rest of an element may be that is written in part; `None` if that is never good.
    pub(crate) compose: Option<Duration>,
    /// Where the rate slots of its elements begin, or [`NONE`].
    pub(crate) rates: u32,
    pub(crate) facts: Range<u32>,
    /// The whole register of a bit, and how old what was seen of it may be.
    pub(crate) others: Option<(StepSlot, Duration)>,
    pub(crate) order: WordOrder,
    /// What authors wrote, for explanations.
    pub(crate) step_wording: Option<Arc<str>>,
    pub(crate) rate_wording: Option<Arc<str>>,
}

/// The greatest step of a tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepTerm {
    pub(crate) most: StepSize,
    pub(crate) within: Duration,
    pub(crate) signed: bool,
    pub(crate) bits: u8,
}

/// A fact that must be known, fresh and true.
#[derive(Debug)]
pub(crate) struct FactTerm {
    pub(crate) within: Duration,
    pub(crate) of: Asked,
    pub(crate) wording: Arc<str>,
}

/// Whose fact is asked for.
#[derive(Debug)]
pub(crate) enum Asked {
    One(Known),
    /// The destination's own, sorted by it.
    Own(Box<[Known]>),
}

/// A fact, and the check that its raw value must pass.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) asset: AssetId,
    /// Index into the asset's protocols, and into that one's tags.
    pub(crate) speaks: usize,
    pub(crate) tag: usize,
    pub(crate) element: u64,
    pub(crate) slot: FactSlot,
    pub(crate) check: u32,
}

impl FactTerm {
    /// The fact that counts for a message to `to`.
    pub(crate) fn about(&self, to: AssetId) -> Option<&Known> {
        match &self.of {
            Asked::One(known) => Some(known),
            Asked::Own(all) => all.binary_search_by_key(&to, |k| k.asset).ok().map(|at| &all[at]),
        }
    }
}

impl Terms {
    /// The conditions of a statement; `None` when it has none.
    pub(crate) fn of(&self, id: StatementId) -> Option<&StatementTerms> {
        self.statements.get(id.0 as usize)?.as_deref()
    }

    /// What a cover grants under conditions; made by this policy, so that it is there.
    pub(super) fn under(&self, at: u32) -> Option<&Under> {
        self.under.get(at as usize)
    }

    pub(super) fn tag(&self, under: &Under) -> Option<&TagTerms> {
        self.tags.get(under.tag as usize)
    }

    pub(crate) fn facts(&self, range: &Range<u32>) -> &[FactTerm] {
        self.facts.get(range.start as usize..range.end as usize).unwrap_or(&[])
    }
}

impl StepTerm {
    /// Whether two raw values of a tag lie no further apart than a step.
    pub(crate) fn near(&self, a: u64, b: u64) -> bool {
        match self.most {
            StepSize::Integer(most) => {
                let [a, b] = [a, b].map(|raw| super::check::key(raw, self.signed, self.bits));
                a.abs_diff(b) <= most
            }
            StepSize::Float(most) => {
                let [a, b] = [a, b].map(|raw| super::check::float(raw, self.bits));
                (a - b).abs() <= most
            }
        }
    }
}
