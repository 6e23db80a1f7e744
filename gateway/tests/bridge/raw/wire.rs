//! The link of the crafted clients, or of the crafted servers: one tap, each client's port of it an end of its own.

use super::seen::Seen;
use crate::lab::Lab;
use crate::lab::addresses::{CLIENT, CRAFTED, Place, SERVER, know};
use crate::lab::tap::{Frame, Tap, wait};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

struct Shared {
    tap: Tap,
    /// Who is heard, and which of its ports tells the connection.
    heard: &'static [Place],
    key: fn(&Seen) -> u16,
    clients: Mutex<HashMap<u16, Sender<Seen>>>,
    others: Mutex<Option<Sender<Seen>>>,
    stop: AtomicBool,
}

/// The link; cheap to clone a hand on.
pub(crate) struct Wire {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Wire {
    /// Takes the client's link of a laboratory. The kernel there hears nothing any more.
    pub(crate) fn take(lab: &Lab) -> Self {
        know(&lab.server, "s", &CRAFTED);
        Self::of(Tap::take(&lab.client, "c"), &[SERVER], |seen| seen.to_port)
    }

    /// Takes the server's link of a laboratory, likewise.
    pub(crate) fn take_of_the_server(lab: &Lab) -> Self {
        Self::of(Tap::take(&lab.server, "s"), &[CRAFTED, CLIENT], |seen| seen.from_port)
    }

    fn of(tap: Tap, heard: &'static [Place], key: fn(&Seen) -> u16) -> Self {
        let (clients, others) = (Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { tap, heard, key, clients, others, stop: AtomicBool::new(false) });
        let reader = Arc::clone(&shared);
        let read = move || {
            while !reader.stop.load(Ordering::Relaxed) {
                wait(&[&reader.tap], Duration::from_millis(20));
                while let Some(frame) = reader.tap.receive() {
                    reader.hand_over(&frame);
                }
            }
        };
        Self { shared, thread: Some(std::thread::spawn(read)) }
    }

    /// What comes for `port` from now on.
    pub(crate) fn listen(&self, port: u16) -> Receiver<Seen> {
        let (sender, receiver) = channel();
        self.shared.clients.lock().unwrap().insert(port, sender);
        receiver
    }

    /// What comes for ports that nobody listens to.
    pub(crate) fn listen_to_others(&self) -> Receiver<Seen> {
        let (sender, receiver) = channel();
        *self.shared.others.lock().unwrap() = Some(sender);
        receiver
    }

    /// Puts a frame on the link.
    pub(crate) fn send(&self, bytes: Vec<u8>) {
        self.send_offloaded(&Frame::whole(bytes));
    }

    /// The same with what is left to the link.
    pub(crate) fn send_offloaded(&self, frame: &Frame) {
        self.shared.tap.send(frame);
    }
}

impl Shared {
    fn hand_over(&self, frame: &Frame) {
        let Some(seen) = Seen::read(&frame.bytes) else { return };
        if !self.heard.iter().any(|place| place.ip(seen.from.is_ipv6()) == seen.from) {
            return;
        }
        if let Some(client) = self.clients.lock().unwrap().get(&(self.key)(&seen)) {
            let _ = client.send(seen);
        } else if let Some(others) = self.others.lock().unwrap().as_ref() {
            let _ = others.send(seen);
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
