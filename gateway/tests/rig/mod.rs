//! A real gateway process with its files around it, for the tests that speak to it through sockets.
//!
//! Included by `tests/peers` and `tests/hostile` with `#[path]`; everything blocks, one test is one thread.
#![allow(dead_code)] // each of them uses its own part

pub(crate) mod client;
pub(crate) mod folder;
pub(crate) mod frames;
pub(crate) mod gateway;
pub(crate) mod metrics;
pub(crate) mod witness;

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

/// The longest that anything here waits for something that must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// A port of `ip` that was free a moment ago. Each test has addresses of its own, so that nobody else takes it.
pub(crate) fn free(ip: &str) -> SocketAddr {
    let ip: IpAddr = ip.parse().unwrap();
    TcpListener::bind((ip, 0)).unwrap().local_addr().unwrap()
}

/// Waits until `found` gives something.
pub(crate) fn eventually<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = found() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} for: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Lets this process, and the gateways that it starts, open as many files as the system allows it.
pub(crate) fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}
