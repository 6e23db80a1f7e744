//! The bridge plane: frames that come in by one of two ports leave by the other when the policy allows them.
//!
//! Worker threads, each with a socket on either port, an engine `Bridge` and a word to give that it is at work
//! (`sluice_hardware::standby`); a thread that watches links and what passes without the gateway. Nothing here has an
//! address in the plant: both ends believe that they speak to each other.
//!
//! When the gateway stops, or is lost in whatever way, the kernel does what the site's `on-loss` says. Between a process
//! and its successor under one service manager, connections are handed over, those with edited numbers too.
//!
//! Used by [`crate::gateway`] alone.

mod handover;
mod leave;
mod opening;
mod plan;
mod running;
mod tally;
mod watch;
mod worker;

pub(crate) use opening::OpenError;
pub(crate) use plan::Plan;
pub(crate) use running::Bridging;

use crate::config;
use crate::events::Events;
use crate::metrics::{BridgeSeries, Metrics, PortSeries};
use crate::policy::Live;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// What the gateway gives its bridge.
pub(crate) struct Means {
    pub(crate) live: Arc<Live>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) events: Events,
    pub(crate) limits: config::Limits,
    pub(crate) config: config::Bridge,
}

/// What every thread of the plane shares.
struct Context {
    means: Means,
    plan: Plan,
    series: BridgeSeries,
    ports: [PortSeries; 2],
    control: Control,
}

/// What the threads are told, and tell.
#[derive(Default)]
struct Control {
    stop: AtomicBool,
    failure: Mutex<Option<String>>,
    failed: Notify,
}

impl Control {
    fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    fn stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// The bridge cannot go on; the first reason counts.
    fn fail(&self, why: String) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        self.failed.notify_one();
    }
}
