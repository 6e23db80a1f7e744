//! What operators may do to a policy while it runs: open a window, break the glass, lock the plant down; and who
//! approves what it says.

use super::{AssetId, Location, Schedule};
use core::time::Duration;
use std::sync::Arc;

/// A maintenance window: statements that name it hold while it is open.
#[derive(Clone, Debug)]
pub struct Window {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub at: Location,
    /// The roles that open it together, each by a person of its own.
    pub opened_by: Vec<String>,
    /// How long it stays open at most.
    pub max: Duration,
    /// What opening it needs beside the roles.
    pub needs: Vec<Need>,
    /// When it may be opened; at any time without one.
    pub planned: Option<Arc<Schedule>>,
    /// The assets whose statements may name it, those of all zones it covers.
    pub covers: Vec<AssetId>,
    /// The names of the zones it covers.
    pub zones: Vec<String>,
}

/// What a person must do or bring beside a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Name a ticket.
    Ticket,
    /// Turn the key switch on the gateway.
    KeySwitch,
    /// Be two.
    TwoPeople,
}

impl Need {
    /// Every one, with its word in policy files.
    pub const ALL: [(&'static str, Self); 3] =
        [("ticket", Self::Ticket), ("key-switch", Self::KeySwitch), ("two-people", Self::TwoPeople)];

    /// The word in policy files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::KeySwitch => "key-switch",
            Self::TwoPeople => "two-people",
        }
    }
}

/// `[break-glass]`: conduits that fall to alert for a while; floors stay.
#[derive(Clone, Debug)]
pub struct BreakGlass {
    /// Where it is declared.
    pub at: Location,
    /// The conduits, indices into [`super::Site::conduits`].
    pub covers: Vec<u16>,
    /// For how long at most.
    pub max: Duration,
    /// What it needs.
    pub needs: Vec<Need>,
}

/// `[lockdown]`: what still passes when the plant is locked down; nothing else does.
#[derive(Clone, Debug, Default)]
pub struct Lockdown {
    /// Where it is declared, if it is.
    pub at: Option<Location>,
    /// What is kept.
    pub keep: Vec<Kept>,
}

/// Statements that a lockdown keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The conduit, an index into [`super::Site::conduits`].
    pub conduit: u16,
    /// The statement's id; `None` for all of the conduit.
    pub statement: Option<String>,
}

impl Lockdown {
    /// Whether a statement of a conduit is kept.
    pub fn keeps(&self, conduit: u16, id: &str) -> bool {
        self.keep.iter().any(|k| k.conduit == conduit && k.statement.as_deref().is_none_or(|kept| kept == id))
    }
}

/// `[approvals]`: who must agree to what a policy says.
#[derive(Clone, Debug)]
pub struct Approvals {
    /// Where it is declared, if it is.
    pub at: Option<Location>,
    /// How many people.
    pub need: u32,
    /// The people of each role.
    pub owners: Vec<(String, Vec<String>)>,
}

impl Default for Approvals {
    fn default() -> Self {
        Self { at: None, need: 2, owners: Vec::new() }
    }
}

impl Approvals {
    /// The people of a role; none when it is not listed.
    pub fn people(&self, role: &str) -> &[String] {
        self.owners.iter().find(|(name, _)| name == role).map_or(&[], |(_, people)| people)
    }
}

/// What schedules do when the gateway's clock is not to be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockLost {
    /// No schedule holds.
    #[default]
    Closed,
    /// Every schedule holds.
    Open,
}
