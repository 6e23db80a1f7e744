//! One round: so many connections, each asking again as soon as it is answered.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// Registers of a read.
const COUNT: u8 = 10;
/// A register that no policy here allows to write.
const FORBIDDEN: u16 = 0xFFF0;

/// What one round took.
pub(crate) struct Round {
    /// Median round trip.
    pub(crate) p50: Duration,
    /// Of a hundred round trips, one takes longer.
    pub(crate) p99: Duration,
}

impl Round {
    /// `trips` round trips to `at` over a connection from each of `sources`; each tenth is a write that is refused, if
    /// `denied`.
    pub(crate) fn run(at: SocketAddr, sources: &[IpAddr], trips: usize, denied: bool) -> Self {
        let each = trips / sources.len();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut times: Vec<Duration> = runtime.block_on(async {
            let loops: Vec<_> = sources.iter().map(|from| tokio::spawn(closed_loop(*from, at, each, denied))).collect();
            let mut all = Vec::with_capacity(trips);
            for one in loops {
                all.extend(one.await.unwrap());
            }
            all
        });
        times.sort_unstable();
        Self { p50: times[times.len() / 2], p99: times[times.len() * 99 / 100] }
    }
}

async fn closed_loop(from: IpAddr, at: SocketAddr, trips: usize, denied: bool) -> Vec<Duration> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from, 0)).unwrap();
    let mut stream = socket.connect(at).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut times = Vec::with_capacity(trips);
    for trip in 0..trips {
        let start = Instant::now();
        if denied && trip % 10 == 9 {
            refused(&mut stream, trip as u16).await;
        } else {
            ask(&mut stream, trip as u16).await;
        }
        times.push(start.elapsed());
    }
    times
}

async fn ask(stream: &mut TcpStream, transaction: u16) {
    let [a, b] = transaction.to_be_bytes();
    stream.write_all(&[a, b, 0, 0, 0, 6, 1, 3, 0, 0, 0, COUNT]).await.unwrap();
    let mut answer = [0; 9 + 2 * COUNT as usize];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!((&answer[..2], answer[7]), (&[a, b][..], 3), "the read was refused");
}

async fn refused(stream: &mut TcpStream, transaction: u16) {
    let [a, b] = transaction.to_be_bytes();
    let [high, low] = FORBIDDEN.to_be_bytes();
    stream.write_all(&[a, b, 0, 0, 0, 6, 1, 6, high, low, 0, 1]).await.unwrap();
    let mut answer = [0; 9];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!((&answer[..2], answer[7]), (&[a, b][..], 0x86), "the write was not refused");
}
