//! What policies mean: identities of statements and settings, differences, questions.
#![allow(clippy::unwrap_used, missing_docs)]

mod approvals;
mod conditions;
mod identity;
#[path = "../packets/random.rs"]
mod packets;
mod plant;
mod questions;
#[path = "../oracle/random.rs"]
mod random;
mod random_pairs;
mod random_services;

/// What random sites speak.
mod oracle {
    pub(crate) fn protocol() -> &'static sluice_model::Descriptor {
        sluice_protocols::registry::descriptors()[0]
    }
}
