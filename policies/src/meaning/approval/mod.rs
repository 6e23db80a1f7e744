//! Who approved what a site means: entries of approvals.toml against the clauses of the site (S12).
//!
//! An entry names a person, the role they approve in, a day, and the identity of what they approve; its signature covers
//! all of that and the site's name. A clause is approved when `[approvals] need` different people, with different keys, have
//! signed its present identity, each in a role that `[approvals] owners` gives them, among them one of every role that owns
//! its destinations. Signatures are checked by whoever holds the keys: [`Keys`].
//!
//! * `entry`: approvals.toml and what is signed; `standing`: what counts, and every reason why something does not

mod entry;
mod standing;

pub(crate) use entry::unreadable;
pub use entry::{Entry, FILE, Ledger, message};
pub use standing::{Approved, Standing, standing};

use super::Clause;
use super::clause::ClauseKind;
use jiff::Timestamp;

/// The keys of the people who may approve.
pub trait Keys {
    /// Whether a person's key made a signature of a message; a name of that key, so that one under two names is noticed.
    fn check(&self, person: &str, message: &str, signature: &str) -> Result<String, KeyFault>;
}

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// There is no key of that person.
    Unknown,
    /// Their key did not make it, or made it for something else.
    Forged,
}

/// What must be approved before a lockdown that began at a time is left: it takes the approvals of a change of the policy
/// (S6), and those of one lockdown are none for the next.
pub fn leaving_lockdown(site: &str, began: Timestamp) -> Clause {
    let lines = vec![format!("site {site}"), format!("began {began}")];
    Clause::new(ClauseKind::Setting, "leaving a lockdown", "lockdown off".into(), None, lines)
}
