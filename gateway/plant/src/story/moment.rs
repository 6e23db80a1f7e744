//! What the story shows: one line of the demo.

use crate::controllers::Controller;
use crate::stations::Station;
use std::fmt;
use std::time::Duration;

/// Something that happened, and whether it should have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moment {
    /// When it was over, from the start of the story.
    pub at: Duration,
    /// Stable name of its scene: `overspeed`.
    pub scene: &'static str,
    /// Who acted; [`Station::Plant`] when the plant itself is judged.
    pub who: Station,
    /// On which controller; `None` for the plant as a whole.
    pub to: Option<Controller>,
    /// In plain words: "writes `pump_speed = 60 Hz`".
    pub what: String,
    /// Whether somebody did what he may not: a moment that has to end in a refusal.
    pub attack: bool,
    /// What the story says must happen.
    pub expected: String,
    /// What happened.
    pub got: String,
    /// Whether that is the same.
    pub as_expected: bool,
    /// Whether the connection was of use afterwards; `None` where that was not looked at.
    pub connection_survived: Option<bool>,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:5.1} s  {}", self.at.as_secs_f64(), self.who)?;
        if let Some(to) = self.to {
            write!(f, " -> {to}")?;
        }
        write!(f, ": {}: {}", self.what, self.got)?;
        if self.as_expected { Ok(()) } else { write!(f, " (expected: {})", self.expected) }
    }
}
