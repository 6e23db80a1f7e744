//! Schedules as moments: when each begins and ends to hold, worked out in advance, so that a decision looks up one.

use crate::site::{Calendar, Schedule, Site};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};
use std::sync::Arc;

/// How far ahead moments are worked out; beyond, the wall clock itself is asked.
const AHEAD: i32 = 5;

/// A schedule of a policy.
#[derive(Debug)]
pub(crate) struct Times {
    pub(crate) schedule: Arc<Schedule>,
    calendars: Arc<[Calendar]>,
    zone: TimeZone,
    /// Seconds since 1970 at which it begins or ends to hold, in turns, the first a beginning.
    edges: Box<[i64]>,
    /// The stretch of time that they describe.
    known: (i64, i64),
}

impl Times {
    /// A schedule of a site, worked out from a little before `from` on.
    pub(super) fn new(site: &Site, schedule: &Arc<Schedule>, calendars: &Arc<[Calendar]>, from: Timestamp) -> Self {
        let zone = site.time_zone.0.clone();
        let first = zone.to_datetime(from).date().saturating_sub(Span::new().days(2));
        let last = first.saturating_add(Span::new().years(AHEAD));
        let mut times = Self {
            schedule: Arc::clone(schedule),
            calendars: Arc::clone(calendars),
            zone,
            edges: Box::default(),
            known: (0, 0),
        };
        let mut moments = times.moments(first, last);
        moments.sort_unstable();
        moments.dedup();
        let (mut edges, mut holds) = (Vec::new(), false);
        for moment in &moments {
            if times.shown(*moment).is_some_and(|now| times.schedule.holds(now, &times.calendars)) != holds {
                holds = !holds;
                edges.push(*moment);
            }
        }
        if let [first, .., last] = *moments {
            times.known = (first, last);
            times.edges = edges.into();
        }
        times
    }

    /// Every moment at which the schedule may change: its times of day and midnight of each day, each as often as it
    /// comes, and the changes of the clock.
    fn moments(&self, first: Date, last: Date) -> Vec<i64> {
        let mut hours = vec![Time::midnight()];
        hours.extend(self.schedule.spans.iter().flat_map(|s| [Some(s.from), s.to]).flatten());
        hours.sort_unstable();
        hours.dedup();
        let mut moments = Vec::new();
        for day in first.series(Span::new().days(1)).take_while(|day| *day <= last) {
            for hour in &hours {
                self.when(day.to_datetime(*hour), &mut moments);
            }
        }
        if let Some(from) = moments.first().and_then(|s| Timestamp::from_second(*s).ok()) {
            let end = moments.last().copied().unwrap_or(i64::MIN);
            let changes = self.zone.following(from).map(|t| t.timestamp().as_second());
            moments.extend(changes.take_while(|at| *at <= end).collect::<Vec<_>>());
        }
        moments
    }

    /// The moments at which the wall clock shows `at`: one, two, or none.
    fn when(&self, at: DateTime, moments: &mut Vec<i64>) {
        let ambiguous = self.zone.to_ambiguous_timestamp(at);
        let mut push =
            |offset: jiff::tz::Offset| moments.extend(offset.to_timestamp(at).ok().map(Timestamp::as_second));
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => push(offset),
            AmbiguousOffset::Fold { before, after } => [before, after].into_iter().for_each(&mut push),
            // The change itself is a moment of its own.
            AmbiguousOffset::Gap { .. } => {}
        }
    }

    fn shown(&self, seconds: i64) -> Option<DateTime> {
        Timestamp::from_second(seconds).ok().map(|now| self.zone.to_datetime(now))
    }

    /// Whether it holds at a moment, in seconds since 1970. Touches no heap.
    pub(super) fn holds(&self, now: i64) -> bool {
        if (self.known.0..self.known.1).contains(&now) {
            return self.edges.partition_point(|edge| *edge <= now) % 2 == 1;
        }
        self.shown(now).is_some_and(|now| self.schedule.holds(now, &self.calendars))
    }

    /// The seconds until it next begins or ends to hold, if that is known.
    pub(super) fn changes(&self, now: i64) -> Option<u64> {
        let next = self.edges.get(self.edges.partition_point(|edge| *edge <= now))?;
        u64::try_from(next - now).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::site::{Location, SiteZone, WeekSpan};
    use proptest::prelude::*;

    fn times(zone: &str, spans: Vec<WeekSpan>, days: Vec<(Date, Date)>) -> Times {
        let site = Site { time_zone: SiteZone(TimeZone::get(zone).unwrap()), ..Site::default() };
        let schedule = Arc::new(Schedule { spans, except: vec![0], wording: "".into() });
        let calendars = [Calendar { name: "c".into(), at: Location { file: 0, span: 0..0 }, days }].into();
        Times::new(&site, &schedule, &calendars, "2026-03-01T00:00:00Z".parse().unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        #[test]
        fn worked_out_moments_agree_with_the_wall_clock(
            zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo"]),
            days in any::<[bool; 7]>(), from in 0i8..24, minutes in 0i8..60, to in prop::option::of((0i8..24, 0i8..60)),
            asked in prop::collection::vec(0i64..300 * 86_400, 200)
        ) {
            let time = |h, m| Time::new(h, m, 0, 0).unwrap();
            let span = WeekSpan { days, from: time(from, minutes), to: to.map(|(h, m)| time(h, m)) };
            let times = times(zone, vec![span], vec![("2026-05-01".parse().unwrap(), "2026-05-07".parse().unwrap())]);
            let start = "2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap().as_second();
            // Days on which clocks change, second by second around their edges, beside any other moment.
            let changes = ["2026-03-08T07:00:00Z", "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-11-01T06:00:00Z", "2026-04-04T15:00:00Z"];
            let changes = changes.iter().flat_map(|c| {
                let at = c.parse::<Timestamp>().unwrap().as_second();
                (-8..=8).flat_map(move |n| [at + n * 900 - 1, at + n * 900])
            });
            for now in asked.iter().map(|n| start + n).chain(changes) {
                let shown = times.shown(now).unwrap();
                prop_assert_eq!(times.holds(now), times.schedule.holds(shown, &times.calendars), "{} {}", now, shown);
            }
        }
    }

    #[test]
    fn a_shift_ends_on_the_second() {
        let time = |h| Time::new(h, 0, 0, 0).unwrap();
        let days = [true, true, true, true, true, false, false];
        let times = times("Asia/Shanghai", vec![WeekSpan { days, from: time(8), to: Some(time(18)) }], vec![]);
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let six = at("2026-11-24T18:00:00+08:00");
        assert!(times.holds(six - 1) && !times.holds(six));
        assert_eq!(times.changes(six - 600), Some(600));
        assert!(!times.holds(at("2026-11-28T12:00:00+08:00")));
        // Long after what was worked out, and before.
        assert!(times.holds(at("2041-11-25T12:00:00+08:00")) && times.holds(at("2020-11-24T12:00:00+08:00")));
        assert_eq!(times.changes(at("2041-11-25T12:00:00+08:00")), None);
    }
}
