//! The policy in force, read by every connection at each message and swapped without stopping any.

use crate::metrics::{Conduits, Metrics};
use arc_swap::{ArcSwap, Guard};
use sluice_policies::Policy;
use sluice_policies::decision::Mode;
use std::sync::Arc;

/// A policy with everything that is resolved once when it is loaded.
pub struct Loaded {
    /// The policy.
    pub policy: Arc<Policy>,
    /// SHA-256 of its files, in hexadecimal.
    pub hash: String,
    /// The series of its conduits.
    pub conduits: Conduits,
}

impl Loaded {
    /// Resolves what the data plane needs of a policy.
    pub fn new(policy: Policy, hash: String, metrics: &Metrics) -> Self {
        let conduits: Vec<(&str, Mode)> = policy.conduits().map(|(_, name, mode)| (name, mode)).collect();
        let conduits = Conduits::resolve(metrics, &conduits);
        Self { policy: Arc::new(policy), hash, conduits }
    }
}

/// The policy in force.
pub struct Live(ArcSwap<Loaded>);

impl Live {
    /// Begins with this one.
    pub fn new(loaded: Loaded) -> Self {
        Self(ArcSwap::from_pointee(loaded))
    }

    /// The one in force now.
    pub fn current(&self) -> Arc<Loaded> {
        self.0.load_full()
    }

    /// The one in force now, for as long as one call into the engine lasts: cheaper, as no counter is shared.
    pub(crate) fn glance(&self) -> Guard<Arc<Loaded>> {
        self.0.load()
    }

    /// Puts another one in force.
    pub fn swap(&self, loaded: Loaded) {
        self.0.store(Arc::new(loaded));
    }
}
