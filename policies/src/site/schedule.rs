//! Times of the week, and days that are not like others.

use super::Location;
use jiff::civil::{Date, DateTime, Time};
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

impl Schedule {
    /// Whether it holds when the wall clock shows `now`. So a time that a change of the clock leaves out begins at once
    /// behind the gap, and a time that comes twice counts twice.
    pub fn holds(&self, now: DateTime, calendars: &[Calendar]) -> bool {
        let (today, time) = (now.date(), now.time());
        let begins = |span: &WeekSpan, day: Date| {
            let excepted = |at: &u16| calendars.get(usize::from(*at)).is_none_or(|c| c.contains(day));
            span.days[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())]
                && !self.except.iter().any(excepted)
        };
        self.spans.iter().any(|span| match span.to {
            None => time >= span.from && begins(span, today),
            Some(to) if span.from < to => (span.from..to).contains(&time) && begins(span, today),
            Some(to) => {
                let of_yesterday = time < to && today.yesterday().is_ok_and(|day| begins(span, day));
                of_yesterday || time >= span.from && begins(span, today)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::tz::TimeZone;

    fn schedule(days: [bool; 7], from: (i8, i8), to: (i8, i8)) -> Schedule {
        let time = |(hour, minute)| Time::new(hour, minute, 0, 0).unwrap();
        let spans = vec![WeekSpan { days, from: time(from), to: Some(time(to)) }];
        Schedule { spans, except: vec![0], wording: "".into() }
    }

    fn shown(zone: &str, at: &str) -> DateTime {
        TimeZone::get(zone).unwrap().to_datetime(at.parse().unwrap())
    }

    #[test]
    fn a_night_belongs_to_the_day_it_begins_on() {
        let friday = schedule([false, false, false, false, true, false, false], (22, 0), (6, 0));
        let holidays = [Calendar {
            name: "holidays".into(),
            at: Location { file: 0, span: 0..0 },
            days: vec![("2026-10-02".parse().unwrap(), "2026-10-02".parse().unwrap())],
        }];
        for (at, holds) in [
            ("2026-11-27T21:59:59", false),
            ("2026-11-27T22:00:00", true),
            ("2026-11-28T05:59:59", true),
            ("2026-11-28T06:00:00", false),
            ("2026-11-28T22:30:00", false),
            ("2026-11-27T03:00:00", false),
            // Friday is a holiday, so its night is one too; the morning of the holiday belongs to Thursday.
            ("2026-10-02T22:30:00", false),
            ("2026-10-03T03:00:00", false),
        ] {
            assert_eq!(friday.holds(at.parse().unwrap(), &holidays), holds, "{at}");
        }
    }

    #[test]
    fn spring_leaves_out_an_hour_and_autumn_repeats_one() {
        let all = [Calendar { name: "none".into(), at: Location { file: 0, span: 0..0 }, days: vec![] }];
        let early = schedule([true; 7], (2, 30), (4, 0));
        // 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC; 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC.
        for (at, holds) in [
            ("2026-03-29T00:59:59Z", false),
            ("2026-03-29T01:00:00Z", true),
            ("2026-03-29T01:59:59Z", true),
            ("2026-03-29T02:00:00Z", false),
            ("2026-10-25T00:29:59Z", false),
            ("2026-10-25T00:30:00Z", true),
            ("2026-10-25T00:59:59Z", true),
            ("2026-10-25T01:00:00Z", false),
            ("2026-10-25T01:30:00Z", true),
            ("2026-10-25T03:00:00Z", false),
        ] {
            assert_eq!(early.holds(shown("Europe/Berlin", at), &all), holds, "{at}");
        }
    }
}
