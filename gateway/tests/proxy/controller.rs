//! Controllers that keep a witness of every byte that came.

use crate::client::ANSWER;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

/// The last part of the next controller's address: no two assets share one.
static CONTROLLERS: AtomicU8 = AtomicU8::new(1);

/// What a controller saw.
#[derive(Clone, Default)]
pub(crate) struct Witness(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    accepted: usize,
    bytes: Vec<u8>,
    ended: Vec<&'static str>,
}

/// A controller: answers each read of one register with 7, and keeps every byte that came.
pub(crate) struct Controller {
    pub(crate) address: SocketAddr,
    pub(crate) witness: Witness,
}

impl Controller {
    pub(crate) fn start() -> Self {
        Self::behaving(|stream, _| stream.write_all(ANSWER).is_ok())
    }

    /// A controller that does this for every message of 12 bytes; `false` ends its connection.
    pub(crate) fn behaving(each: impl Fn(&mut TcpStream, &[u8]) -> bool + Send + Sync + 'static) -> Self {
        let ip = Ipv4Addr::new(127, 0, 1, CONTROLLERS.fetch_add(1, Ordering::Relaxed));
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let witness = Witness::default();
        let (seen, each) = (witness.clone(), Arc::new(each));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, each) = (seen.clone(), each.clone());
                seen.0.lock().unwrap().accepted += 1;
                std::thread::spawn(move || seen.serve(stream, &*each));
            }
        });
        Self { address, witness }
    }
}

impl Witness {
    fn serve(&self, mut stream: TcpStream, each: &(dyn Fn(&mut TcpStream, &[u8]) -> bool + Send + Sync)) {
        let mut message = [0; 12];
        let mut filled = 0;
        loop {
            match stream.read(&mut message[filled..]) {
                Ok(0) => return self.0.lock().unwrap().ended.push("end"),
                Err(_) => return self.0.lock().unwrap().ended.push("reset"),
                Ok(length) => {
                    self.0.lock().unwrap().bytes.extend_from_slice(&message[filled..filled + length]);
                    filled += length;
                }
            }
            if filled == message.len() {
                filled = 0;
                if !each(&mut stream, &message) {
                    return;
                }
            }
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().bytes.clone()
    }

    pub(crate) fn accepted(&self) -> usize {
        self.0.lock().unwrap().accepted
    }

    /// How its connections ended: `end` or `reset`.
    pub(crate) fn ended(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().ended.clone()
    }
}
