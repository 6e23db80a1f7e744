//! Times of the week, and days that are not like others.

use super::Location;
use jiff::civil::{Date, Time};
use std::sync::Arc;

/// `Mon-Fri 22:00-06:00 except holidays`: when something holds, on the site's wall clock. A span that ends at or before
/// the time it begins at lasts into the next day, and belongs to the day it begins on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The spans of a week.
    pub spans: Vec<WeekSpan>,
    /// Calendars of days on which no span begins, indices into [`super::Site::calendars`].
    pub except: Vec<u16>,
    /// What its author wrote.
    pub wording: Arc<str>,
}

/// A span of time on some days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekSpan {
    /// On which days it begins, Monday first.
    pub days: [bool; 7],
    /// When.
    pub from: Time,
    /// When it ends, not included; `None` at the end of the day (24:00).
    pub to: Option<Time>,
}

/// A named list of days.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub at: Location,
    /// First and last day of each stretch, both included, sorted.
    pub days: Vec<(Date, Date)>,
}

impl Calendar {
    /// Whether a day is in it.
    pub fn contains(&self, day: Date) -> bool {
        self.days.iter().any(|(first, last)| (*first..=*last).contains(&day))
    }
}
