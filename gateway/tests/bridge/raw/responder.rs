//! A controller without a stack and without a memory: it answers each segment from what stands in it, so that a hundred
//! thousand connections cost it nothing.

use super::packet::{ACK, Ip, Link, PSH, Packet, SYN, Tcp};
use super::seen::Seen;
use crate::lab::Lab;
use crate::lab::addresses::SERVER;
use crate::lab::tap::{Frame, Tap, wait};
use crate::rig::frames;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The first sequence number of each of its connections.
pub(crate) const FIRST: u32 = 0x5000_0000;

/// A running one, in the place of the server's kernel.
pub(crate) struct Responder {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Responder {
    /// Takes the server's link.
    pub(crate) fn start(lab: &Lab) -> Self {
        let tap = Tap::take(&lab.server, "s");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let work = move || {
            while !stopped.load(Ordering::Relaxed) {
                wait(&[&tap], Duration::from_millis(20));
                while let Some(frame) = tap.receive() {
                    if let Some(answer) = Seen::read(&frame.bytes).and_then(|seen| answer(&frame, &seen)) {
                        tap.send(&Frame::whole(answer.frame()));
                    }
                }
            }
        };
        Self { stop, thread: Some(std::thread::spawn(work)) }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// What a segment is answered with: a SYN with a SYN-ACK, requests with their answers.
fn answer(frame: &Frame, seen: &Seen) -> Option<Packet> {
    let opens = seen.flags & SYN != 0;
    if !opens && seen.payload.is_empty() {
        return None;
    }
    let (requests, _) = frames::split(&seen.payload);
    let taken: usize = requests.iter().map(Vec::len).sum();
    let tcp = Tcp {
        from: seen.to_port,
        to: seen.from_port,
        sequence: if opens { FIRST } else { seen.acknowledgement },
        acknowledgement: seen.sequence.wrapping_add(if opens { 1 } else { taken as u32 }),
        flags: if opens { SYN | ACK } else { PSH | ACK },
        window: 0x4000,
        payload: requests.iter().flat_map(|r| frames::honest(r)).collect(),
        ..Tcp::default()
    };
    let link = Link { to: frame.bytes.get(6..12)?.try_into().ok()?, from: SERVER.mac, ..Link::default() };
    Some(Packet { link, ip: Ip::new(seen.to, seen.from, 6), tcp })
}
