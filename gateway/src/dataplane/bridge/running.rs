//! A running bridge: from its start to its end.

use super::opening::{self, OpenError, Opened};
use super::watch::Watch;
use super::worker::{Scratch, Worker};
use super::{Context, Control, Means, Plan, handover};
use crate::events::{Notice, Severity};
use sluice_engine::Limits;
use sluice_engine::bridge::{Bounds, Bridge, BridgeOptions};
use sluice_hardware::handover::{Manager, kept};
use sluice_hardware::interface::Links;
use sluice_hardware::port::worker_of;
use sluice_hardware::{Interface, Port, Standby, Waker, monotonic};
use sluice_model::Instant;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How long the next process may take until it handles frames; then the kernel does what `on-loss` says.
const SUCCESSION: Duration = Duration::from_secs(5);

/// A running bridge. To be ended by [`Bridging::stop`].
pub(crate) struct Bridging {
    context: Arc<Context>,
    standby: Standby,
    wakers: Vec<Waker>,
    workers: Vec<JoinHandle<Option<Vec<u8>>>>,
    watch: Option<JoinHandle<()>>,
    xdp: bool,
}

impl Bridging {
    /// Starts the bridge of a plan. Frames pass from now on, as the policy says.
    ///
    /// # Errors
    /// One clear sentence; nothing runs then.
    pub(crate) fn start(means: Means, plan: Plan) -> Result<Self, OpenError> {
        let opened = opening::open(&plan, opening::workers(&means.limits), means.config.packet_io)?;
        let [a, b] = &opened.interfaces;
        let links = Links::watch(&[a, b])?;
        let (series, ports) = means.metrics.bridge(plan.ports.each_ref().map(String::as_str), plan.open);
        let context = Arc::new(Context { means, plan, series, ports, control: Control::default() });
        context.tell_of(&opened);
        let states = context.kept();
        if states.is_empty() {
            context.lost(opened.left.map_or(0, |left| left.at_stake));
        }
        let xdp = opened.xdp == Ok(true);
        let Opened { interfaces, workers: ports, standby, .. } = opened;
        let mut bridging = Self { standby, wakers: Vec::new(), workers: Vec::new(), watch: None, xdp, context };
        match bridging.begin(ports, interfaces, links, &states) {
            Ok(()) => Ok(bridging),
            Err(error) => {
                bridging.stop();
                Err(sluice_hardware::Error::System { doing: "start the bridge's threads".to_owned(), error }.into())
            }
        }
    }

    fn begin(
        &mut self,
        ports: Vec<[Port; 2]>,
        interfaces: [Interface; 2],
        links: Links,
        states: &[Vec<u8>],
    ) -> io::Result<()> {
        for (index, ports) in ports.into_iter().enumerate() {
            self.worker(index, ports, &interfaces, states)?;
        }
        let watch = Watch::new(self.context.clone(), interfaces, self.standby.clone(), links);
        self.watch = Some(thread("bridge-watch", move || watch.run())?);
        Ok(())
    }

    fn worker(
        &mut self,
        index: usize,
        ports: [Port; 2],
        interfaces: &[Interface; 2],
        states: &[Vec<u8>],
    ) -> io::Result<()> {
        let context = self.context.clone();
        let waker = Waker::new()?;
        self.wakers.push(waker.clone());
        let options = context.options(interfaces);
        let mut bridge = Bridge::new(&options);
        context.restore(&mut bridge, index, states);
        let beat = self.standby.beat(index as u8, context.means.config.vouch);
        let gauges = Box::new(context.series.worker(index));
        let scratch = Scratch::default();
        let worker = Worker { context: context.clone(), ports, beat, waker, options, bridge, gauges, scratch };
        let life = move || match catch_unwind(AssertUnwindSafe(|| worker.run())) {
            Ok(Ok(state)) => Some(state),
            Ok(Err(error)) => {
                context.control.fail(format!("frames can no longer be read: {error}"));
                None
            }
            // What went wrong was reported when it did. Its word runs out, and the kernel does what `on-loss` says.
            Err(_) => {
                context
                    .control
                    .fail("a fault of the gateway ended a worker of the bridge; please report it".to_owned());
                None
            }
        };
        self.workers.push(thread(&format!("bridge-{index}"), life)?);
        Ok(())
    }

    /// What it runs by.
    pub(crate) fn plan(&self) -> &Plan {
        &self.context.plan
    }

    /// Whether frames go through `AF_XDP`.
    pub(crate) const fn through_xdp(&self) -> bool {
        self.xdp
    }

    /// How many workers it has.
    pub(crate) fn workers(&self) -> usize {
        self.workers.len()
    }

    /// Another policy is in force: connections that are idle are judged anew too.
    pub(crate) fn policy_changed(&self) {
        self.wakers.iter().for_each(Waker::wake);
    }

    /// Waits until the bridge cannot go on; why.
    pub(crate) async fn lost(&self) -> String {
        loop {
            let failure = self.context.control.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(failure) = failure {
                return failure;
            }
            self.context.control.failed.notified().await;
        }
    }

    /// Ends it. Under a service manager the connections are handed to the next process, which has a few seconds to take
    /// them over; without one the kernel does at once what `on-loss` says. Whether they were handed over.
    pub(crate) fn stop(self) -> bool {
        let Self { context, standby, wakers, workers, watch, .. } = self;
        context.control.stop();
        wakers.iter().for_each(Waker::wake);
        let states: Vec<Vec<u8>> = workers.into_iter().filter_map(|w| w.join().ok().flatten()).collect();
        let whole = states.len() == wakers.len()
            && context.control.failure.lock().unwrap_or_else(PoisonError::into_inner).is_none();
        let handed = whole
            && Manager::of_environment().is_some_and(|manager| {
                standby.promise(SUCCESSION);
                manager.keep(&handover::name(&context.plan.gateway), &handover::pack(&states)).is_ok()
            });
        if !handed {
            standby.promise(Duration::ZERO);
        }
        if let Some(watch) = watch {
            // A watch that failed has said so.
            let _ = watch.join();
        }
        handed
    }
}

impl Context {
    fn options(&self, interfaces: &[Interface; 2]) -> BridgeOptions {
        let limits = &self.means.limits;
        BridgeOptions {
            gateway: self.plan.gateway.clone(),
            mtu: interfaces.each_ref().map(|i| u16::try_from(i.mtu).unwrap_or(u16::MAX)),
            limits: Limits {
                outstanding: limits.outstanding,
                patience: limits.patience,
                stall: limits.stall,
                ..Limits::default()
            },
            bounds: Bounds { flows: self.means.config.flows, ..Bounds::default() },
        }
    }

    /// What the process before left in the service manager's keeping, by its workers.
    fn kept(&self) -> Vec<Vec<u8>> {
        let name = handover::name(&self.plan.gateway);
        let block = match kept(&name) {
            Ok(Some(block)) => block,
            Ok(None) => return Vec::new(),
            Err(error) => {
                self.tell(Severity::Medium, format!("connections cannot be taken over: {error}"));
                return Vec::new();
            }
        };
        if let Some(manager) = Manager::of_environment() {
            // What it keeps longer than needed it gives to a process that cannot use it.
            let _ = manager.forget(&name);
        }
        let states: Vec<Vec<u8>> =
            handover::unpack(&block).unwrap_or_default().into_iter().map(<[u8]>::to_vec).collect();
        if states.is_empty() {
            self.tell(Severity::Medium, "connections cannot be taken over: they are of another version".to_owned());
        }
        states
    }

    /// Hands a worker its connections. Where there were as many workers before, those of the same one; else those of all
    /// whose frames the kernel gives to it now.
    fn restore(&self, bridge: &mut Bridge, index: usize, states: &[Vec<u8>]) {
        let workers = usize::from(opening::workers(&self.means.limits));
        let same = states.len() == workers;
        let (policy, now) = (self.means.live.current().policy.clone(), Instant(monotonic()));
        let mine = |one, other| same || worker_of(one, other, workers) == index;
        let states = if same { &states[index..=index] } else { states };
        let mut taken = 0;
        for state in states {
            match bridge.import_some(now, &policy, state, &mine) {
                Ok(count) => taken += count,
                Err(error) => self.tell(Severity::Medium, format!("connections cannot be taken over: {error}")),
            }
        }
        if !states.is_empty() {
            self.tell(Severity::Informational, format!("{taken} connections were taken over by worker {index}"));
        }
    }

    fn tell_of(&self, opened: &Opened) {
        let passed = opened.left.map_or(0, |left| left.passed);
        if passed > 0 {
            self.series.bypassed.inc_by(passed);
            let text = format!("{passed} frames passed the bridge unjudged while an earlier gateway was lost");
            self.tell(Severity::Critical, text);
        }
        if let Err(why) = &opened.xdp {
            self.tell(Severity::Low, format!("frames go through packet sockets: {why}"));
        }
    }

    /// Connections with edited numbers were lost.
    pub(super) fn lost(&self, edited: u64) {
        if edited > 0 {
            self.series.edited_lost.inc_by(edited);
            let text = format!(
                "{edited} connections with denied messages taken out were lost with the gateway that knew of them: they are reset"
            );
            self.tell(Severity::High, text);
        }
    }

    fn tell(&self, severity: Severity, message: String) {
        self.means.events.tell(Notice::Condition { severity, message });
    }
}

fn thread<T: Send + 'static>(name: &str, life: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(life)
}
