//! One client's connection and the one to its controller: what belongs to one worker, which reads, judges and writes.
//!
//! An idle connection holds no buffer: reads go through one scratch buffer of the worker, and only what a slow peer leaves
//! behind is kept. What is rare lies behind a pointer of its own.

use super::Shared;
use super::carrier::token;
use super::dial::{Dial, adopt};
use super::door::Permit;
use super::outlet::Outlet;
use super::side::{MARK, Side};
use super::timers::Timers;
use super::timings::Timings;
use super::worker::Arrival;
use crate::metrics::{Cause, Ending};
use mio::Registry;
use mio::event::Event;
use mio::net::TcpStream;
use sluice_engine::{Limits, Opening, Stream};
use sluice_model::{Direction, Instant};
use std::io;
use std::time::Duration;

/// Reads of each side in one turn, so that a busy connection leaves the worker to others.
const ROUNDS: usize = 16;

/// Buffers of one worker, shared by all of its connections.
pub(super) struct Scratch {
    input: Box<[u8]>,
    to_server: Vec<u8>,
    to_client: Vec<u8>,
}

impl Scratch {
    pub(super) fn new() -> Self {
        let [to_server, to_client] = [Vec::with_capacity(MARK), Vec::with_capacity(MARK)];
        Self { input: vec![0; MARK].into_boxed_slice(), to_server, to_client }
    }
}

/// What a worker lends a connection for its turn.
pub(super) struct Turn<'w> {
    pub(super) shared: &'w Shared,
    pub(super) registry: &'w Registry,
    /// The connection's place.
    pub(super) slot: usize,
    pub(super) scratch: &'w mut Scratch,
    pub(super) timings: &'w mut Timings,
    /// The latest reading of the clock.
    pub(super) now: Instant,
}

impl Turn<'_> {
    /// Reads the clock.
    fn look(&mut self) -> Instant {
        self.now = self.shared.clock.now();
        self.now
    }
}

/// When a connection wants its next turn if nothing comes for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// At this time.
    At(Instant),
    /// At once: there is more to do.
    Again,
}

/// One client's connection.
pub(super) struct Connection {
    pub(super) stream: Stream,
    pub(super) client: Side,
    pub(super) server: Side,
    pub(super) permit: Permit,
    dial: Option<Box<Dial>>,
    /// When bytes last came.
    active: Instant,
    /// What the worker's timer stands at.
    pub(super) armed: Instant,
    /// Whether a conduit joins the two ends.
    joined: bool,
    /// Whether the engine has given the connection up: it ends as soon as what was let out is written.
    given_up: bool,
    /// Whether the worker has it down for another turn.
    pub(super) queued: bool,
}

impl Connection {
    /// Takes an accepted connection over.
    pub(super) fn open(
        shared: &Shared,
        registry: &Registry,
        arrival: Arrival,
        slot: usize,
        now: Instant,
    ) -> io::Result<Self> {
        let Arrival { socket, source, permit } = arrival;
        let socket = adopt(TcpStream::from_std(socket), registry, token(slot, Direction::ToServer))?;
        let loaded = shared.live.current();
        let target = permit.target();
        let asset = loaded.policy.site().asset_named(&target.asset).ok_or(io::ErrorKind::NotFound)?;
        let opening = Opening { source, asset, protocol: target.protocol, limits: limits(shared) };
        let stream = Stream::open(&loaded.policy, opening);
        Ok(Self {
            joined: stream.stance(&loaded.policy).joined,
            stream,
            client: Side::new(Some(socket)),
            server: Side::new(None),
            permit,
            dial: None,
            active: now,
            armed: Timers::NEVER,
            given_up: false,
            queued: false,
        })
    }

    /// The first turn: a source that a conduit joins has its controller dialled at once.
    pub(super) fn begin(&mut self, turn: &mut Turn<'_>) -> Result<Next, Ending> {
        if self.joined {
            self.dial(turn)?;
        }
        self.turn(turn)
    }

    /// What the system tells of the client's socket, or of the controller's.
    pub(super) fn told(&mut self, client: bool, event: &Event) {
        if client { self.client.told(event) } else { self.server.told(event) }
    }

    /// Whether its door is closed behind it.
    pub(super) fn is_leaving(&self) -> bool {
        self.permit.closing()
    }

    /// Does everything that can be done now; an error is how the connection ended.
    pub(super) fn turn(&mut self, turn: &mut Turn<'_>) -> Result<Next, Ending> {
        for _ in 0..ROUNDS {
            self.dialled(turn)?;
            let written = self.flush(turn)?;
            if self.given_up {
                if written {
                    return Err(Ending::Policy);
                }
            } else if self.pump(turn, Direction::ToServer)? | self.pump(turn, Direction::ToClient)? {
                continue;
            }
            self.is_over(written)?;
            if let Some(due) = self.wait(turn)? {
                return Ok(Next::At(due));
            }
        }
        Ok(Next::Again)
    }

    fn dial(&mut self, turn: &Turn<'_>) -> Result<(), Ending> {
        let until = turn.now + turn.shared.limits.connect;
        let token = token(turn.slot, Direction::ToClient);
        let dial = Dial::begin(self.permit.target(), until, turn.registry, token);
        self.dial = Some(Box::new(dial.map_err(|error| self.unreachable(turn.shared, &error))?));
        Ok(())
    }

    /// Takes the controller's answer to the dial.
    fn dialled(&mut self, turn: &Turn<'_>) -> Result<(), Ending> {
        let Some(answer) = self.dial.as_mut().and_then(|dial| dial.outcome(turn.now)) else { return Ok(()) };
        self.dial = None;
        let socket = answer.map_err(|error| self.unreachable(turn.shared, &error))?;
        self.server.connect(socket, turn.now);
        Ok(())
    }

    /// Writes what waits on both sides; whether nothing waits any more.
    fn flush(&mut self, turn: &Turn<'_>) -> Result<bool, Ending> {
        let client = self.client.flush(turn.now).map_err(|_| Ending::Client)?;
        let server = self.server.flush(turn.now).map_err(|_| self.lost(turn.shared))?;
        Ok(client && server)
    }

    /// Reads from one side, judges and writes; whether anything came.
    fn pump(&mut self, turn: &mut Turn<'_>, direction: Direction) -> Result<bool, Ending> {
        if !self.may_read(direction) {
            return Ok(false);
        }
        let read = match direction {
            Direction::ToServer => self.client.read(&mut turn.scratch.input).map_err(|_| Ending::Client),
            Direction::ToClient => self.server.read(&mut turn.scratch.input).map_err(|_| self.lost(turn.shared)),
        };
        let Some(length) = read? else { return Ok(false) };
        self.active = turn.look();
        if length > 0 {
            self.inspect(turn, Given::Bytes(direction, length))?;
        } else {
            match direction {
                Direction::ToServer => self.client.reads = false,
                Direction::ToClient => self.server.reads = false,
            }
            self.inspect(turn, Given::End(direction))?;
        }
        Ok(true)
    }

    /// Nothing is read from a side while much waits for the other, or, from the client, for itself: refusals too must
    /// have somewhere to go. A closing door lets no further request in.
    fn may_read(&self, direction: Direction) -> bool {
        let room = self.client.backlog() < MARK;
        match direction {
            Direction::ToServer => self.client.reads && room && self.server.backlog() < MARK && !self.is_leaving(),
            Direction::ToClient => self.server.reads && room,
        }
    }

    /// Hands the engine what came, or the time, and passes on what it lets out.
    fn inspect(&mut self, turn: &mut Turn<'_>, given: Given) -> Result<(), Ending> {
        let (shared, now) = (turn.shared, turn.now);
        let Scratch { input, to_server, to_client } = &mut *turn.scratch;
        to_server.clear();
        to_client.clear();
        let loaded = shared.live.glance();
        let mut outlet = Outlet {
            shared,
            loaded: &loaded,
            target: self.permit.target(),
            source: self.stream.source(),
            to_server,
            to_client,
            finish_server: false,
            finish_client: false,
            reset: false,
        };
        match given {
            Given::Bytes(direction, length) => {
                self.stream.bytes(now, &loaded.policy, direction, &input[..length], &mut outlet);
            }
            Given::End(direction) => self.stream.finished(now, &loaded.policy, direction, &mut outlet),
            Given::Time => self.stream.tick(now, &loaded.policy, &mut outlet),
        }
        let Outlet { finish_server, finish_client, reset, .. } = outlet;
        self.given_up = reset;
        if let Given::Bytes(..) = given {
            turn.timings.inspected(now, shared.clock.now());
        }
        self.pass_on(turn)?;
        if finish_server {
            self.server.finish();
        }
        if finish_client {
            self.client.finish();
        }
        Ok(())
    }

    /// Writes what the engine let out.
    fn pass_on(&mut self, turn: &mut Turn<'_>) -> Result<(), Ending> {
        let received = turn.now;
        if turn.scratch.to_server.is_empty() && turn.scratch.to_client.is_empty() {
            return Ok(());
        }
        if !turn.scratch.to_server.is_empty() {
            if !self.is_dialled() {
                self.dial(turn)?;
            }
            self.server.write(received, &turn.scratch.to_server).map_err(|_| self.lost(turn.shared))?;
        }
        self.client.write(received, &turn.scratch.to_client).map_err(|_| Ending::Client)?;
        let sent = turn.look();
        turn.timings.sent(received, sent);
        Ok(())
    }

    /// Whether the controller was ever dialled.
    fn is_dialled(&self) -> bool {
        self.server.is_connected() || self.dial.is_some()
    }

    /// Whether the connection has come to its end by itself, or has nothing left to do behind a closing door.
    fn is_over(&self, written: bool) -> Result<(), Ending> {
        if written && !self.client.reads && (!self.is_dialled() || self.client.is_over() && self.server.is_over()) {
            return Err(Ending::Finished);
        }
        if written && self.is_leaving() && self.stream.outstanding() == 0 && self.dial.is_none() {
            return Err(Ending::Drained);
        }
        Ok(())
    }

    /// When something is due next; `None` when something was and there may be more to do.
    fn wait(&mut self, turn: &mut Turn<'_>) -> Result<Option<Instant>, Ending> {
        let (now, limits) = (turn.now, &turn.shared.limits);
        let idle = self.active + self.idle_limit(turn.shared);
        // What waits for a controller that is being dialled is the dial's affair.
        let dial = self.dial.as_ref().map(|dial| dial.until);
        let server = self.server.unread().filter(|_| dial.is_none());
        let unread = [self.client.unread(), server].into_iter().flatten().min().map(|since| since + limits.stall);
        if idle <= now {
            return Err(self.bound(turn.shared, Cause::Idle));
        }
        if unread.is_some_and(|unread| unread <= now) {
            return Err(self.bound(turn.shared, Cause::Unread));
        }
        // While a peer holds the other up, no message can be blamed for staying incomplete.
        let engine = if self.given_up || unread.is_some() { None } else { self.stream.deadline() };
        if engine.is_some_and(|due| due <= now) {
            self.inspect(turn, Given::Time)?;
            return Ok(None);
        }
        Ok(Some([unread, dial, engine].into_iter().flatten().fold(idle, Instant::min)))
    }

    /// Less patience with a source that no conduit joins, and when one side has ended.
    fn idle_limit(&self, shared: &Shared) -> Duration {
        let idle = shared.limits.idle;
        let short = !self.joined && !self.server.is_connected() || self.client.is_half() || self.server.is_half();
        if short { idle.min(shared.limits.stall) } else { idle }
    }
}

/// What the engine is handed.
#[derive(Clone, Copy)]
enum Given {
    /// This many bytes of the scratch buffer.
    Bytes(Direction, usize),
    /// The end of a direction.
    End(Direction),
    /// The time.
    Time,
}

fn limits(shared: &Shared) -> Limits {
    Limits {
        outstanding: shared.limits.outstanding,
        patience: shared.limits.patience,
        stall: shared.limits.stall,
        ..Limits::default()
    }
}
