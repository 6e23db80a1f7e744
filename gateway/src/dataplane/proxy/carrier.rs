//! The life of one worker thread: it waits for what happens to any of its connections, and gives each its turn.

use super::Shared;
use super::connection::{Connection, Next, Scratch, Turn};
use super::timers::Timers;
use super::timings::Timings;
use super::worker::{Arrival, Letter};
use crate::metrics::{Cause, Ending};
use mio::event::Event;
use mio::{Events, Poll, Token};
use prometheus::IntGauge;
use slab::Slab;
use sluice_model::{Direction, Instant};
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

/// The token of letters; the others are a connection's place and its side.
pub(super) const MAIL: Token = Token(usize::MAX);
/// Events that are taken at a time.
const EVENTS: usize = 256;
/// Letters that are read before connections have their turn again.
const LETTERS: usize = 32;

/// The token under which the system tells of the socket that `direction` is read from.
pub(super) fn token(slot: usize, direction: Direction) -> Token {
    Token(slot * 2 + usize::from(direction == Direction::ToClient))
}

/// What a worker thread owns.
pub(super) struct Carrier {
    shared: Arc<Shared>,
    poll: Poll,
    letters: Receiver<Letter>,
    /// How many connections it carries, arrivals included.
    flows: IntGauge,
    connections: Slab<Box<Connection>>,
    timers: Timers,
    scratch: Scratch,
    timings: Timings,
    /// Connections that had not done everything when their turn was over.
    again: Vec<usize>,
    /// The latest reading of the clock.
    now: Instant,
}

impl Carrier {
    pub(super) fn new(shared: Arc<Shared>, poll: Poll, letters: Receiver<Letter>, flows: IntGauge) -> Self {
        Self {
            connections: Slab::new(),
            timers: Timers::default(),
            scratch: Scratch::new(),
            timings: Timings::new(&shared.metrics),
            again: Vec::new(),
            now: Instant(0),
            shared,
            poll,
            letters,
            flows,
        }
    }

    /// Carries connections until nobody can send letters any more.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        let mut mail = false;
        loop {
            let patience = self.patience(mail);
            match self.poll.poll(&mut events, patience) {
                // Nothing else can be wrong with a queue of our own.
                Err(error) if error.kind() != ErrorKind::Interrupted => return,
                _ => {}
            }
            self.now = self.shared.clock.now();
            for event in &events {
                if event.token() == MAIL {
                    mail = true;
                } else {
                    self.told(event);
                }
            }
            for slot in std::mem::take(&mut self.again) {
                if let Some(connection) = self.connections.get_mut(slot) {
                    connection.queued = false;
                }
                self.attend(slot, Connection::turn);
            }
            while let Some(slot) = self.timers.pop(self.now) {
                if let Some(connection) = self.connections.get_mut(slot) {
                    connection.armed = Timers::NEVER;
                }
                self.attend(slot, Connection::turn);
            }
            self.timings.tell(self.now);
            // Last, so that no event of a connection that ended meets another one in its place.
            if mail {
                match self.read() {
                    Ok(more) => mail = more,
                    Err(Closed) => return,
                }
            }
        }
    }

    /// How long there may be nothing to do.
    fn patience(&self, mail: bool) -> Option<Duration> {
        if mail || !self.again.is_empty() {
            return Some(Duration::ZERO);
        }
        let due = [self.timers.next(), self.timings.due].into_iter().flatten().min();
        due.map(|due| due - self.now)
    }

    fn told(&mut self, event: &Event) {
        let Token(token) = event.token();
        let Some(connection) = self.connections.get_mut(token / 2) else { return };
        connection.told(token % 2 == 0, event);
        self.attend(token / 2, Connection::turn);
    }

    /// Gives a connection a turn. A fault of the gateway in it ends that connection alone.
    fn attend(&mut self, slot: usize, act: fn(&mut Connection, &mut Turn<'_>) -> Result<Next, Ending>) {
        let Self { shared, poll, connections, timers, scratch, timings, again, now, .. } = self;
        let Some(connection) = connections.get_mut(slot) else { return };
        let mut turn = Turn { shared, registry: poll.registry(), slot, scratch, timings, now: *now };
        let next = catch_unwind(AssertUnwindSafe(|| act(connection, &mut turn)));
        *now = turn.now;
        let ending = match next {
            Ok(Ok(Next::At(due))) => return timers.arm(slot, &mut connection.armed, due),
            Ok(Ok(Next::Again)) => {
                // Once, however many events come for it before its next turn.
                if !std::mem::replace(&mut connection.queued, true) {
                    again.push(slot);
                }
                return;
            }
            Ok(Err(ending)) => ending,
            Err(_) => {
                connection.bound(shared, Cause::Fault);
                Ending::Fault
            }
        };
        connection.end(shared, ending);
        timers.cancel(slot, connection.armed);
        connections.remove(slot);
        self.flows.dec();
    }

    /// Reads letters; whether there may be more.
    fn read(&mut self) -> Result<bool, Closed> {
        for _ in 0..LETTERS {
            match self.letters.try_recv() {
                Ok(Letter::Carry(arrival)) => self.carry(arrival),
                Ok(Letter::Look) => self.look(),
                Err(TryRecvError::Empty) => return Ok(false),
                Err(TryRecvError::Disconnected) => return Err(Closed),
            }
        }
        Ok(true)
    }

    fn carry(&mut self, arrival: Arrival) {
        let place = self.connections.vacant_entry();
        let slot = place.key();
        let open = || Connection::open(&self.shared, self.poll.registry(), arrival, slot, self.now);
        if let Ok(Ok(connection)) = catch_unwind(AssertUnwindSafe(open)) {
            place.insert(Box::new(connection));
            self.attend(slot, Connection::begin);
        } else {
            self.flows.dec();
        }
    }

    /// Connections behind closed doors end once they have their answers.
    fn look(&mut self) {
        let leaving = self.connections.iter().filter(|(_, connection)| connection.is_leaving());
        let leaving: Vec<usize> = leaving.map(|(slot, _)| slot).collect();
        for slot in leaving {
            self.attend(slot, Connection::turn);
        }
    }
}

/// Connections that are still open end with their worker.
impl Drop for Carrier {
    fn drop(&mut self) {
        self.flows.sub(i64::try_from(self.connections.len()).unwrap_or(i64::MAX));
    }
}

/// Nobody sends letters any more.
struct Closed;
