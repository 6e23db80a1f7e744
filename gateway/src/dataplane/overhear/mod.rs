//! The ports that a gateway only listens to (`monitor = [...]`): what goes by is judged as it would be in the path, and a
//! verdict is an alert. Nothing is sent, nothing is held, and no enforced path waits for it.
//!
//! A thread for each port, which hands the frames of an `AF_PACKET` socket to the same observer that reads captures. What
//! was overheard has facts, steps and rates of its own: a device on a mirror port must not use up what the gateway counts
//! for the path that it guards. Used by [`crate::gateway`] alone.

mod ear;

use crate::dataplane::bridge::OpenError;
use crate::events::{Events, Notice, Severity};
use crate::metrics::{Metrics, PortSeries};
use crate::policy::{Live, Loaded};
use ear::Ear;
use sluice_engine::frames::LinkType;
use sluice_engine::observe::{Limits, Observer};
use sluice_hardware::port::{Batch, wait};
use sluice_hardware::{Error, Interface, Port, Waker, monotonic};
use sluice_model::Instant;
use sluice_policies::Policy;
use sluice_policies::state::State;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How often what is known is told, and a policy that changed is noticed at the latest.
const TICK: Duration = Duration::from_secs(1);

/// What the gateway gives its ears.
#[derive(Clone)]
pub(crate) struct Means {
    pub(crate) live: Arc<Live>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) events: Events,
}

/// A port that is listened to: its name in the site, and its interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) port: String,
    pub(crate) interface: String,
}

/// The ports that are listened to. Dropping it ends that.
#[derive(Default)]
pub(crate) struct Overhearing {
    plans: Vec<Plan>,
    stop: Arc<AtomicBool>,
    wakers: Vec<Waker>,
    threads: Vec<JoinHandle<()>>,
}

impl Plan {
    /// The ports that the gateway called `name` listens to.
    pub(crate) fn of(policy: &Policy, name: &str) -> Vec<Self> {
        let ports = policy.gateway(name).map_or(&[][..], |gateway| &gateway.monitor);
        ports.iter().map(|port| Self { port: port.name.clone(), interface: port.interface.clone() }).collect()
    }
}

impl Overhearing {
    /// Listens to the ports of these plans from now on.
    ///
    /// # Errors
    /// One clear sentence; nothing listens then.
    pub(crate) fn start(means: &Means, plans: Vec<Plan>) -> Result<Self, OpenError> {
        let mut all = Self::default();
        for plan in plans {
            all.listen(means.clone(), &plan)?;
            all.plans.push(plan);
        }
        Ok(all)
    }

    fn listen(&mut self, means: Means, plan: &Plan) -> Result<(), OpenError> {
        let failed = |error| OpenError::of(&plan.port, error);
        let system = |error| failed(Error::System { doing: "start a thread that listens".to_owned(), error });
        let interface = Interface::find(&plan.interface).map_err(failed)?;
        interface.prepare().map_err(failed)?;
        let port = Port::open(&interface, 1).map_err(failed)?.remove(0);
        let series = means.metrics.overheard(&plan.port);
        let waker = Waker::new().map_err(system)?;
        let listener =
            Listener { means, plan: plan.clone(), port, series, waker: waker.clone(), stop: self.stop.clone() };
        let thread = Builder::new().name(format!("monitor-{}", plan.port)).spawn(move || listener.run());
        self.threads.push(thread.map_err(system)?);
        self.wakers.push(waker);
        Ok(())
    }

    /// What is listened to.
    pub(crate) fn plans(&self) -> &[Plan] {
        &self.plans
    }
}

impl Drop for Overhearing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.wakers.iter().for_each(Waker::wake);
        for thread in self.threads.drain(..) {
            // One that failed has said so.
            let _ = thread.join();
        }
    }
}

/// One port; [`Listener::run`] is its life.
struct Listener {
    means: Means,
    plan: Plan,
    port: Port,
    series: PortSeries,
    waker: Waker,
    stop: Arc<AtomicBool>,
}

/// What is known under one policy.
struct Session {
    loaded: Arc<Loaded>,
    /// The policy with a state of its own.
    policy: Arc<Policy>,
    observer: Observer,
}

impl Session {
    fn new(loaded: Arc<Loaded>) -> Self {
        let policy = Arc::new(loaded.policy.bind(&State::new(0)));
        Self { observer: Observer::new(Some(policy.clone()), Limits::default()), policy, loaded }
    }

    /// Tells what was not told yet.
    fn end(&mut self, means: &Means) {
        self.observer.finish(&mut Ear { means, loaded: &self.loaded });
    }

    /// The gateway's clock is good for what is overheard too.
    fn time(&self, now: Instant) {
        let wall = self.loaded.policy.state().clock().wall(now);
        let nanoseconds = wall.unwrap_or_default().saturating_mul(1_000_000_000);
        self.policy.state().clock().tell(now, nanoseconds, wall.is_some());
    }
}

impl Listener {
    fn run(self) {
        let mut batch = Batch::new();
        let mut session = Session::new(self.means.live.current());
        let mut due = Instant(monotonic());
        self.series.up.set(1);
        while !self.stop.load(Ordering::Acquire) {
            if let Err(error) = wait([&self.port, &self.port], &self.waker, TICK) {
                return self.deaf(&error.to_string());
            }
            let now = Instant(monotonic());
            if !Arc::ptr_eq(&session.loaded, &self.means.live.glance()) {
                // What was said of the policy before is told before anything is of the next.
                session.end(&self.means);
                session = Session::new(self.means.live.current());
            }
            if due <= now {
                due = now + TICK;
                session.time(now);
                session.observer.settle(&mut Ear { means: &self.means, loaded: &session.loaded });
                self.series.drops[0].inc_by(self.port.drops().unwrap_or_default());
            }
            if let Err(why) = self.hear(&mut batch, &mut session, now) {
                return self.deaf(&why);
            }
        }
        session.end(&self.means);
    }

    /// Hands what came to the observer.
    fn hear(&self, batch: &mut Batch, session: &mut Session, now: Instant) -> Result<(), String> {
        let count = match self.port.receive(batch) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::NetworkDown => {
                self.tell(Severity::Medium, format!("the link of port {} was switched off", self.plan.port));
                return Ok(());
            }
            Err(error) => return Err(error.to_string()),
        };
        let mut bytes = 0;
        for index in 0..count {
            let frame = batch.frame(index).bytes;
            bytes += frame.len() as u64;
            let mut ear = Ear { means: &self.means, loaded: &session.loaded };
            session.observer.packet(now, LinkType::Ethernet, frame, frame.len(), &mut ear);
        }
        self.series.packets[0].inc_by(count as u64);
        self.series.bytes[0].inc_by(bytes);
        Ok(())
    }

    /// Nothing is heard any more. The path is guarded all the same.
    fn deaf(&self, why: &str) {
        self.series.up.set(0);
        self.tell(Severity::High, format!("port {} is not listened to any more: {why}", self.plan.port));
    }

    fn tell(&self, severity: Severity, message: String) {
        self.means.events.tell(Notice::Condition { severity, message });
    }
}
