//! A fake controller that keeps every byte it receives, and answers as it is told.

use super::{eventually, frames};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the controller does with one request.
pub(crate) enum Reply {
    /// Sends these bytes.
    Bytes(Vec<u8>),
    /// Sends these bytes after a while; what comes meanwhile is read and recorded afterwards.
    After(Duration, Vec<u8>),
    /// Does not answer.
    Silence,
    /// Sends these bytes and closes.
    Cut(Vec<u8>),
}

type Behaviour = dyn Fn(&[u8]) -> Reply + Send + Sync;
type Log = Arc<Mutex<Vec<Vec<u8>>>>;

/// The controller.
pub(crate) struct Witness {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    log: Log,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Witness {
    /// Starts it on a port of `ip`.
    pub(crate) fn start(ip: &str, behaviour: impl Fn(&[u8]) -> Reply + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind((ip, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let log = Log::default();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let kept = Arc::clone(&log);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, kept, Arc::new(behaviour)) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, log, stop: Some(stop), thread: Some(thread) }
    }

    /// One that answers honestly.
    pub(crate) fn honest(ip: &str) -> Self {
        Self::start(ip, |request| Reply::Bytes(frames::honest(request)))
    }

    /// What each connection received, in the order in which they were accepted.
    pub(crate) fn received(&self) -> Vec<Vec<u8>> {
        self.log.lock().unwrap().clone()
    }

    /// How many connections it accepted.
    pub(crate) fn connections(&self) -> usize {
        self.log.lock().unwrap().len()
    }

    /// Every byte of every connection.
    pub(crate) fn bytes(&self) -> usize {
        self.log.lock().unwrap().iter().map(Vec::len).sum()
    }

    /// Waits until it has received `message` on some connection.
    pub(crate) fn wait_for(&self, message: &[u8]) {
        eventually("the message at the controller", || self.saw(message).then_some(()));
    }

    /// Whether a connection received `bytes`, in one piece.
    pub(crate) fn saw(&self, bytes: &[u8]) -> bool {
        self.log.lock().unwrap().iter().any(|c| c.windows(bytes.len()).any(|w| w == bytes))
    }

    /// The messages of all connections whose function is not a read of the neighbour: `unit` 1, function 3, address 0,
    /// 4 registers. Asserts that each connection received whole messages only.
    pub(crate) fn messages(&self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for connection in self.received() {
            let (messages, rest) = frames::split(&connection);
            assert!(rest.is_empty(), "a part of a message reached the controller: {rest:02x?}");
            all.extend(messages.into_iter().filter(|m| m[6..] != [1, 3, 0, 0, 0, 4]));
        }
        all
    }

    /// Stops it: the port is closed, and so is each connection.
    pub(crate) fn stop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn accept(listener: std::net::TcpListener, log: Log, behaviour: Arc<Behaviour>) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let index = {
            let mut log = log.lock().unwrap();
            log.push(Vec::new());
            log.len() - 1
        };
        tokio::spawn(serve(stream, index, Arc::clone(&log), Arc::clone(&behaviour)));
    }
}

async fn serve(mut stream: TcpStream, index: usize, log: Log, behaviour: Arc<Behaviour>) {
    let mut pending = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(n @ 1..) = stream.read(&mut buffer).await {
        log.lock().unwrap()[index].extend_from_slice(&buffer[..n]);
        pending.extend_from_slice(&buffer[..n]);
        let (messages, rest) = frames::split(&pending);
        pending = rest;
        for request in messages {
            let (bytes, cut) = match behaviour(&request) {
                Reply::Bytes(bytes) => (bytes, false),
                Reply::Cut(bytes) => (bytes, true),
                Reply::Silence => continue,
                Reply::After(time, bytes) => {
                    tokio::time::sleep(time).await;
                    (bytes, false)
                }
            };
            if stream.write_all(&bytes).await.is_err() || cut {
                return;
            }
        }
    }
}
