//! The usual conversation: one request at a time that came before, and its answer in the form that such an answer has.
//!
//! Such an exchange is told from its first bytes, without the protocol's session, which hears of it only when something
//! else is said: then of the request that waits, and of the last exchanges that are over, which is all that it
//! would know had it been told of each. A test holds the two to the same answers.

use super::repeats::{Repeats, head};
use core::time::Duration;
use sluice_model::{Direction, Instant};
use sluice_protocols::{Cx, Outcome, RECENT, Room, Session, Ticket};

/// What the session of a conversation was not told yet.
#[derive(Default)]
pub(super) struct Lane {
    /// Whether nothing waits in the session, and one request may.
    free: bool,
    /// The request that waits, and since when.
    waiting: Option<(Exchange, Instant)>,
    /// The exchanges that are over, in a ring, and how many.
    over: [Exchange; RECENT],
    count: u32,
    /// How long a request waits, in nanoseconds.
    patience: u64,
}

/// A request among those that repeat, and what pairs it with its response.
#[derive(Clone, Copy, Default)]
struct Exchange {
    place: u8,
    pairing: u32,
}

impl Lane {
    pub(super) fn new(patience: Duration) -> Self {
        Self { patience: u64::try_from(patience.as_nanos()).unwrap_or(u64::MAX), ..Self::default() }
    }

    /// Whether a message goes on as such conversations do, and whether more is kept of it than before. `None` if not:
    /// then it is to be told to the session, after [`Lane::leave`].
    pub(super) fn goes_on(&mut self, cx: &Cx, unit: &[u8], repeats: &mut Repeats) -> Option<bool> {
        match (cx.direction, self.waiting) {
            (Direction::ToServer, None) if self.free => {
                let head = head(unit)?;
                let place = repeats.asked_again(head, unit.len())?;
                self.waiting = Some((Exchange { place, pairing: repeats.pairing(head) }, cx.now));
                Some(false)
            }
            (Direction::ToClient, Some((exchange, since))) if cx.now.0.saturating_sub(since.0) < self.patience => {
                let head = head(unit)?;
                if repeats.pairing(head) != exchange.pairing {
                    return None;
                }
                let news = repeats.answered_again(exchange.place, head, unit)?;
                self.waiting = None;
                self.over[self.count as usize % RECENT] = exchange;
                self.count = self.count.checked_add(1).unwrap_or(RECENT as u32);
                Some(news)
            }
            _ => None,
        }
    }

    /// How many requests wait of which the session does not know.
    pub(super) fn outstanding(&self) -> usize {
        usize::from(self.waiting.is_some())
    }

    /// Tells the session what it was not told.
    pub(super) fn leave(&mut self, session: &mut dyn Session, repeats: &Repeats) {
        self.free = false;
        for number in self.count.saturating_sub(RECENT as u32)..self.count {
            let Exchange { place, pairing } = self.over[number as usize % RECENT];
            repeats.with(place, pairing, |_, request| session.exchanged(request));
        }
        self.count = 0;
        if let Some((Exchange { place, pairing }, at)) = self.waiting.take() {
            let cx = Cx { direction: Direction::ToServer, now: at };
            repeats.with(place, pairing, |note, request| {
                session.settle(&cx, request, Ticket { at, note }, Outcome::Delivered);
            });
        }
    }

    /// The session heard everything: whether what comes next may be such an exchange.
    pub(super) fn enter(&mut self, session: &dyn Session) {
        self.free = session.outstanding() == 0 && session.room() == Room::Free;
    }
}
