//! The engine alone between the box's links, in a loop of our own: no packet sockets, no program around it. What fails
//! here fails in the engine.

use crate::lab::Lab;
use crate::lab::tap::{Frame, Tap, wait};
use crate::rig::folder::Folder;
use sluice_engine::bridge::{Bounds, Bridge, BridgeOptions, Leaving, Notice, Offload, Side};
use sluice_engine::{Answer, Forgotten, Incident, Judged, Limits, Output};
use sluice_model::{Direction, Instant};
use sluice_policies::Policy;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The longest that the loop sleeps.
const PAUSE: Duration = Duration::from_millis(20);

/// A running engine.
pub(crate) struct Engine {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Out<'t> {
    taps: &'t [Tap; 2],
    frame: Option<Frame>,
}

impl Output for Out<'_> {
    fn send(&mut self, _: Direction, _: &[u8]) {}
    fn finish(&mut self, _: Direction) {}
    fn reset(&mut self, _: &'static str) {}
    fn judged(&mut self, _: &Judged<'_>) {}
    fn incident(&mut self, _: &Incident<'_>) {}
    fn answered(&mut self, _: &Answer) {}
    fn forgotten(&mut self, _: &Forgotten) {}
}

impl Leaving for Out<'_> {
    fn forward(&mut self, to: Side, length: usize) {
        let mut frame = self.frame.take().unwrap();
        frame.bytes.truncate(length);
        self.taps[to.index()].send(&frame);
    }
    fn emit(&mut self, to: Side, frame: &[u8]) {
        self.taps[to.index()].send(&Frame::whole(frame.to_vec()));
    }
    fn notice(&mut self, _: &Notice<'_>) {}
}

impl Engine {
    pub(crate) fn start(lab: &Lab, site: &Folder) -> Self {
        let taps = [Tap::take(&lab.middle, "a"), Tap::take(&lab.middle, "b")];
        let (compiled, _) = sluice::policy::open(site.path()).unwrap();
        let policy = Arc::new(compiled.policy);
        let options = BridgeOptions {
            gateway: "gw".to_owned(),
            mtu: [lab.links.mtu; 2],
            limits: Limits::default(),
            bounds: Bounds::default(),
        };
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut bridge = Bridge::new(&options);
            let start = std::time::Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                turn(&mut bridge, &taps, &policy, || Instant(start.elapsed().as_nanos() as u64 + 1));
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

/// One turn of the loop: waits for frames or a deadline, and hands in what there is.
fn turn(bridge: &mut Bridge, taps: &[Tap; 2], policy: &Arc<Policy>, now: impl Fn() -> Instant) {
    let due = bridge.deadline().map_or(PAUSE, |d| d.since(now()));
    wait(&[&taps[0], &taps[1]], due.min(PAUSE));
    let mut out = Out { taps, frame: None };
    for side in Side::ALL {
        while let Some(frame) = taps[side.index()].receive() {
            let word = |at: usize| u16::from_le_bytes([frame.header[at], frame.header[at + 1]]);
            let offload = Offload {
                unfinished: (frame.header[0] & 1 != 0).then(|| (word(6), word(8))),
                segment: (frame.header[1] & 0x7F != 0).then(|| word(4)),
            };
            out.frame = Some(frame.clone());
            let _ = bridge.frame(now(), policy, side, &frame.bytes, offload, &mut out);
        }
    }
    if bridge.deadline().is_some_and(|d| d <= now()) {
        bridge.tick(now(), policy, &mut out);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
