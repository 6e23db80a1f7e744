//! Threads that carry connections, and how connections reach them.

use super::Shared;
use super::carrier::{Carrier, MAIL};
use super::door::Permit;
use mio::{Poll, Waker};
use prometheus::IntGauge;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// A connection on its way from the listener to a worker.
pub(super) struct Arrival {
    pub(super) socket: TcpStream,
    pub(super) source: SocketAddr,
    pub(super) permit: Permit,
}

/// What a worker is told.
pub(super) enum Letter {
    /// Carry this connection.
    Carry(Arrival),
    /// A door closed: look after its connections.
    Look,
}

/// The workers. Dropping it ends their threads and with them every connection.
pub(crate) struct Workers {
    all: Vec<Worker>,
}

struct Worker {
    /// Bounded by the doors: an arrival holds a permit, and a look comes with a change of the proxies.
    mail: Option<Sender<Letter>>,
    waker: Waker,
    flows: IntGauge,
    thread: Option<JoinHandle<()>>,
}

impl Workers {
    /// Starts as many as the configuration says.
    ///
    /// # Errors
    /// When the system gives no thread or no event queue.
    pub(crate) fn start(shared: &Arc<Shared>) -> io::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let count = if shared.limits.workers == 0 { processors } else { shared.limits.workers };
        let all = (0..count).map(|index| Worker::start(index, shared)).collect::<io::Result<_>>()?;
        Ok(Self { all })
    }

    /// Gives a connection to the worker that carries the fewest.
    pub(super) fn carry(&self, arrival: Arrival) {
        let Some(worker) = self.all.iter().min_by_key(|w| w.flows.get()) else { return };
        worker.flows.inc();
        if !worker.tell(Letter::Carry(arrival)) {
            worker.flows.dec();
        }
    }

    /// Has every worker look after connections behind closed doors.
    pub(super) fn look(&self) {
        for worker in &self.all {
            worker.tell(Letter::Look);
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.all {
            worker.mail = None;
            worker.wake();
        }
        for thread in self.all.iter_mut().filter_map(|w| w.thread.take()) {
            // A worker's own panic was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Worker {
    fn start(index: usize, shared: &Arc<Shared>) -> io::Result<Self> {
        let (mail, letters) = channel();
        let flows = shared.metrics.worker(index, shared.limits.connections);
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), MAIL)?;
        let carrier = Carrier::new(shared.clone(), poll, letters, flows.clone());
        let thread = std::thread::Builder::new().name(format!("worker-{index}")).spawn(|| carrier.run())?;
        Ok(Self { mail: Some(mail), waker, flows, thread: Some(thread) })
    }

    /// Whether the worker will read it.
    fn tell(&self, letter: Letter) -> bool {
        let sent = self.mail.as_ref().is_some_and(|mail| mail.send(letter).is_ok());
        self.wake();
        sent
    }

    fn wake(&self) {
        // Fails only when the counter behind it is full, and then the worker is awake.
        let _ = self.waker.wake();
    }
}
