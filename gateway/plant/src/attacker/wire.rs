//! A connection of bytes: nothing is checked before it is sent, everything is checked when it comes back.

use crate::stations::connect;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between the bytes of a message that is sent byte by byte.
const TRICKLE: Duration = Duration::from_millis(3);

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The function was carried out: the PDU of the answer.
    Served(Vec<u8>),
    /// An exception with this code.
    Exception(u8),
    /// The other side closed the connection.
    Closed,
    /// Nothing, for as long as was waited.
    Silence,
    /// Bytes that are no answer to what was asked.
    Garbled(String),
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Served(_) => f.write_str("carried out"),
            Self::Exception(code) => write!(f, "refused (exception {code})"),
            Self::Closed => f.write_str("connection closed"),
            Self::Silence => f.write_str("no answer"),
            Self::Garbled(what) => write!(f, "not an answer: {what}"),
        }
    }
}

/// A raw connection.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    transaction: u16,
}

impl Wire {
    /// Dials `target` from `source`.
    ///
    /// # Errors
    /// The connection cannot be made (within 3 s).
    pub async fn connect(source: IpAddr, target: SocketAddr) -> io::Result<Self> {
        Ok(Self { stream: connect(source, target).await?, transaction: 0x5100 })
    }

    /// A whole message to `unit`, under the next transaction number.
    pub fn message(&mut self, unit: u8, pdu: &[u8]) -> Vec<u8> {
        self.transaction = self.transaction.wrapping_add(1);
        let length = (pdu.len() + 1) as u16;
        let ([t0, t1], [l0, l1]) = (self.transaction.to_be_bytes(), length.to_be_bytes());
        [&[t0, t1, 0, 0, l0, l1, unit][..], pdu].concat()
    }

    /// The transaction number of the last message.
    pub fn transaction(&self) -> u16 {
        self.transaction
    }

    /// Sends bytes as they are, in one piece.
    ///
    /// # Errors
    /// The connection is gone, or the other side takes nothing for 3 s.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        timeout(PATIENCE, self.stream.write_all(bytes)).await?
    }

    /// Sends bytes one at a time, each in a segment of its own.
    ///
    /// # Errors
    /// As [`Wire::send`].
    pub async fn trickle(&mut self, bytes: &[u8]) -> io::Result<()> {
        for byte in bytes {
            self.send(&[*byte]).await?;
            sleep(TRICKLE).await;
        }
        Ok(())
    }

    /// Sends a request and waits for its answer.
    pub async fn ask(&mut self, unit: u8, pdu: &[u8]) -> Reply {
        let message = self.message(unit, pdu);
        match self.send(&message).await {
            Ok(()) => self.reply_to(self.transaction, pdu[0]).await,
            Err(_) => Reply::Closed,
        }
    }

    /// Waits for the answer to `function` under `transaction`.
    pub async fn reply_to(&mut self, transaction: u16, function: u8) -> Reply {
        match self.next().await {
            Ok((t, pdu)) if t == transaction => classify(function, pdu),
            Ok((t, _)) => Reply::Garbled(format!("transaction {t:04X} instead of {transaction:04X}")),
            Err(reply) => reply,
        }
    }

    /// The next message: its transaction and PDU, or why there is none.
    pub async fn next(&mut self) -> Result<(u16, Vec<u8>), Reply> {
        match timeout(PATIENCE, self.read()).await {
            Ok(Ok(message)) => message,
            Ok(Err(_)) => Err(Reply::Closed),
            Err(_) => Err(Reply::Silence),
        }
    }

    async fn read(&mut self) -> io::Result<Result<(u16, Vec<u8>), Reply>> {
        let mut head = [0; 7];
        self.stream.read_exact(&mut head).await?;
        let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
        if head[2..4] != [0, 0] || !(3..=254).contains(&length) {
            return Ok(Err(Reply::Garbled(format!("{head:02X?}"))));
        }
        let mut pdu = vec![0; length - 1];
        self.stream.read_exact(&mut pdu).await?;
        Ok(Ok((u16::from_be_bytes([head[0], head[1]]), pdu)))
    }
}

/// What an answer means for a request of `function`.
pub(crate) fn classify(function: u8, pdu: Vec<u8>) -> Reply {
    match pdu[..] {
        [f, code] if f == function | 0x80 => Reply::Exception(code),
        [f, ..] if f == function => Reply::Served(pdu),
        _ => Reply::Garbled(format!("{pdu:02X?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_from_a_refusal_and_from_nonsense() {
        assert_eq!(classify(6, vec![6, 0, 100, 14, 16]), Reply::Served(vec![6, 0, 100, 14, 16]));
        assert_eq!(classify(6, vec![0x86, 3]), Reply::Exception(3));
        assert!(matches!(classify(6, vec![0x86]), Reply::Garbled(_)));
        assert!(matches!(classify(6, vec![3, 2, 0, 0]), Reply::Garbled(_)));
        assert!(matches!(classify(6, vec![]), Reply::Garbled(_)));
    }
}
