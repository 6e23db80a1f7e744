//! Dialling a controller, without waiting for it.

use super::Target;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use sluice_model::Instant;
use socket2::{SockRef, TcpKeepalive};
use std::io::{self, ErrorKind};
use std::time::Duration;

/// A peer that vanished without a word is noticed after two minutes.
const KEEPALIVE: Duration = Duration::from_mins(1);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 4;

/// An attempt to connect to a controller.
pub(super) struct Dial {
    /// Taken when the attempt succeeds.
    socket: Option<TcpStream>,
    /// When it is given up.
    pub(super) until: Instant,
}

impl Dial {
    /// Begins; the system tells of the outcome under `token`.
    pub(super) fn begin(target: &Target, until: Instant, registry: &Registry, token: Token) -> io::Result<Self> {
        let socket = TcpStream::connect(target.upstream)?;
        Ok(Self { socket: Some(adopt(socket, registry, token)?), until })
    }

    /// How it went; `None` while that is open.
    pub(super) fn outcome(&mut self, now: Instant) -> Option<io::Result<TcpStream>> {
        let socket = self.socket.as_ref()?;
        match socket.take_error().and_then(|error| error.map_or_else(|| socket.peer_addr(), Err)) {
            Ok(_) => self.socket.take().map(Ok),
            Err(error) if error.kind() == ErrorKind::NotConnected && now < self.until => None,
            Err(error) if error.kind() == ErrorKind::NotConnected => Some(Err(ErrorKind::TimedOut.into())),
            Err(error) => Some(Err(error)),
        }
    }
}

/// Prepares a socket for its service: messages are small and wanted at once, a dead peer is noticed, and the system tells
/// under `token` what happens to it.
pub(super) fn adopt(mut socket: TcpStream, registry: &Registry, token: Token) -> io::Result<TcpStream> {
    socket.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE_INTERVAL);
    SockRef::from(&socket).set_tcp_keepalive(&keepalive.with_retries(KEEPALIVE_RETRIES))?;
    registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
    Ok(socket)
}
