//! The servers that we did not write, each with its own log of what reached it.

use super::programs::{built, installed, python, script};
use super::rig::{eventually, free};
use super::tokio_server::TokioServer;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// pymodbus.
    Pymodbus,
    /// libmodbus.
    Libmodbus,
    /// tokio-modbus.
    Tokio,
}

impl Kind {
    fn command(self) -> Option<Vec<PathBuf>> {
        match self {
            Self::Pymodbus => Some(vec![python(), script("pymodbus_server.py")]),
            Self::Libmodbus => Some(vec![built("peers/libmodbus_server")]),
            Self::Tokio => None,
        }
    }

    /// Whether it can be started here.
    pub(crate) fn installed(self) -> bool {
        installed(&self.command().unwrap_or_default())
    }
}

enum Running {
    Process(Child),
    Thread { _server: TokioServer },
}

/// A running server.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
    running: Running,
}

impl Server {
    /// Starts one on `ip`; back when it listens.
    pub(crate) fn start(kind: Kind, ip: &str) -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let Some(command) = kind.command() else {
            let listener = std::net::TcpListener::bind((ip, 0)).unwrap();
            let address = listener.local_addr().unwrap();
            let server = TokioServer::start(listener, Arc::clone(&log));
            return Self { address, log, running: Running::Thread { _server: server } };
        };
        let address = free(ip);
        let mut child = Command::new(&command[0])
            .args(&command[1..])
            .args([address.ip().to_string(), address.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let kept = Arc::clone(&log);
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line)));
        let server = Self { address, log, running: Running::Process(child) };
        eventually("the server to listen", || server.lines().contains(&"ready".to_owned()).then_some(()));
        server
    }

    fn lines(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The requests that reached it, in its own words, once there are `expected` of them.
    pub(crate) fn requests(&self, expected: usize) -> Vec<String> {
        let requests = || self.lines().into_iter().filter(|line| line.starts_with("request ")).collect::<Vec<_>>();
        eventually("the server's log", || (requests().len() >= expected).then(requests))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Running::Process(child) = &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
