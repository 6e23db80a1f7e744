//! One client's connection and the one to its controller: a single task that reads, judges and writes.
//!
//! Polled, not written as a chain of awaits, so that an idle connection holds no buffer: reads go through one scratch
//! buffer of the worker's thread, and only what a slow peer leaves behind is kept.

use super::door::Permit;
use super::outlet::Outlet;
use super::side::{MARK, Side};
use super::{Shared, Target};
use crate::events::{Bound, Ends, Failure, Notice};
use crate::metrics::{Cause, Ending, Upstream};
use prometheus::IntGauge;
use rustix::io::Errno;
use sluice_engine::Stream;
use sluice_model::{Direction, Instant};
use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// Dialling the controller.
pub(super) type Dial = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

/// Buffers of one worker's thread, shared by all of its connections.
struct Scratch {
    input: Box<[u8]>,
    to_server: Vec<u8>,
    to_client: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        input: vec![0; MARK].into_boxed_slice(),
        to_server: Vec::with_capacity(MARK),
        to_client: Vec::with_capacity(MARK),
    });
}

/// One client's connection.
pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    pub(super) target: Arc<Target>,
    pub(super) source: SocketAddr,
    pub(super) permit: Permit,
    /// Connections of the worker; counted down when this one ends.
    pub(super) flows: IntGauge,
    pub(super) stream: Stream,
    pub(super) client: Side,
    pub(super) server: Side,
    pub(super) dial: Option<Dial>,
    /// Whether a conduit joins the two ends.
    pub(super) joined: bool,
    /// Whether the engine has given the connection up: it ends as soon as what was let out is written.
    pub(super) given_up: bool,
    pub(super) timer: Pin<Box<Sleep>>,
    /// What the timer stands at.
    pub(super) armed: Instant,
    /// When bytes last came.
    pub(super) active: Instant,
    /// Since when a peer takes nothing of what waits for it.
    pub(super) unread: Option<Instant>,
    /// Whether the door knows this task.
    pub(super) known: bool,
}

impl Future for Connection {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if !this.known {
            this.permit.wake(cx.waker());
            this.known = true;
        }
        match SCRATCH.with_borrow_mut(|scratch| this.turn(cx, scratch)) {
            Ok(()) => Poll::Pending,
            Err(ending) => {
                this.end(ending);
                Poll::Ready(())
            }
        }
    }
}

impl Connection {
    /// Does everything that can be done now; an error is how the connection ended.
    fn turn(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> Result<(), Ending> {
        loop {
            self.dialled(cx)?;
            let written = self.flush(cx)?;
            if self.given_up {
                if written {
                    return Err(Ending::Policy);
                }
            } else {
                let moved =
                    self.pump(cx, Direction::ToServer, scratch)? | self.pump(cx, Direction::ToClient, scratch)?;
                if moved {
                    continue;
                }
            }
            self.is_over(written)?;
            if !self.wait(cx, scratch)? {
                return Ok(());
            }
        }
    }

    /// Takes the controller's answer to the dial.
    fn dialled(&mut self, cx: &mut Context<'_>) -> Result<(), Ending> {
        let Some(dial) = &mut self.dial else { return Ok(()) };
        let Poll::Ready(answer) = dial.as_mut().poll(cx) else { return Ok(()) };
        self.dial = None;
        match answer {
            Ok(socket) => {
                self.server.connect(socket);
                Ok(())
            }
            Err(error)
                if [Errno::MFILE, Errno::NFILE].iter().any(|e| error.raw_os_error() == Some(e.raw_os_error())) =>
            {
                self.client.reset();
                Err(self.bound(Cause::Descriptors))
            }
            Err(error) => {
                self.tell_failure(failure(&error));
                Err(Ending::Unreachable)
            }
        }
    }

    /// Writes what waits on both sides; whether nothing waits any more.
    fn flush(&mut self, cx: &mut Context<'_>) -> Result<bool, Ending> {
        let client = self.client.flush(cx).map_err(|_| Ending::Client)?;
        let Ok(server) = self.server.flush(cx) else { return Err(self.lost()) };
        Ok(client && server)
    }

    /// Reads from one side, judges and writes; whether anything came.
    fn pump(&mut self, cx: &mut Context<'_>, direction: Direction, scratch: &mut Scratch) -> Result<bool, Ending> {
        if !self.may_read(direction) {
            return Ok(false);
        }
        let (side, broken) = match direction {
            Direction::ToServer => (&mut self.client, Ending::Client),
            Direction::ToClient => (&mut self.server, Ending::Controller),
        };
        let length = match side.read(cx, &mut scratch.input) {
            Poll::Pending => return Ok(false),
            Poll::Ready(Ok(length)) => length,
            Poll::Ready(Err(_)) if broken == Ending::Controller => return Err(self.lost()),
            Poll::Ready(Err(_)) => return Err(broken),
        };
        side.reads = length > 0;
        let received = self.shared.clock.now();
        self.active = received;
        let given = if length == 0 { Given::End(direction) } else { Given::Bytes(direction, length) };
        self.inspect(cx, received, given, scratch)?;
        Ok(true)
    }

    /// Nothing is read from a side while much waits for the other, or, from the client, for itself: refusals too must
    /// have somewhere to go. A closing door lets no further request in.
    fn may_read(&self, direction: Direction) -> bool {
        let room = self.client.backlog() < MARK;
        match direction {
            Direction::ToServer => self.client.reads && room && self.server.backlog() < MARK && !self.permit.closing(),
            Direction::ToClient => self.server.reads && room,
        }
    }

    /// Hands the engine what came, or the time, and passes on what it lets out.
    fn inspect(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        given: Given,
        scratch: &mut Scratch,
    ) -> Result<(), Ending> {
        let Scratch { input, to_server, to_client } = scratch;
        to_server.clear();
        to_client.clear();
        let loaded = self.shared.live.glance();
        let mut outlet = Outlet {
            shared: &self.shared,
            loaded: &loaded,
            target: &self.target,
            source: self.source,
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
            self.shared.metrics.inspection((self.shared.clock.now() - now).as_secs_f64());
        }
        self.pass_on(cx, now, to_server, to_client)?;
        if finish_server {
            self.server.finish();
        }
        if finish_client {
            self.client.finish();
        }
        Ok(())
    }

    fn pass_on(
        &mut self,
        cx: &mut Context<'_>,
        received: Instant,
        to_server: &[u8],
        to_client: &[u8],
    ) -> Result<(), Ending> {
        if to_server.is_empty() && to_client.is_empty() {
            return Ok(());
        }
        if !to_server.is_empty() {
            if !self.server.is_connected() && self.dial.is_none() {
                self.dial = Some(super::worker::dial(&self.shared, &self.target));
            }
            if self.server.write(cx, to_server).is_err() {
                return Err(self.lost());
            }
        }
        self.client.write(cx, to_client).map_err(|_| Ending::Client)?;
        self.shared.metrics.added_latency((self.shared.clock.now() - received).as_secs_f64());
        Ok(())
    }

    /// Whether the connection has come to its end by itself, or has nothing left to do behind a closing door.
    fn is_over(&self, written: bool) -> Result<(), Ending> {
        let never_dialled = !self.server.is_connected() && self.dial.is_none();
        if written && !self.client.reads && (never_dialled || self.client.is_over() && self.server.is_over()) {
            return Err(Ending::Finished);
        }
        if written && self.permit.closing() && self.stream.outstanding() == 0 && self.dial.is_none() {
            return Err(Ending::Drained);
        }
        Ok(())
    }

    /// Arms the timer for whatever is due next; `true` when something was due and there may be more to do.
    fn wait(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> Result<bool, Ending> {
        let now = self.shared.clock.now();
        let took = self.client.took() | self.server.took();
        if self.client.backlog() == 0 && (self.server.backlog() == 0 || self.dial.is_some()) {
            self.unread = None;
        } else if took || self.unread.is_none() {
            self.unread = Some(now);
        }
        let idle = self.active + self.idle_limit();
        let unread = self.unread.map(|since| since + self.shared.limits.stall);
        if idle <= now {
            return Err(self.bound(Cause::Idle));
        }
        if unread.is_some_and(|unread| unread <= now) {
            return Err(self.bound(Cause::Unread));
        }
        // While a peer holds the other up, no message can be blamed for staying incomplete.
        let engine = if self.given_up || unread.is_some() { None } else { self.stream.deadline() };
        if engine.is_some_and(|due| due <= now) {
            self.inspect(cx, now, Given::Time, scratch)?;
            return Ok(true);
        }
        let due = [Some(idle), unread, engine].into_iter().flatten().min().unwrap_or(idle);
        Ok(self.arm(cx, now, due))
    }

    /// Whether the timer has already run out.
    fn arm(&mut self, cx: &mut Context<'_>, now: Instant, due: Instant) -> bool {
        // Standing earlier than needed it wakes the task once for nothing, which is cheaper than moving it each time.
        if due >= self.armed && self.armed > now {
            return false;
        }
        self.armed = due;
        self.timer.as_mut().reset(self.shared.clock.timer(due));
        self.timer.as_mut().poll(cx).is_ready()
    }

    /// Less patience with a source that no conduit joins, and when one side has ended.
    fn idle_limit(&self) -> Duration {
        let idle = self.shared.limits.idle;
        let short = !self.joined && !self.server.is_connected() || self.client.is_half() || self.server.is_half();
        if short { idle.min(self.shared.limits.stall) } else { idle }
    }

    /// A bound ends the connection.
    fn bound(&self, cause: Cause) -> Ending {
        let loaded = self.shared.live.current();
        loaded.conduits.of(self.stream.stance(&loaded.policy).conduit).failed(cause);
        // An idle connection is nobody's attack: it is counted, not told.
        if cause != Cause::Idle {
            self.shared.events.tell(Notice::Bound(Box::new(Bound { ends: self.ends(), cause })));
        }
        Ending::Bound
    }

    /// The connection to the controller broke.
    fn lost(&self) -> Ending {
        self.tell_failure(Upstream::Lost);
        Ending::Controller
    }

    fn tell_failure(&self, kind: Upstream) {
        self.shared.metrics.upstream_error(kind);
        self.shared.events.tell(Notice::Failure(Box::new(Failure { ends: self.ends(), kind })));
    }

    fn ends(&self) -> Ends {
        Ends { source: self.source, target: self.target.clone(), loaded: self.shared.live.current() }
    }

    /// Resets are passed on, orderly ends are orderly.
    fn end(&mut self, ending: Ending) {
        match ending {
            Ending::Finished | Ending::Drained | Ending::Bound => {}
            Ending::Client | Ending::Controller | Ending::Unreachable | Ending::Policy | Ending::Fault => {
                self.client.reset();
                self.server.reset();
            }
        }
        self.shared.metrics.closed(ending);
    }
}

/// A fault of the gateway in one connection ends that connection alone.
impl Drop for Connection {
    fn drop(&mut self) {
        self.flows.dec();
        if std::thread::panicking() {
            self.bound(Cause::Fault);
            self.end(Ending::Fault);
        }
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

fn failure(error: &io::Error) -> Upstream {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Upstream::Refused,
        io::ErrorKind::TimedOut => Upstream::TimeOut,
        _ => Upstream::Unreachable,
    }
}
