//! The controller beyond the bridge: answers reads of holding registers as fast as it can, on one thread.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The controller; it lives as long as the process.
pub(crate) struct Device {
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Device {
    /// Starts it on a port of `ip`.
    pub(crate) fn start(ip: &str) -> Self {
        let listener = std::net::TcpListener::bind((ip, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    stream.set_nodelay(true).unwrap();
                    tokio::spawn(serve(stream));
                }
            });
        });
        Self { address }
    }
}

async fn serve(mut stream: TcpStream) {
    let mut request = [0; 12];
    while stream.read_exact(&mut request).await.is_ok() {
        let count = u16::from_be_bytes([request[10], request[11]]);
        let bytes = count as u8 * 2;
        let mut answer = vec![request[0], request[1], 0, 0, 0, bytes + 3, request[6], 3, bytes];
        answer.resize(9 + usize::from(bytes), 0x5A);
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}
