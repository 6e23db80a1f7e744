//! One socket of a connection, and what waits to be written to it.

use mio::event::Event;
use mio::net::TcpStream;
use sluice_model::Instant;
use socket2::SockRef;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::time::Duration;

/// Bytes that may wait for one side before the other is no longer read.
pub(super) const MARK: usize = 16 * 1024;

/// One side of a connection. It holds no buffer while nothing waits.
pub(super) struct Side {
    /// `None` until the controller has answered the dial.
    socket: Option<TcpStream>,
    /// Whether a read may find something: the system tells of bytes once, when they come.
    readable: bool,
    /// Whether the system told of the peer's end, which it does not do again.
    announced: bool,
    /// Whether the peer may still send.
    pub(super) reads: bool,
    writes: Writes,
    waiting: Option<Box<Backlog>>,
}

/// What the peer has not taken yet.
struct Backlog {
    bytes: Vec<u8>,
    /// How many of them are written.
    written: usize,
    /// Since when the peer takes none.
    since: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Writes {
    Open,
    /// To be ended when nothing waits any more.
    Ending,
    Ended,
}

impl Side {
    pub(super) fn new(socket: Option<TcpStream>) -> Self {
        Self { socket, readable: false, announced: false, reads: true, writes: Writes::Open, waiting: None }
    }

    /// The controller answered the dial.
    pub(super) fn connect(&mut self, socket: TcpStream, now: Instant) {
        self.socket = Some(socket);
        if let Some(waiting) = &mut self.waiting {
            waiting.since = now;
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// What the system tells of the socket. That it can be written to again is found out by trying.
    pub(super) fn told(&mut self, event: &Event) {
        self.announced |= event.is_read_closed() || event.is_error();
        self.readable |= event.is_readable() || self.announced;
    }

    /// How many bytes wait.
    pub(super) fn backlog(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.bytes.len() - waiting.written)
    }

    /// Since when the peer takes nothing of what waits for it.
    pub(super) fn unread(&self) -> Option<Instant> {
        self.waiting.as_ref().map(|waiting| waiting.since)
    }

    /// Reads what is there; `Some(0)` is the end, `None` nothing for now.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(socket) = self.socket.as_mut().filter(|_| self.readable) else { return Ok(None) };
        loop {
            match socket.read(buffer) {
                Ok(length) => {
                    // Less than there is room for was all; what comes from now on is told of. An end was told already.
                    self.readable = length == buffer.len() || self.announced;
                    return Ok(Some(length));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.readable = false;
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes as much as the peer takes now and keeps the rest.
    pub(super) fn write(&mut self, now: Instant, mut bytes: &[u8]) -> io::Result<()> {
        if let Some(waiting) = &mut self.waiting {
            waiting.bytes.extend_from_slice(bytes);
            return Ok(());
        }
        while !bytes.is_empty() {
            match offer(self.socket.as_mut(), bytes)? {
                0 => {
                    self.waiting = Some(Box::new(Backlog { bytes: bytes.to_vec(), written: 0, since: now }));
                    break;
                }
                taken => bytes = &bytes[taken..],
            }
        }
        Ok(())
    }

    /// Ends this direction once everything before is written.
    pub(super) fn finish(&mut self) {
        if self.writes == Writes::Open {
            self.writes = Writes::Ending;
        }
    }

    /// Writes what waits. `true` when nothing does any more.
    pub(super) fn flush(&mut self, now: Instant) -> io::Result<bool> {
        let Self { socket, waiting, .. } = self;
        if let Some(backlog) = waiting {
            while backlog.written < backlog.bytes.len() {
                match offer(socket.as_mut(), &backlog.bytes[backlog.written..])? {
                    0 => return Ok(false),
                    taken => backlog.written += taken,
                }
                backlog.since = now;
            }
            *waiting = None;
        }
        if self.writes == Writes::Ending
            && let Some(socket) = &self.socket
        {
            // Never waits; a peer that has gone already says so at the next read.
            let _ = socket.shutdown(Shutdown::Write);
            self.writes = Writes::Ended;
        }
        Ok(true)
    }

    /// Whether both directions of this side have ended.
    pub(super) fn is_over(&self) -> bool {
        !self.reads && self.writes == Writes::Ended
    }

    /// Whether one of its directions has ended or is ending.
    pub(super) fn is_half(&self) -> bool {
        !self.reads || self.writes != Writes::Open
    }

    /// Makes closing it a reset, which is how its peer learns that this is no orderly end.
    pub(super) fn reset(&self) {
        if let Some(socket) = &self.socket {
            // Fails only on a socket that is gone already.
            let _ = SockRef::from(socket).set_linger(Some(Duration::ZERO));
        }
    }
}

/// Offers bytes to a socket; 0 when it takes none now.
fn offer(socket: Option<&mut TcpStream>, bytes: &[u8]) -> io::Result<usize> {
    let Some(socket) = socket else { return Ok(0) };
    loop {
        match socket.write(bytes) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            written => return written,
        }
    }
}
