//! Clients, and what they say.

use crate::rig::PATIENCE;
use socket2::{Domain, SockRef, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// What the operator station sends from.
pub(crate) const HMI: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);
/// Somebody whom no policy knows.
pub(crate) const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 99);
/// Reads holding 0.
pub(crate) const READ: &[u8] = &[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
/// Its answer.
pub(crate) const ANSWER: &[u8] = &[0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];
/// Writes holding 100, which the policy does not allow.
pub(crate) const WRITE: &[u8] = &[0, 2, 0, 0, 0, 6, 1, 6, 0, 100, 0, 1];
/// Its refusal: illegal function.
pub(crate) const REFUSAL: &[u8] = &[0, 2, 0, 0, 0, 3, 1, 0x86, 1];

/// A client's connection from an address of its own.
pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    pub(crate) fn dial(from: Ipv4Addr, to: SocketAddr) -> Self {
        Self::try_dial(from, to).unwrap()
    }

    /// Dials with the least buffers that the system gives, so that they are full soon.
    pub(crate) fn narrow(from: Ipv4Addr, to: SocketAddr) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(2048).unwrap();
        socket.set_send_buffer_size(2048).unwrap();
        Self::connect(socket, from, to).unwrap()
    }

    /// Dials and is reset, at once or a moment later.
    pub(crate) fn is_turned_away(from: Ipv4Addr, to: SocketAddr) {
        match Self::try_dial(from, to) {
            Ok(mut client) => assert_eq!(client.ending(), "reset"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }

    fn try_dial(from: Ipv4Addr, to: SocketAddr) -> std::io::Result<Self> {
        Self::connect(Socket::new(Domain::IPV4, Type::STREAM, None).unwrap(), from, to)
    }

    fn connect(socket: Socket, from: Ipv4Addr, to: SocketAddr) -> std::io::Result<Self> {
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        socket.connect_timeout(&to.into(), PATIENCE)?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Ok(Self(stream))
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// The next bytes, as many as `wanted` has.
    pub(crate) fn expect(&mut self, wanted: &[u8]) {
        let mut got = vec![0; wanted.len()];
        self.0.read_exact(&mut got).unwrap();
        assert_eq!(got, wanted);
    }

    pub(crate) fn ask(&mut self, request: &[u8], answer: &[u8]) {
        self.send(request);
        self.expect(answer);
    }

    /// How the connection ends: `end` or `reset`; nothing may come before.
    pub(crate) fn ending(&mut self) -> &'static str {
        match self.0.read(&mut [0; 64]) {
            Ok(0) => "end",
            Ok(n) => panic!("{n} bytes before the end"),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => "reset",
            Err(error) => panic!("{error}"),
        }
    }

    /// Nothing comes for a while.
    pub(crate) fn is_silent(&mut self) {
        self.0.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let error = self.0.read(&mut [0; 64]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
        self.0.set_read_timeout(Some(PATIENCE)).unwrap();
    }

    /// Closes with a reset.
    pub(crate) fn reset(self) {
        SockRef::from(&self.0).set_linger(Some(Duration::ZERO)).unwrap();
    }
}
