//! A Modbus client that sends exactly the bytes it is told to.

use super::{PATIENCE, frames};
use socket2::{Domain, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What came next on a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// One message.
    Message(Vec<u8>),
    /// The gateway closed or reset the connection.
    Closed,
    /// Nothing within the time given.
    Nothing,
}

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    pending: Vec<u8>,
}

impl Client {
    /// Connects from `source`, which the policy knows, to `to`.
    pub(crate) fn connect(source: &str, to: SocketAddr) -> Self {
        Self::try_connect(source, to).unwrap()
    }

    /// The same, where the connection may be refused.
    pub(crate) fn try_connect(source: &str, to: SocketAddr) -> std::io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        let source: IpAddr = source.parse().unwrap();
        socket.bind(&SocketAddr::new(source, 0).into())?;
        socket.connect_timeout(&to.into(), PATIENCE)?;
        socket.set_tcp_nodelay(true)?;
        Ok(Self { stream: socket.into(), pending: Vec::new() })
    }

    /// Sends bytes in one segment.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// The same, where the connection may be gone.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// From now on, sending fails when nothing can be sent for this long.
    pub(crate) fn give_up_sending_after(&self, time: Duration) {
        self.stream.set_write_timeout(Some(time)).unwrap();
    }

    /// Says that nothing more comes from this side.
    pub(crate) fn finish(&self) {
        self.stream.shutdown(std::net::Shutdown::Write).unwrap();
    }

    /// What comes within `time`.
    pub(crate) fn next_within(&mut self, time: Duration) -> Next {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let mut buffer = [0; 4096];
        loop {
            if let Some(whole) = frames::first(&self.pending) {
                return Next::Message(self.pending.drain(..whole).collect());
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return Next::Closed,
                Ok(n) => self.pending.extend_from_slice(&buffer[..n]),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Next::Nothing,
                Err(_) => return Next::Closed,
            }
        }
    }

    /// The next message, which must come.
    pub(crate) fn answer(&mut self) -> Vec<u8> {
        match self.next_within(PATIENCE) {
            Next::Message(message) => message,
            other => panic!("wanted an answer, got: {other:?}"),
        }
    }

    /// Sends a request and takes the next message.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        self.send(request);
        self.answer()
    }

    /// Everything until the gateway closes the connection, which must happen.
    pub(crate) fn until_closed(&mut self) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        loop {
            match self.next_within(PATIENCE) {
                Next::Message(message) => messages.push(message),
                Next::Closed => return messages,
                Next::Nothing => panic!("the connection stayed open; so far: {messages:02x?}"),
            }
        }
    }
}

/// A well-behaved client of its own that reads all the time; it must never notice what the others do.
pub(crate) struct Neighbour {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<usize>>,
}

impl Neighbour {
    /// Starts reading through `to`, on one connection.
    pub(crate) fn start(source: &'static str, to: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let mut client = Client::connect(source, to);
        let read = move || {
            let mut answered = 0;
            // Once at least, however soon the test is over.
            while answered == 0 || !stopped.load(Ordering::Relaxed) {
                let request = frames::read(answered as u16, 0, 4);
                assert_eq!(client.ask(&request), frames::honest(&request), "the neighbour was disturbed");
                answered += 1;
                std::thread::sleep(Duration::from_millis(5));
            }
            answered
        };
        Self { stop, thread: Some(std::thread::spawn(read)) }
    }

    /// Ends it, and asserts that each of its reads was answered.
    pub(crate) fn finish(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let answered = self.thread.take().unwrap().join().expect("the neighbour was disturbed");
        assert!(answered > 0, "the neighbour was never answered");
    }
}
