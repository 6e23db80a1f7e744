//! The value that the next write of a tag is measured against, and the writes that are under way to it.

use super::fact::Observed;
use super::reservation::Reservation;
use core::time::Duration;
use sluice_model::Instant;

/// How many writes of one element may wait for their answers at a time; one more is denied.
pub(super) const PENDING: usize = 4;

/// What is known of one element.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// What it was last known to be: read, or written and acknowledged.
    base: Option<Observed>,
    /// When the last write of it came to its end. What was asked for before may have been read before.
    settled: Instant,
    /// What it may become; without a value, anything.
    pending: Vec<(Reservation, Option<u64>)>,
}

/// Why a write does not hold against its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hindrance {
    /// There is nothing to measure it against, or nothing recent enough.
    Unknown,
    /// It is too far from what the element is, or may become.
    Far,
    /// Too many writes are under way.
    Full,
}

impl Step {
    /// An element of which nothing is known; has room for its pending writes.
    pub(super) fn unknown() -> Self {
        Self { base: None, settled: Instant::default(), pending: Vec::with_capacity(PENDING) }
    }

    /// Whether a write may follow: `near` to what the element is, no older than `within`, and to all it may become.
    pub(super) fn admits(&self, within: Duration, now: Instant, near: impl Fn(u64) -> bool) -> Result<(), Hindrance> {
        let base = self.base.filter(|base| now - base.at <= within).ok_or(Hindrance::Unknown)?;
        if self.pending.iter().any(|(_, raw)| raw.is_none()) {
            return Err(Hindrance::Unknown);
        }
        if !near(base.raw) || !self.pending.iter().all(|(_, raw)| raw.is_some_and(&near)) {
            return Err(Hindrance::Far);
        }
        if self.pending.len() < PENDING { Ok(()) } else { Err(Hindrance::Full) }
    }

    /// The messages that have a write of it under way.
    pub(super) fn pending(&self) -> impl Iterator<Item = Reservation> {
        self.pending.iter().map(|(reservation, _)| *reservation)
    }

    /// What it was last known to be.
    pub(super) const fn base(&self) -> Option<Observed> {
        self.base
    }

    /// A matched response, or a report, says what it is. `asked` is when that was asked for: what was asked before a
    /// write ended may have been read before it.
    pub(super) fn observed(&mut self, observed: Observed, asked: Instant) {
        let newer = self.base.is_none_or(|base| base.at <= observed.at);
        if newer && asked >= self.settled {
            self.base = Some(observed);
        }
    }

    /// A write is let through; without a value, nobody knows what comes of it. One that cannot be followed makes the
    /// element unknown.
    pub(super) fn wrote(&mut self, reservation: Reservation, raw: Option<u64>, now: Instant) {
        if self.pending.len() < PENDING && !reservation.is_none() {
            self.pending.push((reservation, raw));
        } else {
            self.unknown_from(now);
        }
    }

    /// A write was acknowledged at `now`, or (without a moment) refused: nothing became of it.
    pub(super) fn answered(&mut self, reservation: Reservation, sent: Instant, acknowledged: Option<Instant>) {
        let Some((_, raw)) = self.end(reservation) else { return };
        let Some(now) = acknowledged else { return };
        let Some(raw) = raw else { return self.unknown_from(now) };
        // Another write came to its end meanwhile: nobody knows which the device did last.
        let contested = self.settled > sent && self.base.is_none_or(|base| base.raw != raw);
        self.settled = self.settled.max(now);
        self.base = (!contested).then_some(Observed { raw, at: now });
    }

    /// A write was never answered: it may have been done, or may yet be.
    pub(super) fn forgotten(&mut self, reservation: Reservation, now: Instant) {
        if self.end(reservation).is_some() {
            self.unknown_from(now);
        }
    }

    /// Nothing that was known, or asked for, before `now` says what it is.
    pub(super) fn unknown_from(&mut self, now: Instant) {
        self.base = None;
        self.settled = self.settled.max(now);
    }

    fn end(&mut self, reservation: Reservation) -> Option<(Reservation, Option<u64>)> {
        let at = self.pending.iter().position(|(of, _)| *of == reservation)?;
        Some(self.pending.remove(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Duration = Duration::from_nanos(10);

    fn reservation(n: u64) -> Reservation {
        Reservation(n)
    }

    fn to(step: &Step, value: u64, now: u64) -> Result<(), Hindrance> {
        step.admits(WITHIN, Instant(now), |base| base.abs_diff(value) <= 5)
    }

    fn read(step: &mut Step, raw: u64, asked: u64, at: u64) {
        step.observed(Observed { raw, at: Instant(at) }, Instant(asked));
    }

    #[test]
    fn a_step_is_measured_from_a_recent_value() {
        let mut step = Step::unknown();
        assert_eq!(to(&step, 20, 0), Err(Hindrance::Unknown));
        read(&mut step, 20, 0, 1);
        assert_eq!((to(&step, 25, 11), to(&step, 26, 11)), (Ok(()), Err(Hindrance::Far)));
        assert_eq!(to(&step, 20, 12), Err(Hindrance::Unknown));
    }

    #[test]
    fn two_clients_do_not_leapfrog() {
        let mut step = Step::unknown();
        read(&mut step, 20, 0, 1);
        step.wrote(reservation(1), Some(25), Instant(2));
        assert_eq!(to(&step, 30, 3), Err(Hindrance::Far), "25 is not there yet");
        assert_eq!(to(&step, 15, 3), Err(Hindrance::Far), "25 may be there soon");
        assert_eq!(to(&step, 22, 3), Ok(()));
        step.answered(reservation(1), Instant(2), Some(Instant(4)));
        assert_eq!((to(&step, 30, 5), to(&step, 19, 5)), (Ok(()), Err(Hindrance::Far)));
    }

    #[test]
    fn a_refused_write_changes_nothing_and_an_unanswered_one_everything() {
        let mut step = Step::unknown();
        read(&mut step, 20, 0, 1);
        step.wrote(reservation(1), Some(25), Instant(2));
        step.answered(reservation(1), Instant(2), None);
        assert_eq!(to(&step, 15, 3), Ok(()));
        step.wrote(reservation(2), Some(25), Instant(3));
        step.forgotten(reservation(2), Instant(5));
        assert_eq!(to(&step, 25, 6), Err(Hindrance::Unknown));
        read(&mut step, 20, 4, 6);
        assert_eq!(to(&step, 25, 6), Err(Hindrance::Unknown), "asked before the write was given up");
        read(&mut step, 20, 6, 7);
        assert_eq!(to(&step, 25, 7), Ok(()));
    }

    #[test]
    fn an_answer_to_an_older_question_does_not_undo_a_write() {
        let mut step = Step::unknown();
        read(&mut step, 20, 0, 1);
        step.wrote(reservation(1), Some(25), Instant(2));
        step.answered(reservation(1), Instant(2), Some(Instant(4)));
        read(&mut step, 20, 3, 5);
        assert_eq!((to(&step, 30, 6), to(&step, 15, 6)), (Ok(()), Err(Hindrance::Far)));
    }

    #[test]
    fn of_two_writes_at_a_time_nobody_knows_the_last() {
        let mut step = Step::unknown();
        read(&mut step, 20, 0, 1);
        step.wrote(reservation(1), Some(25), Instant(2));
        step.wrote(reservation(2), Some(22), Instant(2));
        step.answered(reservation(2), Instant(2), Some(Instant(4)));
        step.answered(reservation(1), Instant(2), Some(Instant(5)));
        assert_eq!(to(&step, 24, 6), Err(Hindrance::Unknown));
    }

    #[test]
    fn while_a_write_of_who_knows_what_is_under_way_nothing_is_known() {
        let mut step = Step::unknown();
        read(&mut step, 20, 0, 1);
        step.wrote(reservation(1), None, Instant(2));
        read(&mut step, 20, 3, 4);
        assert_eq!(to(&step, 20, 4), Err(Hindrance::Unknown));
        step.answered(reservation(1), Instant(2), Some(Instant(5)));
        assert_eq!(to(&step, 20, 5), Err(Hindrance::Unknown));
        read(&mut step, 60, 5, 6);
        assert_eq!(to(&step, 60, 6), Ok(()));
    }

    #[test]
    fn writes_under_way_are_bounded() {
        let mut step = Step::unknown();
        read(&mut step, 20, 0, 1);
        (0..PENDING as u64).for_each(|n| step.wrote(reservation(n + 1), Some(20), Instant(2)));
        assert_eq!(to(&step, 20, 3), Err(Hindrance::Full));
        step.wrote(reservation(9), Some(20), Instant(3));
        assert_eq!(to(&step, 20, 3), Err(Hindrance::Unknown), "one that cannot be followed");
    }
}
