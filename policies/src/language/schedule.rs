//! Times of the week: `Mon-Fri 22:00-06:00 except holidays`, `Mon-Fri 08:00-18:00 | Sat 08:00-12:00`.

use super::Fault;
use crate::site::WeekSpan;
use core::ops::Range;
use jiff::civil::Time;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A schedule whose calendars are names, each with its place.
pub(crate) type Said<'t> = (Vec<WeekSpan>, Vec<(&'t str, Range<usize>)>);

/// Reads a schedule: C003.
pub(crate) fn schedule(text: &str) -> Result<Said<'_>, Fault> {
    let (times, except) = match text.split_once(" except ") {
        Some((times, except)) => (times, Some((except, times.len() + " except ".len()))),
        None => (text, None),
    };
    let spans = pieces(times, '|', 0).map(|(piece, part)| span(piece, &part)).collect::<Result<Vec<_>, _>>()?;
    let names = except.into_iter().flat_map(|(names, start)| pieces(names, ',', start)).collect();
    Ok((spans, names))
}

/// The trimmed pieces of a text, with their places.
fn pieces(text: &str, separator: char, start: usize) -> impl Iterator<Item = (&str, Range<usize>)> {
    text.split(separator).map(move |piece| {
        let trimmed = piece.trim();
        let from = start + (trimmed.as_ptr().addr() - text.as_ptr().addr());
        (trimmed, from..from + trimmed.len())
    })
}

fn wrong(message: String, part: &Range<usize>) -> Fault {
    Fault::new("C003", message, part.clone())
        .help("write \"Mon-Fri 08:00-18:00\", \"Sat,Sun 22:00-06:00 except holidays\"")
}

/// `Mon-Fri 22:00-06:00`, `08:00-18:00` (every day), `Sat,Sun` (all day).
fn span(piece: &str, part: &Range<usize>) -> Result<WeekSpan, Fault> {
    let clock = piece.find(|c: char| c.is_ascii_digit()).unwrap_or(piece.len());
    let (days, hours) = (piece[..clock].trim(), piece[clock..].trim());
    let days = if days.is_empty() && !hours.is_empty() { [true; 7] } else { week(days, part)? };
    if hours.is_empty() {
        return Ok(WeekSpan { days, from: Time::midnight(), to: None });
    }
    let (from, to) = hours.split_once('-').ok_or_else(|| wrong(format!("`{hours}` has no end"), part))?;
    let from = time(from.trim()).ok_or_else(|| wrong(format!("`{}` is no time of day", from.trim()), part))?;
    let to = match to.trim() {
        "24:00" => None,
        to => Some(time(to).ok_or_else(|| wrong(format!("`{to}` is no time of day"), part))?),
    };
    Ok(WeekSpan { days, from, to })
}

/// `Mon-Fri`, `Sat,Sun`, `Fri-Mon`.
fn week(text: &str, part: &Range<usize>) -> Result<[bool; 7], Fault> {
    let day = |name: &str| DAYS.iter().position(|d| *d == name.trim());
    let mut days = [false; 7];
    for piece in text.split(',') {
        let (first, last) = piece.split_once('-').unwrap_or((piece, piece));
        let (Some(first), Some(last)) = (day(first), day(last)) else {
            return Err(wrong(format!("`{}` is no day of the week: {}", piece.trim(), DAYS.join(" ")), part));
        };
        let mut at = first;
        days[at] = true;
        while at != last {
            at = (at + 1) % 7;
            days[at] = true;
        }
    }
    Ok(days)
}

/// `22:00`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two = |digits: &str| if digits.len() == 2 { digits.parse::<i8>().ok() } else { None };
    Time::new(two(hour)?, two(minute)?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn schedules_are_read() {
        let (spans, except) = schedule("Mon-Fri 22:00-06:00 | Sat,Sun | 06:30-24:00 except holidays, works").unwrap();
        assert_eq!(except, [("holidays", 51..59), ("works", 61..66)]);
        let at = |h, m| Time::new(h, m, 0, 0).unwrap();
        assert_eq!(spans[0].days, [true, true, true, true, true, false, false]);
        assert_eq!((spans[0].from, spans[0].to), (at(22, 0), Some(at(6, 0))));
        assert_eq!((spans[1].days[5], spans[1].days[4], spans[1].to), (true, false, None));
        assert_eq!((spans[2].days, spans[2].from, spans[2].to), ([true; 7], at(6, 30), None));
        assert_eq!(schedule("Sat-Mon 01:00-02:00").unwrap().0[0].days, [true, false, false, false, false, true, true]);
        for text in
            ["", "Mon-Fri 08:00", "monday 08:00-09:00", "Mon 8:00-9:00", "Mon 25:00-26:00", "Mon 24:00-01:00", "Mon |"]
        {
            assert_eq!(schedule(text).unwrap_err().code, "C003", "{text}");
        }
    }
}
