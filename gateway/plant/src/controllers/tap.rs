//! The tap between a controller's socket and the Modbus library: shows every byte to the witness, and closes the
//! connection on what would upset the library.

use super::witness::Witness;
use std::io::{self, Error, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

/// Transaction, protocol and length: what stands before the bytes that the length counts.
const HEAD: usize = 6;

/// A connection under observation.
pub(super) struct Tap {
    stream: TcpStream,
    peer: SocketAddr,
    witness: Arc<Witness>,
    pending: Vec<u8>,
    _place: OwnedSemaphorePermit,
}

impl Tap {
    pub(super) fn new(stream: TcpStream, peer: SocketAddr, witness: Arc<Witness>, place: OwnedSemaphorePermit) -> Self {
        Self { stream, peer, witness, pending: Vec::new(), _place: place }
    }

    fn observe(&mut self, fresh: &[u8]) -> io::Result<()> {
        self.pending.extend_from_slice(fresh);
        let mut rest = self.pending.as_slice();
        let mut sound = true;
        while let Some(unit) = sound.then(|| next_unit(rest)).flatten() {
            if let Ok(unit) = unit {
                self.witness.request(unit, self.peer);
                sound = digestible(unit);
                rest = &rest[HEAD + unit.len()..];
            } else {
                self.witness.scrap(rest);
                (sound, rest) = (false, &[]);
            }
        }
        let done = self.pending.len() - rest.len();
        self.pending.drain(..done);
        if sound { Ok(()) } else { Err(Error::new(ErrorKind::InvalidData, "not a Modbus request")) }
    }
}

/// The next whole message (unit byte and PDU), `None` when there is none yet, an error when there never will be.
fn next_unit(bytes: &[u8]) -> Option<Result<&[u8], ()>> {
    let &[_, _, p0, p1, l0, l1, ref rest @ ..] = bytes else { return None };
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    if [p0, p1] != [0, 0] || !(2..=254).contains(&length) {
        return Some(Err(()));
    }
    rest.get(..length).map(Ok)
}

/// Whether the library can decode it: it indexes packed coils by the quantity and doubles register counts in 16 bits.
fn digestible(unit: &[u8]) -> bool {
    let word = |at: usize| unit.get(at..at + 2).map_or(0, |b| usize::from(u16::from_be_bytes([b[0], b[1]])));
    let byte = |at: usize| unit.get(at).copied().map_or(0, usize::from);
    match unit[1] {
        15 => word(4) <= 8 * byte(6),
        16 => word(4) <= 123,
        23 => word(8) <= 121,
        _ => true,
    }
}

impl AsyncRead for Tap {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        Poll::Ready(self.observe(&buf.filled()[before..]))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        if !self.pending.is_empty() {
            self.witness.scrap(&self.pending);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn units_are_cut_by_their_length_alone() {
        assert_eq!(next_unit(&[0, 1, 0, 0, 0, 2, 1]), None);
        assert_eq!(next_unit(&[0, 1, 0, 0, 0, 2, 1, 17, 0]), Some(Ok(&[1, 17][..])));
        for length in [[0, 0], [0, 1], [0, 255], [255, 255]] {
            assert_eq!(next_unit(&[&[0, 1, 0, 0][..], &length].concat()), Some(Err(())));
        }
        assert_eq!(next_unit(&[0, 1, 0, 7, 0, 2, 1, 17]), Some(Err(())));
    }

    #[tokio::test]
    async fn an_indigestible_message_is_witnessed_and_goes_no_further() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, peer) = listener.accept().await.unwrap();
        let witness = Arc::new(Witness::new(crate::Controller::Pump));
        let places = Arc::new(tokio::sync::Semaphore::new(1));
        let mut tap = Tap::new(stream, peer, Arc::clone(&witness), places.try_acquire_owned().unwrap());
        client.write_all(&[0, 1, 0, 0, 0, 8, 1, 15, 0, 0, 7, 0xB0, 1, 1]).await.unwrap();
        assert!(tap.read(&mut [0; 64]).await.is_err());
        assert_eq!(witness.total(), 1);
    }

    #[test]
    fn what_the_library_cannot_count_is_indigestible() {
        assert!(digestible(&[1, 15, 0, 0, 0, 8, 1, 0xFF]));
        assert!(!digestible(&[1, 15, 0, 0, 0, 9, 1, 0xFF]));
        assert!(!digestible(&[1, 16, 0, 0, 0x80, 1, 2, 0, 0]));
        assert!(!digestible(&[1, 23, 0, 0, 0, 1, 0, 0, 0x80, 1, 2, 0, 0]));
        assert!(digestible(&[1, 15]), "too short is the library's to say");
    }
}
