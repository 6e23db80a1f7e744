//! What an operation does to the plant, in words that are the same for every protocol.

/// The kind of an operation. A policy's verbs are these names in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Action {
    /// Fetches process values; changes nothing.
    Read,
    /// Sets process values or parameters.
    Write,
    /// Operates a device: open, close, trip, raise, lower.
    Control,
    /// Changes a controller's program.
    Program,
    /// Changes how a device is set up: addresses, modes, communication parameters.
    Configure,
    /// Restarts, stops or silences a device.
    Restart,
    /// Sets a clock.
    Time,
    /// Reads or writes files and file records.
    File,
    /// Asks what a device is or holds: identification, directories.
    Browse,
    /// Opens, keeps or closes the protocol's own session.
    Session,
    /// Asks for counters and status of the communication itself.
    Diagnose,
    /// Reports unasked.
    Event,
    /// A code that no standard explains; denied unless a statement names it with `opaque = true`.
    Unknown,
}

impl Action {
    /// Every action, in the order of their discriminants.
    pub const ALL: [Self; 13] = [
        Self::Read,
        Self::Write,
        Self::Control,
        Self::Program,
        Self::Configure,
        Self::Restart,
        Self::Time,
        Self::File,
        Self::Browse,
        Self::Session,
        Self::Diagnose,
        Self::Event,
        Self::Unknown,
    ];

    /// The lower-case name: a verb of the policy language and a metric label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Control => "control",
            Self::Program => "program",
            Self::Configure => "configure",
            Self::Restart => "restart",
            Self::Time => "time",
            Self::File => "file",
            Self::Browse => "browse",
            Self::Session => "session",
            Self::Diagnose => "diagnose",
            Self::Event => "event",
            Self::Unknown => "unknown",
        }
    }

    /// The verb of the policy language spelled `name`: any action but `session` (implied by a conduit) and `unknown`
    /// (named by raw code); `report` is the language's word for [`Action::Event`].
    pub fn from_verb(name: &str) -> Option<Self> {
        match name {
            "report" => Some(Self::Event),
            "event" | "session" | "unknown" => None,
            _ => Self::ALL.into_iter().find(|a| a.name() == name),
        }
    }
}

/// A set of actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ActionSet(u16);

impl ActionSet {
    /// The set that holds nothing.
    pub const EMPTY: Self = Self(0);

    /// This set with `action` in it.
    #[must_use]
    pub const fn with(self, action: Action) -> Self {
        Self(self.0 | 1 << action as u16)
    }

    /// Whether `action` is in the set.
    pub const fn contains(self, action: Action) -> bool {
        self.0 & 1 << action as u16 != 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order of [`Action::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL.into_iter().filter(move |a| self.contains(*a))
    }
}

impl FromIterator<Action> for ActionSet {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        actions.into_iter().fold(Self::EMPTY, Self::with)
    }
}
