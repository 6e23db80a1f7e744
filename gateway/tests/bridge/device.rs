//! The controller behind the box: a server with the kernel's own TCP that keeps every byte of every connection, and answers
//! as an honest device does. It is the witness: what is in its log was delivered.

use crate::lab::Lab;
use crate::raw::MODBUS;
use crate::rig::frames;
use std::collections::HashMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv6Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Reads of this register and beyond are answered late.
pub(crate) const SLOW: u16 = 55;

/// How one connection stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// Every byte.
    pub(crate) bytes: Vec<u8>,
    /// `end` or `reset`, once it is over.
    pub(crate) over: Option<&'static str>,
}

type Log = Arc<Mutex<HashMap<u16, Heard>>>;

/// A running device.
pub(crate) struct Device {
    log: Log,
    stop: Arc<AtomicBool>,
}

impl Device {
    /// Starts one at port 502 of the server's namespace, both versions of IP.
    pub(crate) fn start(lab: &Lab) -> Self {
        let listener = lab.server.within(|| TcpListener::bind((Ipv6Addr::UNSPECIFIED, MODBUS)).unwrap());
        let device = Self { log: Log::default(), stop: Arc::new(AtomicBool::new(false)) };
        let (log, stop) = (Arc::clone(&device.log), Arc::clone(&device.stop));
        listener.set_nonblocking(true).unwrap();
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, peer)) => {
                        let (log, stop) = (Arc::clone(&log), Arc::clone(&stop));
                        std::thread::spawn(move || serve(stream, peer.port(), &log, &stop));
                    }
                    Err(_) => std::thread::sleep(Duration::from_millis(2)),
                }
            }
        });
        device
    }

    /// What came from a client's port.
    pub(crate) fn heard(&self, port: u16) -> Heard {
        self.log.lock().unwrap().get(&port).cloned().unwrap_or_default()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn serve(mut stream: TcpStream, port: u16, log: &Log, stop: &AtomicBool) {
    log.lock().unwrap().insert(port, Heard::default());
    stream.set_nonblocking(false).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let (mut pending, mut buffer) = (Vec::new(), [0; 4096]);
    let over = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break "end",
            Ok(n) => {
                pending.extend(&buffer[..n]);
                log.lock().unwrap().get_mut(&port).unwrap().bytes.extend(&buffer[..n]);
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
            }
            Err(_) => break "reset",
        }
        while let Some(whole) = frames::first(&pending) {
            let request: Vec<u8> = pending.drain(..whole).collect();
            answer(&mut stream, &request);
        }
    };
    log.lock().unwrap().get_mut(&port).unwrap().over = Some(over);
}

fn answer(stream: &mut TcpStream, request: &[u8]) {
    // What is no request gets no answer; the log has it.
    if request.len() < 12 {
        return;
    }
    if request[7] == 3 && u16::from_be_bytes([request[8], request[9]]) >= SLOW {
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = stream.write_all(&frames::honest(request));
}
