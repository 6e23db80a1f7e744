//! Listeners: one a proxy, started and stopped as policies come and go.

use super::door::Door;
use super::holder::{self, Holder};
use super::worker::{Arrival, Workers};
use super::{Shared, Target};
use crate::events::{Bound, Ends, Notice};
use crate::metrics::Cause;
use core::fmt;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;
/// How long a listener rests when the system has no descriptor for it.
const REST: Duration = Duration::from_millis(50);
/// How long a proxy that could not take its address waits before it tries again.
const RETRY: Duration = Duration::from_secs(2);

/// Every proxy of the gateway.
pub struct Listeners {
    shared: Arc<Shared>,
    workers: Arc<Workers>,
    /// Those that listen, and those that try to again and again.
    open: Vec<Open>,
    /// Doors of proxies that were taken away and whose connections are ending.
    leaving: Vec<Arc<Door>>,
}

struct Open {
    local: SocketAddr,
    listens: Arc<AtomicBool>,
    door: Arc<Door>,
    task: JoinHandle<()>,
}

/// A proxy that could not take its address.
#[derive(Debug)]
pub struct BindError {
    /// The asset behind the proxy.
    pub asset: String,
    /// The address.
    pub listen: SocketAddr,
    /// Why.
    pub source: io::Error,
    /// The program that holds the address, when it can be found.
    pub holder: Option<Holder>,
}

impl BindError {
    fn of(target: &Target, source: io::Error) -> Self {
        let taken = source.kind() == io::ErrorKind::AddrInUse;
        let holder = taken.then(|| holder::of_port(target.listen.port())).flatten();
        Self { asset: target.asset.clone(), listen: target.listen, source, holder }
    }
}

/// One sentence that says what to do.
impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asset, listen, source, holder } = self;
        write!(f, "the proxy of {asset} cannot listen on {listen}: ")?;
        match source.kind() {
            io::ErrorKind::AddrInUse => match holder {
                Some(holder) => write!(f, "{holder} holds that port; stop it, or give the proxy another"),
                None => write!(
                    f,
                    "another program holds that port, a gateway that still runs or a Modbus server; `ss -ltnp 'sport = :{}'` shows which",
                    listen.port()
                ),
            },
            io::ErrorKind::PermissionDenied => {
                f.write_str("ports below 1024 need root or the capability CAP_NET_BIND_SERVICE")
            }
            io::ErrorKind::AddrNotAvailable => {
                write!(f, "this machine has no address {}; `ip address` shows those that it has", listen.ip())
            }
            _ => write!(f, "{source}"),
        }
    }
}

impl Listeners {
    pub(crate) fn new(shared: Arc<Shared>, workers: Workers) -> Self {
        Self { shared, workers: Arc::new(workers), open: Vec::new(), leaving: Vec::new() }
    }

    /// Makes the proxies be `targets`: those that are the same are not touched, others are closed or opened. What cannot
    /// listen is returned, and tried again until it can; the rest goes on.
    pub(crate) async fn reconcile(&mut self, targets: Vec<Target>) -> Vec<BindError> {
        let (stay, leave): (Vec<Open>, Vec<Open>) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|open| open.listens() && targets.contains(open.door.target()));
        self.open = stay;
        self.leaving.retain(|door| door.open() > 0);
        self.close(leave).await;
        let mut failed = Vec::new();
        for target in targets {
            if self.open.iter().any(|open| **open.door.target() == target) {
                continue;
            }
            let listener = bind(target.listen);
            let (listener, error) = listener.map_or_else(|e| (None, Some(e)), |listener| (Some(listener), None));
            failed.extend(error.map(|source| BindError::of(&target, source)));
            self.open.push(self.start(target, listener));
        }
        self.shared.metrics.proxies(self.open.len() - failed.len(), failed.len());
        failed
    }

    /// What listens, and where.
    pub(crate) fn addresses(&self) -> Vec<(String, SocketAddr)> {
        let listening = self.open.iter().filter(|open| open.listens());
        listening.map(|open| (open.door.target().asset.clone(), open.local)).collect()
    }

    /// Accepts no more and lets what is under way end; whether everything has ended in time.
    pub(crate) async fn drain(&mut self, patience: Duration) -> bool {
        let leave = std::mem::take(&mut self.open);
        self.close(leave).await;
        let all_left = async {
            while self.leaving.iter().any(|door| door.open() > 0) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(patience, all_left).await.is_ok()
    }

    /// Stops these proxies, and has their connections end.
    async fn close(&mut self, leave: Vec<Open>) {
        if leave.is_empty() {
            return;
        }
        for open in leave {
            self.leaving.push(open.close().await);
        }
        self.workers.look();
    }

    /// Starts a proxy with its listener, or one that is still to get it.
    fn start(&self, target: Target, listener: Option<TcpListener>) -> Open {
        let local = listener.as_ref().and_then(|listener| listener.local_addr().ok()).unwrap_or(target.listen);
        let listens = Arc::new(AtomicBool::new(listener.is_some()));
        let door = Arc::new(Door::new(&self.shared.limits, Arc::new(target)));
        let accepting = Accepting { shared: self.shared.clone(), workers: self.workers.clone(), door: door.clone() };
        let told = listens.clone();
        let task = tokio::spawn(async move {
            let listener = match listener {
                Some(listener) => listener,
                None => accepting.wait(&told).await,
            };
            accepting.run(listener).await;
        });
        Open { local, listens, door, task }
    }
}

impl Open {
    fn listens(&self) -> bool {
        self.listens.load(Ordering::Acquire)
    }

    /// Stops listening, so that the address is free when this returns, and closes the door behind its connections.
    async fn close(self) -> Arc<Door> {
        self.task.abort();
        // An error only says that it was stopped.
        let _ = self.task.await;
        self.door.close();
        self.door
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // So that connections of the gateway before, which linger in the kernel, do not keep the port.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// What a listener's task needs.
struct Accepting {
    shared: Arc<Shared>,
    workers: Arc<Workers>,
    door: Arc<Door>,
}

impl Accepting {
    /// Tries until the address can be had, and says so once.
    async fn wait(&self, listens: &AtomicBool) -> TcpListener {
        loop {
            sleep(RETRY).await;
            let target = self.door.target();
            if let Ok(listener) = bind(target.listen) {
                listens.store(true, Ordering::Release);
                self.shared.metrics.proxy_recovered();
                let message = format!("the proxy of {} listens on {} now", target.asset, target.listen);
                self.shared.events.tell(Notice::Lifecycle(message));
                return listener;
            }
        }
    }

    async fn run(self, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((socket, source)) => self.receive(socket, source),
                // A client that gave up while it waited is its own affair; without descriptors there is nothing to do
                // but to wait for some.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => {
                    self.shared.live.current().conduits.all().failed(Cause::Descriptors);
                    sleep(REST).await;
                }
            }
        }
    }

    fn receive(&self, socket: tokio::net::TcpStream, source: SocketAddr) {
        let loaded = self.shared.live.current();
        let target = self.door.target();
        let protocol = target.protocol.descriptor().id;
        let asset = loaded.policy.site().asset_named(&target.asset);
        let joined = asset.is_some_and(|asset| {
            let route = loaded.policy.route(source.ip(), asset, protocol);
            loaded.policy.stance(route).joined
        });
        // Handing the socket over fails only when the runtime ends.
        let Ok(socket) = socket.into_std() else { return };
        match self.door.admit(self.shared.clock.now(), source.ip(), !joined) {
            Ok(permit) => {
                self.shared.metrics.accepted();
                self.workers.carry(Arrival { socket, source, permit });
            }
            Err(cause) => self.refuse(&socket, source, cause),
        }
    }

    fn refuse(&self, socket: &TcpStream, source: SocketAddr, cause: Cause) {
        // Fails only on a socket that is gone already.
        let _ = SockRef::from(socket).set_linger(Some(Duration::ZERO));
        let loaded = self.shared.live.current();
        loaded.conduits.all().failed(cause);
        self.shared.metrics.refused(cause);
        let ends = Ends { source, target: self.door.target().clone(), loaded };
        self.shared.events.tell(Notice::Bound(Box::new(Bound { ends, cause })));
    }
}
