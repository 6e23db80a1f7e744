//! A relay of our own between two links: it carries each frame on, or loses it, holds it back, tags it, or writes it down.

use super::tap::{Frame, Tap, wait};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toward {
    Client,
    Server,
}

/// What a relay does with each frame.
pub(crate) trait Carry: Send {
    /// One frame; what `out` is given goes on.
    fn frame(&mut self, toward: Toward, frame: Frame, out: &mut dyn FnMut(Toward, Frame));

    /// Nothing came for some milliseconds.
    fn idle(&mut self, _: &mut dyn FnMut(Toward, Frame)) {}
}

/// A running relay.
pub(crate) struct Relay {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// How long a relay waits for the next frame before it calls itself idle.
const IDLE: Duration = Duration::from_millis(4);

impl Relay {
    /// Carries between a link towards the client and one towards the server.
    pub(crate) fn start(client: Tap, server: Tap, mut carry: Box<dyn Carry>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let work = move || {
            let mut out = |toward, frame: Frame| match toward {
                Toward::Client => client.send(&frame),
                Toward::Server => server.send(&frame),
            };
            while !stopped.load(Ordering::Relaxed) {
                wait(&[&client, &server], IDLE);
                let mut moved = false;
                for (from, toward) in [(&client, Toward::Server), (&server, Toward::Client)] {
                    while let Some(frame) = from.receive() {
                        moved = true;
                        carry.frame(toward, frame, &mut out);
                    }
                }
                if !moved {
                    carry.idle(&mut out);
                }
            }
        };
        Self { stop, thread: Some(std::thread::spawn(work)) }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The frames that a relay saw, in order.
pub(crate) type Record = Arc<Mutex<Vec<(Toward, Frame)>>>;

/// Carries everything and writes it down.
pub(crate) struct Watch(pub(crate) Record);

impl Carry for Watch {
    fn frame(&mut self, toward: Toward, frame: Frame, out: &mut dyn FnMut(Toward, Frame)) {
        self.0.lock().unwrap().push((toward, frame.clone()));
        out(toward, frame);
    }
}

/// Loses one frame in `lose` and holds back one in `delay` until the next has passed, by a fixed sequence of numbers.
pub(crate) struct Trouble {
    state: u64,
    lose: u64,
    delay: u64,
    held: Vec<(Toward, Frame)>,
}

impl Trouble {
    /// Trouble of this measure; the same `seed` is the same trouble.
    pub(crate) fn new(seed: u64, lose: u64, delay: u64) -> Self {
        Self { state: seed, lose, delay, held: Vec::new() }
    }

    /// A number below `bound`.
    fn roll(&mut self, bound: u64) -> u64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

impl Carry for Trouble {
    fn frame(&mut self, toward: Toward, frame: Frame, out: &mut dyn FnMut(Toward, Frame)) {
        if self.roll(self.lose) == 0 {
            return;
        }
        if self.roll(self.delay) == 0 {
            self.held.push((toward, frame));
            return;
        }
        out(toward, frame);
        self.held.drain(..).for_each(|(toward, frame)| out(toward, frame));
    }

    fn idle(&mut self, out: &mut dyn FnMut(Toward, Frame)) {
        self.held.drain(..).for_each(|(toward, frame)| out(toward, frame));
    }
}

/// Puts tags on what goes into the box and takes them off what comes out, for a relay on either side of it.
pub(crate) struct Tagger {
    /// Which way leads into the box.
    pub(crate) inward: Toward,
    /// The bytes of the tags.
    pub(crate) tags: Vec<u8>,
}

impl Carry for Tagger {
    fn frame(&mut self, toward: Toward, mut frame: Frame, out: &mut dyn FnMut(Toward, Frame)) {
        if toward == self.inward {
            frame.bytes.splice(12..12, self.tags.iter().copied());
            out(toward, frame);
        } else if frame.bytes[12..].starts_with(&self.tags) {
            frame.bytes.drain(12..12 + self.tags.len());
            out(toward, frame);
        }
    }
}
