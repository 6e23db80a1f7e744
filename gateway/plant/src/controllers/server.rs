//! The Modbus/TCP server of one controller.

use super::Controller;
use super::service::Service;
use super::tap::Tap;
use super::witness::Witness;
use crate::process::Waterworks;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_modbus::server::tcp::Server as Listener;

/// Connections at a time; one more is closed as soon as it is there (real controllers take 8 to 64).
const MOST_CONNECTIONS: usize = 64;
/// How long a failed accept (out of file descriptors) pauses accepting.
const PAUSE: Duration = Duration::from_millis(50);

/// A running server; dropped, it stops listening and cuts its connections.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    witness: Witness,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens at `address` (port 0: the system chooses) and serves `controller`'s view of `works`.
    pub(crate) async fn start(
        controller: Controller,
        address: SocketAddr,
        works: Arc<Mutex<Waterworks>>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|e| io::Error::new(e.kind(), format!("{controller} cannot listen at {address}: {e}")))?;
        let address = listener.local_addr()?;
        let witness = Witness::new(controller);
        let task = tokio::spawn(serve(Listener::new(listener), controller, works, Arc::new(witness.clone())));
        Ok(Self { address, witness, task })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it received.
    pub(crate) fn witness(&self) -> &Witness {
        &self.witness
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: Listener, controller: Controller, works: Arc<Mutex<Waterworks>>, witness: Arc<Witness>) {
    let running = Arc::new(AtomicBool::new(true));
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let connected = |stream: TcpStream, peer: SocketAddr| {
        let service = Service { controller, works: Arc::clone(&works), running: Arc::clone(&running) };
        let tapped = Arc::clone(&places).try_acquire_owned().ok().map(|place| {
            // Without it the library's small answers would wait for the client's delayed acknowledgement.
            let _ = stream.set_nodelay(true);
            (service, Tap::new(stream, peer, Arc::clone(&witness), place))
        });
        std::future::ready(Ok(tapped))
    };
    // A connection that breaks off or sends nonsense is closed; the witness has it.
    while listener.serve(&connected, |_broken| {}).await.is_err() {
        tokio::time::sleep(PAUSE).await;
    }
}
