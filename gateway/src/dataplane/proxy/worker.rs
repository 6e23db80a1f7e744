//! Threads that carry connections, each a runtime of its own.

use super::connection::{Connection, Dial};
use super::door::Permit;
use super::side::Side;
use super::{Shared, Target};
use prometheus::IntGauge;
use sluice_engine::{Limits, Opening, Stream};
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};

/// A peer that vanished without a word is noticed after two minutes.
const KEEPALIVE: Duration = Duration::from_mins(1);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// A connection on its way from the listener to a worker.
pub(super) struct Arrival {
    pub(super) socket: TcpStream,
    pub(super) source: SocketAddr,
    pub(super) target: Arc<Target>,
    pub(super) permit: Permit,
}

/// The workers. Dropping it ends their threads and with them every connection.
pub(crate) struct Workers {
    all: Vec<Worker>,
}

struct Worker {
    /// Bounded by the doors: an arrival holds a permit.
    arrivals: Option<UnboundedSender<Arrival>>,
    flows: IntGauge,
    thread: Option<JoinHandle<()>>,
}

impl Workers {
    /// Starts as many as the configuration says.
    ///
    /// # Errors
    /// When the system gives no thread or no runtime.
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
        if let Some(arrivals) = &worker.arrivals
            && arrivals.send(arrival).is_err()
        {
            worker.flows.dec();
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.all {
            worker.arrivals = None;
        }
        for thread in self.all.iter_mut().filter_map(|w| w.thread.take()) {
            // A worker's own panic was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Worker {
    fn start(index: usize, shared: &Arc<Shared>) -> io::Result<Self> {
        let (arrivals, queue) = unbounded_channel();
        let flows = shared.metrics.worker(index, shared.limits.connections);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (shared, gauge) = (shared.clone(), flows.clone());
        let carry = move || runtime.block_on(carry(queue, shared, gauge));
        let thread = std::thread::Builder::new().name(format!("worker-{index}")).spawn(carry)?;
        Ok(Self { arrivals: Some(arrivals), flows, thread: Some(thread) })
    }
}

/// A worker's life: one task a connection, until the last sender is gone.
async fn carry(mut queue: UnboundedReceiver<Arrival>, shared: Arc<Shared>, flows: IntGauge) {
    while let Some(arrival) = queue.recv().await {
        match begin(&shared, arrival, &flows) {
            // The handle is not kept: a connection reports its own end, and a panic stays in its task.
            Ok(connection) => drop(tokio::spawn(connection)),
            Err(_) => flows.dec(),
        }
    }
}

fn begin(shared: &Arc<Shared>, arrival: Arrival, flows: &IntGauge) -> io::Result<Connection> {
    let Arrival { socket, source, target, permit } = arrival;
    let socket = tokio::net::TcpStream::from_std(socket)?;
    tune(&socket)?;
    let loaded = shared.live.current();
    let asset = loaded.policy.site().asset_named(&target.asset).ok_or(io::ErrorKind::NotFound)?;
    let now = shared.clock.now();
    let opening = Opening { source, asset, protocol: target.protocol, limits: limits(shared) };
    let stream = Stream::open(&loaded.policy, opening);
    let joined = stream.stance(&loaded.policy).joined;
    let armed = now + shared.limits.idle;
    Ok(Connection {
        dial: joined.then(|| dial(shared, &target)),
        shared: shared.clone(),
        target,
        source,
        permit,
        flows: flows.clone(),
        stream,
        client: Side::new(Some(socket)),
        server: Side::new(None),
        joined,
        given_up: false,
        timer: Box::pin(sleep(shared.limits.idle)),
        armed: now.min(armed),
        active: now,
        unread: None,
        known: false,
    })
}

/// Dials the controller.
pub(super) fn dial(shared: &Shared, target: &Target) -> Dial {
    let (upstream, patience) = (target.upstream, shared.limits.connect);
    Box::pin(async move {
        let dialled = timeout(patience, tokio::net::TcpStream::connect(upstream)).await;
        let socket = dialled.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        tune(&socket)?;
        Ok(socket)
    })
}

/// Messages are small and wanted at once; a dead peer is noticed.
fn tune(socket: &tokio::net::TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE_INTERVAL).with_retries(4);
    SockRef::from(socket).set_tcp_keepalive(&keepalive)
}

fn limits(shared: &Shared) -> Limits {
    Limits {
        outstanding: shared.limits.outstanding,
        patience: shared.limits.patience,
        stall: shared.limits.stall,
        ..Limits::default()
    }
}
