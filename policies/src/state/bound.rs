//! What a policy wants, bound to what the state keeps.

use super::State;
use super::fact::Fact;
use super::names::Handle;
use super::orders::Opening;
use super::wants::Wants;
use core::time::Duration;
use std::sync::Arc;

/// The slots of one policy in one state. Cheap to copy; keeps what it names alive.
#[derive(Clone, Debug)]
pub struct Bound {
    pub(super) state: Arc<State>,
    pub(super) wants: Arc<Wants>,
    pub(super) facts: Arc<[Option<Arc<Fact>>]>,
    pub(super) steps: Arc<[Handle]>,
    pub(super) rates: Arc<[Limit]>,
    pub(super) windows: Arc<[Arc<Opening>]>,
}

/// A limit on a rate of the ledger.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    pub(super) rate: Handle,
    pub(super) count: u32,
    pub(super) per: Duration,
}

impl Bound {
    /// The state.
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// What the policy wants, to bind it to another state.
    pub fn wants(&self) -> &Arc<Wants> {
        &self.wants
    }
}
