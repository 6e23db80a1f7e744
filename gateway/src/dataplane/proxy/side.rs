//! One socket of a connection, and what waits to be written to it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Bytes that may wait for one side before the other is no longer read.
pub(super) const MARK: usize = 16 * 1024;

/// One side of a connection. It holds no buffer while nothing waits.
pub(super) struct Side {
    /// `None` until the controller has been dialled.
    socket: Option<TcpStream>,
    waiting: Vec<u8>,
    /// How many bytes of `waiting` are written.
    written: usize,
    /// Whether the peer may still send.
    pub(super) reads: bool,
    writes: Writes,
    /// Whether the peer took a byte since [`Side::took`] was asked.
    took: bool,
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
        Self { socket, waiting: Vec::new(), written: 0, reads: true, writes: Writes::Open, took: false }
    }

    /// The controller answered the dial.
    pub(super) fn connect(&mut self, socket: TcpStream) {
        self.socket = Some(socket);
    }

    pub(super) fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Bytes of memory that are kept for what waits.
    #[cfg(test)]
    pub(super) fn reserved(&self) -> usize {
        self.waiting.capacity()
    }

    /// How many bytes wait.
    pub(super) fn backlog(&self) -> usize {
        self.waiting.len() - self.written
    }

    /// Whether the peer took a byte since the last call.
    pub(super) fn took(&mut self) -> bool {
        std::mem::take(&mut self.took)
    }

    /// Reads what is there; `Ok(0)` is the end.
    pub(super) fn read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let Some(socket) = &mut self.socket else { return Poll::Pending };
        let mut buffer = ReadBuf::new(buffer);
        Pin::new(socket).poll_read(cx, &mut buffer).map_ok(|()| buffer.filled().len())
    }

    /// Writes as much as the peer takes now and keeps the rest.
    pub(super) fn write(&mut self, cx: &mut Context<'_>, mut bytes: &[u8]) -> io::Result<()> {
        if self.waiting.is_empty() {
            while !bytes.is_empty() {
                match self.take(cx, bytes)? {
                    0 => break,
                    n => bytes = &bytes[n..],
                }
            }
        }
        self.waiting.extend_from_slice(bytes);
        Ok(())
    }

    /// Ends this direction once everything before is written.
    pub(super) fn finish(&mut self) {
        if self.writes == Writes::Open {
            self.writes = Writes::Ending;
        }
    }

    /// Writes what waits. `true` when nothing does any more.
    pub(super) fn flush(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        while self.written < self.waiting.len() {
            let waiting = std::mem::take(&mut self.waiting);
            let taken = self.take(cx, &waiting[self.written..]);
            self.waiting = waiting;
            match taken? {
                0 => return Ok(false),
                n => self.written += n,
            }
        }
        if self.written > 0 {
            (self.waiting, self.written) = (Vec::new(), 0);
        }
        if self.writes == Writes::Ending
            && let Some(socket) = &mut self.socket
            // Shutting a socket down never waits; a peer that has gone already says so at the next read.
            && Pin::new(socket).poll_shutdown(cx).is_ready()
        {
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
            let _ = socket.set_zero_linger();
        }
    }

    /// Offers bytes to the socket; 0 when it takes none now.
    fn take(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> io::Result<usize> {
        let Some(socket) = &mut self.socket else { return Ok(0) };
        match Pin::new(socket).poll_write(cx, bytes) {
            Poll::Ready(taken) => {
                self.took = true;
                taken
            }
            Poll::Pending => Ok(0),
        }
    }
}
