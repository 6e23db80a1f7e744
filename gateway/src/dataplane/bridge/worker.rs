//! A worker: sleeps until frames come, has each judged, and sends what may leave.

use super::Context;
use super::leave::Leave;
use super::tally::{self, Tally};
use crate::policy::Loaded;
use sluice_engine::bridge::{Bridge, BridgeOptions, Census, Offload, Side};
use sluice_hardware::port::{Batch, Outbox, wait};
use sluice_hardware::standby::{Beat, Found};
use sluice_hardware::{Port, Waker, monotonic};
use sluice_model::Instant;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How often gauges and the kernel's counters are looked at, in nanoseconds.
const GAUGES: u64 = 1_000_000_000;

/// A worker; [`Worker::run`] is its life.
pub(super) struct Worker {
    pub(super) context: Arc<Context>,
    pub(super) ports: [Port; 2],
    pub(super) beat: Beat,
    pub(super) waker: Waker,
    pub(super) options: BridgeOptions,
    pub(super) bridge: Bridge,
    pub(super) gauges: Box<dyn Fn(&Census) + Send>,
    pub(super) scratch: Scratch,
}

/// What a worker has for its own use.
#[derive(Default)]
pub(super) struct Scratch {
    batch: Batch,
    outboxes: [Outbox; 2],
    /// When the gauges are due.
    due: u64,
    /// Whether frames may have passed that this worker did not judge.
    astray: bool,
    /// Frames that no bridge can pass on, as far as they were counted.
    unfit: u64,
}

impl Worker {
    /// Works until it is told to stop; the state of its connections then.
    pub(super) fn run(mut self) -> io::Result<Vec<u8>> {
        while !self.context.control.stopping() {
            let ready = wait([&self.ports[0], &self.ports[1]], &self.waker, self.patience())?;
            let now = monotonic();
            if !self.vouch(now) {
                continue;
            }
            for side in Side::ALL.into_iter().filter(|side| ready.ports[side.index()]) {
                self.pass(now, side)?;
            }
            self.time(now, ready.woken);
        }
        let mut state = Vec::new();
        self.bridge.export(&mut state);
        Ok(state)
    }

    /// How long it may sleep: its word is given anew long before it runs out.
    fn patience(&self) -> Duration {
        let most = self.context.means.config.vouch / 4;
        let due = self.bridge.deadline().map(|due| due.since(Instant(monotonic())));
        due.map_or(most, |due| due.min(most))
    }

    /// Gives its word, and sees whether frames passed without it meanwhile; whether it may handle any now.
    fn vouch(&mut self, now: u64) -> bool {
        let found = self.beat.vouch(now);
        if !self.context.plan.open || found == Found::Kept && !self.scratch.astray {
            return true;
        }
        // Whatever waits has passed already.
        for (port, series) in self.ports.iter().zip(&self.context.ports) {
            tally::unheard(series, port.discard().unwrap_or_default());
        }
        self.scratch.astray = found == Found::Open;
        if self.scratch.astray {
            return false;
        }
        // Connections went on unseen: what is known of them is no longer so.
        self.forget(now);
        true
    }

    /// Lets go of all connections, and tells of those that cannot be found again.
    fn forget(&mut self, now: u64) {
        let context = self.context.clone();
        let loaded = context.means.live.glance();
        let (bridge, mut leave) = self.leave(&loaded);
        let lost = bridge.lost(Instant(now), &loaded.policy, &mut leave);
        self.flush();
        context.lost(lost as u64);
        self.bridge = Bridge::new(&self.options);
        self.beat.stakes(0);
    }

    /// Handles what came in by one port.
    fn pass(&mut self, now: u64, side: Side) -> io::Result<()> {
        let Scratch { batch, outboxes, .. } = &mut self.scratch;
        let count = match self.ports[side.index()].receive(batch) {
            Ok(count) => count,
            // Its link was switched off, which is told elsewhere; it is told here once.
            Err(error) if error.kind() == io::ErrorKind::NetworkDown => return Ok(()),
            Err(error) => return Err(error),
        };
        let loaded = self.context.means.live.glance();
        let mut tally = Tally::default();
        for index in 0..count {
            let frame = batch.frame(index);
            let offload = Offload { unfinished: frame.offload.unfinished(), segment: frame.offload.segment() };
            let mut leave = Leave { context: &self.context, loaded: &loaded, outboxes, frame: frame.bytes, index };
            let outcome = self.bridge.frame(Instant(now), &loaded.policy, side, frame.bytes, offload, &mut leave);
            tally.came(frame.bytes);
            tally.became(outcome);
        }
        let judged = monotonic();
        self.flush();
        tally.add(&self.context.ports[side.index()]);
        self.context.series.inspection.observe(seconds(judged - now));
        self.context.series.added_latency.observe(seconds(monotonic() - now));
        Ok(())
    }

    /// Does what the time asks for.
    fn time(&mut self, now: u64, woken: bool) {
        let context = self.context.clone();
        if woken {
            let loaded = context.means.live.glance();
            let (bridge, mut leave) = self.leave(&loaded);
            bridge.policy_changed(Instant(now), &loaded.policy, &mut leave);
            self.flush();
        }
        let loaded = context.means.live.glance();
        let due = self.bridge.deadline().is_some_and(|due| due <= Instant(now));
        if due || self.bridge.is_behind(&loaded.policy) {
            let (bridge, mut leave) = self.leave(&loaded);
            bridge.tick(Instant(now), &loaded.policy, &mut leave);
            self.flush();
        }
        if self.scratch.due <= now {
            self.scratch.due = now + GAUGES;
            self.count();
        }
    }

    /// The bridge and where its output goes, when no frame was handed in.
    fn leave<'a>(&'a mut self, loaded: &'a Arc<Loaded>) -> (&'a mut Bridge, Leave<'a>) {
        let outboxes = &mut self.scratch.outboxes;
        (&mut self.bridge, Leave { context: &self.context, loaded, outboxes, frame: &[], index: usize::MAX })
    }

    fn flush(&mut self) {
        let Scratch { batch, outboxes, .. } = &mut self.scratch;
        for ((outbox, port), series) in outboxes.iter_mut().zip(&self.ports).zip(&self.context.ports) {
            if !outbox.is_empty() {
                tally::left(series, outbox.flush(port, batch));
            }
        }
    }

    fn count(&mut self) {
        let census = self.bridge.census();
        (self.gauges)(&census);
        self.beat.stakes(census.edited);
        for (port, series) in self.ports.iter().zip(&self.context.ports) {
            series.drops[0].inc_by(port.drops().unwrap_or_default());
        }
        let unfit = self.scratch.batch.unfit();
        // The batch serves both ports; which one such a frame came in by is not known.
        self.context.ports[0].drops[0].inc_by(unfit - self.scratch.unfit);
        self.scratch.unfit = unfit;
    }
}

#[allow(clippy::cast_precision_loss)] // far below 2^53
fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}
