//! What excuses a statement from a guarantee: that it holds only while the guarantee does not, or no more at all.

use super::Ground;
use crate::site::{Conditions, Conduit, Never, Schedule};

/// Whether a statement allows nothing that the guarantee forbids, whatever it says of functions and items: it has ended, or
/// holds only in the window or at the times that the guarantee leaves out.
pub(super) fn excused(ground: &Ground<'_>, never: &Never, conduit: &Conduit, conditions: &Conditions) -> bool {
    let ended = [conduit.until, conditions.until].into_iter().flatten().any(|until| until <= ground.now);
    let window = never.unless.window.is_some_and(|window| conditions.window == Some(window));
    let during = match (&never.unless.during, &conditions.during) {
        (Some(out), Some(own)) => within(own, out),
        _ => false,
    };
    ended || window || during
}

/// Minutes of a day.
const DAY: usize = 24 * 60;

/// Whether every time of one schedule is one of another. May say no of schedules that meet over midnight.
fn within(own: &Schedule, other: &Schedule) -> bool {
    let calendars = other.except.iter().all(|calendar| own.except.contains(calendar));
    // A span belongs to the day it begins on, which a calendar may leave out; so days are compared one by one.
    let days = (0..7).all(|day| {
        let (own, other) = (minutes(own, day), minutes(other, day));
        own.iter().zip(&other).all(|(own, other)| !own || *other)
    });
    calendars && days
}

/// The minutes of the spans that begin on a day, counted from its midnight to that of the day after the next.
fn minutes(schedule: &Schedule, day: usize) -> Vec<bool> {
    let mut minutes = vec![false; 2 * DAY];
    for span in schedule.spans.iter().filter(|s| s.days[day]) {
        let number = |part: i8| usize::from(part.unsigned_abs());
        let minute = |time: jiff::civil::Time| 60 * number(time.hour()) + number(time.minute());
        let from = minute(span.from);
        let to = match span.to {
            None => DAY,
            Some(to) if minute(to) <= from => DAY + minute(to),
            Some(to) => minute(to),
        };
        minutes[from..to].fill(true);
    }
    minutes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::WeekSpan;
    use jiff::civil::time;

    fn schedule(days: [bool; 7], from: i8, to: Option<i8>, except: &[u16]) -> Schedule {
        let at = |hour| time(hour, 0, 0, 0);
        Schedule {
            spans: vec![WeekSpan { days, from: at(from), to: to.map(at) }],
            except: except.to_vec(),
            wording: "".into(),
        }
    }

    #[test]
    fn a_schedule_lies_within_another() {
        let (week, all) = ([true, true, true, true, true, false, false], [true; 7]);
        let work = schedule(week, 8, Some(18), &[0]);
        for (other, inside) in [
            (schedule(week, 8, Some(18), &[0]), true),
            (schedule(all, 7, Some(19), &[]), true),
            (schedule(all, 0, None, &[]), true),
            (schedule(week, 9, Some(18), &[]), false),
            (schedule(week, 8, Some(18), &[1]), false),
            (schedule([true, true, true, true, false, true, true], 0, None, &[]), false),
        ] {
            assert_eq!(within(&work, &other), inside, "{other:?}");
        }
        let night = schedule(week, 22, Some(6), &[]);
        assert!(within(&schedule(week, 23, Some(5), &[]), &night));
        assert!(within(&schedule(week, 22, None, &[]), &night));
        assert!(!within(&schedule(week, 22, Some(7), &[]), &night));
    }
}
